/* SPDX-License-Identifier: MIT
 *
 * collect: asks all loops for their figures, or for rows about their connections, and
 * tells who wanted to know. It never waits for a loop for long: one that does not
 * answer in time is left out, with what it last told, and is said to be stuck in the
 * log when that lasts.
 *
 * One question is asked at a time; all who want the same share the answer to the next.
 * Each second it asks for its own history.
 *
 * Owns the answers of the loops. Borrows the loops, which have to outlive it; once it
 * is freed no loop may answer any more.
 *
 * Thread: the main one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "handler/connections.h"
#include "handler/history.h"
#include "handler/snapshot.h"

struct collect;
struct event_base;
struct loop;

/* How long a question waits for its answers. */
#define COLLECT_WAIT_US (500 * 1000)
/* Silence after which the log says that a loop is stuck. */
#define COLLECT_STUCK_US (5 * 1000 * 1000)

enum collect_subject { COLLECT_FIGURES, COLLECT_CONNECTIONS };

/* A wish, a part of whoever has it. */
struct collect_request {
	struct list_link link;
	enum collect_subject subject;
	struct connections_query query; /* of COLLECT_CONNECTIONS */
	/* Called once, after which the request may be freed; the answers are valid during
	 * the call. */
	void (*answered)(struct collect_request *);
};

/* For at most `most` loops; it knows none yet. NULL without memory or descriptors. */
struct collect *collect_new(struct event_base *, size_t most) __attribute__((warn_unused_result));

/* These are the loops from now on. Of those that are missing since the last call, which are
 * valid still and have ended, the last figures stay counted. */
void collect_set_loops(struct collect *, struct loop *const *loops, size_t count);

/* After the loops have ended. NULL is allowed. */
void collect_free(struct collect *);

/* The answer comes later, never within the call. */
void collect_ask(struct collect *, struct collect_request *);
/* No answer is wanted any more. A request that was answered may be cancelled too. */
void collect_cancel(struct collect_request *);

/* The latest figures of the loops: fills sum, listeners and loops of `ret_snapshot`,
 * and now_us. 0, or -ENOMEM. The caller calls collect_done. */
int collect_snapshot(const struct collect *, struct snapshot *ret_snapshot)
    __attribute__((warn_unused_result));
void collect_done(struct snapshot *);

/* The rows that were asked for, during `answered`. 0, or -ENOMEM. */
int
collect_put_connections(const struct collect *, struct text *) __attribute__((warn_unused_result));

const struct history *collect_history(const struct collect *);
