/* SPDX-License-Identifier: MIT
 *
 * precompressed: which content codings a client would rather have than the plain file.
 *
 * Owns no files: file_lookup looks for the siblings in this order.
 *
 * Thread: the loop's.
 */
#pragma once

#include "http/encoding.h"
#include "http/head.h"

/* All that are looked for: every coding but identity. */
#define CODING_ORDER_MAX (HTTP_ENCODING_COUNT - 1)

/* The codings that go before identity, best first. */
struct coding_order {
	unsigned count;
	enum http_encoding items[CODING_ORDER_MAX];
};

#define CODING_MEMO_MAX 64

/* The last Accept-Encoding that was read: most clients of a site send the same. Zeroed to
 * begin with, which is right: an empty field comes to the empty order. */
struct coding_memo {
	size_t len;
	char value[CODING_MEMO_MAX];
	struct coding_order order;
};

/* What the fields Accept-Encoding of `head` come to. A client that forbids identity
 * and accepts nothing that is there gets identity all the same (RFC 9110 12.5.3). */
struct coding_order coding_order_read(struct coding_memo *, const struct http_head *head);

/* A number that is different for each different order; 0 for the empty one. */
unsigned coding_order_number(const struct coding_order *);
