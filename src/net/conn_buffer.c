/* SPDX-License-Identifier: MIT
 *
 * conn_buffer: the bufferevent of a connection that has something buffered.
 *
 * A bufferevent costs a kilobyte and some forty allocations' worth of time, and a
 * connection that is served at once leaves nothing in it. So it is made where the
 * first bytes are left over, of the input or of the output; from then on what
 * comes is handed on by its read callback, and what did not go is drained by it.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <stdlib.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/file_body.h"

/* A file goes into the output in pieces, each at most one sendfile(2). */
#define FILE_PIECE_MIN (INT64_C(1) << 20)
#define FILE_PIECES_MAX 1024
#define FILE_PIECE_MEMORY 1024 /* for libevent's record of it */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);

	(void)bev;
	conn_input_arrived(conn);
}

/* After each write of libevent's: what memory is held is counted as it goes. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);

	(void)bev;
	conn->set->now_us = clock_monotonic_us();
	conn->set->events++;
	conn_recount(conn);
	if (conn_output_length(conn) == 0)
		conn_output_emptied(conn);
}

/* libevent reports a write that took nothing, which for sendfile(2) is a full
 * socket or a file that shrank, as the end of writing; conn_write_out tells which. */
static void
retry_write(struct conn *conn)
{
	conn_write_out(conn);
	if (conn->state != CONN_CLOSED && conn_output_length(conn) == 0)
		conn_output_emptied(conn);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	conn->set->now_us = clock_monotonic_us();
	if (what & BEV_EVENT_ERROR)
		conn_failed(
		    conn, error, what & BEV_EVENT_READING ? ENDING_READ_ERROR : ENDING_WRITE_ERROR);
	else if (what & BEV_EVENT_READING)
		conn_peer_fin(conn);
	else
		retry_write(conn);
}

int
conn_buffer(struct conn *conn)
{
	if (conn->bev)
		return 0;
	/* Without BEV_OPT_CLOSE_ON_FREE: libevent would close a turn later. */
	conn->bev = bufferevent_socket_new(conn->set->base, conn->fd, 0);
	if (!conn->bev)
		return -ENOMEM;
	/* Output is written at once by conn_flush; EV_WRITE is for leftovers. By
	 * itself libevent writes 16 KiB a turn, which would cut a long packet. */
	(void)bufferevent_disable(conn->bev, EV_WRITE);
	(void)bufferevent_set_max_single_write(conn->bev, EV_SSIZE_MAX);
	bufferevent_setwatermark(conn->bev, EV_WRITE, EV_SIZE_MAX, 0);
	bufferevent_setcb(conn->bev, on_read, on_write, on_event, conn);
	return 0;
}

void
conn_unbuffer(struct conn *conn)
{
	if (!conn->bev)
		return;
	(void)evbuffer_unfreeze(conn_output(conn), 1);
	(void)evbuffer_drain(conn_output(conn), conn_buffered_output(conn));
	bufferevent_free(conn->bev);
	conn->bev = NULL;
	conn_recount(conn);
}

static int64_t
file_piece_length(int64_t length)
{
	int64_t piece = length / FILE_PIECES_MAX + 1;

	return piece > FILE_PIECE_MIN ? piece : FILE_PIECE_MIN;
}

/* Where libevent 2.1.12 finds no memory for a piece it gives back a hold on the
 * segment that it never took, and the file would be closed under whoever holds it.
 * So what it will ask for is asked for here first. */
static bool
has_memory_for_piece(void)
{
	void *volatile piece = calloc(1, FILE_PIECE_MEMORY);

	free(piece);
	return piece != NULL;
}

int
conn_buffer_file(struct conn *conn, const struct file_body *file, int64_t offset, int64_t length)
{
	int64_t piece = file_piece_length(length);

	for (; length > 0; offset += piece, length -= piece) {
		if (piece > length)
			piece = length;
		if (!has_memory_for_piece() ||
		    evbuffer_add_file_segment(conn_output(conn), file->segment, offset, piece) != 0)
			return -ENOMEM;
	}
	return 0;
}
