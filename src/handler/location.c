/* SPDX-License-Identifier: MIT */
#include "handler/location.h"

#include <errno.h>
#include <stdlib.h>

#include "http/path.h"
#include "http/response.h"
#include "protocol/http_handler.h"

/* Each byte of a path takes three at most when it is encoded. */
static size_t
reference_max(const struct location *location)
{
	return location->base.len + 3 * location->path.len + location->suffix.len +
	    location->query.len + sizeof("?");
}

static void
put_reference(struct text *text, const struct location *location)
{
	text_put(text, location->base);
	http_path_put_encoded(text, location->path);
	text_put(text, location->suffix);
	if (!location->query.data)
		return;
	text_put_char(text, '?');
	text_put(text, location->query);
}

/* The reference is written behind the lines, where it is checked and copied from. */
static int
put_fields(
    struct text *lines, const struct location *location, struct slice type, struct slice fields)
{
	struct text reference = text_over(lines->data + lines->cap, reference_max(location));
	int error;

	put_reference(&reference, location);
	error = http_response_field(lines, SLICE("Location"), text_slice(&reference));
	if (!error && type.len > 0)
		error = http_response_field(lines, SLICE("Content-Type"), type);
	text_put(lines, fields);
	return error || lines->is_truncated ? -EINVAL : 0;
}

void
location_answer(
    struct http_request *request, int status, const struct location *location, struct slice fields)
{
	struct slice body, type;
	struct text lines;
	size_t cap;
	char *memory;

	request->service->error_page(request->service, status, &body, &type);
	cap = reference_max(location) + type.len + fields.len + 64;
	memory = malloc(cap + reference_max(location));
	if (!memory) {
		http_answer_error(request, 503, SLICE("Retry-After: 5\r\n"));
		return;
	}
	lines = text_over(memory, cap);
	if (put_fields(&lines, location, type, fields) < 0)
		http_answer_error(request, 400, (struct slice){ 0 });
	else
		http_answer_whole(request, status, text_slice(&lines), body);
	free(memory);
}
