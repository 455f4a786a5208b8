/* SPDX-License-Identifier: MIT
 *
 * dialogue: a client at one end of a socketpair, at whose other end is a server's loop that
 * turns in between.
 *
 * Thread: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/conn_set.h"

#define SESSION_ANSWER_MAX ((size_t)16 << 20)

/* Of every kind; shorter than what passes at once now and then. */
#define SESSION_DEADLINE_US (5 * CLOCK_SECOND_US)

/* What a client saw, and the server noted, of one connection. */
struct session_outcome {
	char *answer; /* of SESSION_ANSWER_MAX bytes at most; owned; NULL if there was none */
	size_t answer_len;
	char *log; /* lines of the access log, JSON; owned */
	size_t log_len;
	int cause; /* enum ending_cause */
	bool was_reset;
	bool has_seen_end; /* the server's FIN, or a reset */
};

/* What the client does with its bytes. */
struct session_plan {
	uint64_t cuts;         /* 0: all at once; else a seed of the pieces' lengths */
	uint64_t times;        /* 0: no time passes; else a seed of how much, and when */
	bool reads_late;       /* takes nothing of the answer before it must to go on */
	bool keeps_open;       /* sends no FIN before it has seen the server's */
	size_t gives_up_after; /* resets after so many bytes were sent; 0: never */
	/* Called before and after the server does something, where it is not NULL: it may
	 * fail then, so that a connection may not even begin. */
	void (*around)(bool begins);
};

/* The server's half: all borrowed. */
struct dialogue_side {
	struct event_base *base;
	struct conn_set *conns;
	struct conn_origin *origin;
};

/* One connection that sends `input` by `plan`, to its end: panics where it does
 * not end, or leaves anything behind. The caller calls session_outcome_done. */
struct session_outcome
dialogue_run(const struct dialogue_side *, struct slice input, const struct session_plan *plan);
void session_outcome_done(struct session_outcome *);
