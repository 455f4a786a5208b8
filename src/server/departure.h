/* SPDX-License-Identifier: MIT
 *
 * departure: what the main thread does while the loops drain: says once a second how
 * many connections are left, asks the service manager for time as long as there is
 * progress, and after a second signal leaves without a loop that does not answer.
 *
 * Owns its timers; borrows the rest. Thread: the main one.
 */
#pragma once

#include <stdint.h>

struct event;
struct event_base;
struct notify;
struct serving;

struct departure {
	const struct serving *serving; /* borrowed */
	const struct notify *notify;   /* borrowed; NULL: the manager is told nothing */
	const char *what;              /* "draining" */
	int64_t began_us;              /* monotonic */
	struct event *progress;        /* owned: once a second */
	struct event *overdue;         /* owned: the loops have had their time */
};

/* The drain begins, or, without `notify`, the handing over to a successor, who has the
 * manager's ear then. `what` is a literal. Without memory for a timer it goes on, untold. */
void departure_begin(struct departure *, struct event_base *, const struct serving *,
    const struct notify *, const char *what);

/* The loops were told to stop at once: ends the process, with the exit status of
 * connections that were cut, if they have not in a few seconds. */
void departure_insist(struct departure *, struct event_base *, const struct serving *);

/* Without effect on one of zeros. */
void departure_done(struct departure *);
