/* SPDX-License-Identifier: MIT */
#include "handler/redirect.h"

#include <stdlib.h>
#include <string.h>

#include "handler/location.h"

#define REDIRECT_MAGIC UINT32_C(0x72656469)

struct redirect {
	uint32_t magic;
	int status;
	struct slice target; /* borrowed from the route */
	bool keeps_rest;
	size_t fields_len;
	char fields[HANDLER_FIELDS_MAX];
};

/* The target ends in '/', so the rest must not begin with one: "//host" after a target
 * of "/" would lead to another host. */
static struct location
location_of(const struct redirect *redirect, const struct http_request *request)
{
	struct location location = { .base = redirect->target };

	if (!redirect->keeps_rest)
		return location;
	location.path = request->rest;
	while (location.path.len > 0 && location.path.data[0] == '/') {
		location.path.data++;
		location.path.len--;
	}
	location.query = request->query;
	return location;
}

static void
redirect_answer(const void *self, struct http_request *request)
{
	const struct redirect *redirect = handler_cast(self, struct redirect, REDIRECT_MAGIC);
	struct location location = location_of(redirect, request);

	location_answer(request, redirect->status, &location,
	    (struct slice){ redirect->fields, redirect->fields_len });
}

/* RFC 3986 2: a reference is visible ASCII; what else there is to say is encoded. */
static bool
is_reference(struct slice target)
{
	for (size_t i = 0; i < target.len; i++)
		if (target.data[i] <= ' ' || target.data[i] > '~')
			return false;
	return target.len > 0;
}

static int
redirect_init(struct redirect *redirect, const struct config_route *route, struct text *ret_error)
{
	struct text fields = text_over(redirect->fields, sizeof(redirect->fields));

	redirect->status = (int)route->status;
	redirect->target = slice_of(route->redirect);
	redirect->keeps_rest =
	    slice_ends_with(redirect->target, SLICE("/")) && !strpbrk(route->redirect, "?#");
	if (!is_reference(redirect->target)) {
		text_put_string(ret_error,
		    "redirect: the target is empty or holds a space, a control character or a "
		    "byte beyond ASCII: percent-encode it");
		return -1;
	}
	if (handler_put_cache_control(&fields, route, ret_error) < 0)
		return -1;
	redirect->fields_len = fields.len;
	return 0;
}

static void *
redirect_make(
    const struct config_route *route, const struct handler_context *context, struct text *ret_error)
{
	struct redirect *redirect = calloc(1, sizeof(*redirect));

	(void)context;
	if (!redirect) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	redirect->magic = REDIRECT_MAGIC;
	if (redirect_init(redirect, route, ret_error) < 0) {
		free(redirect);
		return NULL;
	}
	return redirect;
}

const struct handler_kind redirect_kind = {
	.ops = {
		.name = "redirect",
		.methods = HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD) |
		    HTTP_METHOD_BIT(HTTP_METHOD_POST) | HTTP_METHOD_BIT(HTTP_METHOD_PUT) |
		    HTTP_METHOD_BIT(HTTP_METHOD_DELETE) | HTTP_METHOD_BIT(HTTP_METHOD_PATCH) |
		    HTTP_METHOD_BIT(HTTP_METHOD_OTHER),
		.answer = redirect_answer,
	},
	.make = redirect_make,
	.free = free,
};
