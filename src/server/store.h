/* SPDX-License-Identifier: MIT
 *
 * store: descriptors that the service manager keeps for the next process, by sd_notify(3):
 * FDSTORE=1 puts one there, FDSTOREREMOVE=1 takes all of a name away. Listening sockets stand
 * there from the start, so that a crash closes none of them; connections only at a restart
 * (keeping.h). What comes back is stored.h's.
 *
 * The manager does not say what became of a descriptor, nor whether it has a store at all:
 * FileDescriptorStoreMax= is 0 by default. So it is asked: one end of a pair of sockets is put
 * there as the last, and where the other end is still open once a barrier (BARRIER=1) is
 * passed, it is held, and all that came before it.
 *
 * Owns no descriptor that it puts there. Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/store_name.h"

struct bindings;
struct event;
struct event_base;
struct notify;

/* What the names of all listening sockets may have in bytes, with one between two: names are
 * one string of the next process's environment, of which execve(2) takes 128 KiB. */
#define STORE_NAMES_BYTES_MAX ((size_t)112 * 1024)

struct store_entry {
	uint64_t cookie;
	char *name; /* owned */
	bool is_wanted;
};

struct store {
	struct notify *notify;       /* borrowed */
	struct store_entry *entries; /* owned: listening sockets that were put there */
	size_t count;
	int probe;             /* while it is asked; else -1 */
	int barrier;           /* likewise */
	struct event *passing; /* owned */
	void (*on_answer)(bool is_held, void *arg);
	void *arg;
};

void store_init(struct store *, struct notify *);
void store_done(struct store *);

/* Puts descriptors there, at most NOTIFY_FDS_MAX, which stay the caller's. `is_polled`: one
 * that hangs up is dropped (FDPOLL=). 0, or a negative errno: the manager was not told. */
int store_put(const struct store *, const char *name, const int *fds, size_t count, bool is_polled)
    __attribute__((warn_unused_result));

/* All of that name leave. */
void store_remove(const struct store *, const char *name);

/* Asks whether the manager holds the last that was put there; a question before that one
 * is not answered any more. `on_answer` is called once, some seconds later at most: no answer
 * is no. 0, or a negative errno, and nothing is called. */
int store_ask(struct store *, struct event_base *, void (*on_answer)(bool is_held, void *arg),
    void *arg) __attribute__((warn_unused_result));

/* What was asked is not answered any more. */
void store_forget_question(struct store *);

/* Waits until the manager has done what it was told, five seconds at most. */
void store_wait(const struct store *);

/* The socket of this number stands there already, by that name. 0, or -ENOMEM. */
int
store_note(struct store *, uint64_t cookie, const char *name) __attribute__((warn_unused_result));

/* Lets the sockets of `bindings` stand there, and no other listening socket that was noted or
 * put there. Those of a socket unit, which the manager holds anyway, do not. `only`: those of
 * them for which it is true, loop by loop in the order of the bindings; NULL: all. */
void store_sync(struct store *, const struct bindings *, const bool *only);

/* Every listening socket leaves: it is going to be closed for good. */
void store_clear(struct store *);

bool store_has(const struct store *, uint64_t cookie);
