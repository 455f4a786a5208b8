/* SPDX-License-Identifier: MIT
 *
 * serving: what serves at the moment: the loops, their sockets, and the generation of
 * the configuration that is in force; and the one way to change it, which is also how
 * it begins: make everything new, and only when nothing can fail any more, hand it to
 * the loops.
 *
 * Owns the loops and its bindings; holds its generation. Thread: the main one.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/text.h"
#include "config/config.h"
#include "server/activation.h"
#include "server/binding.h"
#include "server/generation.h"
#include "server/loop.h"

#define SERVING_LOOPS_MAX 256

struct serving {
	struct loop *loops[SERVING_LOOPS_MAX]; /* owned */
	unsigned loop_count;
	unsigned started;              /* loops whose thread runs or ran */
	struct generation *generation; /* held; NULL before the first */
	struct bindings bindings;
	struct activation activation; /* sockets that were handed over */
	atomic_uint generations;      /* that live: the one in force, and older ones in use */
};

/* Nothing serves yet. */
void serving_init(struct serving *);
/* The loops' threads have ended. */
void serving_done(struct serving *);

/* Makes `count` loops, which serve nothing yet, by `options`, whose index and loops are
 * filled in here. 0, or a negative errno with a sentence; what was made goes with
 * serving_done. */
int serving_make_loops(struct serving *, unsigned count, const struct loop_options *options,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Starts their threads, with every signal blocked. 0, or a negative errno with a sentence;
 * `started` of them run then. */
int serving_start(struct serving *, struct text *ret_error) __attribute__((warn_unused_result));

/* Serves `config` from now on; takes it and `bindings`, which were resolved for it and this
 * number of loops, on failure too. Not while the last change is not settled. 0, or a
 * negative errno with a sentence: everything is then as it was. */
int serving_change(struct serving *, struct config *config, struct bindings *bindings,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Whether every loop has taken the last change. */
bool serving_is_settled(const struct serving *);

/* Whether sockets of listeners that the last change took away listen still. */
bool serving_is_leaving(const struct serving *);

void serving_tell(struct serving *, enum loop_request);
