/* SPDX-License-Identifier: MIT
 *
 * request_line: METHOD SP target SP HTTP/1.x CRLF, and the empty lines that may
 * stand before it (RFC 9112 2.2 and 3).
 *
 * Owns the syntax of the line and the limit on the target. What method and
 * target mean is decided on the whole head (http/head, http/target). Part of
 * http/head, which is its only user.
 *
 * Thread: whoever owns the line.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "http/refusal.h"

/* Offsets count from the first byte fed. Read by http/head once complete. */
struct http_request_line {
	uint32_t target_bytes; /* limit, set by the owner */
	uint32_t bytes;        /* consumed so far */
	uint32_t method_at;
	uint32_t method_len;
	uint32_t target_at;
	uint32_t target_len;
	uint8_t version_major;
	uint8_t version_minor;
	uint8_t version_index; /* bytes of the version and its CRLF read so far */
	uint8_t empty_lines;
	uint8_t state;
	enum http_refusal refusal;
};

/* For the next line; keeps the limit. */
void http_request_line_reset(struct http_request_line *);

/* Takes the bytes that follow those given before and returns how many of them
 * belong to the line, all of them unless it is complete or refused. */
size_t http_request_line_feed(struct http_request_line *, const char *data, size_t len);
