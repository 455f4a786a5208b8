/* SPDX-License-Identifier: MIT */
#include "handler/respond.h"

#include <errno.h>
#include <stdlib.h>

#include "http/response.h"

#define RESPOND_MAGIC UINT32_C(0x72737064)

struct respond {
	uint32_t magic;
	int status;
	struct slice body; /* borrowed from the route; may be empty */
	struct slice type; /* likewise; absent where there is no body */
	size_t fields_len;
	char fields[HANDLER_FIELDS_MAX];
};

static void
respond_answer(const void *self, struct http_request *request)
{
	const struct respond *respond = handler_cast(self, struct respond, RESPOND_MAGIC);
	struct slice fields = { respond->fields, respond->fields_len };

	if (respond->status >= 400 && respond->body.len == 0)
		http_answer_error(request, respond->status, fields);
	else
		http_answer_text(request, respond->status, respond->type, fields, respond->body);
}

/* A type that no field may hold is found when the server starts, not at a request. */
static int
check_type(struct slice type, struct text *ret_error)
{
	char bytes[HANDLER_FIELDS_MAX];
	struct text line = text_over(bytes, sizeof(bytes));

	if (type.len <= HANDLER_TYPE_MAX &&
	    http_response_field(&line, SLICE("Content-Type"), type) == 0)
		return 0;
	text_put_format(ret_error, "type: longer than %d bytes, or holds a control character",
	    HANDLER_TYPE_MAX);
	return -EINVAL;
}

static int
respond_init(struct respond *respond, const struct config_route *route, struct text *ret_error)
{
	struct text fields = text_over(respond->fields, sizeof(respond->fields));

	respond->status = (int)route->respond;
	respond->body = slice_of(route->body);
	if (respond->body.len > 0)
		respond->type = slice_of(route->type ? route->type : "text/plain; charset=utf-8");
	if (handler_put_cache_control(&fields, route, ret_error) < 0)
		return -EINVAL;
	respond->fields_len = fields.len;
	return check_type(respond->type, ret_error);
}

static void *
respond_make(
    const struct config_route *route, const struct handler_context *context, struct text *ret_error)
{
	struct respond *respond = calloc(1, sizeof(*respond));

	(void)context;
	if (!respond) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	respond->magic = RESPOND_MAGIC;
	if (respond_init(respond, route, ret_error) < 0) {
		free(respond);
		return NULL;
	}
	return respond;
}

const struct handler_kind respond_kind = {
	.ops = {
		.name = "respond",
		.methods = HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD) |
		    HTTP_METHOD_BIT(HTTP_METHOD_POST),
		.answer = respond_answer,
	},
	.make = respond_make,
	.free = free,
};
