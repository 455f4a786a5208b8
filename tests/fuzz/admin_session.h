/* SPDX-License-Identifier: MIT
 *
 * admin_session: the admin service behind one end of a socketpair, and a client at the
 * other. The service is the one of usherd, with its routes, verbs and limits; the server
 * that it steers is made up: no loop serves, and what is asked of it is only counted.
 *
 * Owns a directory for the service's socket for as long as the process lives. Thread: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct admin_session;

enum admin_client {
	ADMIN_CLIENT_OWNER,    /* at the Unix socket, as the user that the server runs as */
	ADMIN_CLIENT_STRANGER, /* at the Unix socket, as somebody else */
	ADMIN_CLIENT_READER    /* at the address for reading */
};

struct admin_plan {
	enum admin_client client;
	uint64_t cuts;         /* 0: all at once; else a seed of the pieces' lengths */
	size_t gives_up_after; /* hangs up after so many bytes were sent; 0: never */
	bool is_busy;          /* the server refuses the verbs, something is under way */
	bool is_bad;           /* the configuration that is to be loaded has errors */
};

struct admin_outcome {
	char *answer; /* owned */
	size_t answer_len;
	unsigned verbs; /* that reached the server */
	bool has_level; /* the log's level is another one now */
	bool was_reset;
};

/* Panics where it cannot be made. Kept until admin_session_forget. */
struct admin_session *admin_session_get(void);
void admin_session_forget(void);

/* One connection that sends `input` by `plan`, to its end: panics where it does not
 * end, or leaves anything behind. The caller frees the answer. */
struct admin_outcome
admin_session_run(struct admin_session *, struct slice input, const struct admin_plan *plan);
