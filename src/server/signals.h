/* SPDX-License-Identifier: MIT
 *
 * signals: those that steer the server (usherd(8)), as events of the main loop, and
 * those that must not end the process.
 *
 * Owns its events. Thread: the main one; the others have every signal blocked.
 */
#pragma once

struct event;
struct event_base;

#define SIGNALS_COUNT 6

struct signals {
	struct event *events[SIGNALS_COUNT]; /* owned; NULL: not heard */
	void (*on_signal)(int number, void *arg);
	void *arg;
};

/* SIGPIPE: a peer that leaves; SIGXFSZ: a log file at RLIMIT_FSIZE, which loses lines as
 * on a full disk. */
void signals_ignore(void);

/* From now on `on_signal` is called for SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 and
 * SIGHUP. 0, or -ENOMEM, and what is heard by then goes with signals_done. */
int signals_hear(struct signals *, struct event_base *, void (*on_signal)(int number, void *arg),
    void *arg) __attribute__((warn_unused_result));

/* Blocks them: one that comes waits. */
void signals_block(void);

/* Blocks them, if they were heard: one that still comes would end the process by its default
 * action, in place of the status that was earned. Without effect on one of zeros. */
void signals_done(struct signals *);
