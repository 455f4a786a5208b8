/* SPDX-License-Identifier: MIT */
#include "handler/precompressed.h"

#include <string.h>

#define ALL_ENCODINGS                                                                  \
	(HTTP_ENCODING_BIT(HTTP_ENCODING_BR) | HTTP_ENCODING_BIT(HTTP_ENCODING_ZSTD) | \
	    HTTP_ENCODING_BIT(HTTP_ENCODING_GZIP) | HTTP_ENCODING_BIT(HTTP_ENCODING_IDENTITY))

static struct coding_order
read_all(const struct http_head *head)
{
	struct http_encoding_wishes wishes = { 0 };
	struct coding_order order = { 0 };
	unsigned available = ALL_ENCODINGS;
	size_t cursor = 0;
	struct slice value;

	while (http_head_next_value(head, HTTP_FIELD_ACCEPT_ENCODING, &cursor, &value))
		http_encoding_wish(&wishes, value);
	for (;;) {
		enum http_encoding best = http_encoding_choose(&wishes, available);

		if (best == HTTP_ENCODING_IDENTITY || best == HTTP_ENCODING_NONE)
			return order;
		order.items[order.count++] = best;
		available &= ~HTTP_ENCODING_BIT(best);
	}
}

struct coding_order
coding_order_read(struct coding_memo *memo, const struct http_head *head)
{
	struct slice value = http_head_value(head, HTTP_FIELD_ACCEPT_ENCODING);

	if (!value.data)
		return (struct coding_order){ 0 };
	if (value.len > sizeof(memo->value) ||
	    http_head_field_count_of(head, HTTP_FIELD_ACCEPT_ENCODING) > 1)
		return read_all(head);
	if (!slice_equals(value, (struct slice){ memo->value, memo->len })) {
		memo->order = read_all(head);
		memo->len = value.len;
		memcpy(memo->value, value.data, value.len);
	}
	return memo->order;
}

unsigned
coding_order_number(const struct coding_order *order)
{
	unsigned number = 0;

	for (unsigned i = 0; i < order->count; i++)
		number = number * HTTP_ENCODING_COUNT + (unsigned)order->items[i] + 1;
	return number;
}
