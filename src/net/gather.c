/* SPDX-License-Identifier: MIT */
#include "net/gather.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/panic.h"
#include "net/conn_private.h"
#include "net/file_body.h"
#include "net/uncancelled.h"

/* Of memory: the most that goes in one send where an answer goes in several; an answer that
 * goes in one all the same, as little would be left of it; and one that is too long for it
 * to matter. */
#define PART_MAX ((size_t)65000)
#define WHOLE_MAX ((size_t)65536 + 1024)
#define PARTED_MAX (PART_MAX * 5)

/* Of others than who gathers, until the end of the turn. */
#define PIECES_BYTES ((size_t)GATHER_DEFERRED_MAX * GATHER_DEFERRED_BYTES)

int
gather_init(struct gather *gather)
{
	*gather = (struct gather){ .data = malloc(PIECES_BYTES + GATHER_BYTES) };
	return gather->data ? 0 : -ENOMEM;
}

void
gather_done(struct gather *gather)
{
	free(gather->data);
	gather->data = NULL;
}

/* Whoever filled the buffer and did not write it finds its bytes in its own. */
static void
evict(struct gather *gather)
{
	struct conn *owner = gather->owner;

	if (gather_spill(owner) != 0)
		conn_abort(owner, ENDING_OUT_OF_MEMORY);
}

static size_t
room_left(const struct gather *gather)
{
	return GATHER_BYTES - gather->len;
}

char *
gather_room(struct conn *conn, size_t bytes)
{
	struct gather *gather = &conn->set->gather;

	if (gather->owner && gather->owner != conn)
		evict(gather);
	if (bytes > room_left(gather) || gather->tail.left > 0 || conn->deferred != 0 ||
	    conn_buffered_output(conn) > 0)
		return NULL;
	return gather_end(gather);
}

void
gather_commit(struct conn *conn, size_t bytes)
{
	struct gather *gather = &conn->set->gather;

	must(bytes <= room_left(gather));
	gather->len += bytes;
	gather->owner = gather->len > 0 ? conn : NULL;
}

bool
gather_take_memory(struct conn *conn, struct slice bytes, tail_release *release, void *owner)
{
	if (!gather_room(conn, 0))
		return false;
	tail_set_memory(&conn->set->gather.tail, bytes, release, owner);
	conn->set->gather.owner = conn;
	return true;
}

bool
gather_take_file(struct conn *conn, struct file_body *file, int64_t offset, size_t length)
{
	if (!gather_room(conn, 0))
		return false;
	tail_set_file(&conn->set->gather.tail, file, offset, length);
	conn->set->gather.owner = conn;
	return true;
}

/* --- Until the end of the turn -------------------------------------------------- */

bool
gather_defer(struct conn *conn)
{
	struct gather *gather = &conn->set->gather;

	if (gather->owner != conn || gather->tail.left > 0 || gather->len > GATHER_DEFERRED_BYTES ||
	    gather->pieces_count == GATHER_DEFERRED_MAX)
		return false;
	gather->pieces[gather->pieces_count++] =
	    (struct gather_piece){ conn, (uint32_t)gather->start, (uint32_t)gather->len };
	conn->deferred = gather->pieces_count & 0xff;
	gather->start += gather->len;
	gather->len = 0;
	gather->owner = NULL;
	return true;
}

/* The buffer begins anew, unless somebody has output behind the pieces. */
void
gather_end_turn(struct gather *gather)
{
	if (gather->owner)
		evict(gather);
	gather->start = 0;
	gather->pieces_count = 0;
}

static struct gather_piece *
piece_of(const struct conn *conn)
{
	return &conn->set->gather.pieces[conn->deferred - 1];
}

static void
drop_piece(struct conn *conn)
{
	piece_of(conn)->conn = NULL;
	conn->deferred = 0;
}

static ssize_t
send_piece(struct conn *conn, int flags)
{
	struct gather_piece *piece = piece_of(conn);
	const char *bytes = conn->set->gather.data + piece->offset;
	ssize_t sent = uncancelled_send(conn->fd, bytes, piece->len, MSG_NOSIGNAL | flags);

	if (sent == (ssize_t)piece->len) {
		drop_piece(conn);
	} else if (sent > 0) {
		piece->offset += (uint32_t)sent;
		piece->len -= (uint32_t)sent;
	}
	return sent;
}

static int
move_piece(struct conn *conn)
{
	const struct gather_piece *piece = piece_of(conn);
	const char *bytes = conn->set->gather.data + piece->offset;

	if (evbuffer_add(conn_output(conn), bytes, piece->len) != 0)
		return -1;
	conn_keep(conn, piece->len);
	return 0;
}

/* --- What goes at once, or not at all --------------------------------------------- */

size_t
gather_length(const struct conn *conn)
{
	const struct gather *gather = &conn->set->gather;

	if (conn->deferred != 0)
		return piece_of(conn)->len;
	return gather->owner == conn ? gather->len + gather->tail.left : 0;
}

