/* SPDX-License-Identifier: MIT
 *
 * request_line: one step for each part of the line. A step takes as many bytes
 * as it can and returns how many; it may be called again in the midst of its
 * part, since bytes come in any pieces.
 *
 * llhttp is not asked here: it lets through repeated spaces, a bare LF, a
 * missing version and fragments, and does not say whether an unknown method is a
 * token, so that each byte would have to be read a second time.
 */
#include "http/request_line.h"

#include <string.h>

#include "http/chars.h"

enum {
	METHOD_BYTES_MAX = 32, /* the longest in the registry has 17 */
	EMPTY_LINES_MAX = 4,
	TLS_HANDSHAKE_RECORD = 0x16 /* RFC 8446 5.1 */
};

enum line_state {
	LINE_START,
	LINE_EMPTY, /* after the CR of an empty line */
	LINE_METHOD,
	LINE_TARGET,
	LINE_VERSION,
	LINE_COMPLETE,
	LINE_REFUSED
};

/* Position by position; the digits stand for any. */
static const char version_form[] = "HTTP/1.1\r\n";
enum { VERSION_MAJOR = 5, VERSION_MINOR = 7, VERSION_CR = 8, VERSION_BYTES = 10 };

void
http_request_line_reset(struct http_request_line *line)
{
	*line = (struct http_request_line){ .target_bytes = line->target_bytes };
}

static size_t
refuse(struct http_request_line *line, enum http_refusal refusal)
{
	line->state = LINE_REFUSED;
	line->refusal = refusal;
	return 0;
}

static size_t
take_start(struct http_request_line *line, const char *data, size_t len)
{
	(void)len;
	if (http_is_token_char(*data)) {
		line->method_at = line->bytes;
		line->state = LINE_METHOD;
		return 0;
	}
	switch (*data) {
	case '\r':
		line->state = LINE_EMPTY;
		return 1;
	case '\n':
		return refuse(line, HTTP_REFUSAL_BARE_LF);
	case TLS_HANDSHAKE_RECORD:
		return refuse(line, HTTP_REFUSAL_TLS_HELLO);
	default:
		return refuse(line, HTTP_REFUSAL_NOT_HTTP);
	}
}

static size_t
take_empty(struct http_request_line *line, const char *data, size_t len)
{
	(void)len;
	if (*data != '\n')
		return refuse(line, HTTP_REFUSAL_BARE_CR);
	if (++line->empty_lines > EMPTY_LINES_MAX)
		return refuse(line, HTTP_REFUSAL_EMPTY_LINES);
	line->state = LINE_START;
	return 1;
}

static size_t
take_method(struct http_request_line *line, const char *data, size_t len)
{
	size_t n = 0;

	while (n < len && http_is_token_char(data[n]))
		n++;
	line->method_len += (uint32_t)n;
	if (line->method_len > METHOD_BYTES_MAX)
		return refuse(line, HTTP_REFUSAL_METHOD_UNKNOWN);
	if (n == len)
		return n;
	if (data[n] != ' ')
		return refuse(line, HTTP_REFUSAL_METHOD_SYNTAX);
	line->target_at = line->bytes + (uint32_t)n + 1;
	line->state = LINE_TARGET;
	return n + 1;
}

static size_t
take_target(struct http_request_line *line, const char *data, size_t len)
{
	size_t n = 0;

	while (n < len && http_is_target_char(data[n]))
		n++;
	line->target_len += (uint32_t)n;
	if (line->target_len > line->target_bytes)
		return refuse(line, HTTP_REFUSAL_TARGET_TOO_LONG);
	if (n == len)
		return n;
	if (data[n] == '\r' || data[n] == '\n')
		return refuse(line, HTTP_REFUSAL_VERSION_MISSING);
	if (data[n] != ' ' || line->target_len == 0)
		return refuse(line, HTTP_REFUSAL_TARGET_SYNTAX);
	line->state = LINE_VERSION;
	return n + 1;
}

/* The byte at line->version_index. */
static enum http_refusal
check_version_byte(struct http_request_line *line, char c)
{
	switch (line->version_index) {
	case VERSION_MAJOR:
		if (c < '0' || c > '9')
			return HTTP_REFUSAL_VERSION_SYNTAX;
		line->version_major = (uint8_t)(c - '0');
		return HTTP_REFUSAL_NONE;
	case VERSION_MINOR:
		if (c < '0' || c > '9')
			return HTTP_REFUSAL_VERSION_SYNTAX;
		line->version_minor = (uint8_t)(c - '0');
		if (line->version_major != 1 || line->version_minor > 1)
			return HTTP_REFUSAL_VERSION_UNSUPPORTED;
		return HTTP_REFUSAL_NONE;
	case VERSION_CR:
		if (c == '\n')
			return HTTP_REFUSAL_BARE_LF;
	}
	return c == version_form[line->version_index] ? HTTP_REFUSAL_NONE
						      : HTTP_REFUSAL_VERSION_SYNTAX;
}

static size_t
take_version(struct http_request_line *line, const char *data, size_t len)
{
	size_t n = 0;

	if (line->version_index == 0 && len >= VERSION_BYTES &&
	    memcmp(data, version_form, VERSION_BYTES) == 0) {
		line->version_minor = 1;
		line->state = LINE_COMPLETE;
		return VERSION_BYTES;
	}
	while (n < len && line->version_index < VERSION_BYTES) {
		enum http_refusal refusal = check_version_byte(line, data[n]);

		if (refusal != HTTP_REFUSAL_NONE)
			return refuse(line, refusal);
		line->version_index++;
		n++;
	}
	if (line->version_index == VERSION_BYTES)
		line->state = LINE_COMPLETE;
	return n;
}

size_t
http_request_line_feed(struct http_request_line *line, const char *data, size_t len)
{
	static size_t (*const take[])(struct http_request_line *, const char *, size_t) = {
		[LINE_START] = take_start,
		[LINE_EMPTY] = take_empty,
		[LINE_METHOD] = take_method,
		[LINE_TARGET] = take_target,
		[LINE_VERSION] = take_version,
	};
	size_t taken = 0;

	while (taken < len && line->state < LINE_COMPLETE) {
		size_t n = take[line->state](line, data + taken, len - taken);

		line->bytes += (uint32_t)n;
		taken += n;
	}
	return taken;
}
