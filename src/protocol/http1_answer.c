/* SPDX-License-Identifier: MIT
 *
 * http1_answer: framing of answers, the same for every handler: status line,
 * Date, Server, length or chunks, Connection (RFC 9112 6, 7, 9). What a handler
 * appends after the ending began is let go without a word: the connection
 * knows why it ended.
 */
#include <string.h>

#include "base/clock.h"
#include "base/panic.h"
#include "http/response.h"
#include "http/status.h"
#include "protocol/http1_private.h"

/* The fields that are added here, and the status line, with room to spare. */
#define OWN_FIELDS_MAX 384

bool
http1_is_congested(const struct http1 *http1)
{
	const struct http1_site *site =
	    http1->exchange ? http1->exchange->site : http1_site_of(http1);

	return conn_output_length(http1->conn) > site->env->limits.output_bytes;
}

#define SERVER_FIELD SLICE("Server: usher\r\n")

static void
make_ok(struct http1_env *env)
{
	struct text ok = text_over(env->ok, sizeof(env->ok));

	http_response_begin(&ok, 200);
	http_response_date(&ok, (struct slice){ env->date, HTTP_DATE_LEN });
	env->ok_len = ok.len;
	text_put(&ok, SERVER_FIELD);
	env->ok_server_len = ok.len;
	env->made.len = 0;
	must(!ok.is_truncated);
}

/* The date's text is made once a second. */
static void
refresh_date(struct http1_env *env, int64_t now_us)
{
	int64_t wall_us;

	if (now_us < env->date_until_us)
		return;
	wall_us = clock_wall_us();
	env->date_seconds = wall_us / CLOCK_SECOND_US;
	env->date_until_us = now_us + CLOCK_SECOND_US - wall_us % CLOCK_SECOND_US;
	http_date_format(env->date_seconds, env->date);
	make_ok(env);
}

int64_t
http_request_now(const struct http_request *request)
{
	struct http1_env *env = request->http1->exchange->site->env;

	refresh_date(env, conn_now_us(request->http1->conn));
	return env->date_seconds;
}

const struct peer *
http_request_peer(const struct http_request *request)
{
	return &request->http1->conn->peer;
}

static void
make_last(struct http1_exchange *exchange, enum ending_cause cause)
{
	if (exchange->is_last)
		return;
	exchange->is_last = true;
	exchange->cause = cause;
}

/* Whether the connection goes on after this answer, and if not, why. */
static void
decide_last(const struct http1 *http1, struct http1_exchange *exchange)
{
	const uint64_t most = exchange->site->env->limits.requests;
	const bool is_unframed =
	    exchange->announced == HTTP_LENGTH_UNKNOWN && exchange->request.version_minor == 0;

	if (exchange->is_last)
		return;
	if (!http_head_keep_alive(exchange->head)) {
		exchange->is_farewell = true;
		make_last(exchange, ENDING_RESPONSE_CLOSE);
	} else if (conn_is_draining(http1->conn)) {
		make_last(exchange, ENDING_DRAINED);
	} else if (most > 0 && http1->conn->requests >= most) {
		make_last(exchange, ENDING_REQUEST_LIMIT);
	} else if (is_unframed) {
		make_last(exchange, ENDING_RESPONSE_CLOSE);
	}
}

static void
put_framing(struct text *head, const struct http1_exchange *exchange)
{
	if (!http_status_has_body(exchange->status))
		return;
	if (exchange->announced >= 0)
		http_response_content_length(head, (uint64_t)exchange->announced);
	else if (exchange->is_chunked)
		http_response_chunked(head);
}

static void
put_connection(struct text *head, const struct http1_exchange *exchange)
{
	if (exchange->is_last)
		http_response_connection(head, HTTP_CONNECTION_CLOSE);
	else if (exchange->request.version_minor == 0)
		http_response_connection(head, HTTP_CONNECTION_KEEP_ALIVE);
}

/* Status line, Date and Server; of most answers they stand ready. */
static void
put_opening(struct text *head, const struct http1_env *env, const struct http1_exchange *exchange)
{
	const bool has_server = exchange->request.service->server_header;

	if (exchange->status == 200) {
		text_put(
		    head, (struct slice){ env->ok, has_server ? env->ok_server_len : env->ok_len });
		return;
	}
	http_response_begin(head, exchange->status);
	http_response_date(head, (struct slice){ env->date, HTTP_DATE_LEN });
	if (has_server)
		text_put(head, SERVER_FIELD);
}

/* Whether nothing is in this head but what is compared in is_made. */
static bool
is_ordinary(const struct http1_exchange *exchange)
{
	return exchange->announced >= 0 && !exchange->is_last &&
	    exchange->request.version_minor == 1;
}

