/* SPDX-License-Identifier: MIT
 *
 * websocket: a program's WebSocket connections: from frames to messages and back. Payload
 * is taken as it comes, so a frame needs no place but in its message.
 *
 *   data ─► frame head ─► payload ─► message, or ping, pong, close
 *
 * We end the connection once both close frames are out (RFC 6455 7.1.1): the server first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/websocket.h"
#include "base/panic.h"

static struct usher_websocket *
of(const struct conn *conn)
{
	return checked_cast(conn->protocol_state, struct usher_websocket, API_WEBSOCKET_MAGIC);
}

/* --- Output ------------------------------------------------------------------------------- */

bool
api_websocket_is_full(const struct usher_websocket *self)
{
	return conn_output_length(self->conn) > self->output_bytes;
}

int
api_websocket_put_frame(
    struct usher_websocket *self, enum websocket_opcode opcode, struct slice payload)
{
	char room[WEBSOCKET_HEAD_MAX];
	struct text head = text_over(room, sizeof(room));
	int result;

	websocket_put_head(&head, opcode, payload.len);
	result = conn_write(self->conn, text_slice(&head));
	if (result == 0 && payload.len > 0)
		result = conn_write(self->conn, payload);
	return result;
}

void
api_websocket_put_close(struct usher_websocket *self, unsigned code, struct slice reason)
{
	char room[WEBSOCKET_CONTROL_MAX];
	struct text payload = text_over(room, sizeof(room));

	if (self->is_closing)
		return;
	self->is_closing = true;
	if (code != WEBSOCKET_NO_CODE) {
		text_put_char(&payload, (char)(code >> 8));
		text_put_char(&payload, (char)code);
		text_put(&payload, reason);
	}
	(void)api_websocket_put_frame(self, WEBSOCKET_CLOSE, text_slice(&payload));
}

/* The client broke the protocol, or a limit. */
static void
fail(struct usher_websocket *self, unsigned code)
{
	self->code = code;
	api_websocket_put_close(self, code, SLICE(""));
	conn_finish(self->conn, code == WEBSOCKET_TOO_BIG ? ENDING_TOO_LARGE : ENDING_BAD_REQUEST);
}

/* --- Messages ----------------------------------------------------------------------------- */

static void
hand_over(struct usher_websocket *self)
{
	struct slice bytes = text_slice(&self->message);

	if (self->is_text && !websocket_is_text(bytes)) {
		fail(self, WEBSOCKET_BAD_TEXT);
		return;
	}
	self->has_message = false;
	if (!self->is_closing)
		self->ops->on_message(
		    self, self->is_text, bytes.data ? bytes.data : "", bytes.len, self->arg);
	text_free(&self->message);
	self->message = text_growing(self->message.max);
}

static void
take_close(struct usher_websocket *self)
{
	const unsigned char *bytes = (const unsigned char *)self->control;
	const size_t len = (size_t)self->frame.len;
	const bool was_closing = self->is_closing;
	struct slice reason = { self->control + 2, len > 2 ? len - 2 : 0 };
	enum ending_cause cause = ENDING_CLIENT_CLOSED;

	self->code = len >= 2 ? (unsigned)bytes[0] << 8 | bytes[1] : WEBSOCKET_NO_CODE;
	if (len == 1 || (len >= 2 && !websocket_is_code(self->code))) {
		fail(self, WEBSOCKET_PROTOCOL_ERROR);
		return;
	}
	if (!websocket_is_text(reason)) {
		fail(self, WEBSOCKET_BAD_TEXT);
		return;
	}
	memcpy(self->reason, reason.data, reason.len);
	self->reason[reason.len] = '\0';
	api_websocket_put_close(self, self->code, SLICE(""));
	if (was_closing)
		cause = conn_is_draining(self->conn) ? ENDING_DRAINED : ENDING_PROGRAM_CLOSED;
	conn_finish(self->conn, cause);
}

/* A client that sends pings and does not read pongs must not make them pile up. */
static void
take_ping(struct usher_websocket *self)
{
	if (!self->is_closing && !api_websocket_is_full(self))
		(void)api_websocket_put_frame(
		    self, WEBSOCKET_PONG, (struct slice){ self->control, (size_t)self->frame.len });
}

static void
end_frame(struct usher_websocket *self)
{
	self->has_frame = false;
	if (self->frame.opcode == WEBSOCKET_CLOSE)
		take_close(self);
	else if (self->frame.opcode == WEBSOCKET_PING)
		take_ping(self);
	else if (self->frame.opcode != WEBSOCKET_PONG && self->frame.is_final)
		hand_over(self);
}

/* --- Frames -------------------------------------------------------------------------------- */

/* Whether the frame may stand where it stands, and its message grow by it. */
static unsigned
begin_frame(struct usher_websocket *self)
{
	const struct websocket_frame *frame = &self->frame;

	self->offset = 0;
	self->has_frame = true;
	if (frame->opcode >= WEBSOCKET_CLOSE)
		return 0;
	if ((frame->opcode == WEBSOCKET_CONTINUATION) != self->has_message)
		return WEBSOCKET_PROTOCOL_ERROR;
	if (!self->has_message)
		self->is_text = frame->opcode == WEBSOCKET_TEXT;
	self->has_message = true;
	return frame->len > self->message.max - self->message.len ? WEBSOCKET_TOO_BIG : 0;
}

/* True when the next step can follow. */
static bool
read_head(struct usher_websocket *self)
{
	struct slice input = conn_input_contiguous(self->conn);
	enum websocket_verdict verdict;
	unsigned code;
	size_t size;

	if (!input.data)
		return false;
	verdict = websocket_frame_head(input, &self->frame, &size);
	if (verdict == WEBSOCKET_MORE)
		return false;
	code = verdict == WEBSOCKET_DONE ? begin_frame(self) : WEBSOCKET_PROTOCOL_ERROR;
	if (code != 0) {
		fail(self, code);
		return false;
	}
	conn_input_drain(self->conn, size);
	if (self->frame.len == 0)
		end_frame(self);
	return true;
}

