/* SPDX-License-Identifier: MIT
 *
 * stored: what the service manager kept for this process and handed over at its start, as
 * it does with sockets (activation.h), behind them: listening sockets, which go on in the
 * place of binding; connections, which are parked as if nothing had been; and whatever else
 * may be there, which is closed. Nothing in it can keep the server from starting.
 *
 *   stored_add … ─► stored_claim ─► stored_take … ─► stored_settle ─► stored_done
 *
 * A listening socket that no listener wants any more is closed without loss: newcomers are
 * kept off, who waits in its queue is accepted and gets an answer where another socket of
 * ours is bound to that port, else a FIN.
 *
 * Owns what it was given until it is taken. Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct binding;
struct bindings;
struct listen_socket;
struct serving;
struct store;
struct stored_item;

/* Descriptors; the manager's own bound is FileDescriptorStoreMax=. */
#define STORED_MAX 65536

struct stored {
	struct stored_item *items; /* owned */
	size_t count;
	size_t room;
	char *names;   /* owned: the items' point into it */
	size_t took;   /* listening sockets, */
	size_t came;   /* connections, */
	size_t closed; /* and what was for nobody */
};

/* Takes `fd`, whose name stands in memory that lives as long as this does (see
 * `names`). */
void stored_add(struct stored *, int fd, const char *name);

/* Decides which listening socket goes on in which binding, and closes the others, which takes
 * a moment; before anything is bound to an address that they may have. */
void stored_claim(struct stored *, const struct bindings *, const struct store *);

/* Gives a socket that is claimed for `binding`, the `index`-th of its bindings, with the options
 * and backlog that are configured now, and notes it. 0; -ENOENT: there is none (any more); or
 * another negative errno with a sentence. */
int
stored_take(struct stored *, const struct binding *, size_t index, bool share_port, struct store *,
    struct listen_socket *ret_socket, struct text *ret_error) __attribute__((warn_unused_result));

/* The loops run: connections go to them, and nothing but the sockets of listeners is left in
 * the store. Says in the log what came back. */
void stored_settle(struct stored *, const struct serving *, const struct store *);

/* Closes what was not taken; it is in the store still. */
void stored_done(struct stored *);
