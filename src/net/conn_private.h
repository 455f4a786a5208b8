/* SPDX-License-Identifier: MIT
 *
 * conn_private: what the files of the connection share among themselves.
 *
 *   conn.c         birth, states
 *   conn_io.c      input and output
 *   conn_buffer.c  the bufferevent, where something is buffered
 *   conn_park.c    PARKED
 *   conn_turn.c    what is written at the end of a turn
 *   conn_end.c     FLUSHING, LINGERING, CLOSED
 *   conn_limits.c  addresses, memory
 *   conn_rate.c    the least rate
 *   conn_detach.c  from one set to another
 *   passport.c     from one process to another
 *   reader.c       from the socket to the protocol
 *   conn_set.c     the lists and the reaper
 *
 * Thread: the loop's.
 */
#pragma once

#include <sys/types.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "net/conn.h"
#include "net/conn_set.h"

/* conn.c: moves a connection to another state: the only writer of conn->state. A
 * move that the table does not know is a panic. */
void conn_move(struct conn *, enum conn_state to);

/* conn.c: a connection of no state yet. NULL when there is no memory; `fd` is then
 * closed. */
struct conn *
conn_new(struct conn_set *, struct conn_origin *, int fd) __attribute__((warn_unused_result));

/* conn_io.c: hands what came in to the protocol, or discards it when the ending
 * has begun. */
void conn_input_arrived(struct conn *);
/* conn_io.c: as conn_flush, also of an ending that has begun. */
void conn_write_out(struct conn *);
/* conn_io.c: the output is empty after having been held up. */
void conn_output_emptied(struct conn *);
/* conn_io.c: a failed read or write with errno `error`. */
void conn_failed(struct conn *, int error, enum ending_cause otherwise);
/* conn_io.c: makes reading agree with the pause bits and the state. Ends the
 * connection when there is no memory for that. */
void conn_update_reading(struct conn *);

/* conn_end.c: notes a FIN or a RST of the peer that nobody has read yet. */
void conn_look_at_peer(struct conn *);
/* conn_end.c: the peer's FIN was read. */
void conn_peer_fin(struct conn *);
/* conn_end.c: FLUSHING, and nothing is left to flush. */
void conn_flushed(struct conn *);
/* conn_end.c: throws the input away; may end a lingering connection. */
void conn_discard_input(struct conn *);
/* conn_end.c: a deadline expired. */
void conn_expired(struct conn *, enum deadline_kind);
/* conn_end.c: CLOSED with ENDING_HANDED_OVER, of one that is PARKED; its descriptor stays
 * open and is the caller's. */
void conn_leave_open(struct conn *);
/* conn_end.c: frees a CLOSED connection. The reaper's. */
void conn_free(struct conn *);

/* conn_limits.c: whether its address may have one more. 0, -EDQUOT or -ENOMEM. */
int conn_limits_enter(struct conn *) __attribute__((warn_unused_result));
/* conn_limits.c: it is CLOSED: it counts no more. */
void conn_limits_leave(struct conn *);
/* conn_limits.c: says that there is no room, and begins the ending. */
void conn_turn_away(struct conn *);
/* conn_limits.c: counts the memory that its buffers hold now. */
void conn_count_memory(struct conn *);

/* Where there are, or were, buffers. */
static inline void
conn_recount(struct conn *conn)
{
	if (conn->bev || conn->held > 0)
		conn_count_memory(conn);
}

/* `bytes` of memory joined the bufferevent's output. */
static inline void
conn_keep(struct conn *conn, size_t bytes)
{
	const uint64_t kept = (uint64_t)conn->kept + bytes;

	conn->kept = kept < UINT32_MAX ? (uint32_t)kept : UINT32_MAX;
}

/* conn_rate.c: the timer, which conn_set owns. NULL when there is no memory. */
struct event *conn_set_new_rater(struct conn_set *);

/* Takes the connection off the list that it stands in: a round of conn_rate.c goes on with
 * whoever stood behind it. */
static inline void
conn_unlist(struct conn *conn)
{
	struct conn_rating *rating = &conn->set->rating;

	if (rating->next == &conn->link)
		rating->next = conn->link.next;
	list_remove(&conn->link);
}

/* conn.c: now_us is the time now, for what follows in this turn. */
void conn_set_look_at_clock(struct conn_set *);

/* conn_set.c: frees a CLOSED connection now, when no callback of its own is on the
 * stack, in place of the reaper. */
void conn_set_reap(struct conn_set *, struct conn *);

/* conn_park.c: parks it if it is idle and nothing is in progress; whether it is
 * parked now. */
bool conn_park(struct conn *);
/* conn_park.c: a parked connection is BUSY again, with a protocol. 0, or -ENOMEM.
 * Without effect on others. */
int conn_wake(struct conn *) __attribute__((warn_unused_result));
/* conn_park.c: a connection is idle: sees to it that the timer runs. */
void conn_set_expect_parking(struct conn_set *);
/* conn_park.c: parks those whose time has come, as of now_us. */
void conn_set_park(struct conn_set *);
/* conn_park.c: the timer, which conn_set owns. NULL when there is no memory. */
struct event *conn_set_new_parker(struct conn_set *);

/* conn_buffer.c: sees to it that there is a bufferevent. 0, or -ENOMEM. */
int conn_buffer(struct conn *) __attribute__((warn_unused_result));
/* conn_buffer.c: appends a piece of a file to the bufferevent's output, of which there is
 * one. 0, or -ENOMEM: a part of it may be there. */
int conn_buffer_file(struct conn *, const struct file_body *, int64_t offset, int64_t length)
    __attribute__((warn_unused_result));
/* conn_buffer.c: lets the bufferevent go, and with it what it holds, also of others. */
void conn_unbuffer(struct conn *);

/* The bufferevent's two buffers: there must be one. */
static inline struct evbuffer *
conn_input(const struct conn *conn)
{
	return bufferevent_get_input(conn->bev);
}

static inline struct evbuffer *
conn_output(const struct conn *conn)
{
	return bufferevent_get_output(conn->bev);
}

/* Bytes in the bufferevent's output; 0 where there is none. */
static inline size_t
conn_buffered_output(const struct conn *conn)
{
	return conn->bev ? evbuffer_get_length(conn_output(conn)) : 0;
}

/* Whether input of the connection is in the loop's scratch still: within reader_pull. */
static inline bool
conn_has_fresh(const struct conn *conn)
{
	return conn->set->fresh_owner == conn;
}

void reader_init(struct conn *);
/* reader.c: reads what is here, if anything, and hands it on. May end the
 * connection. What recv(2) has returned. */
ssize_t reader_pull(struct conn *);
/* reader.c: from now on the connection hears of its input for as long as there is some
 * unread, and not only when more has come. Ends the connection when there is no memory for
 * that. Without effect where it is so already. */
void reader_level(struct conn *);
/* reader.c: the same, where input is unread though none was reported; whether it is. */
bool reader_find_rest(struct conn *);
/* reader.c: hands on bytes that somebody else has read. May end the connection. */
void reader_feed(struct conn *, struct slice);
int reader_enable(struct conn *, bool) __attribute__((warn_unused_result));
