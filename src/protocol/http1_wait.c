/* SPDX-License-Identifier: MIT
 *
 * http1_wait: what a connection waits for once nothing can go on: which deadline
 * runs, and whether its input is read meanwhile.
 */
#include "protocol/http1_private.h"

static void
wait_between(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	if (conn_output_length(conn) > 0) {
		conn_pause(conn, CONN_PAUSE_OUTPUT);
		conn_wait(conn, DEADLINE_WRITE);
		return;
	}
	conn_resume(conn, CONN_PAUSE_OUTPUT);
	if (conn->has_peer_fin) {
		conn_finish(conn, ENDING_CLIENT_CLOSED);
		return;
	}
	conn_set_idle(conn);
	conn_wait(conn, DEADLINE_IDLE);
}

/* The head's time runs from its first byte, whatever comes meanwhile. Old clients
 * send an empty line after a body (RFC 9112 2.2), which begins no request: the
 * connection is as idle as before. */
static void
wait_for_head(struct http1 *http1)
{
	struct conn *conn = http1->conn;
	const bool is_untouched = http_head_is_untouched(http1->exchange->head);
	const enum deadline_kind kind = is_untouched ? DEADLINE_IDLE : DEADLINE_HEAD;

	if (conn->has_peer_fin) {
		conn_finish(conn, is_untouched ? ENDING_CLIENT_CLOSED : ENDING_PEER_LEFT);
		return;
	}
	conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_want_rest(conn);
	if (is_untouched)
		conn_set_idle(conn);
	if (!deadline_is_armed(&conn->deadline) || conn->deadline.kind != kind)
		conn_wait(conn, kind);
}

static void
wait_for_body(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	if (http1_is_congested(http1)) {
		conn_pause(conn, CONN_PAUSE_OUTPUT);
		conn_wait(conn, DEADLINE_WRITE);
		return;
	}
	if (conn->pause & CONN_PAUSE_PROGRAM) {
		conn_wait_nothing(conn);
		return;
	}
	if (conn->has_peer_fin) {
		conn_finish(conn, ENDING_PEER_LEFT);
		return;
	}
	conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_want_rest(conn);
	conn_wait(conn, DEADLINE_BODY);
}

/* Only pipelined requests could come now: they wait in the kernel. */
static void
wait_for_answer(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	conn_pause(conn, CONN_PAUSE_BUSY);
	if (conn_output_length(conn) > 0)
		conn_wait(conn, DEADLINE_WRITE);
	else
		conn_wait_nothing(conn);
}

void
http1_wait(struct http1 *http1)
{
	if (!http1->exchange || http1->exchange->phase < HTTP1_ANSWER)
		conn_resume(http1->conn, CONN_PAUSE_BUSY);
	if (!http1->exchange)
		wait_between(http1);
	else if (http1->exchange->phase == HTTP1_HEAD)
		wait_for_head(http1);
	else if (http1->exchange->phase == HTTP1_BODY)
		wait_for_body(http1);
	else
		wait_for_answer(http1);
}
