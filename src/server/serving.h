/* SPDX-License-Identifier: MIT
 *
 * serving: what serves at the moment: the loops, their sockets, and the generation of
 * the configuration that is in force; and the one way to change it, which is also how
 * it begins: make everything new, and only when nothing can fail any more, hand it to
 * the loops.
 *
 * A change may be of the number of loops, too: further ones run before it is certain that
 * they will serve, and those that are surplus stand behind the others until they have given
 * away their connections and ended.
 *
 * Owns the loops and its bindings; holds its generation. Thread: the main one, but for
 * serving_loops_of.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/text.h"
#include "config/config.h"
#include "server/activation.h"
#include "server/binding.h"
#include "server/generation.h"
#include "server/inheritance.h"
#include "server/loop.h"
#include "server/stored.h"

#define SERVING_LOOPS_MAX 256
/* With those that are surplus. */
#define SERVING_ALL_MAX (2 * SERVING_LOOPS_MAX)

struct serving {
	struct loop *loops[SERVING_ALL_MAX]; /* owned */
	unsigned loop_count;                 /* that take newcomers: the first ones */
	unsigned all_count;
	unsigned started;           /* loops whose thread runs or ran */
	atomic_uint_fast64_t ids;   /* of connections: see conn_set_options */
	void (*on_news)(void *arg); /* as in struct loop */
	void *arg;
	const struct loop_guest *guest; /* of each loop; borrowed, or NULL */
	/* Called when there are other loops than before; those that are missing are valid
	 * for the last time. NULL: nobody wants to know. */
	void (*on_loops)(void *arg);
	void *on_loops_arg;
	struct generation *generation; /* held; NULL before the first */
	struct bindings bindings;
	struct address_table *addresses; /* owned; what each client address holds */
	struct activation activation;    /* sockets that were handed over */
	struct inheritance inheritance;  /* … and by a predecessor, with connections */
	struct stored stored;            /* … and out of the service manager's store */
	struct store *store;             /* borrowed: that store; NULL: nobody's */
	atomic_uint generations;         /* that live: the one in force, and older ones in use */
};

/* Nothing serves yet. */
void serving_init(struct serving *);
/* The loops' threads have ended. */
void serving_done(struct serving *);

/* Makes the loops, which serve nothing yet. `on_news` as in struct loop. 0, or a
 * negative errno with a sentence; what was made goes with serving_done. */
int serving_make_loops(struct serving *, unsigned count, void (*on_news)(void *arg), void *arg,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Starts their threads, with every signal blocked. 0, or a negative errno with a sentence;
 * `started` of them run then. */
int serving_start(struct serving *, struct text *ret_error) __attribute__((warn_unused_result));

/* How many loops `config` asks for. Any thread. */
unsigned serving_loops_of(const struct config *config);

/* Serves `config` from now on; takes it and `bindings`, which were resolved for it and its
 * number of loops, on failure too. Not while the last change is not settled. 0, or a
 * negative errno with a sentence: everything is then as it was. */
int serving_change(struct serving *, struct config *config, struct bindings *bindings,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Whether every loop has taken the last change. */
bool serving_is_settled(const struct serving *);

/* Whether sockets of listeners that the last change took away listen still. */
bool serving_is_leaving(const struct serving *);

/* Frees loops that were surplus and have ended. */
void serving_reap(struct serving *);

/* How many loops have ended that were to go on. */
unsigned serving_count_failed(const struct serving *);

void serving_tell(struct serving *, enum loop_request);
