/* SPDX-License-Identifier: MIT
 *
 * keeping: the way out for a restart. The listening sockets are in the service manager's store
 * already; the loops accept no more from them and give their connections away as each becomes
 * idle (emigration.h). These are sent, as to a successor, in the messages of the handover, by
 * carriers: a carrier is a pair of sockets of which the manager holds one end, in whose queue
 * they stand, descriptors and all, until the next process reads them there. So the manager
 * has few descriptors to keep, however many connections there are.
 *
 *   loops ── batch ──► carrier ── full ──► another carrier ── the manager does not hold it ─┐
 *   loops ◄── the batch comes back, and what is left drains ◄──────────────────────────────┘
 *
 * Thread: the main one.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/serving.h"

struct emigrants;
struct event_base;
struct store;

struct keeping {
	struct store *store; /* borrowed, as the next two */
	struct serving *serving;
	struct event_base *base;
	/* The manager has no room for what there is: it takes a drain. */
	void (*on_refused)(void *arg);
	void *arg;
	bool is_under_way;
	bool is_asking;  /* whether the manager holds the carrier */
	bool is_fresh;   /* nothing was sent by the carrier yet */
	bool is_full;    /* the manager holds no further one */
	bool is_leaving; /* everything is kept, or has ended */
	int carrier;     /* owned: our end of it; -1: none */
	uint64_t carriers;
	atomic_size_t quota;
	/* What waits for another carrier, of each loop. */
	struct emigrants *waiting[SERVING_ALL_MAX]; /* owned */
	size_t kept;                                /* connections */
};

void keeping_init(struct keeping *, struct store *, struct serving *, struct event_base *,
    void (*on_refused)(void *arg), void *arg);
void keeping_done(struct keeping *);

/* Begins, with `most` connections, once the manager is known to hold the listening sockets of
 * the store and a carrier; where it does not, on_refused is called, and nothing has begun. 0;
 * or a negative errno, and nothing is called. */
int keeping_begin(struct keeping *, size_t most) __attribute__((warn_unused_result));

/* A loop has something to give, or nothing any more. */
void keeping_check(struct keeping *);

/* The loops' threads have ended: says in the log what is kept. */
void keeping_report(const struct keeping *);
