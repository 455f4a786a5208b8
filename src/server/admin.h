/* SPDX-License-Identifier: MIT
 *
 * admin: the service for the operator: figures, and verbs that steer the server. It
 * speaks HTTP through usher's own stack, on the main thread's event_base, so that a
 * loop that is stuck does not silence it.
 *
 *   admin.c         listeners, connections, the way out
 *   admin_routes.c  what answers which path
 *   admin_answer.c  how
 *   admin_verbs.c   reload, drain, stop, log level
 *   collect.c       asks the loops
 *
 * On the Unix socket `admin` (mode 0600; the peer's credentials are checked) it answers
 * every verb, on the TCP address `admin_readonly` GET and HEAD alone. Its limits are small
 * and its own: whoever hangs on it makes room for the next. docs/admin.md describes what
 * it answers.
 *
 * Owns its sockets, its connections and the collect. Calls the server by admin_ops.
 *
 * Thread: the main one.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"

struct admin;
struct event_base;
struct reload_verdict;
struct serving;

/* The server, as the operator's verbs reach it. Each is called on the main thread and gives
 * 0, -EBUSY where what it asks for is under way, or another negative errno. */
struct admin_ops {
	/* Begins a reload; its verdict comes later, by admin_note_reload. */
	int (*reload)(void *arg);
	int (*drain)(void *arg);
	/* Ends at once: what is open is cut. */
	int (*stop)(void *arg);
};

struct admin_options {
	struct event_base *base;
	const struct config *config; /* addresses to listen on; borrowed during the call */
	struct serving *serving;     /* borrowed; the loops are made, their threads do not run */
	const struct admin_ops *ops;
	void *arg; /* of the ops */
};

/* Binds what the configuration names (perhaps nothing), and says so in the log. The caller
 * frees it with admin_free. NULL with a sentence in `ret_error`. */
struct admin *
admin_new(const struct admin_options *, struct text *ret_error) __attribute__((warn_unused_result));

/* A reload is over: who asked for one is told, and the status tells it from now on. */
void admin_note_reload(struct admin *, const struct reload_verdict *);
/* The server drains from now on. */
void admin_note_drain(struct admin *);

/* Ends the service in good order: no request is taken any more, those in progress are
 * answered, and the connections end with their FIN. `finished` is called when the last
 * has gone, or after a second or two; perhaps within the call. Once. */
void admin_finish(struct admin *, void (*finished)(void *arg), void *arg);

/* The loops' threads have ended. NULL is allowed. */
void admin_free(struct admin *);
