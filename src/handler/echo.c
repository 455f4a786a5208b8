/* SPDX-License-Identifier: MIT */
#include "handler/echo.h"

#include <stdlib.h>

#include "http/response.h"

#define ECHO_MAGIC UINT32_C(0x6563686f)

struct echo {
	uint32_t magic;
	size_t fields_len;
	char fields[HANDLER_FIELDS_MAX];
};

static void
put_type(struct text *fields, const struct http_request *request)
{
	struct slice type = http_head_value(request->head, HTTP_FIELD_CONTENT_TYPE);

	if (type.len > 0 && type.len <= HANDLER_TYPE_MAX &&
	    http_response_field(fields, SLICE("Content-Type"), type) == 0)
		return;
	text_put(fields, SLICE("Content-Type: application/octet-stream\r\n"));
}

static int64_t
length_of(const struct http_head *head)
{
	if (http_head_framing(head) == HTTP_FRAMING_CHUNKED)
		return HTTP_LENGTH_UNKNOWN;
	return (int64_t)http_head_content_length(head);
}

static void
echo_answer(const void *self, struct http_request *request)
{
	const struct echo *echo = handler_cast(self, struct echo, ECHO_MAGIC);
	char bytes[HANDLER_FIELDS_MAX + HANDLER_TYPE_MAX];
	struct text fields = text_over(bytes, sizeof(bytes));

	text_put(&fields, (struct slice){ echo->fields, echo->fields_len });
	put_type(&fields, request);
	must(!fields.is_truncated);
	http_answer_begin(
	    request, &(struct http_answer){ 200, text_slice(&fields), length_of(request->head) });
}

static void
echo_body(const void *self, struct http_request *request, struct slice piece)
{
	(void)self;
	http_answer_copy(request, piece);
}

static void
echo_body_end(const void *self, struct http_request *request)
{
	(void)self;
	http_answer_end(request);
}

static void *
echo_make(
    const struct config_route *route, const struct handler_context *context, struct text *ret_error)
{
	struct echo *echo = calloc(1, sizeof(*echo));
	struct text fields;

	(void)context;
	if (!echo) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	fields = text_over(echo->fields, sizeof(echo->fields));
	if (handler_put_cache_control(&fields, route, ret_error) < 0) {
		free(echo);
		return NULL;
	}
	echo->magic = ECHO_MAGIC;
	echo->fields_len = fields.len;
	return echo;
}

const struct handler_kind echo_kind = {
	.ops = {
		.name = "echo",
		.methods = HTTP_METHOD_BIT(HTTP_METHOD_POST) | HTTP_METHOD_BIT(HTTP_METHOD_PUT),
		.wants_body = true,
		.answer = echo_answer,
		.body = echo_body,
		.body_end = echo_body_end,
	},
	.make = echo_make,
	.free = free,
};
