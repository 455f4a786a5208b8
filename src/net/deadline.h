/* SPDX-License-Identifier: MIT
 *
 * deadline: every wait of a connection has an end.
 *
 * All deadlines of one kind have the same length, so each kind is a queue in
 * order of expiry: arming is taking a link out and appending it, without a heap
 * and without a system call. One timer per loop looks at the heads of the
 * queues. A connection has one deadline, of one kind at a time.
 *
 * Ownership: the queues belong to the connections of one loop (net/conn_set); a
 * deadline is a member of its connection.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct event;
struct event_base;

enum deadline_kind {
	DEADLINE_IDLE,   /* between two requests; for the next byte of a raw stream */
	DEADLINE_HEAD,   /* for a request's head */
	DEADLINE_BODY,   /* for the next byte of a body */
	DEADLINE_WRITE,  /* for the peer to take a byte */
	DEADLINE_LINGER, /* for the peer's FIN after ours */
	DEADLINE_KINDS
};

struct deadline {
	struct list_link link;
	int64_t at_us; /* monotonic */
	enum deadline_kind kind;
};

struct deadlines {
	struct list_link queues[DEADLINE_KINDS];
	int64_t length_us[DEADLINE_KINDS]; /* 0: this kind never expires */
	struct event *timer;               /* owned */
	int64_t timer_at_us;               /* when it fires; INT64_MAX: not armed */
	void (*on_expired)(struct deadline *, void *arg);
	void *arg;
};

/* 0, or -ENOMEM. `on_expired` is called with a deadline that is no longer armed;
 * it may arm it again, and may disarm any other. */
int deadlines_init(struct deadlines *, struct event_base *, const int64_t length_us[DEADLINE_KINDS],
    void (*on_expired)(struct deadline *, void *arg), void *arg)
    __attribute__((warn_unused_result));

/* Every deadline must be disarmed by now. */
void deadlines_done(struct deadlines *);

/* Gives `kind` another length, in microseconds; 0: it never expires. Waits that have
 * begun end as much earlier or later, so the queue stays in order; where one of the two
 * lengths is 0, they are forgotten, or begin anew with their next arming. */
void deadlines_set_length(
    struct deadlines *, enum deadline_kind kind, int64_t length_us, int64_t now_us);

void deadline_init(struct deadline *);

/* Ends the wait at `now_us` plus the length of the kind; whatever was armed
 * before is forgotten. */
void deadline_arm(struct deadlines *, struct deadline *, enum deadline_kind, int64_t now_us);
void deadline_disarm(struct deadline *);

/* Ends the wait `kind` at `at_us`, however long that is; 0: it never ends. Where `before` is
 * armed, for a like time, its place is found from there. */
void deadline_restore(struct deadlines *, struct deadline *, enum deadline_kind, int64_t at_us,
    const struct deadline *before);
bool deadline_is_armed(const struct deadline *);
