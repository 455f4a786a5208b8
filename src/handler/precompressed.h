/* SPDX-License-Identifier: MIT
 *
 * precompressed: which content codings a client would rather have than the plain file.
 *
 * Owns no files: file_lookup looks for the siblings in this order.
 *
 * Thread: any; no state.
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

/* What the fields Accept-Encoding of `head` come to. A client that forbids identity
 * and accepts nothing that is there gets identity all the same (RFC 9110 12.5.3). */
struct coding_order coding_order_read(const struct http_head *head);

/* A number that is different for each different order; 0 for the empty one. */
unsigned coding_order_number(const struct coding_order *);
