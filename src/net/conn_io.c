/* SPDX-License-Identifier: MIT
 *
 * conn_io: the bytes of a connection. Output is gathered in the loop's buffer
 * (net/gather) and written to the socket at once, or when the turn ends (conn_turn.c).
 * What is left over goes to the bufferevent's buffer, which is unfrozen for a write as
 * libevent itself does it, and EV_WRITE is enabled only while something is there. That
 * spares two epoll_ctl(2) and a turn of the loop per answer.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

#include "base/panic.h"
#include "net/conn_private.h"

/* Writes in one conn_flush, so that a peer as fast as we are cannot keep the
 * loop to itself. */
#define FLUSH_MAX_WRITES 5

/* --- Input ------------------------------------------------------------- */

void
conn_update_reading(struct conn *conn)
{
	bool wanted = conn->state != CONN_CLOSED && !conn->has_peer_fin && conn->pause == 0;

	if (reader_enable(conn, wanted) != 0)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
}

void
conn_input_arrived(struct conn *conn)
{
	if (conn->state >= CONN_FLUSHING)
		conn_discard_input(conn);
	else
		conn->ops->data(conn);
}

void
conn_want_rest(struct conn *conn)
{
	reader_level(conn);
}

size_t
conn_input_length(const struct conn *conn)
{
	if (conn_has_fresh(conn))
		return conn->set->fresh.len;
	return conn->bev ? evbuffer_get_length(conn_input(conn)) : 0;
}

struct slice
conn_input_peek(const struct conn *conn)
{
	struct evbuffer_iovec first;

	if (conn_has_fresh(conn))
		return conn->set->fresh;
	if (!conn->bev || evbuffer_peek(conn_input(conn), -1, NULL, &first, 1) < 1)
		return (struct slice){ "", 0 };
	return (struct slice){ first.iov_base, first.iov_len };
}

struct slice
conn_input_contiguous(struct conn *conn)
{
	size_t length = conn_input_length(conn);
	struct slice first = conn_input_peek(conn);
	unsigned char *data;

	if (first.len == length)
		return first;
	data = evbuffer_pullup(conn_input(conn), (ev_ssize_t)length);
	if (data)
		return (struct slice){ (const char *)data, length };
	conn_abort(conn, ENDING_OUT_OF_MEMORY);
	return (struct slice){ NULL, 0 };
}

void
conn_input_drain(struct conn *conn, size_t bytes)
{
	struct slice *fresh = &conn->set->fresh;

	must(bytes <= conn_input_length(conn));
	if (!conn_has_fresh(conn)) {
		if (bytes > 0)
			(void)evbuffer_drain(conn_input(conn), bytes);
		conn_recount(conn);
		return;
	}
	fresh->data += bytes;
	fresh->len -= bytes;
	if (fresh->len == 0)
		conn->set->fresh_owner = NULL;
}

void
conn_pause(struct conn *conn, enum conn_pause reason)
{
	bool was_reading = conn->pause == 0;

	if (!conn_is_open(conn))
		return;
	conn->pause = (conn->pause | reason) & 0xff;
	if (was_reading)
		conn_update_reading(conn);
}

void
conn_resume(struct conn *conn, enum conn_pause reason)
{
	if (!conn_is_open(conn) || !(conn->pause & reason))
		return;
	conn->pause = conn->pause & ~(unsigned)reason & 0xff;
	if (conn->pause == 0)
		conn_update_reading(conn);
}

/* --- Output ------------------------------------------------------------ */

size_t
conn_output_length(const struct conn *conn)
{
	return gather_length(conn) + conn_buffered_output(conn);
}

uint64_t
conn_bytes_out(const struct conn *conn)
{
	return conn->bytes_queued - conn_output_length(conn);
}

static int
appended(struct conn *conn, int result, size_t bytes)
{
	if (result == 0) {
		conn->bytes_queued += bytes;
		conn->set->bytes_queued += bytes;
		return 0;
	}
	conn_abort(conn, ENDING_OUT_OF_MEMORY);
	return -ENOMEM;
}

