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
 * A short answer may wait here for the end of the loop's turn (gather_defer, conn_turn.c):
 * it stands where it was made, and the next connection's output goes behind it. Nothing is
 * appended to what waits so; it is sent, moved or dropped.
 *
 * Behind the bytes may follow one tail (net/tail): memory or a piece of a file that is
 * sent from where it is. What is appended behind a tail makes all of it move.
 *
 * Invariant: a connection that has something here has nothing in its bufferevent's
 * output.
 *
 * Owned by the conn_set. Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/tail.h"

struct conn;

#define GATHER_BYTES ((size_t)64 * 1024)

/* Answers that wait for the end of a turn, and the bytes of the longest. Thirty-two take a
 * sixth of a millisecond to write, which is as long as the first of them waits. */
#define GATHER_DEFERRED_MAX 32
#define GATHER_DEFERRED_BYTES 2048

struct gather_piece {
	struct conn *conn; /* NULL: it went some other way */
	uint32_t offset;   /* in the buffer */
	uint32_t len;
};

struct gather {
	char *data;         /* owned: for pieces, and GATHER_BYTES more */
	size_t start;       /* bytes before it belong to pieces */
	size_t len;         /* bytes that wait, from `start` on */
	struct tail tail;   /* what waits behind them */
	struct conn *owner; /* whose they are; NULL: nobody's, there is nothing */
	size_t pieces_count;
	struct gather_piece pieces[GATHER_DEFERRED_MAX];
};

/* 0, or -ENOMEM. */
int gather_init(struct gather *) __attribute__((warn_unused_result));
void gather_done(struct gather *);

/* Room for `bytes` more of the connection's output, directly behind what it has
 * here; NULL where they have to go to the bufferevent's output. */
char *gather_room(struct conn *, size_t bytes);

/* Where that room is. */
static inline char *
gather_end(const struct gather *gather)
{
	return gather->data + gather->start + gather->len;
}

/* `bytes` of the room given last were filled. */
void gather_commit(struct conn *, size_t bytes);

/* Takes a tail behind what the connection has here. False where it has to go to the
 * bufferevent's output; nothing was done then. */
bool gather_take_memory(struct conn *, struct slice bytes, tail_release *release, void *owner);
bool gather_take_file(struct conn *, struct file_body *, int64_t offset, size_t length);

/* What the connection has here, directly behind which there was room, waits as it is for
 * gather_end_turn: conn->deferred says so. False where it cannot: it is too much, or has a
 * tail, or too many wait already. */
bool gather_defer(struct conn *);

/* Nothing is deferred any more; all pieces must be gone. */
void gather_end_turn(struct gather *);

/* Bytes of the connection's that wait here, the tail's among them. */
size_t gather_length(const struct conn *);

/* Moves what waits here to the bufferevent's output. 0, or -ENOMEM: the bytes are gone
 * then. Without bytes nothing happens. */
int gather_spill(struct conn *) __attribute__((warn_unused_result));

/* The same, for output that cannot go through here: there is a bufferevent then. */
int gather_make_way(struct conn *) __attribute__((warn_unused_result));

/* Writes what waits here to the socket, as send(2) does with `flags`, in one system call;
 * what the socket does not take stays, and a file follows in a call of its own: as
 * sendfile(2), 0 without an error where it has become shorter. */
ssize_t gather_send(struct conn *, int flags);

/* Forgets what waits here. */
void gather_drop(struct conn *);