void
gather_drop(struct conn *conn)
{
	struct gather *gather = &conn->set->gather;

	if (conn->deferred != 0)
		drop_piece(conn);
	if (gather->owner != conn)
		return;
	gather->owner = NULL;
	gather->len = 0;
	tail_drop(&gather->tail);
}

/* What is left of memory, which libevent is to hand back whole. */
static int
move_memory(struct evbuffer *output, struct tail *tail)
{
	const struct tail moved = *tail;
	const size_t sent = moved.memory.len - moved.left;

	if (evbuffer_add_reference(
		output, moved.memory.data, moved.memory.len, moved.release, moved.owner) != 0)
		return -1;
	tail->left = 0;
	(void)evbuffer_unfreeze(output, 1);
	(void)evbuffer_drain(output, sent);
	(void)evbuffer_freeze(output, 1);
	return 0;
}

static int
move_file(struct conn *conn, struct tail *tail)
{
	int result = conn_buffer_file(conn, tail->file, tail->offset, (int64_t)tail->left);

	tail_drop(tail);
	return result;
}

static int
move_all(struct conn *conn, struct gather *gather)
{
	struct evbuffer *output = conn_output(conn);

	must(evbuffer_get_length(output) == 0);
	if (conn->deferred != 0)
		return move_piece(conn);
	if (evbuffer_add(output, gather->data + gather->start, gather->len) != 0)
		return -1;
	conn_keep(conn, gather->len);
	if (gather->tail.left == 0)
		return 0;
	return gather->tail.file ? move_file(conn, &gather->tail)
				 : move_memory(output, &gather->tail);
}

int
gather_spill(struct conn *conn)
{
	int result;

	if (gather_length(conn) == 0)
		return 0;
	result = conn_buffer(conn);
	if (result == 0)
		result = move_all(conn, &conn->set->gather);
	gather_drop(conn);
	return result == 0 ? 0 : -ENOMEM;
}

int
gather_make_way(struct conn *conn)
{
	int result = conn_buffer(conn);

	return result == 0 ? gather_spill(conn) : result;
}

/* sendmsg(2) reads only, which struct iovec cannot say. */
static struct iovec
vector_of(struct slice bytes)
{
	const union {
		const char *read;
		void *any;
	} data = { .read = bytes.data };

	return (struct iovec){ data.any, bytes.len };
}

/* What a send takes of memory and the `head_len` bytes before it. The kernel makes packets
 * of up to 64 KiB, however small those on the wire are; a long send fills them to the brim,
 * which costs up to twice as much as equal parts below that: see docs/performance.md. */
static struct slice
next_part(struct slice memory, size_t head_len, bool is_packet)
{
	const size_t total = head_len + memory.len;
	size_t parts, part;

	if (is_packet || total <= WHOLE_MAX || total > PARTED_MAX)
		return memory;
	parts = (total + PART_MAX - 1) / PART_MAX;
	part = (total + parts - 1) / parts;
	return part > head_len ? slice_first(memory, part - head_len) : memory;
}

static ssize_t
send_both(const struct conn *conn, const struct gather *gather, int flags)
{
	const struct slice memory =
	    next_part(tail_memory(&gather->tail), gather->len, conn->origin->keeps_messages);
	struct iovec both[2] = { { gather->data + gather->start, gather->len }, vector_of(memory) };
	struct msghdr message = { .msg_iov = both, .msg_iovlen = 2 };

	return uncancelled_sendmsg(conn->fd, &message, MSG_NOSIGNAL | flags);
}

static ssize_t
send_some(const struct conn *conn, struct gather *gather, int flags)
{
	const char *bytes = gather->data + gather->start;

	if (gather->tail.left == 0)
		return uncancelled_send(conn->fd, bytes, gather->len, MSG_NOSIGNAL | flags);
	if (!gather->tail.file)
		return send_both(conn, gather, flags);
	if (gather->len > 0)
		return uncancelled_send(conn->fd, bytes, gather->len, MSG_NOSIGNAL);
	return tail_send_file(&gather->tail, conn->fd);
}

static void
forget_sent(struct gather *gather, size_t sent)
{
	size_t bytes = sent < gather->len ? sent : gather->len;
	char *first = gather->data + gather->start;

	gather->len -= bytes;
	if (gather->len > 0)
		memmove(first, first + bytes, gather->len);
	else if (gather->tail.left == sent - bytes)
		gather->owner = NULL;
	if (sent > bytes)
		tail_sent(&gather->tail, sent - bytes);
}

ssize_t
gather_send(struct conn *conn, int flags)
{
	struct gather *gather = &conn->set->gather;
	ssize_t sent;

	if (conn->deferred != 0)
		return send_piece(conn, flags);
	must(gather->owner == conn);
	sent = send_some(conn, gather, flags);
	if (sent > 0)
		forget_sent(gather, (size_t)sent);
	return sent;
}