int
conn_write(struct conn *conn, struct slice bytes)
{
	char *room;

	if (!conn_is_open(conn))
		return -ENOTCONN;
	room = gather_room(conn, bytes.len);
	if (room) {
		memcpy(room, bytes.data, bytes.len);
		gather_commit(conn, bytes.len);
		return appended(conn, 0, bytes.len);
	}
	if (gather_make_way(conn) != 0)
		return appended(conn, -1, 0);
	conn_keep(conn, bytes.len);
	return appended(conn, evbuffer_add(conn_output(conn), bytes.data, bytes.len), bytes.len);
}

int
conn_write_reference(struct conn *conn, struct slice bytes,
    void (*release)(const void *data, size_t len, void *owner), void *owner)
{
	int result;

	/* A chain of no bytes would stay in the buffer for how long nobody knows. */
	if (!conn_is_open(conn) || bytes.len == 0) {
		release(bytes.data, bytes.len, owner);
		return conn_is_open(conn) ? 0 : -ENOTCONN;
	}
	if (gather_take_memory(conn, bytes, release, owner))
		return appended(conn, 0, bytes.len);
	result = gather_make_way(conn);
	if (result == 0)
		result = evbuffer_add_reference(
		    conn_output(conn), bytes.data, bytes.len, release, owner);
	if (result != 0)
		release(bytes.data, bytes.len, owner);
	return appended(conn, result, bytes.len);
}

int
conn_write_file(struct conn *conn, struct file_body *file, int64_t offset, int64_t length)
{
	int result;

	if (!conn_is_open(conn))
		return -ENOTCONN;
	if (length <= 0 || gather_take_file(conn, file, offset, (size_t)length))
		return appended(conn, 0, length > 0 ? (size_t)length : 0);
	result = gather_make_way(conn);
	if (result == 0)
		result = conn_buffer_file(conn, file, offset, length);
	return appended(conn, result, (size_t)length);
}

int
conn_write_input(struct conn *conn, size_t bytes)
{
	size_t before = conn_output_length(conn);

	if (!conn_is_open(conn))
		return -ENOTCONN;
	must(bytes <= conn_input_length(conn));
	if (bytes == 0)
		return 0;
	if (conn_has_fresh(conn)) {
		struct slice moved = { conn->set->fresh.data, bytes };

		conn_input_drain(conn, bytes);
		return conn_write(conn, moved);
	}
	if (gather_make_way(conn) != 0)
		return appended(conn, -1, 0);
	conn_keep(conn, bytes);
	/* What it returns is silent about a copy for which there was no memory. */
	(void)evbuffer_remove_buffer(conn_input(conn), conn_output(conn), bytes);
	return appended(conn, conn_output_length(conn) == before + bytes ? 0 : -1, bytes);
}

char *
conn_reserve(struct conn *conn, size_t bytes)
{
	struct evbuffer_iovec room;
	char *shared;

	if (!conn_is_open(conn))
		return NULL;
	shared = gather_room(conn, bytes);
	if (shared)
		return shared;
	if (gather_make_way(conn) == 0 &&
	    evbuffer_reserve_space(conn_output(conn), (ev_ssize_t)bytes, &room, 1) == 1)
		return room.iov_base;
	(void)appended(conn, -1, 0);
	return NULL;
}

void
conn_commit(struct conn *conn, char *room, size_t bytes)
{
	struct evbuffer_iovec used = { .iov_base = room, .iov_len = bytes };

	conn->bytes_queued += bytes;
	conn->set->bytes_queued += bytes;
	if (room == gather_end(&conn->set->gather))
		gather_commit(conn, bytes);
	else
		must(evbuffer_commit_space(conn_output(conn), &used, 1) == 0);
	if (conn->bev)
		conn_keep(conn, bytes);
}

