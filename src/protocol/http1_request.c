/* SPDX-License-Identifier: MIT
 *
 * http1_request: from the first byte of a request to the handler that answers.
 *
 * The head of a request without a body stays in the input while it is answered,
 * which is at once in almost every case: nothing is copied. Where the answer
 * takes longer, or a body follows, the head is copied and the input released.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/panic.h"
#include "http/path.h"
#include "protocol/http1_private.h"

/* --- Refusals ------------------------------------------------------------- */

/* Answers, after which nothing is read of this connection. */
static void
answer_refusal(struct http1_exchange *exchange)
{
	char room[128];
	struct text fields = text_over(room, sizeof(room));
	const struct http_handler *handler = exchange->request.handler;

	if (exchange->own_status == 405 && handler) {
		text_put_string(&fields, "Allow: ");
		http_method_put_allow(
		    &fields, handler->ops->methods | HTTP_METHOD_BIT(HTTP_METHOD_OPTIONS));
		text_put_string(&fields, "\r\n");
	}
	if (exchange->retry_s > 0)
		text_put_format(
		    &fields, "Retry-After: %llu\r\n", (unsigned long long)exchange->retry_s);
	http_answer_error(&exchange->request, exchange->own_status, text_slice(&fields));
}

void
http1_refuse(struct http1 *http1, int status, enum ending_cause cause)
{
	struct http1_exchange *exchange = http1->exchange;

	exchange->phase = HTTP1_ANSWER;
	exchange->is_last = true;
	exchange->cause = cause;
	if (exchange->has_begun) {
		/* Too late for a status: the client sees an answer cut short. */
		conn_finish(http1->conn, cause);
		return;
	}
	if (!exchange->request.service)
		exchange->request.service =
		    exchange->site->ops->default_service(exchange->site->router);
	if (!exchange->is_settled)
		exchange->request.method = HTTP_METHOD_OTHER;
	exchange->own_status = status;
	answer_refusal(exchange);
}

static enum ending_cause
cause_of_refusal(int status)
{
	return status == 413 || status == 414 || status == 431 ? ENDING_TOO_LARGE
							       : ENDING_BAD_REQUEST;
}

/* Of what was read: `reason` is a sentence of http/refusal's. */
static void
refuse_input(struct http1 *http1, int status, const char *reason)
{
	log_debug("c%llu: %d: %s", (unsigned long long)http1->conn->id, status, reason);
	http1_refuse(http1, status, cause_of_refusal(status));
}

/* --- The head ------------------------------------------------------------- */

/* Slices of the head, at whatever place it stands now. */
static void
bind_request(struct http1_exchange *exchange)
{
	struct http_request *request = &exchange->request;

	request->head = exchange->head;
	request->target = http_head_target(exchange->head);
	request->query = http_head_query(exchange->head);
	request->host = http_head_host(exchange->head);
}

void
http1_release_head(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;

	if (exchange->is_settled && !exchange->head_copy)
		conn_input_drain(http1->conn, http_head_bytes(exchange->head));
}

int
http1_detach_head(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	size_t bytes = http_head_bytes(exchange->head);
	char *copy;

	if (exchange->head_copy)
		return 0;
	copy = malloc(bytes);
	if (!copy) {
		conn_abort(http1->conn, ENDING_OUT_OF_MEMORY);
		return -ENOMEM;
	}
	memcpy(copy, conn_input_peek(http1->conn).data, bytes);
	conn_input_drain(http1->conn, bytes);
	http_head_move(exchange->head, copy);
	exchange->head_copy = copy;
	exchange->site->env->kept_heads += bytes;
	bind_request(exchange);
	return 0;
}

/* "OPTIONS *", or an absolute target without a path (RFC 9112 3.2.4). */
static bool
is_about_server(const struct http_request *request)
{
	return request->method == HTTP_METHOD_OPTIONS && slice_equals(request->path, SLICE("*"));
}

/* 0, or the status to answer in place of a handler. */
static int
choose_handler(struct http1_exchange *exchange)
{
	struct http_request *request = &exchange->request;
	unsigned method = HTTP_METHOD_BIT(request->method);
	int status = exchange->site->ops->route(exchange->site->router, request);

	/* No route is a part of the server as a whole. */
	if (is_about_server(request)) {
		request->handler = NULL;
		return 204;
	}
	if (status == 0 && (request->handler->ops->methods & method))
		return 0;
	if (request->method == HTTP_METHOD_OTHER || request->method == HTTP_METHOD_CONNECT)
		return 501;
	if (status != 0)
		return status;
	return request->method == HTTP_METHOD_OPTIONS ? 204 : 405;
}

