/* SPDX-License-Identifier: MIT
 *
 * stream: a program's protocol on the connections of net/conn. What the program sends
 * within one of its functions is written once, when that returns; what it sends from
 * elsewhere (a timer, another connection's function, a posted call) at once.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "api/api.h"
#include "base/log.h"
#include "base/panic.h"

static struct usher_conn *
of(const struct conn *conn)
{
	return checked_cast(conn->protocol_state, struct usher_conn, API_CONN_MAGIC);
}

/* Two packets in one write would become one, so where boundaries count none may wait. */
static size_t
most_unsent(const struct usher_conn *self)
{
	if (self->conn->origin->keeps_messages)
		return 0;
	return atomic_load_explicit(
	    &self->stream->server->limits.output_bytes, memory_order_relaxed);
}

bool
api_stream_is_full(const struct usher_conn *self)
{
	return conn_output_length(self->conn) > most_unsent(self);
}

/* --- Turns ---------------------------------------------------------------------------- */

static void
hand_in(struct usher_conn *self)
{
	const struct api_stream *stream = self->stream;
	struct slice input = conn_input_contiguous(self->conn);
	size_t used;

	if (!input.data || input.len <= self->left || self->is_paused)
		return;
	used = stream->ops->on_data(self, input.data, input.len, stream->arg);
	if (!conn_is_open(self->conn))
		return;
	if (used > input.len) {
		(void)api_refuse(USHER_INVALID, "on_data", "it used more than it was given");
		used = input.len;
	}
	conn_input_drain(self->conn, used);
	self->left = input.len - used;
	if (self->left > (size_t)stream->server->options.input_bytes)
		conn_finish(self->conn, ENDING_TOO_LARGE);
}

/* Calls `call`, if the program has one, as the only one of this connection. */
static void
call(struct usher_conn *self, void (*function)(struct usher_conn *, void *arg))
{
	if (!function)
		return;
	self->is_in_call = true;
	function(self, self->stream->arg);
	self->is_in_call = false;
}

static void
tell_drained(struct usher_conn *self)
{
	/* Input that was left because the output was full is handed in again. */
	self->left = 0;
	self->is_owed = false;
	call(self, self->stream->ops->on_drained);
}

/* What was sent goes. What did not go when the program was told USHER_FULL waits for the
 * socket, so that a client as fast as we are cannot keep the loop to itself. */
static void
flush(struct usher_conn *self)
{
	if (!self->is_owed || !self->conn->is_write_enabled)
		conn_flush(self->conn);
}

/* The connection waits for what there is to wait for. */
static void
settle(struct usher_conn *self)
{
	struct conn *conn = self->conn;

	if (api_stream_is_full(self))
		conn_pause(conn, CONN_PAUSE_OUTPUT);
	else
		conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_wait(conn, conn_output_length(conn) > 0 ? DEADLINE_WRITE : DEADLINE_IDLE);
}

/* One turn; true when another can follow at once. */
static bool
go_on(struct usher_conn *self)
{
	const bool was_full = api_stream_is_full(self);

	if (!was_full) {
		self->is_in_call = true;
		hand_in(self);
		self->is_in_call = false;
	}
	flush(self);
	if (!conn_is_open(self->conn))
		return false;
	if (!self->is_owed || conn_output_length(self->conn) > 0)
		return was_full && !api_stream_is_full(self);
	tell_drained(self);
	return conn_is_open(self->conn);
}

void
api_stream_go_on(struct usher_conn *self)
{
	if (self->is_in_call || !conn_is_open(self->conn))
		return;
	while (go_on(self))
		continue;
	if (conn_is_open(self->conn))
		settle(self);
}

void
api_stream_timer(struct usher_conn *self)
{
	if (!conn_is_open(self->conn))
		return;
	call(self, self->stream->ops->on_timer);
	api_stream_go_on(self);
}

/* --- What the connection tells ---------------------------------------------------------- */

static void
stream_drain(struct conn *conn)
{
	struct usher_conn *self = of(conn);

	if (!self->stream->ops->on_drain) {
		conn_finish(conn, ENDING_DRAINED);
		return;
	}
	call(self, self->stream->ops->on_drain);
	api_stream_go_on(self);
}

static int
stream_open(struct conn *conn)
{
	struct usher_conn *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->magic = API_CONN_MAGIC;
	self->conn = conn;
	self->stream = conn->origin->service->self;
	self->loop = api_loop_of(conn);
	conn->protocol_state = self;
	conn_wait(conn, DEADLINE_IDLE);
	call(self, self->stream->ops->on_open);
	api_stream_go_on(self);
	/* One that was accepted from the queue of a server that drains. */
	if (conn_is_open(conn) && conn_is_draining(conn))
		stream_drain(conn);
	return 0;
}

static void
stream_data(struct conn *conn)
{
	api_stream_go_on(of(conn));
}

static void
stream_drained(struct conn *conn)
{
	struct usher_conn *self = of(conn);

	tell_drained(self);
	api_stream_go_on(self);
}

static void
stream_peer_fin(struct conn *conn)
{
	struct usher_conn *self = of(conn);

	if (!self->stream->ops->on_peer_fin) {
		conn_finish(conn, ENDING_CLIENT_CLOSED);
		return;
	}
	call(self, self->stream->ops->on_peer_fin);
	api_stream_go_on(self);
}

static void
stream_expired(struct conn *conn, enum deadline_kind kind)
{
	(void)kind;
	conn_finish(conn, ENDING_IDLE_TIMEOUT);
}

static void
stream_closed(struct conn *conn, const struct ending *ending)
{
	struct usher_conn *self = of(conn);
	const struct usher_ending seen = api_ending(ending);

	if (self->timer)
		event_free(self->timer);
	self->timer = NULL;
	if (self->stream->ops->on_close)
		self->stream->ops->on_close(self, &seen, self->stream->arg);
	conn->protocol_state = NULL;
	self->magic = 0;
	free(self);
}

const struct protocol_ops api_stream_protocol = {
	.name = "stream",
	.open = stream_open,
	.data = stream_data,
	.drained = stream_drained,
	.peer_fin = stream_peer_fin,
	.expired = stream_expired,
	.drain = stream_drain,
	.closed = stream_closed,
};
