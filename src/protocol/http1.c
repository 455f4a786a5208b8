/* SPDX-License-Identifier: MIT
 *
 * http1: the connection. http1_run takes one request after the other from the
 * input, as many as it holds, and only then writes: the answers to pipelined
 * requests leave together.
 */
#include "protocol/http1.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/panic.h"
#include "protocol/http1_private.h"

static struct http1 *
http1_of(const struct conn *conn)
{
	return checked_cast(conn->protocol_state, struct http1, HTTP1_MAGIC);
}

/* --- One request after the other ------------------------------------------ */

static bool
begin_exchange(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	if (conn_input_length(conn) == 0)
		return false;
	if (http1_is_congested(http1)) {
		conn_flush(conn);
		if (!conn_is_open(conn) || http1_is_congested(http1))
			return false;
	}
	http1->exchange = http1_exchange_take(http1_site_of(http1));
	if (!http1->exchange) {
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
		return false;
	}
	http1->exchange->request.http1 = http1;
	http1->exchange->started_us = conn_now_us(conn);
	http1->exchange->site->env->counters->begun++;
	conn->requests++;
	return true;
}

/* Of an answer that the connection's ending cut short: what was not sent. */
static uint64_t
unsent_of(const struct http1_exchange *exchange, const struct ending *ending)
{
	uint64_t unsent = ending ? ending->bytes_unsent : 0;

	return unsent < exchange->body_bytes ? unsent : exchange->body_bytes;
}

static void
log_access(
    const struct http1 *http1, const struct http1_exchange *exchange, const struct ending *ending)
{
	struct http1_env *env = exchange->site->env;
	const struct conn *conn = http1->conn;
	struct access_record record;

	if (!env->access || (!exchange->is_settled && exchange->status == 0))
		return;
	record = (struct access_record){ .listener = conn->origin->listener,
		.peer = &conn->peer,
		.conn_id = conn->id,
		.head = exchange->is_settled ? exchange->head : NULL,
		.status = exchange->status,
		.bytes = exchange->body_bytes - unsent_of(exchange, ending),
		.ending = ending ? ending_label(ending->cause) : NULL,
		.duration_us = clock_monotonic_us() - exchange->started_us,
		.request_number = conn->requests,
		.time_seconds = http_request_now(&exchange->request) };
	access_log_put(env->access, &record);
}

/* The exchange is over, answered or not: it is counted and logged while its head
 * still stands where it was read. */
static void
record_exchange(struct http1 *http1, const struct ending *ending)
{
	struct http1_exchange *exchange = http1->exchange;
	struct http1_counters *counters = exchange->site->env->counters;
	const struct http_handler *handler = exchange->request.handler;

	http1_counters_count(counters, exchange->status,
	    exchange->is_settled ? exchange->request.method : HTTP_METHOD_OTHER);
	/* What began in this very callback is timed when its answer was written. */
	if (http1->is_running && exchange->started_us == conn_now_us(http1->conn))
		counters->untimed++;
	else
		http1_counters_time(counters, clock_monotonic_us() - exchange->started_us, 1);
	log_access(http1, exchange, ending);
	if (exchange->request.state && handler && handler->ops->gone)
		handler->ops->gone(handler->self, &exchange->request);
}

static void
drop_exchange(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;

	http1->exchange = NULL;
	http1->next = exchange->next;
	http1->next_state = exchange->next_state;
	http1_exchange_give_back(exchange);
}

static bool
complete_exchange(struct http1 *http1)
{
	struct conn *conn = http1->conn;
	const bool is_last = http1->exchange->is_last;
	const bool is_farewell = http1->exchange->is_farewell;
	const enum ending_cause cause = http1->exchange->cause;

	record_exchange(http1, NULL);
	http1_release_head(http1);
	drop_exchange(http1);
	if (http1->next)
		return false;
	if (!is_last)
		return true;
	/* A client that said close sends no further request (RFC 9112 9.6). */
	if (is_farewell && conn_input_length(conn) == 0)
		conn_expect_no_more(conn);
	conn_finish(conn, cause);
	return false;
}

/* What goes by sendfile(2) has to be gone, so that the access log tells what
 * was sent and so that no file is held by a queue of answers. */
