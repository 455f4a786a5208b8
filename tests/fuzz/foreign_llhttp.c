/* SPDX-License-Identifier: MIT
 *
 * foreign_llhttp: llhttp reads a whole request, body and all. usher itself takes
 * only field lines from it.
 */
#include <llhttp.h>

#include "foreign.h"

struct reading {
	llhttp_t parser; /* first: callbacks get its address */
	struct understanding found;
};

static int
on_method(llhttp_t *parser, const char *at, size_t len)
{
	struct understanding *found = &((struct reading *)parser)->found;

	found->method = checksum(found->method, (struct slice){ at, len });
	return 0;
}

static int
on_url(llhttp_t *parser, const char *at, size_t len)
{
	struct understanding *found = &((struct reading *)parser)->found;

	found->target = checksum(found->target, (struct slice){ at, len });
	return 0;
}

static int
on_headers_complete(llhttp_t *parser)
{
	((struct reading *)parser)->found.version_minor = parser->http_minor;
	return 0;
}

static int
on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct understanding *found = &((struct reading *)parser)->found;

	found->content = checksum(found->content, (struct slice){ at, len });
	found->content_bytes += len;
	return 0;
}

static int
on_message_complete(llhttp_t *parser)
{
	((struct reading *)parser)->found.is_whole = true;
	return HPE_PAUSED;
}

struct understanding
foreign_llhttp(struct slice input)
{
	llhttp_settings_t settings;
	struct reading reading = { .found = { .is_whole = false } };
	enum llhttp_errno error;

	llhttp_settings_init(&settings);
	settings.on_method = on_method;
	settings.on_url = on_url;
	settings.on_headers_complete = on_headers_complete;
	settings.on_body = on_body;
	settings.on_message_complete = on_message_complete;
	llhttp_init(&reading.parser, HTTP_REQUEST, &settings);
	error = llhttp_execute(&reading.parser, input.data, input.len);
	if (reading.found.is_whole)
		reading.found.bytes = (size_t)(llhttp_get_error_pos(&reading.parser) - input.data);
	else
		reading.found.is_refused = error != HPE_OK;
	reading.found.reason = llhttp_errno_name(error);
	return reading.found;
}
