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

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"
#include "config/config.h"
#include "net/transport.h"

struct admin;
struct event_base;
struct handover_offer;
struct inheritance;
struct reload_verdict;
struct serving;
struct upgrade_verdict;

/* The most that it listens on. */
#define ADMIN_SOCKETS_MAX ((size_t)2 * TRANSPORT_MAX_ADDRESSES)

/* The server, as the operator's verbs reach it. Each is called on the main thread and gives
 * 0, -EBUSY where what it asks for is under way, or another negative errno. */
struct admin_ops {
	/* Begins a reload; its verdict comes later, by admin_note_reload. */
	int (*reload)(void *arg);
	/* Begins an upgrade to `program`, NULL: the usual one; its verdict comes later, by
	 * admin_note_upgrade. `ret_error` has a sentence for what is not -EBUSY. */
	int (*upgrade)(const char *program, struct text *ret_error, void *arg);
	int (*drain)(void *arg);
	/* Ends at once: what is open is cut. */
	int (*stop)(void *arg);
};

struct admin_options {
	struct event_base *base;
	const struct config *config; /* addresses to listen on; borrowed during the call */
	struct serving *serving;     /* borrowed; the loops are made, their threads do not run */
	struct inheritance *inheritance; /* borrowed during the call: sockets that are there */
	const struct admin_ops *ops;
	void *arg; /* of the ops */
};

/* Binds what the configuration names (perhaps nothing), and says so in the log. The caller
 * frees it with admin_free. NULL with a sentence in `ret_error`. */
struct admin *
admin_new(const struct admin_options *, struct text *ret_error) __attribute__((warn_unused_result));

/* A reload is over: who asked for one is told, and the status tells it from now on. */
void admin_note_reload(struct admin *, const struct reload_verdict *);
/* Likewise of an upgrade. */
void admin_note_upgrade(struct admin *, const struct upgrade_verdict *);
/* The server drains from now on. */
void admin_note_drain(struct admin *);

/* --- admin_upgrade.c: a successor takes its place ------------------------------------ */

/* Describes its sockets, at most ADMIN_SOCKETS_MAX. Returns how many. */
size_t admin_offer(const struct admin *, struct handover_offer *ret_offers);
/* The successor has those of the sockets that are `taken`: this process accepts there no
 * more, but answers whom it has. */
void admin_hand_over(struct admin *, const bool *taken);
/* There is no successor: it accepts again. */
void admin_take_back(struct admin *);
/* What was handed over is the successor's alone. */
void admin_abandon(struct admin *);

/* Ends the service in good order: no request is taken any more, those in progress are
 * answered, and the connections end with their FIN. `finished` is called when the last
 * has gone, or after a second or two; perhaps within the call. Once. */
void admin_finish(struct admin *, void (*finished)(void *arg), void *arg);

/* The loops' threads have ended. NULL is allowed. */
void admin_free(struct admin *);
