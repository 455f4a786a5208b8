/* SPDX-License-Identifier: MIT
 *
 * meaning: what the fields say that decide where the request ends and what
 * becomes of its connection: Content-Length, Transfer-Encoding, Connection,
 * Expect (RFC 9112 6 and 9, RFC 9110 10.1.1); and whether any of them asks for less than
 * the whole (RFC 9110 13.1, 14.2).
 *
 * Owns these rules. Host is http/target's. Part of http/head, which is its only
 * user and hands the results on.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/refusal.h"

struct http_head;

/* How the body that follows is delimited (RFC 9112 6.3). */
enum http_framing {
	HTTP_FRAMING_NONE,   /* there is none */
	HTTP_FRAMING_LENGTH, /* http_head_content_length() bytes, perhaps 0 */
	HTTP_FRAMING_CHUNKED
};

struct http_meaning {
	enum http_framing framing;
	uint64_t content_length;
	bool keep_alive;
	bool client_said_close;
	bool expects_continue;
	bool has_conditions; /* If-…, or Range: it may want less than the whole */
};

/* From the fields and the version of `head`. LENGTH_…, CODING_…, EXPECTATION. */
enum http_refusal http_meaning_derive(const struct http_head *head,
    struct http_meaning *ret_meaning) __attribute__((warn_unused_result));
