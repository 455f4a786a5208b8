/* SPDX-License-Identifier: MIT
 *
 * response: the head of an answer and the framing of its chunks, written into
 * a builder (RFC 9112 4, 5, 6, 7.1).
 *
 * The one place where a value that is not a constant of ours becomes a header
 * field, and so the one place that has to refuse what would split an answer in
 * two. Which fields an answer has, and in which order, is the caller's: begin, then
 * fields, then end.
 *
 * Each call writes its piece whole or, where the builder has no room for it,
 * not at all: then `is_truncated` is set (base/text) and the caller finds out
 * once, at the end.
 *
 * Thread: whoever owns the builder.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* What `Connection` says about the connection after this answer. */
enum http_connection_option { HTTP_CONNECTION_CLOSE, HTTP_CONNECTION_KEEP_ALIVE };

/* "HTTP/1.1 200 OK\r\n". A code that the registry does not know gets an empty
 * reason phrase. `status` has to be within HTTP_STATUS_MIN..HTTP_STATUS_MAX. */
void http_response_begin(struct text *, int status);

/* "Name: value\r\n". 0, or -EINVAL, with nothing written, when `name` is not a
 * token (RFC 9110 5.6.2) or `value` holds CR, LF, NUL or another control but
 * tab (5.5). An empty or absent value is fine. */
int http_response_field(struct text *, struct slice name, struct slice value)
    __attribute__((warn_unused_result));

/* "Content-Length: 42\r\n". */
void http_response_content_length(struct text *, uint64_t bytes);
/* "Transfer-Encoding: chunked\r\n". */
void http_response_chunked(struct text *);
/* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"; `date` is HTTP_DATE_LEN bytes made
 * by http_date_format, which are not checked again. */
void http_response_date(struct text *, struct slice date);
/* "Connection: close\r\n" or "Connection: keep-alive\r\n". */
void http_response_connection(struct text *, enum http_connection_option);
/* The empty line that ends the head. */
void http_response_end(struct text *);

/* Chunks (RFC 9112 7.1): begin, `bytes` bytes of data (not 0, which would end the
 * body), END; then LAST, without trailers. */
#define HTTP_CHUNK_BEGIN_MAX 18 /* "ffffffffffffffff\r\n" */
#define HTTP_CHUNK_END SLICE("\r\n")
#define HTTP_CHUNK_LAST SLICE("0\r\n\r\n")

void http_response_chunk_begin(struct text *, uint64_t bytes); /* "1a\r\n" */