static bool
is_made(const struct http1_made *made, const struct http1_exchange *exchange, struct slice fields)
{
	return made->len > 0 && is_ordinary(exchange) && made->status == exchange->status &&
	    made->announced == exchange->announced &&
	    made->has_server == exchange->request.service->server_header &&
	    made->fields_len == fields.len &&
	    (fields.len == 0 || memcmp(made->text + made->fields_at, fields.data, fields.len) == 0);
}

static void
keep_made(struct http1_made *made, const struct http1_exchange *exchange, struct slice head,
    size_t fields_at, size_t fields_len)
{
	if (!is_ordinary(exchange) || head.len > sizeof(made->text))
		return;
	made->status = exchange->status;
	made->has_server = exchange->request.service->server_header;
	made->announced = exchange->announced;
	made->fields_at = fields_at;
	made->fields_len = fields_len;
	made->len = head.len;
	memcpy(made->text, head.data, head.len);
}

/* Returns its length. */
static size_t
make_head(const struct http1_exchange *exchange, struct slice fields, char *room, size_t cap)
{
	struct http1_env *env = exchange->site->env;
	struct text head = text_over(room, cap);
	size_t fields_at;

	put_opening(&head, env, exchange);
	fields_at = head.len;
	if (fields.len > 0)
		text_put(&head, fields);
	put_framing(&head, exchange);
	put_connection(&head, exchange);
	http_response_end(&head);
	must(!head.is_truncated);
	keep_made(&env->made, exchange, text_slice(&head), fields_at, fields.len);
	return head.len;
}

/* The head, and after it as much of the body as is given. */
static void
write_head(struct http1 *http1, const struct http1_exchange *exchange, struct slice fields,
    struct slice body)
{
	struct http1_env *env = exchange->site->env;
	size_t cap = fields.len + OWN_FIELDS_MAX;
	char *room = conn_reserve(http1->conn, cap + body.len);
	size_t len;

	if (!room)
		return;
	refresh_date(env, conn_now_us(http1->conn));
	if (is_made(&env->made, exchange, fields)) {
		len = env->made.len;
		memcpy(room, env->made.text, len);
	} else {
		len = make_head(exchange, fields, room, cap);
	}
	if (body.len > 0)
		memcpy(room + len, body.data, body.len);
	conn_commit(http1->conn, room, len + body.len);
}

/* Decides all that is in the head but the fields. */
static struct http1_exchange *
begin_answer(struct http_request *request, const struct http_answer *answer)
{
	struct http1_exchange *exchange = http1_exchange_of(request);

	must(request->magic == HTTP_REQUEST_MAGIC && !exchange->has_begun);
	exchange->has_begun = true;
	exchange->status = answer->status;
	exchange->announced = answer->content_length;
	exchange->is_mute =
	    request->method == HTTP_METHOD_HEAD || !http_status_has_body(answer->status);
	exchange->is_chunked =
	    answer->content_length == HTTP_LENGTH_UNKNOWN && request->version_minor == 1;
	decide_last(request->http1, exchange);
	return exchange;
}

void
http_answer_begin(struct http_request *request, const struct http_answer *answer)
{
	write_head(request->http1, begin_answer(request, answer), answer->fields, SLICE(""));
}

void
http_answer_whole(struct http_request *request, int status, struct slice fields, struct slice body)
{
	const struct http_answer answer = { status, fields, (int64_t)body.len };
	struct http1_exchange *exchange = begin_answer(request, &answer);

	if (exchange->is_mute)
		body.len = 0;
	write_head(request->http1, exchange, fields, body);
	exchange->body_bytes = body.len;
	exchange->has_ended = true;
	http1_run(request->http1);
}

/* True when `bytes` more of body are to be sent; they are counted then. More
 * than was announced is a mistake of the handler's. */
static bool
takes_body(struct http1_exchange *exchange, uint64_t bytes)
{
	must(exchange->has_begun && !exchange->has_ended);
	if (exchange->is_mute || bytes == 0)
		return false;
	exchange->body_bytes += bytes;
	must(exchange->announced < 0 || exchange->body_bytes <= (uint64_t)exchange->announced);
	return true;
}

static void
begin_chunk(struct conn *conn, uint64_t bytes)
{
	char room[HTTP_CHUNK_BEGIN_MAX];
	struct text chunk = text_over(room, sizeof(room));

	http_response_chunk_begin(&chunk, bytes);
	(void)conn_write(conn, text_slice(&chunk));
}

static void
end_chunk(const struct http1_exchange *exchange, struct conn *conn)
{
	if (exchange->is_chunked)
		(void)conn_write(conn, HTTP_CHUNK_END);
}

