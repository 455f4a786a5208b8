/* SPDX-License-Identifier: MIT
 *
 * chunked: the framing of the chunked transfer coding (RFC 9112 7.1): every byte
 * that is not content.
 *
 * Owns its grammar: chunk sizes, extensions, line ends, trailers. Neither white
 * space around extensions nor obs-fold in trailers is allowed. Extensions and
 * trailers are checked and forgotten. Part of http/body, which is its only user
 * and owns the content.
 *
 * Thread: whoever owns the body.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/refusal.h"

/* Embedded by its owner; all members are http/chunked's own. */
struct http_chunked {
	uint64_t size;         /* of the chunk, as far as it was read */
	uint32_t framing_left; /* bytes that extensions and trailers may still have */
	uint8_t digits;        /* of the size, read so far */
	uint8_t state;
};

/* Before the first byte of a chunked body whose extensions and trailers may
 * have `framing_bytes` bytes in all. */
void http_chunked_init(struct http_chunked *, uint32_t framing_bytes);

/* Takes the next byte that is not content. Where it ends the line of a chunk's
 * size, `*ret_content` becomes that size: so many bytes of content follow before
 * the next call. Otherwise it is left alone. */
enum http_refusal http_chunked_take(struct http_chunked *, char c, uint64_t *ret_content)
    __attribute__((warn_unused_result));

/* The last byte taken was the last of the body. */
bool http_chunked_is_complete(const struct http_chunked *);
