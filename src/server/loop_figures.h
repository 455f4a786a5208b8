/* SPDX-License-Identifier: MIT
 *
 * loop_figures: how a loop is asked for its figures and for rows about its
 * connections, and how it answers: by a mailbox of pieces of memory that change
 * hands. Neither side ever waits for the other: a loop that is stuck answers
 * nothing, and an answer that nobody took is replaced by the next.
 *
 * The loop owns its mailbox; what lies in it belongs to whoever takes it out.
 *
 * Thread: the functions with `ask` and `take` the main one, the others the loop's.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct bell;
struct connections_page;
struct connections_query;
struct loop;
struct snapshot_part;

struct loop_mail {
	struct bell
	    *_Atomic answered;      /* borrowed; rung when there is an answer; NULL: nobody asks */
	atomic_uint_fast64_t round; /* of the latest question for figures */
	_Atomic(struct snapshot_part *) figures;   /* an answer that was not taken yet */
	_Atomic(struct connections_page *) wanted; /* an empty page that was not seen yet */
	_Atomic(struct connections_page *) page;   /* a page that was not taken yet */
};

/* An empty mailbox is one of zeros. */
void loop_mail_done(struct loop_mail *);

/* Asks for figures, or for a page like `query`. `round` comes back in the answer. */
void loop_ask_figures(struct loop *, uint64_t round);
/* 0, or -ENOMEM. */
int loop_ask_page(struct loop *, const struct connections_query *query, uint64_t round)
    __attribute__((warn_unused_result));

/* The latest answer, or NULL. The caller frees it with free(3). */
struct snapshot_part *loop_take_figures(struct loop *);
struct connections_page *loop_take_page(struct loop *);

/* Answers what is asked. Without memory there is no answer. */
void loop_answer_figures(struct loop *);
void loop_answer_page(struct loop *);

/* As event_base_dispatch(3), with its turns counted. 0, or -1 with errno. */
int loop_take_turns(struct loop *);

/* What the calling thread has computed so far. */
int64_t loop_busy_us(void);

/* Lines that its logs have lost so far. */
uint64_t loop_lost_lines(const struct loop *);