/* How a paused connection looks out for its peer's leaving depends on whether
 * it waits to write (reader.c). */
static void
look_out_anew(struct conn *conn)
{
	if (conn->origin->abort_on_peer_fin && conn->pause != 0 && conn_is_open(conn))
		conn_update_reading(conn);
}

static void
enable_writing(struct conn *conn)
{
	if (!conn->is_write_enabled) {
		conn->is_write_enabled = true;
		/* One descriptor does not go with both triggers. */
		reader_level(conn);
		look_out_anew(conn);
		if (conn->state == CONN_CLOSED)
			return;
	}
	/* Also when it is said to be enabled: libevent may have disabled it. */
	if (bufferevent_enable(conn->bev, EV_WRITE) != 0)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
}

static void
disable_writing(struct conn *conn)
{
	if (!conn->is_write_enabled)
		return;
	conn->is_write_enabled = false;
	(void)bufferevent_disable(conn->bev, EV_WRITE);
	look_out_anew(conn);
}

/* Once the ending has begun our FIN follows in the same call, as soon as all is
 * written: the last bytes wait for it and leave in one packet with it. (A head that
 * waits for its file saves a packet too, and costs more than that: see
 * docs/performance.md.) */
static int
gather_flags(const struct conn *conn)
{
	const bool is_last = conn->state == CONN_FLUSHING && conn_buffered_output(conn) == 0;

	return is_last && conn->origin->joins_fin ? MSG_MORE : 0;
}

static int
write_once(struct conn *conn)
{
	struct evbuffer *output;
	int written;

	if (gather_length(conn) > 0)
		return (int)gather_send(conn, gather_flags(conn));
	output = conn_output(conn);
	(void)evbuffer_unfreeze(output, 1);
	errno = 0;
	written = evbuffer_write(output, conn->fd);
	(void)evbuffer_freeze(output, 1);
	return written;
}

static bool
is_full_socket(int error)
{
	return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

void
conn_write_out(struct conn *conn)
{
	int written = 1;

	for (int i = 0; i < FLUSH_MAX_WRITES && written > 0; i++) {
		if (conn_output_length(conn) == 0)
			break;
		written = write_once(conn);
	}
	if (written < 0 && !is_full_socket(errno)) {
		conn_failed(conn, errno, ENDING_WRITE_ERROR);
		return;
	}
	/* sendfile(2) at the file's end takes nothing and sets no error. */
	if (written == 0 && errno == 0) {
		conn_abort(conn, ENDING_CUT_SHORT);
		return;
	}
	if (gather_spill(conn) != 0)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
	else if (conn_output_length(conn) > 0)
		enable_writing(conn);
	else
		disable_writing(conn);
	conn_recount(conn);
}

void
conn_flush(struct conn *conn)
{
	if (conn_is_open(conn))
		conn_write_out(conn);
}

void
conn_output_emptied(struct conn *conn)
{
	disable_writing(conn);
	if (conn->state == CONN_FLUSHING)
		conn_flushed(conn);
	else if (conn_is_open(conn))
		conn->ops->drained(conn);
}

void
conn_failed(struct conn *conn, int error, enum ending_cause otherwise)
{
	if (error == ENOMEM) {
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
		return;
	}
	conn->is_broken = true;
	conn->reset_received |= error == ECONNRESET || error == EPIPE;
	conn_abort(conn, conn->reset_received ? ENDING_RESET_BY_PEER : otherwise);
}

/* --- Waiting ----------------------------------------------------------- */

void
conn_wait(struct conn *conn, enum deadline_kind kind)
{
	if (!conn_is_open(conn))
		return;
	if (kind == DEADLINE_WRITE)
		conn->progress_mark = conn_bytes_out(conn);
	deadline_arm(&conn->set->deadlines, &conn->deadline, kind, conn->set->now_us);
}

void
conn_wait_nothing(struct conn *conn)
{
	if (conn_is_open(conn))
		deadline_disarm(&conn->deadline);
}
