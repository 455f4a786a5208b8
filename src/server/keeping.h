/* SPDX-License-Identifier: MIT
 *
 * keeping: the way out for a restart. The listening sockets are in the service manager's store
 * already; the loops accept no more from them and give their connections away as each becomes
 * idle (emigration.h), and these go to the store, with a ledger of what is to be known of them.
 * Nothing that was put there is given up here before the manager is known to hold it; what it
 * does not hold, and what is beyond the bound, comes back and drains.
 *
 *   loops ── batch ──► ledger, store ── asked, held ──► closed here; the next batch
 *                                   └── not held ────► back to the loop, which drains it
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
	bool is_under_way;
	bool is_asking;
	bool is_leaving; /* everything is in the store, or has ended */
	int ledger;      /* owned; -1: none */
	atomic_size_t quota;
	/* What was put there and is not known to be held, of each loop. */
	struct emigrants *waiting[SERVING_ALL_MAX]; /* owned */
	uint32_t first_batch; /* the number of the first of them: one after the other */
	uint32_t batches;
	size_t kept; /* connections */
};

void keeping_init(struct keeping *, struct store *, struct serving *, struct event_base *);
void keeping_done(struct keeping *);

/* Begins, with `most` connections. 0; or a negative errno, and nothing has begun. */
int keeping_begin(struct keeping *, size_t most) __attribute__((warn_unused_result));

/* A loop has something to give, or nothing any more. */
void keeping_check(struct keeping *);

/* The loops' threads have ended: says in the log what is kept. */
void keeping_report(const struct keeping *);
