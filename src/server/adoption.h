/* SPDX-License-Identifier: MIT
 *
 * adoption: what a loop is to have from now on: services, listeners, logs and limits
 * of one generation. The main thread makes it whole, so that nothing can fail when
 * the loop takes it; until then it can be given up without a trace.
 *
 * Owns everything in it until it is taken. Thread: made and given up on the main one,
 * while the loop's listeners stay as they are; taken on the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "net/listener.h"
#include "server/conn_log.h"

struct bindings;
struct generation;
struct loop;
struct retirement;
struct services;

/* What stands at one place of the loop's listeners. */
struct adopted {
	struct listener *listener; /* owned where it is new */
	bool is_new;
	struct listener *passing;          /* whose socket it takes, or NULL */
	struct listener_settings settings; /* owned; of one that is not new */
};

struct adoption {
	struct loop *loop;             /* borrowed */
	unsigned loops;                /* that share the limits */
	struct loop **peers;           /* owned: the loops that take newcomers */
	bool is_surplus;               /* the loop is none of these any more */
	unsigned place;                /* else: which one of them */
	struct services *services;     /* owned */
	struct retirement *retirement; /* owned; NULL where no listener leaves */
	struct conn_log connections;
	bool has_connections;
	struct listener **listeners; /* owned: the loop's array to be */
	struct adopted *items;       /* owned */
	size_t count;
};

/* For the loop `place` of `loops`: the first `bindings->loops` of them take newcomers, by the
 * sockets of their place; those behind are surplus, and have listeners without a socket for
 * the connections that they have still. NULL with a sentence in `ret_error`. */
struct adoption *adoption_new(struct loop *const *loops, unsigned place, struct generation *,
    const struct bindings *, struct text *ret_error) __attribute__((warn_unused_result));

/* Gives it up: sockets that it would have taken stay open, for they are the bindings'. NULL is
 * allowed. */
void adoption_free(struct adoption *);

/* The loop has it from now on; what it had before retires, or is freed when the last
 * request that began with it is over. Frees the adoption. */
void adoption_take(struct adoption *);
