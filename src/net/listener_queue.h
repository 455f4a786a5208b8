/* SPDX-License-Identifier: MIT
 *
 * listener_queue: what is seen of a listener's accept queue: how long it is, was at
 * most and may be, what the kernel dropped, how often it was full. Clients that wait
 * there, or were dropped, are in no other figure of the server's.
 *
 * A part of struct listener. Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct listener;

struct listener_queue {
	bool is_known;        /* the transport tells: TCP (sockinfo_queue) */
	uint32_t length;      /* when it was last looked at */
	uint32_t limit;       /* the backlog in effect */
	uint32_t peak;        /* the longest that was seen */
	uint32_t drops;       /* handshakes that the kernel dropped since the socket was made */
	uint64_t more_drops;  /* … and in all before, at sockets whose place this one took */
	uint32_t moved_drops; /* of `drops`, those that another counts by now */
	uint64_t full;        /* how often it was seen at its limit */
	uint64_t turn;        /* of the loop, when it was last looked at for an accept */
	uint32_t recent_peak; /* since the last warning */
	int64_t warned_us;    /* when that was; 0: never */
};

/* At an accept(2): looks at the queue, once in a turn of the loop. One system
 * call. */
void listener_queue_at_accept(struct listener *);

/* What `from` has counted so far is counted by `to` from now on. */
void listener_queue_move_counts(struct listener_queue *from, struct listener_queue *to);

/* All the drops that it counts. */
uint64_t listener_queue_drops(const struct listener_queue *);

/* Whenever the loop is asked for its figures, which is once a second at least: looks at
 * the queue and at the kernel's drops, and warns where the queue came near its limit, at
 * most once a minute. */
void listener_queue_look(struct listener *);
