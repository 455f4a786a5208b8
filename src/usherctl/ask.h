/* SPDX-License-Identifier: MIT
 *
 * ask: a request to usherd whose answer is a JSON object, and what its failure
 * means for the exit status.
 *
 * Thread: the main one.
 */
#pragma once

#include "base/text.h"
#include "usherctl/answer.h"
#include "usherctl/client.h"
#include "usherctl/json_read.h"

/* Exit statuses of usherctl: usherctl(8). */
enum ctl_status {
	CTL_OK = 0,
	CTL_FAILED = 1,      /* it was done and the verdict is no, or usherd refused */
	CTL_USAGE = 2,       /* the command line is wrong */
	CTL_UNREACHABLE = 3, /* nobody is there */
	CTL_BAD_ANSWER = 4,  /* no answer in time, or none of usherd's */
	CTL_INTERRUPTED = 130
};

/* An answer of usherd's. */
struct reply {
	struct answer *answer; /* owned */
	json_t *object;        /* owned; NULL where the answer holds none */
};

#define ASK_WHY_MAX 1024

/* CTL_OK: usherd answered 2xx with an object, in `ret_reply`. CTL_FAILED: it
 * answered otherwise; `ret_reply` has what it said. Else `ret_reply` is empty. But
 * for CTL_OK, `why` gets the reason in words. End with reply_done in any case. */
enum ctl_status ask(const struct client *client, const char *method, const char *target,
    struct reply *ret_reply, struct text *why) __attribute__((warn_unused_result));

/* The same for GET of a plain text, which is the answer's body. */
enum ctl_status ask_text(const struct client *client, const char *target, struct reply *ret_reply,
    struct text *why) __attribute__((warn_unused_result));

/* Frees what it holds. */
void reply_done(struct reply *);
