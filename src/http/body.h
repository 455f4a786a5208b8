/* SPDX-License-Identifier: MIT
 *
 * body: the body of an HTTP/1 request: bytes in, pieces of content out
 * (RFC 9112 6 and 7).
 *
 * Owns the count of the content: of a sized body, and of each chunk of a chunked
 * one, whose framing is http/chunked's. Keeps no bytes and allocates nothing:
 * pieces point into what is fed. Trailers are checked and then ignored (RFC 9110
 * 6.5.1). The limits and the pace are the caller's.
 *
 * The verdict, status and content are the same wherever the bytes are cut.
 *
 * Thread: whoever owns the body.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "http/chunked.h"
#include "http/head.h"
#include "http/refusal.h"

struct http_body_limits {
	uint64_t max_bytes;     /* of content: 413 above */
	uint32_t framing_bytes; /* of chunk extensions and trailers in all: 413, 431 above */
};

enum http_body_verdict {
	HTTP_BODY_MORE,   /* all bytes were consumed: feed the bytes that follow */
	HTTP_BODY_DONE,   /* complete: the bytes after the consumed ones are the next request's */
	HTTP_BODY_PAUSED, /* the sink said stop: feed what was not consumed when it may go on */
	HTTP_BODY_REFUSED /* answer http_body_status() and end the connection */
};

/* Takes the next piece of content (never empty, valid during the call). Returns
 * 0 to go on, or 1 to stop after this piece, which counts as taken. */
typedef int (*http_body_sink)(void *arg, struct slice piece);

/* Embedded by its owner; all members are http/body's own. */
struct http_body {
	uint64_t content_left; /* of a sized body, or of the chunk */
	uint64_t received;     /* content handed over so far */
	uint64_t max_bytes;
	struct http_chunked chunked; /* where the body is chunked */
	bool is_chunked;
	enum http_refusal refusal;
};

/* Begins the body that `head` (settled) announces. Says DONE where there is
 * none or it is empty, REFUSED (413) where its Content-Length is above the
 * limit, else MORE. */
enum http_body_verdict http_body_init(struct http_body *, const struct http_head *head,
    const struct http_body_limits *limits) __attribute__((warn_unused_result));

/* Takes the `len` bytes at `data` that follow those consumed before, and hands
 * their content to `sink` with `arg`. `*ret_consumed` is how many of them were
 * taken: all for MORE, none after the body's last, untouched for REFUSED. Where
 * the sink says stop at the last byte of a sized body, that is DONE. Not to be
 * called again after DONE or REFUSED. */
enum http_body_verdict http_body_feed(struct http_body *, const char *data, size_t len,
    size_t *ret_consumed, http_body_sink sink, void *arg) __attribute__((warn_unused_result));

/* Content handed to the sink so far, in bytes. */
uint64_t http_body_received(const struct http_body *);

/* After REFUSED: 400, 413 or 431, and a static sentence for the log. */
int http_body_status(const struct http_body *);
const char *http_body_reason(const struct http_body *);
