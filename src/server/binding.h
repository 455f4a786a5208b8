/* SPDX-License-Identifier: MIT
 *
 * binding: from the listeners of a configuration to listening sockets for every
 * loop. A host name with several addresses makes a binding for each of them. The
 * start of the server is a reload from no bindings at all.
 *
 *   bindings_resolve ─► bindings_match ─► bindings_open ─► bindings_take, or bindings_done
 *
 * Owns the sockets that it opened until they are taken. Thread: bindings_resolve any,
 * for it blocks while host names are resolved; the rest the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/text.h"
#include "config/config.h"
#include "net/listen_socket.h"
#include "net/transport.h"

struct activation;
struct inheritance;
struct store;
struct stored;

enum binding_fate {
	BINDING_ADDED,
	BINDING_KEPT,    /* the socket there was goes on */
	BINDING_REPLACED /* another socket takes the place of one at the same address */
};

struct binding {
	const struct config_listener *config; /* borrowed from the generation */
	const struct transport *transport;
	struct address asked;
	enum binding_fate fate;
	size_t before;                 /* unless it is added: which of the former bindings it was */
	struct listen_socket *sockets; /* owned: one for each loop */
	unsigned first_open;           /* from which on they are open and not yet taken, */
	bool is_open;                  /* if they are */
};

struct bindings {
	struct binding *items; /* owned; as many listeners has each loop, in this order */
	size_t count;
	unsigned loops;
	unsigned loops_before;           /* as of bindings_match */
	struct activation *activation;   /* borrowed; NULL: no sockets were handed over */
	struct inheritance *inheritance; /* likewise, by a predecessor */
	struct stored *stored;           /* likewise, out of the service manager's store */
	struct store *store;             /* borrowed; where that is */
};

/* The addresses of every listener of `config`, which was checked and is borrowed. 0, or
 * a negative errno with a sentence. */
int bindings_resolve(struct bindings *, const struct config *config, unsigned loops,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Whether its port is of the kernel's choice: another one for each listener. */
bool binding_has_any_port(const struct binding *);

/* Which of them the sockets of `before` go on to serve, or make room for. With another
 * number of loops every port gets a group of new sockets; a socket of which the loops have
 * copies goes on. */
void bindings_match(struct bindings *, const struct bindings *before);

/* Whether nothing of `now` follows on the former binding `index`. */
bool bindings_is_removed(const struct bindings *now, size_t index);

/* Opens what is not kept, for all loops, and then gives the kept ones the options and
 * the backlog of now. 0, or a negative errno with a sentence; everything is then as
 * it was. */
int bindings_open(struct bindings *, const struct bindings *before, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Takes the options of the kept ones back; for who gives up after bindings_open. */
void bindings_revert(const struct bindings *, const struct bindings *before);

/* The sockets go to listeners: nothing of the reload can fail any more. */
void bindings_take(struct bindings *);

/* Says in the log where is listened, of what is new or has another backlog. */
void bindings_log(const struct bindings *, const struct bindings *before);

/* Frees, and closes what is open and not taken. */
void bindings_done(struct bindings *);
