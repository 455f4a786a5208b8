/* SPDX-License-Identifier: MIT
 *
 * foreign_http_parser: http-parser, which Node used before llhttp, reads a whole
 * request.
 */
#include "foreign.h"

#ifdef HAVE_HTTP_PARSER

#include <http_parser.h>
#include <string.h>

struct reading {
	http_parser parser; /* first: callbacks get its address */
	struct understanding found;
};

static int
on_url(http_parser *parser, const char *at, size_t len)
{
	struct understanding *found = &((struct reading *)parser)->found;

	found->target = checksum(found->target, (struct slice){ at, len });
	return 0;
}

static int
on_headers_complete(http_parser *parser)
{
	struct understanding *found = &((struct reading *)parser)->found;
	const char *method = http_method_str((enum http_method)parser->method);

	found->version_minor = parser->http_minor;
	found->method = checksum(0, slice_of(method));
	return 0;
}

static int
on_body(http_parser *parser, const char *at, size_t len)
{
	struct understanding *found = &((struct reading *)parser)->found;

	found->content = checksum(found->content, (struct slice){ at, len });
	found->content_bytes += len;
	return 0;
}

static int
on_message_complete(http_parser *parser)
{
	((struct reading *)parser)->found.is_whole = true;
	http_parser_pause(parser, 1);
	return 0;
}

bool
foreign_http_parser(struct slice input, struct understanding *ret_understanding)
{
	static const http_parser_settings settings = {
		.on_url = on_url,
		.on_headers_complete = on_headers_complete,
		.on_body = on_body,
		.on_message_complete = on_message_complete,
	};
	struct reading reading = { .found = { .is_whole = false } };
	enum http_errno error;

	http_parser_init(&reading.parser, HTTP_REQUEST);
	reading.found.bytes =
	    http_parser_execute(&reading.parser, &settings, input.data, input.len);
	error = HTTP_PARSER_ERRNO(&reading.parser);
	reading.found.is_refused = !reading.found.is_whole && error != HPE_OK;
	reading.found.reason = http_errno_name(error);
	*ret_understanding = reading.found;
	return true;
}

#else

bool
foreign_http_parser(struct slice input, struct understanding *ret_understanding)
{
	(void)input;
	(void)ret_understanding;
	return false;
}

#endif
