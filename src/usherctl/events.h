/* SPDX-License-Identifier: MIT
 *
 * events: keys and signals of `usherctl top`, as one descriptor to wait on.
 *
 * While open, the signals are blocked and come here, so that nothing interrupts a
 * frame and the terminal is given back before any of them has its effect.
 *
 * Thread: the main one; one at a time.
 */
#pragma once

#include <signal.h>
#include <stdint.h>

enum event {
	EVENT_NONE,    /* the time is over */
	EVENT_QUIT,    /* q, the end of the input, SIGINT, SIGTERM, SIGHUP, SIGQUIT */
	EVENT_RESIZED, /* SIGWINCH */
	EVENT_SUSPEND, /* SIGTSTP: give the terminal back, stop, take it again */
	EVENT_OTHER    /* a key without meaning */
};

struct events {
	int fd; /* readable when there is one: for poll(2) */
	int signals;
	int input; /* borrowed, or -1: no keys are read */
	sigset_t before;
};

/* `input` is read where it is a terminal. 0 or negative errno. */
int events_open(struct events *, int input) __attribute__((warn_unused_result));
void events_close(struct events *);

/* The next event, or EVENT_NONE at `deadline_us` of clock_monotonic_us. */
enum event events_next(struct events *, int64_t deadline_us);