static int
normalize_path(struct http1_exchange *exchange)
{
	struct slice raw = http_head_path(exchange->head);
	struct http_request *request = &exchange->request;

	if (raw.len == 0 || slice_equals(raw, SLICE("*"))) {
		request->path = SLICE("*");
		return 0;
	}
	switch (http_path_normalize(raw, exchange->path, exchange->path_cap, &request->path)) {
	case HTTP_PATH_OK:
		return 0;
	case HTTP_PATH_REFUSED:
		return 400;
	case HTTP_PATH_TOO_LONG:
		return 414;
	}
	panic_at(__FILE__, __LINE__, "a path has one of three verdicts");
}

/* Answers what needs no handler of a route. */
static void
answer_options(struct http1_exchange *exchange, unsigned methods)
{
	char allow_text[128];
	struct text allow = text_over(allow_text, sizeof(allow_text));
	struct http_answer empty = { .status = 204 };

	text_put_string(&allow, "Allow: ");
	http_method_put_allow(&allow, methods | HTTP_METHOD_BIT(HTTP_METHOD_OPTIONS));
	text_put_string(&allow, "\r\n");
	empty.fields = text_slice(&allow);
	http_answer_begin(&exchange->request, &empty);
	http_answer_end(&exchange->request);
}

#define METHODS_OF_SERVER                                                       \
	(HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD) | \
	    HTTP_METHOD_BIT(HTTP_METHOD_POST) | HTTP_METHOD_BIT(HTTP_METHOD_PUT))

/* The request is here as far as its handler wants it before it answers. */
static void
answer(struct http1_exchange *exchange)
{
	struct http_request *request = &exchange->request;

	if (exchange->own_status == 0)
		request->handler->ops->answer(request->handler->self, request);
	else if (exchange->own_status != 204)
		answer_refusal(exchange);
	else
		answer_options(exchange,
		    request->handler ? request->handler->ops->methods : METHODS_OF_SERVER);
}

static bool
wants_body(const struct http1_exchange *exchange)
{
	return exchange->own_status == 0 && exchange->request.handler->ops->wants_body;
}

static void
begin_without_body(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	struct http_request *request = &exchange->request;

	exchange->phase = HTTP1_ANSWER;
	answer(exchange);
	if (wants_body(exchange) && conn_is_open(http1->conn))
		request->handler->ops->body_end(request->handler->self, request);
}

