/* SPDX-License-Identifier: MIT
 *
 * response: pieces of a head are either constants, which are copied at once, or
 * made of a few parts behind one check for room.
 */
#include "http/response.h"

#include <errno.h>
#include <string.h>

#include "base/panic.h"
#include "http/date.h"
#include "http/status.h"
#include "http/token.h"

/* Room for `bytes` bytes at the end of `text`, or NULL, having noted that they
 * are missing. */
static char *
reserve(struct text *text, size_t bytes)
{
	char *at = text->data + text->len;

	if (text->is_truncated || bytes > text->cap - text->len) {
		text->is_truncated = true;
		return NULL;
	}
	text->len += bytes;
	return at;
}

static char *
append(char *at, struct slice piece)
{
	if (piece.len > 0)
		memcpy(at, piece.data, piece.len);
	return at + piece.len;
}

static inline void
put_whole(struct text *text, struct slice piece)
{
	char *at = reserve(text, piece.len);

	if (at)
		memcpy(at, piece.data, piece.len);
}

/* Undoes a piece of several parts that was cut. */
static void
drop_if_cut(struct text *text, size_t len_before)
{
	if (text->is_truncated)
		text->len = len_before;
}

void
http_response_begin(struct text *text, int status)
{
	struct slice line = http_status_line(status);
	size_t len_before = text->len;

	must(status >= HTTP_STATUS_MIN && status <= HTTP_STATUS_MAX);
	if (line.data) {
		put_whole(text, line);
		return;
	}
	text_put(text, SLICE("HTTP/1.1 "));
	text_put_u64(text, (uint64_t)status);
	text_put(text, SLICE(" \r\n"));
	drop_if_cut(text, len_before);
}

/* As http_is_value_char for every byte, but always for every byte and without a
 * branch: then the compiler looks at sixteen at once. */
static bool
is_safe_value(struct slice value)
{
	unsigned char unsafe = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char byte = (unsigned char)value.data[i];

		unsafe |= (unsigned char)(((byte < 0x20) & (byte != '\t')) | (byte == 0x7f));
	}
	return !unsafe;
}

int
http_response_field(struct text *text, struct slice name, struct slice value)
{
	char *at;

	if (!http_token_is_valid(name) || !is_safe_value(value))
		return -EINVAL;
	at = reserve(text, name.len + value.len + 4);
	if (!at)
		return 0;
	at = append(at, name);
	at = append(at, SLICE(": "));
	at = append(at, value);
	append(at, SLICE("\r\n"));
	return 0;
}

void
http_response_content_length(struct text *text, uint64_t bytes)
{
	size_t len_before = text->len;

	text_put(text, SLICE("Content-Length: "));
	text_put_u64(text, bytes);
	text_put(text, SLICE("\r\n"));
	drop_if_cut(text, len_before);
}

void
http_response_chunked(struct text *text)
{
	put_whole(text, SLICE("Transfer-Encoding: chunked\r\n"));
}

void
http_response_date(struct text *text, struct slice date)
{
	static const char form[] = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
	char *at = reserve(text, sizeof(form) - 1);

	must(date.len == HTTP_DATE_LEN);
	if (!at)
		return;
	memcpy(at, form, sizeof(form) - 1);
	memcpy(at + sizeof("Date: ") - 1, date.data, HTTP_DATE_LEN);
}

void
http_response_connection(struct text *text, enum http_connection_option option)
{
	if (option == HTTP_CONNECTION_CLOSE)
		put_whole(text, SLICE("Connection: close\r\n"));
	else
		put_whole(text, SLICE("Connection: keep-alive\r\n"));
}

void
http_response_end(struct text *text)
{
	put_whole(text, SLICE("\r\n"));
}

void
http_response_chunk_begin(struct text *text, uint64_t bytes)
{
	size_t len_before = text->len;

	must(bytes > 0);
	text_put_hex(text, bytes);
	text_put(text, SLICE("\r\n"));
	drop_if_cut(text, len_before);
}
