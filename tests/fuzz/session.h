/* SPDX-License-Identifier: MIT
 *
 * session: a loop with HTTP/1 and its handlers behind one end of a socketpair, and
 * a client at the other: what the loop of usherd is, without listener and thread.
 *
 * A socketpair and not a pair of bufferevents: those have no descriptor, and usher sends by
 * sendmsg(2) and sendfile(2), reads by recv(2), and asks the socket what its peer does; a
 * bufferevent is made only where something is left over. Behind a pair of bufferevents the
 * code under test would be another one.
 *
 * Owns a directory of files for as long as the process lives. Thread: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define SESSION_ANSWER_MAX ((size_t)16 << 20)

struct session; /* the server's half; kept for the next connection */

/* What a client saw, and the server noted, of one connection. */
struct session_outcome {
	char *answer; /* of SESSION_ANSWER_MAX bytes at most; owned; NULL if there was none */
	size_t answer_len;
	char *log; /* lines of the access log, JSON; owned */
	size_t log_len;
	int cause; /* enum ending_cause */
	bool was_reset;
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

/* Panics where it cannot be made. Kept until session_forget. */
struct session *session_get(void);
/* Frees it, and its directory. The next one knows of nothing. */
void session_forget(void);

/* One connection that sends `input` by `plan`, to its end: panics where it does
 * not end, or leaves anything behind. The caller calls session_outcome_done. */
struct session_outcome
session_run(struct session *, struct slice input, const struct session_plan *plan);
void session_outcome_done(struct session_outcome *);
