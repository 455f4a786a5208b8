/* SPDX-License-Identifier: MIT
 *
 * mailbox: connections on their way from one loop to another. Who gives one puts it
 * here under the lock, and the loop takes all that is here in its next turn.
 *
 * A connection is never lost between two loops: a mailbox takes only what comes from a
 * loop that serves the same generation, so that both have the same listeners; and it is
 * closed, for good or until the next generation, under the lock and before its loop takes
 * another generation, drains or stops. What was put before is here then, what comes later
 * stays with who wanted to give it.
 *
 * The lock is held for as long as one batch takes, and by nobody while he serves.
 *
 * Owned by its loop. Thread: any, but for init and done.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct conn;

/* Connections that may wait in it: what a loop takes in one turn. */
#define MAILBOX_MAX 512

struct letter {
	struct conn *conn; /* owned: detached */
	size_t listener;   /* by its place among those of a loop */
};

struct mailbox {
	pthread_mutex_t lock;
	unsigned generation; /* whose letters it takes; 0: it is closed */
	size_t count;
	struct letter letters[MAILBOX_MAX];
};

/* Closed and empty. */
void mailbox_init(struct mailbox *);
/* It is empty. */
void mailbox_done(struct mailbox *);

/* Takes letters of loops that serve `generation` from now on; 0: none. */
void mailbox_open(struct mailbox *, unsigned generation);

/* For who wants to give: locks, and returns how many more there is room for; 0 where it
 * takes none of this generation. Always to be followed by mailbox_unlock. */
size_t mailbox_lock(struct mailbox *, unsigned generation);
/* While it is locked, and there is room. */
void mailbox_put(struct mailbox *, struct letter);
void mailbox_unlock(struct mailbox *);

/* Takes all that is here, into `ret_letters`, which has room for MAILBOX_MAX; and closes it
 * where `is_last`. Returns how many there were. */
size_t mailbox_take(struct mailbox *, struct letter *ret_letters, bool is_last);
