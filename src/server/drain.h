/* SPDX-License-Identifier: MIT
 *
 * drain: the way out, in five steps: for a whole loop, or for the listeners that a
 * reload took out of the configuration, with the connections that came by them.
 *
 * Owned by the loop (struct loop, struct retirement). Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ending.h"

struct event;
struct event_base;
struct listener;
struct loop;

enum drain_step {
	DRAIN_NONE,
	DRAIN_ANNOUNCE,
	DRAIN_STOP_ACCEPTING,
	DRAIN_GRACE, /* requests finish, idle connections get theirs */
	DRAIN_WAIT,  /* what is left ends by itself, or at the deadline */
	DRAIN_DONE
};

/* "none", "announce" … "done": as the report and the status name it. */
const char *drain_step_name(enum drain_step);

/* What drains: all that the loop has, or these listeners. */
struct drain {
	struct loop *loop;
	struct listener **listeners; /* borrowed; those of the loop where it is whole */
	size_t listener_count;
	bool is_whole;
	enum drain_step step;
	int64_t began_us;
	int64_t step_began_us;
	int64_t step_until_us; /* when the step's own wait is over */
	int64_t step_us[DRAIN_DONE];
	int64_t total_us;
	int64_t grace_began_us;
	struct event *timer;    /* owned: the step's next move */
	struct event *deadline; /* owned */
	uint64_t cut;           /* connections that the deadline or a stop cut */
	/* Called after each move of a drain that is not whole; may free it. */
	void (*on_moved)(struct drain *);
};

/* With its events, for `base`; nothing drains yet. Any thread, before the loop is told.
 * 0, or -ENOMEM. */
int drain_init(struct drain *, struct loop *, struct event_base *base)
    __attribute__((warn_unused_result));
void drain_done(struct drain *);

/* Begins with the first step: of a whole loop the announcement, of listeners that they
 * stop accepting. Once. */
void drain_begin(struct drain *);

/* Whether its listeners are closed and its connections gone. */
bool drain_is_over(const struct drain *);

/* Cuts what is left of it, and says so. */
void drain_cut(struct drain *, enum ending_cause);

/* A connection ended: the drain of a whole loop may be over, and then the loop. */
void drain_check(struct drain *);