static bool
finish_sending(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;

	exchange->phase = HTTP1_SENDING;
	if (exchange->has_file && conn_output_length(http1->conn) > 0) {
		conn_flush(http1->conn);
		if (!conn_is_open(http1->conn) || conn_output_length(http1->conn) > 0)
			return false;
	}
	return complete_exchange(http1);
}

/* The handler of an answer that is not ended goes on where its output was held up. */
static bool
tell_drained(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	const struct http_handler *handler = exchange->request.handler;

	exchange->is_held_up = false;
	handler->ops->drained(handler->self, &exchange->request);
	return true;
}

static bool
step(struct http1 *http1)
{
	if (!http1->exchange)
		return begin_exchange(http1);
	if (http1->exchange->is_held_up && conn_output_length(http1->conn) == 0)
		return tell_drained(http1);
	switch (http1->exchange->phase) {
	case HTTP1_HEAD:
		return http1_read_head(http1);
	case HTTP1_BODY:
		return http1_read_body(http1);
	case HTTP1_ANSWER:
		return http1->exchange->has_ended && finish_sending(http1);
	case HTTP1_SENDING:
		return finish_sending(http1);
	}
	panic_at(__FILE__, __LINE__, "an exchange is in one of its phases");
}

/* Writes what there is. True when that was all that the next step waited for:
 * `drained` is not called where the output goes at once. */
static bool
flush_and_go_on(struct http1 *http1)
{
	struct conn *conn = http1->conn;
	const bool is_sending = http1->exchange && http1->exchange->phase == HTTP1_SENDING;
	const bool is_held_up = http1->exchange && http1->exchange->is_held_up;
	const bool was_congested = http1_is_congested(http1);

	/* It was flushed just now, and the rest goes when the socket is writable; unless the
	 * handler tried again meanwhile, and found it so. */
	if (is_held_up && conn->is_write_enabled)
		return false;
	conn_flush(conn);
	if (!conn_is_open(conn))
		return false;
	if (is_sending || is_held_up)
		return conn_output_length(conn) == 0;
	return was_congested && !http1_is_congested(http1);
}

/* Input stands where it is for the time of a callback only: a head that is still
 * needed moves out of it, and of a connection that has ended it is logged now. */
static void
leave_input(struct http1 *http1)
{
	const struct http1_exchange *exchange = http1->exchange;

	if (!exchange)
		return;
	if (conn_is_open(http1->conn) && (!exchange->is_settled || http1_detach_head(http1) == 0))
		return;
	record_exchange(http1, NULL);
	drop_exchange(http1);
}

/* Requests that were answered in one go have one duration: one look at the clock serves a
 * whole batch, and what the write took is in it. */
static void
time_answered(struct http1_counters *counters, struct conn *conn)
{
	int64_t began_us = conn_now_us(conn);

	if (counters->untimed == 0)
		return;
	http1_counters_time(counters, conn_look_at_clock(conn) - began_us, counters->untimed);
	counters->untimed = 0;
}

/* The connection is another protocol's, which its end is told to. */
static void
give_away(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	conn_change_protocol(conn, http1->next);
	conn->protocol_state = http1->next_state;
	http1->magic = 0;
	free(http1);
}

/* All requests are answered, and the answers short: they go when the turn ends. */
static bool
leave_to_turn(struct http1 *http1)
{
	struct conn *conn = http1->conn;
	struct http1_counters *counters;

	if (http1->exchange || http1->next || conn_input_length(conn) > 0 ||
	    !conn_flush_later(conn))
		return false;
	counters = http1_site_of(http1)->env->counters;
	http1->deferred = counters->untimed & 0xffff;
	counters->untimed = 0;
	http1->is_running = false;
	return true;
}

static void
time_deferred(struct http1 *http1)
{
	const struct conn *conn = http1->conn;

	if (http1->deferred == 0)
		return;
	http1_counters_time(http1_site_of(http1)->env->counters,
	    conn_now_us(conn) - conn_deferred_since_us(conn), http1->deferred);
	http1->deferred = 0;
}

void
http1_run(struct http1 *http1)
{
	struct conn *conn = http1->conn;

	if (http1->is_running)
		return;
	http1->is_running = true;
	time_deferred(http1);
	do {
		while (conn_is_open(conn) && step(http1))
			;
		if (leave_to_turn(http1))
			return;
	} while (conn_is_open(conn) && flush_and_go_on(http1));
	time_answered(http1_site_of(http1)->env->counters, conn);
	http1->is_running = false;
	leave_input(http1);
	if (http1->next) {
		give_away(http1);
		if (conn_is_open(conn))
			(void)conn->ops->open(conn);
	} else if (conn_is_open(conn)) {
		http1_wait(http1);
	}
}

