/* SPDX-License-Identifier: MIT
 *
 * status: the figures as JSON, for GET /status and GET /listeners; docs/admin.md
 * describes the members.
 *
 * Pure: a snapshot in, bytes out. Thread: any.
 */
#pragma once

#include "base/text.h"
#include "handler/snapshot.h"

/* The object, and a newline. */
void status_put(struct text *, const struct snapshot *);
/* The object with the list of listeners alone, and a newline. */
void status_put_listeners(struct text *, const struct snapshot *);
