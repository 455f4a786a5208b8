/* SPDX-License-Identifier: MIT
 *
 * retirement: listeners of a loop that a reload took out of the configuration, or
 * whose socket another took the place of. They drain by the steps of a drain, and are
 * freed when the last connection that came by them is gone.
 *
 * Where the loop has a listener of the same address that speaks the same protocol, the
 * connections go on as that one's, and only the queue is left to be emptied.
 *
 * Owns its listeners; holds the services that their connections speak. Thread: made
 * on the main one, then the loop's.
 */
#pragma once

#include <stddef.h>

#include "base/list.h"
#include "server/drain.h"

struct listener;
struct loop;
struct services;

struct retirement {
	struct list_link link; /* in the loop's list */
	struct drain drain;
	struct services *services;   /* held from the begin on */
	struct listener **listeners; /* owned, and what they point at */
	size_t count;
};

/* Room for at most `most` listeners; none has retired yet. NULL where there is no
 * memory. */
struct retirement *retirement_new(struct loop *, size_t most) __attribute__((warn_unused_result));

/* Takes a listener that is the loop's no more. */
void retirement_add(struct retirement *, struct listener *);

/* Begins: from now on it is on the loop's list, and frees itself in the end. `services`
 * are those that the connections speak. */
void retirement_begin(struct retirement *, struct services *);

/* Of one that has not begun, or without connections: frees. NULL is allowed. */
void retirement_free(struct retirement *);