/* --- The protocol's ops --------------------------------------------------- */

static int
http1_wake(struct conn *conn)
{
	struct http1 *http1 = calloc(1, sizeof(*http1));

	if (!http1)
		return -ENOMEM;
	http1->magic = HTTP1_MAGIC;
	http1->conn = conn;
	conn->protocol_state = http1;
	return 0;
}

static int
http1_open(struct conn *conn)
{
	int result = http1_wake(conn);

	if (result != 0)
		return result;
	conn_set_idle(conn);
	conn_wait(conn, DEADLINE_IDLE);
	return 0;
}

static void
free_state(struct http1 *http1)
{
	http1->conn->protocol_state = NULL;
	http1->magic = 0;
	free(http1);
}

static bool
http1_park(struct conn *conn)
{
	struct http1 *http1 = http1_of(conn);

	if (http1->exchange || http1->is_running)
		return false;
	free_state(http1);
	return true;
}

/* Until the head is settled it stands in the input, and nobody else knows of it. */
static bool
http1_retract(struct conn *conn)
{
	struct http1 *http1 = http1_of(conn);
	struct http1_exchange *exchange = http1->exchange;

	if (!exchange)
		return !http1->is_running;
	if (http1->is_running || exchange->phase != HTTP1_HEAD || exchange->is_settled)
		return false;
	exchange->site->env->counters->begun--;
	conn->requests--;
	drop_exchange(http1);
	conn_set_idle(conn);
	return true;
}

static void
http1_go_on(struct conn *conn)
{
	http1_run(http1_of(conn));
}

static void
http1_written(struct conn *conn)
{
	struct http1 *http1 = http1_of(conn);

	time_deferred(http1);
	http1_wait(http1);
}

static void
http1_expired(struct conn *conn, enum deadline_kind kind)
{
	struct http1 *http1 = http1_of(conn);

	if (kind == DEADLINE_HEAD && http1->exchange)
		http1_refuse(http1, 408, ENDING_HEAD_TIMEOUT);
	else if (kind == DEADLINE_BODY && http1->exchange)
		http1_refuse(http1, 408, ENDING_BODY_TIMEOUT);
	else
		conn_finish(conn, ENDING_IDLE_TIMEOUT);
	http1_run(http1);
}

static void
http1_too_slow(struct conn *conn)
{
	struct http1 *http1 = http1_of(conn);

	must(http1->exchange);
	http1_refuse(http1, 408, ENDING_TOO_SLOW);
	http1_run(http1);
}

/* A request in progress finds out when its answer begins; idle connections get
 * their grace from the loop. */
static void
http1_drain(struct conn *conn)
{
	(void)conn;
}

static void
http1_closed(struct conn *conn, const struct ending *ending)
{
	struct http1 *http1;

	if (!conn->protocol_state)
		return;
	http1 = http1_of(conn);
	time_deferred(http1);
	if (http1->exchange) {
		record_exchange(http1, ending);
		drop_exchange(http1);
	}
	if (http1->next) {
		give_away(http1);
		conn->ops->closed(conn, ending);
		return;
	}
	free_state(http1);
}

const struct protocol_ops http1_protocol = {
	.name = "http",
	.open = http1_open,
	.data = http1_go_on,
	.drained = http1_go_on,
	.written = http1_written,
	.peer_fin = http1_go_on,
	.expired = http1_expired,
	.too_slow = http1_too_slow,
	.drain = http1_drain,
	.park = http1_park,
	.retract = http1_retract,
	.wake = http1_wake,
	.closed = http1_closed,
	.turn_away = http1_turn_away,
	.takes_whole = true,
};

/* --- The loop's part ------------------------------------------------------ */

void
http1_env_init(struct http1_env *env, const struct http1_limits *limits, struct access_log *access,
    struct http1_counters *counters)
{
	*env = (struct http1_env){ .limits = *limits, .access = access, .counters = counters };
	list_init(&env->pool);
}

void
http1_env_done(struct http1_env *env)
{
	struct list_link *first;

	while ((first = list_first(&env->pool)) != NULL) {
		list_remove(first);
		http1_exchange_free(list_entry(first, struct http1_exchange, link));
	}
}
