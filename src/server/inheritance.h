/* SPDX-License-Identifier: MIT
 *
 * inheritance: what a process that takes another's place is given by it: first its
 * listening sockets, in the place of binding; then, once this one serves, its
 * connections. The other half is upgrade.c; docs/handover.md has the protocol.
 *
 *   inheritance_init ─► inheritance_take … ─► inheritance_accept ─► connections ─► done
 *
 * Owns the link and the sockets that nobody has taken. Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"
#include "config/config.h"
#include "net/listen_socket.h"
#include "server/handover_wire.h"

struct event;
struct event_base;
struct inherited;
struct loop;
struct serving;

/* Names two descriptors, "LINK:STDERR": the link, and where standard error goes once this
 * process serves; until then its words are read by the predecessor. */
#define INHERITANCE_VARIABLE "USHER_HANDOVER"

struct inheritance {
	int link;      /* -1: there is no predecessor (any more) */
	int stderr_fd; /* -1: it was put in its place */
	bool is_lent;  /* what was taken is the predecessor's still: this process does not serve */
	pid_t predecessor;
	struct inherited *sockets; /* owned */
	size_t count;
	struct event *event; /* owned; once it serves */
	const struct serving *serving;
	uint64_t connections; /* that came so far */
	/* Everything has come, or the predecessor is gone. */
	void (*on_settled)(void *arg);
	void *arg;
};

/* Whether a predecessor started this process. Reads the environment only. */
bool inheritance_is_offered(void);

/* Takes the variable out of the environment, and receives the sockets; without a
 * predecessor there are none. Waits for some seconds at most. 0, or a negative errno with
 * a sentence. */
int
inheritance_init(struct inheritance *, struct text *ret_error) __attribute__((warn_unused_result));

/* Which socket is wanted. */
struct inheritance_wish {
	enum handover_kind kind;
	unsigned loop;
	const struct config_listener *config;
	const struct transport *transport;
	const struct address *address; /* as configured: its port may be 0 */
	bool share_port;
};

/* Gives the socket that listens there already, with the options and backlog that are
 * configured now. 0; -ENOENT: there is none; or another negative errno with a sentence. */
int inheritance_take(struct inheritance *, const struct inheritance_wish *,
    struct listen_socket *ret_socket, struct text *ret_error) __attribute__((warn_unused_result));

/* This process cannot serve: the predecessor is told why. */
void inheritance_decline(struct inheritance *, const char *why);

/* This process serves: the predecessor is told so, and which sockets were taken; from now on
 * connections come. Without memory it is told nothing, and goes on serving. */
void inheritance_accept(struct inheritance *, struct event_base *, const struct serving *,
    void (*on_settled)(void *arg), void *arg);

/* This process drains: what the predecessor has is its own to see out. */
void inheritance_leave(struct inheritance *);

/* Whether connections may come still. */
bool inheritance_is_under_way(const struct inheritance *);

void inheritance_done(struct inheritance *);
