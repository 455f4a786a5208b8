/* SPDX-License-Identifier: MIT
 *
 * stream: echo and discard. Neither keeps state of its own: what is owed is in
 * the connection's buffers.
 */
#include "protocol/stream.h"

static int
stream_open(struct conn *conn)
{
	conn_wait(conn, DEADLINE_IDLE);
	return 0;
}

/* The ending sends what is owed before our FIN, so there is nothing to wait for. */
static void
stream_peer_fin(struct conn *conn)
{
	conn_finish(conn, ENDING_CLIENT_CLOSED);
}

static void
stream_expired(struct conn *conn, enum deadline_kind kind)
{
	(void)kind;
	conn_finish(conn, ENDING_IDLE_TIMEOUT);
}

static void
stream_drain(struct conn *conn)
{
	conn_finish(conn, ENDING_DRAINED);
}

static void
stream_closed(struct conn *conn, const struct ending *ending)
{
	(void)conn;
	(void)ending;
}

/* --- echo ---------------------------------------------------------------- */

/* While the peer does not take what it is owed, nothing more is read. A socket
 * that keeps messages waits already for the first byte left over: two packets
 * in one write would become one. */
static size_t
most_owed(const struct conn *conn)
{
	const struct stream_env *env = conn->origin->service->self;

	return conn->origin->keeps_messages ? 0 : env->output_bytes;
}

static void
echo_settle(struct conn *conn)
{
	size_t owed = conn_output_length(conn);

	if (owed > most_owed(conn))
		conn_pause(conn, CONN_PAUSE_OUTPUT);
	else
		conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_wait(conn, owed > 0 ? DEADLINE_WRITE : DEADLINE_IDLE);
}

static void
echo_data(struct conn *conn)
{
	if (conn_write_input(conn, conn_input_length(conn)) != 0)
		return;
	conn_flush(conn);
	if (conn_is_open(conn))
		echo_settle(conn);
}

const struct protocol_ops echo_protocol = {
	.name = "echo",
	.is_stateless = true,
	.open = stream_open,
	.data = echo_data,
	.drained = echo_settle,
	.peer_fin = stream_peer_fin,
	.expired = stream_expired,
	.drain = stream_drain,
	.closed = stream_closed,
};

/* --- discard ------------------------------------------------------------- */

static void
discard_data(struct conn *conn)
{
	conn_input_drain(conn, conn_input_length(conn));
	conn_wait(conn, DEADLINE_IDLE);
}

static void
discard_drained(struct conn *conn)
{
	(void)conn;
}

const struct protocol_ops discard_protocol = {
	.name = "discard",
	.is_stateless = true,
	.open = stream_open,
	.data = discard_data,
	.drained = discard_drained,
	.peer_fin = stream_peer_fin,
	.expired = stream_expired,
	.drain = stream_drain,
	.closed = stream_closed,
};
