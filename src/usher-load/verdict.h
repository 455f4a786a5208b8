/* SPDX-License-Identifier: MIT
 *
 * verdict: whether a run was what was expected of it, as an exit status and, where it was not, as
 * sentences on standard error.
 *
 * Owns nothing. Thread: main.
 */
#pragma once

#include "usher-load/plan.h"
#include "usher-load/report.h"

/* An exit status (usher-load/exit.h). */
int verdict_tell(const struct plan *, const struct report *);