static bool
take_piece(struct usher_websocket *self, struct slice piece)
{
	char *place;

	if (self->frame.opcode >= WEBSOCKET_CLOSE) {
		place = self->control + self->offset;
		memcpy(place, piece.data, piece.len);
	} else {
		text_put(&self->message, piece);
		if (self->message.is_truncated)
			return false;
		place = self->message.data + self->message.len - piece.len;
	}
	websocket_unmask(place, piece.len, self->frame.mask, self->offset);
	self->offset += piece.len;
	return true;
}

static bool
read_payload(struct usher_websocket *self)
{
	struct slice piece = conn_input_peek(self->conn);
	const uint64_t left = self->frame.len - self->offset;

	if (piece.len == 0)
		return false;
	if (piece.len > left)
		piece.len = (size_t)left;
	if (!take_piece(self, piece)) {
		conn_abort(self->conn, ENDING_OUT_OF_MEMORY);
		return false;
	}
	conn_input_drain(self->conn, piece.len);
	if (self->offset == self->frame.len)
		end_frame(self);
	return true;
}

static void
call(struct usher_websocket *self, void (*function)(struct usher_websocket *, void *arg))
{
	if (!function)
		return;
	self->is_in_call = true;
	function(self, self->arg);
	self->is_in_call = false;
}

static void
tell_drained(struct usher_websocket *self)
{
	self->is_owed = false;
	call(self, self->ops->on_drained);
}

/* While the client does not take what it is owed, nothing more is read of it. */
static void
settle(struct usher_websocket *self)
{
	struct conn *conn = self->conn;

	if (api_websocket_is_full(self))
		conn_pause(conn, CONN_PAUSE_OUTPUT);
	else
		conn_resume(conn, CONN_PAUSE_OUTPUT);
	if (conn_output_length(conn) > 0)
		conn_wait(conn, DEADLINE_WRITE);
	else if (!self->is_closing)
		conn_wait(conn, DEADLINE_IDLE);
	else if (!deadline_is_armed(&conn->deadline) || conn->deadline.kind != DEADLINE_HEAD)
		conn_wait(conn, DEADLINE_HEAD);
}

/* One turn; true when another can follow at once: frames that were left because the output
 * was full, which it is no more. What did not go when the program was told USHER_FULL waits
 * for the socket. */
static bool
go_on(struct usher_websocket *self)
{
	struct conn *conn = self->conn;
	bool was_full;

	self->is_in_call = true;
	while (conn_is_open(conn) && !api_websocket_is_full(self) &&
	    (self->has_frame ? read_payload(self) : read_head(self)))
		continue;
	self->is_in_call = false;
	was_full = api_websocket_is_full(self);
	if (!self->is_owed || !conn->is_write_enabled)
		conn_flush(conn);
	if (!conn_is_open(conn))
		return false;
	if (!self->is_owed || conn_output_length(conn) > 0)
		return was_full && !api_websocket_is_full(self);
	tell_drained(self);
	return conn_is_open(conn);
}

void
api_websocket_go_on(struct usher_websocket *self)
{
	if (self->is_in_call || !conn_is_open(self->conn))
		return;
	while (go_on(self))
		continue;
	if (conn_is_open(self->conn))
		settle(self);
}

/* --- What the connection tells -------------------------------------------------------------- */

static void
websocket_drain(struct conn *conn)
{
	struct usher_websocket *self = of(conn);

	if (self->ops->on_drain)
		call(self, self->ops->on_drain);
	else
		api_websocket_put_close(self, WEBSOCKET_GOING_AWAY, SLICE(""));
	api_websocket_go_on(self);
}

static int
websocket_open(struct conn *conn)
{
	struct usher_websocket *self = of(conn);

	conn_resume(conn, CONN_PAUSE_BUSY);
	conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_resume(conn, CONN_PAUSE_PROGRAM);
	call(self, self->ops->on_open);
	if (conn_is_open(conn) && conn_is_draining(conn))
		websocket_drain(conn);
	else
		api_websocket_go_on(self);
	return 0;
}

static void
websocket_data(struct conn *conn)
{
	api_websocket_go_on(of(conn));
}

static void
websocket_drained(struct conn *conn)
{
	struct usher_websocket *self = of(conn);

	tell_drained(self);
	api_websocket_go_on(self);
}

static void
websocket_peer_fin(struct conn *conn)
{
	conn_finish(conn, ENDING_CLIENT_CLOSED);
}

static void
websocket_expired(struct conn *conn, enum deadline_kind kind)
{
	conn_finish(conn, kind == DEADLINE_HEAD ? ENDING_PROGRAM_CLOSED : ENDING_IDLE_TIMEOUT);
}

static void
websocket_closed(struct conn *conn, const struct ending *ending)
{
	struct usher_websocket *self = of(conn);
	const struct usher_ending seen = api_ending(ending);
	const struct usher_websocket_end end = {
		.code = self->code, .reason = self->reason, .ending = &seen
	};

	if (self->ops->on_close)
		self->ops->on_close(self, &end, self->arg);
	text_free(&self->message);
	conn->protocol_state = NULL;
	self->magic = 0;
	free(self);
}

const struct protocol_ops api_websocket_protocol = {
	.name = "websocket",
	.open = websocket_open,
	.data = websocket_data,
	.drained = websocket_drained,
	.peer_fin = websocket_peer_fin,
	.expired = websocket_expired,
	.drain = websocket_drain,
	.closed = websocket_closed,
};
