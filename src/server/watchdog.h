/* SPDX-License-Identifier: MIT
 *
 * watchdog: tells the service manager that the loops turn (sd_watchdog_enabled(3)),
 * and only while they do: each marks its heartbeat once a second, and where one is
 * old no WATCHDOG=1 is sent, so that a server of which a part hangs is started
 * again. Without $WATCHDOG_USEC it does nothing.
 *
 * Owns its timer; borrows the rest. Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct loop;
struct notify;
struct serving;

struct watchdog {
	int64_t period_us;             /* a third of what the manager waits for; 0: it does not */
	struct event *timer;           /* owned */
	const struct serving *serving; /* borrowed */
	const struct notify *notify;   /* borrowed */
	bool is_silent;                /* a loop hangs, and the log was told */
};

/* Reads the environment, and takes the variables out of it. */
void watchdog_init(struct watchdog *);

/* The loops run: begins to tell. 0, or -ENOMEM. */
int watchdog_start(struct watchdog *, struct event_base *, const struct serving *,
    const struct notify *) __attribute__((warn_unused_result));
void watchdog_done(struct watchdog *);

/* A loop that has not ended and whose heartbeat is older than `most_us`, or NULL. */
const struct loop *watchdog_find_hung(const struct serving *, int64_t most_us);
