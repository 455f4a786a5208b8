/* SPDX-License-Identifier: MIT
 *
 * emigration: a loop's part in an upgrade, or in a restart (keeping.h), where the service
 * manager's store is what a successor is: it accepts no more where a successor does, and
 * gives its connections away as each becomes idle, a batch at a time; the next one when
 * the successor has taken it. Requests in progress are finished first. What cannot be
 * given away, for its protocol cannot be parked or its listener is none of the successor's,
 * drains here.
 *
 * Owned by the loop. Thread: the loop's, but where it says so.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/handover_wire.h"
#include "server/patience.h"

struct event;
struct event_base;
struct loop;

/* What leaves together. */
struct emigrants {
	struct handover_batch batch;
	int fds[HANDOVER_BATCH_MAX]; /* owned */
};

/* What becomes of the sockets of a loop, in the order of its listeners. */
struct emigration_order {
	/* Borrowed: how many connections may leave in all, of any loop; those beyond it drain.
	 * NULL: all that can. */
	atomic_size_t *quota;
	/* Whether all is served as before until those who are served now have their answers, and
	 * no request takes long; only then the loop accepts no more. */
	bool is_patient;
	size_t count;
	struct {
		bool is_taken;  /* the successor has this very socket */
		bool is_served; /* … or another at this address: its connections may go there */
	} listeners[];
};

struct emigration {
	struct loop *loop;
	struct event *timer;                    /* owned */
	struct emigration_order *_Atomic order; /* owned: handed over and not yet begun */
	struct emigration_order *followed;      /* owned; NULL: no emigration */
	struct emigrants *_Atomic outbox;       /* owned: for the main thread to take */
	atomic_bool is_empty;                   /* no connection is left */
	bool is_waiting;                        /* it still serves as before: is_patient */
	struct patience patience;               /* … for these, who were busy */
	int64_t marked_us;                      /* … at that time */
	bool is_spent;                          /* the quota: what is left drains */
	int64_t began_us;
	int64_t seen_out_us; /* when those who drain were last looked at */
	uint64_t given;      /* connections */
};

/* 0, or -ENOMEM. */
int emigration_init(struct emigration *, struct loop *) __attribute__((warn_unused_result));
void emigration_done(struct emigration *);

/* --- The main thread ------------------------------------------------------------------ */

/* An order for `count` listeners, all else 0, with malloc(3); NULL: no memory. */
struct emigration_order *emigration_order_new(size_t count) __attribute__((warn_unused_result));
/* Whether nothing of the loop has to be collected, now or later. */
bool emigration_is_empty(const struct loop *);
/* Begins; takes `order` (malloc). The loop calls on_news when it has a batch, or nothing any
 * more. */
void emigration_order(struct loop *, struct emigration_order *order);
/* There is no successor any more: an order that waits is void, one that is followed ends. */
void emigration_revoke(struct loop *);
/* The batch that waits, now the caller's to free; NULL: none. */
struct emigrants *emigration_collect(struct loop *);
/* Closes and frees. */
void emigrants_free(struct emigrants *);

/* --- What the loop is told ---------------------------------------------------------------- */

/* LOOP_EMIGRATE: there is an order, or room for the next batch. */
void emigration_go_on(struct loop *);
/* LOOP_STAY: there is no successor any more: it serves as before, and has the batch that
 * nobody has collected. */
void emigration_cancel(struct loop *);
/* The sockets that the successor has are let go. */
void emigration_abandon(struct loop *);
/* LOOP_LEAVE: every connection is gone: the sockets are the successor's, the loop ends. */
void emigration_leave(struct loop *);
