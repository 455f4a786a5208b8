/* SPDX-License-Identifier: MIT
 *
 * overload: what a loop does at its share of limits.connections and limits.memory:
 * it stops accepting, and the kernel's queue holds the clients (`queue`), or accepts and
 * tells them that there is no room (`503`). It ends by itself: for connections as soon
 * as one ends, for memory once a tenth of the limit is free.
 *
 * A part of struct loop. Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct overload_limits {
	size_t connections;
	size_t lingering; /* how many more are let in to be turned away */
	size_t memory;    /* bytes; 0: no limit */
	bool turns_away;  /* the policy 503 */
};

struct overload {
	struct overload_limits limits;
	bool is_full;          /* of connections */
	bool is_short;         /* of memory */
	uint64_t fulls;        /* how often it became full */
	uint64_t shortages;    /* … and short */
	uint64_t told;         /* refusals as of the last line about them */
	int64_t told_us;       /* when that was; 0: never */
	int64_t short_told_us; /* likewise, about memory */
};

/* New limits, after a reload. */
void overload_set(struct loop *, const struct overload_limits *);

/* Whenever a connection has come or gone: pauses or resumes the listeners. */
void overload_weigh(struct loop *);

/* Once a second: weighs, gives memory back where it is short, and tells of clients that
 * were refused, at most once a minute. */
void overload_tick(struct loop *);

/* Bytes of memory in connections, their buffers, exchanges and file caches. */
size_t overload_memory(const struct loop *);
