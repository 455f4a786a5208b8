/* SPDX-License-Identifier: MIT
 *
 * gather: output that is written within the same turn, in one buffer that the
 * connections of a loop share.
 *
 * An answer is usually made and written at once. Gathered here it costs a copy
 * and a send(2), and no memory of the connection's own. What does not go at once
 * (a full socket, a file, more than fits) moves to the bufferevent's output, and
 * what follows goes behind it. The buffer belongs to one connection at a time;
 * another that needs it makes the first one's bytes move.
 *
 * Invariant: what a connection has here goes before what is in its bufferevent's
 * output. Both at once are a head and its file, which need two system calls anyway.
 *
 * Owned by the conn_set. Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conn;

#define GATHER_BYTES ((size_t)64 * 1024)

struct gather {
	char *data;         /* owned; GATHER_BYTES */
	size_t len;         /* bytes that wait */
	struct conn *owner; /* whose they are; NULL: nobody's, len is 0 */
};

/* 0, or -ENOMEM. */
int gather_init(struct gather *) __attribute__((warn_unused_result));
void gather_done(struct gather *);

/* Room for `bytes` more of the connection's output, directly behind what it has
 * here; NULL where they have to go to the bufferevent's output. */
char *gather_room(struct conn *, size_t bytes);

/* `bytes` of the room given last were filled. */
void gather_commit(struct conn *, size_t bytes);

/* Bytes of the connection's that wait here. */
size_t gather_length(const struct conn *);

/* Moves what waits here to the front of the bufferevent's output. 0, or -ENOMEM: the bytes
 * are gone then. Without bytes nothing happens. */
int gather_spill(struct conn *) __attribute__((warn_unused_result));

/* The same, for output that cannot go through here: there is a bufferevent then. */
int gather_make_way(struct conn *) __attribute__((warn_unused_result));

/* Writes what waits here to the socket, as send(2) does with `flags`; what the
 * socket does not take stays. */
ssize_t gather_send(struct conn *, int flags);

/* Forgets what waits here. */
void gather_drop(struct conn *);
