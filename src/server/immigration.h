/* SPDX-License-Identifier: MIT
 *
 * immigration: connections on their way to a loop, which parks each under the listener
 * of the address that it came by. They come from a predecessor, or back from a successor
 * that is gone.
 *
 * Owns the connections until the loop has taken them. Thread: as said at each.
 */
#pragma once

#include <stdatomic.h>

#include "server/handover_wire.h"

struct immigrants;
struct loop;
struct serving;

/* Of each loop: what waits for it. */
struct immigration {
	struct immigrants *_Atomic waiting; /* owned; the latest first */
};

/* The main thread. Takes the connections of `batch`, whose descriptors are `fds`, for the loops
 * that they are to go to, and makes those -1. 0; -ENOMEM: all stay the caller's. */
int immigration_send(const struct serving *, const struct handover_batch *batch, int *fds)
    __attribute__((warn_unused_result));

/* The loop's thread: takes connections of its own back, and makes `fds` -1. */
void immigration_return(struct loop *, struct handover_batch *batch, int *fds);

/* The loop's thread: takes all that waits. */
void immigration_take(struct loop *);

/* After the loop's thread has ended: closes what it has not taken. */
void immigration_done(struct immigration *);
