/* SPDX-License-Identifier: MIT
 *
 * readiness: whether the server is ready for requests, and what says so: the answer to
 * GET /readyz.
 *
 * Pure. Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "handler/snapshot.h"

/* True when it is ready. The text is "ok", or the reasons why not, a line each; with
 * `is_verbose` every check with its result. */
bool readiness_put(struct text *, const struct snapshot *, bool is_verbose);