void
http_answer_copy(struct http_request *request, struct slice body)
{
	struct http1_exchange *exchange = http1_exchange_of(request);
	struct conn *conn = request->http1->conn;

	if (!takes_body(exchange, body.len))
		return;
	if (exchange->is_chunked)
		begin_chunk(conn, body.len);
	(void)conn_write(conn, body);
	end_chunk(exchange, conn);
}

void
http_answer_reference(struct http_request *request, struct slice body,
    void (*release)(const void *data, size_t len, void *owner), void *owner)
{
	struct http1_exchange *exchange = http1_exchange_of(request);
	struct conn *conn = request->http1->conn;

	if (!takes_body(exchange, body.len)) {
		release(body.data, body.len, owner);
		return;
	}
	if (exchange->is_chunked)
		begin_chunk(conn, body.len);
	(void)conn_write_reference(conn, body, release, owner);
	end_chunk(exchange, conn);
}

void
http_answer_file(
    struct http_request *request, struct file_body *segment, int64_t offset, int64_t length)
{
	struct http1_exchange *exchange = http1_exchange_of(request);
	struct conn *conn = request->http1->conn;

	if (!takes_body(exchange, (uint64_t)length))
		return;
	exchange->has_file = true;
	if (exchange->is_chunked)
		begin_chunk(conn, (uint64_t)length);
	(void)conn_write_file(conn, segment, offset, length);
	end_chunk(exchange, conn);
}

void
http_answer_upgrade(struct http_request *request, struct slice own, struct slice fields,
    const struct protocol_ops *next, void *state)
{
	struct http1_exchange *exchange = http1_exchange_of(request);
	struct http1 *http1 = request->http1;
	const struct slice parts[] = { SLICE("HTTP/1.1 101 Switching Protocols\r\nConnection: "
					     "Upgrade\r\n"),
		own, fields, SLICE("\r\n") };

	must(request->magic == HTTP_REQUEST_MAGIC && !exchange->has_begun);
	exchange->has_begun = true;
	exchange->has_ended = true;
	exchange->is_mute = true;
	exchange->status = 101;
	exchange->next = next;
	exchange->next_state = state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].len > 0)
			(void)conn_write(http1->conn, parts[i]);
	http1_run(http1);
}

bool
http_answer_has_room(struct http_request *request)
{
	struct http1 *http1 = request->http1;

	if (!http1_is_congested(http1))
		return true;
	conn_flush(http1->conn);
	if (conn_is_open(http1->conn) && !http1_is_congested(http1))
		return true;
	http1->exchange->is_held_up = true;
	return false;
}

void
http_answer_flush(struct http_request *request)
{
	http1_run(request->http1);
}

void
http_request_pause(struct http_request *request)
{
	conn_pause(request->http1->conn, CONN_PAUSE_PROGRAM);
}

void
http_request_resume(struct http_request *request)
{
	conn_resume(request->http1->conn, CONN_PAUSE_PROGRAM);
	http1_run(request->http1);
}

struct conn *
http_request_conn(const struct http_request *request)
{
	return request->http1->conn;
}

void
http_answer_end(struct http_request *request)
{
	struct http1_exchange *exchange = http1_exchange_of(request);
	struct http1 *http1 = request->http1;

	must(exchange->has_begun && !exchange->has_ended);
	exchange->has_ended = true;
	if (exchange->is_chunked && !exchange->is_mute) {
		(void)conn_write(http1->conn, HTTP_CHUNK_LAST);
	} else if (!exchange->is_mute && exchange->announced >= 0 &&
	    exchange->body_bytes < (uint64_t)exchange->announced) {
		exchange->is_last = true;
		exchange->is_farewell = false;
		exchange->cause = ENDING_CUT_SHORT;
	}
	http1_run(http1);
}

void
http_answer_text(struct http_request *request, int status, struct slice type, struct slice fields,
    struct slice body)
{
	char room[512];
	struct text all = text_over(room, sizeof(room));

	if (type.len > 0)
		must(http_response_field(&all, SLICE("Content-Type"), type) == 0);
	text_put(&all, fields);
	must(!all.is_truncated);
	http_answer_whole(request, status, text_slice(&all), body);
}

void
http_answer_error(struct http_request *request, int status, struct slice fields)
{
	const struct http_service *service = request->service;
	struct slice body;
	struct slice type;

	service->error_page(service, status, &body, &type);
	http_answer_text(request, status, type, fields, body);
}

void
http1_turn_away(struct conn *conn)
{
	const struct http1_site *site = conn->origin->service->self;
	char room[256];
	struct text answer = text_over(room, sizeof(room));

	refresh_date(site->env, conn_now_us(conn));
	text_put(&answer, http_status_line(503));
	text_put_format(&answer, "Date: %.*s\r\n", HTTP_DATE_LEN, site->env->date);
	text_put_string(
	    &answer, "Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	(void)conn_write(conn, text_slice(&answer));
}