static void
begin_with_body(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;

	exchange->phase = HTTP1_BODY;
	if (http1_detach_head(http1) != 0)
		return;
	if (http_head_expects_continue(exchange->head) && conn_input_length(http1->conn) == 0) {
		/* Nobody wants the body, so it had better not be sent. */
		if (!wants_body(exchange)) {
			exchange->phase = HTTP1_ANSWER;
			exchange->is_last = true;
			exchange->cause = ENDING_RESPONSE_CLOSE;
			answer(exchange);
			return;
		}
		(void)conn_write(http1->conn, SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
	}
	if (wants_body(exchange) && conn_is_open(http1->conn))
		answer(exchange);
}

/* A limit that the request meets comes before what a route would say. False: it is answered
 * already, for where memory is short no body is waited for. */
static bool
admit(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;

	switch (conn_admit_request(http1->conn, &exchange->retry_s)) {
	case CONN_ADMITTED:
		return true;
	case CONN_TOO_MANY_REQUESTS:
		exchange->own_status = 429;
		return true;
	case CONN_OVERLOADED:
		http1_refuse(http1, 503, ENDING_OVERLOADED);
		return false;
	}
	panic_at(__FILE__, __LINE__, "a request is admitted or not");
}

/* Path, service and handler. 0, or the status of a path that is refused. */
static int
find_way(struct http1_exchange *exchange)
{
	struct http_request *request = &exchange->request;
	struct http1_way *way = &exchange->way;
	int status;

	if (http_head_is_repeated(exchange->head) && way->site == exchange->site) {
		request->path = way->path;
		request->rest = way->rest;
		request->service = way->service;
		request->handler = way->handler;
		exchange->own_status = way->own_status;
		return 0;
	}
	way->site = NULL;
	status = normalize_path(exchange);
	if (status != 0)
		return status;
	exchange->own_status = choose_handler(exchange);
	if (!exchange->site->ops->is_by_head_alone)
		return 0;
	*way = (struct http1_way){ .site = exchange->site,
		.path = request->path,
		.rest = request->rest,
		.service = request->service,
		.handler = request->handler,
		.own_status = exchange->own_status };
	return 0;
}

static void
begin_request(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	const struct http_body_limits limits = { .max_bytes =
						     exchange->site->env->limits.body_bytes,
		.framing_bytes = exchange->site->env->limits.head.head_bytes };
	enum http_body_verdict verdict;
	int status;

	exchange->is_settled = true;
	exchange->request.method = http_head_method(exchange->head);
	exchange->request.version_minor = http_head_version_minor(exchange->head);
	bind_request(exchange);
	status = find_way(exchange);
	if (status != 0) {
		refuse_input(http1, status, "the path is ambiguous or too long");
		return;
	}
	if (!admit(http1))
		return;
	verdict = http_body_init(&exchange->body, exchange->head, &limits);
	if (verdict == HTTP_BODY_REFUSED)
		refuse_input(
		    http1, http_body_status(&exchange->body), http_body_reason(&exchange->body));
	else if (verdict == HTTP_BODY_DONE)
		begin_without_body(http1);
	else
		begin_with_body(http1);
}

bool
http1_read_head(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	struct slice input = conn_input_contiguous(http1->conn);
	enum http_head_verdict verdict;

	if (!input.data || input.len == exchange->fed)
		return false;
	verdict =
	    http_head_feed(exchange->head, input.data + exchange->fed, input.len - exchange->fed);
	exchange->fed = input.len;
	if (verdict == HTTP_HEAD_DONE)
		verdict = http_head_settle(exchange->head, input.data);
	if (!http_head_is_untouched(exchange->head))
		conn_set_busy(http1->conn);
	if (verdict == HTTP_HEAD_MORE)
		return false;
	if (verdict == HTTP_HEAD_REFUSED) {
		refuse_input(
		    http1, http_head_status(exchange->head), http_head_reason(exchange->head));
		return true;
	}
	begin_request(http1);
	return true;
}

/* --- The body ------------------------------------------------------------- */

/* By its handler. */
static bool
is_paused(const struct http1 *http1)
{
	return http1->conn->pause & CONN_PAUSE_PROGRAM;
}

static int
on_body_piece(void *arg, struct slice piece)
{
	struct http1_exchange *exchange = arg;
	struct http_request *request = &exchange->request;
	struct http1 *http1 = request->http1;

	if (wants_body(exchange))
		request->handler->ops->body(request->handler->self, request, piece);
	if (!http1_is_congested(http1))
		return !conn_is_open(http1->conn) || is_paused(http1);
	conn_flush(http1->conn);
	return !conn_is_open(http1->conn) || http1_is_congested(http1) || is_paused(http1);
}

static void
end_body(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	struct http_request *request = &exchange->request;

	exchange->phase = HTTP1_ANSWER;
	if (wants_body(exchange))
		request->handler->ops->body_end(request->handler->self, request);
	else
		answer(exchange);
}

bool
http1_read_body(struct http1 *http1)
{
	struct http1_exchange *exchange = http1->exchange;
	struct slice input = conn_input_peek(http1->conn);
	enum http_body_verdict verdict;
	size_t consumed = 0;

	if (is_paused(http1))
		return false;
	if (exchange->has_body) {
		end_body(http1);
		return true;
	}
	if (input.len == 0 || http1_is_congested(http1))
		return false;
	verdict = http_body_feed(
	    &exchange->body, input.data, input.len, &consumed, on_body_piece, exchange);
	if (!conn_is_open(http1->conn))
		return false;
	if (verdict == HTTP_BODY_REFUSED) {
		refuse_input(
		    http1, http_body_status(&exchange->body), http_body_reason(&exchange->body));
		return true;
	}
	conn_input_drain(http1->conn, consumed);
	exchange->has_body = verdict == HTTP_BODY_DONE && is_paused(http1);
	if (verdict == HTTP_BODY_DONE && !exchange->has_body)
		end_body(http1);
	return verdict != HTTP_BODY_PAUSED && !exchange->has_body;
}
