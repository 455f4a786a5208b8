/* SPDX-License-Identifier: MIT
 *
 * head_memo: the bytes of the head that was read before, so that one like it need not
 * be read again. What a client sends twice on one connection, it mostly sends alike:
 * a browser's hundreds of bytes differ in the request line alone, a poller's in
 * nothing. The same bytes mean the same, and comparing costs a hundredth of reading.
 *
 * Owns the copy. What they meant is whoever reads heads' to keep (http/head).
 * Thread: that of the head.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request_line.h"

/* Longer heads are not remembered. */
#define HTTP_HEAD_MEMO_MAX 2048

struct http_head_memo {
	struct http_request_line line;
	uint32_t bytes; /* of the head; 0: nothing is remembered */
	char text[HTTP_HEAD_MEMO_MAX];
};

static inline void
http_head_memo_forget(struct http_head_memo *memo)
{
	memo->bytes = 0;
}

/* A head of `bytes` at `base`, with the request line `line`. */
void http_head_memo_keep(struct http_head_memo *, const struct http_request_line *line,
    const char *base, uint32_t bytes);

/* Whether the `len` bytes at `data` begin with that head. */
bool http_head_memo_is_head(const struct http_head_memo *, const char *data, size_t len);

/* Whether they begin with its field section, of `*ret_bytes`. */
bool http_head_memo_is_section(
    const struct http_head_memo *, const char *data, size_t len, uint32_t *ret_bytes);
