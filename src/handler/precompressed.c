/* SPDX-License-Identifier: MIT */
#include "handler/precompressed.h"

#define ALL_ENCODINGS                                                                  \
	(HTTP_ENCODING_BIT(HTTP_ENCODING_BR) | HTTP_ENCODING_BIT(HTTP_ENCODING_ZSTD) | \
	    HTTP_ENCODING_BIT(HTTP_ENCODING_GZIP) | HTTP_ENCODING_BIT(HTTP_ENCODING_IDENTITY))

struct coding_order
coding_order_read(const struct http_head *head)
{
	struct http_encoding_wishes wishes = { 0 };
	struct coding_order order = { 0 };
	unsigned available = ALL_ENCODINGS;
	size_t cursor = 0;
	struct slice value;

	while (http_head_next_value(head, HTTP_FIELD_ACCEPT_ENCODING, &cursor, &value))
		http_encoding_wish(&wishes, value);
	if (!wishes.has_field)
		return order;
	for (;;) {
		enum http_encoding best = http_encoding_choose(&wishes, available);

		if (best == HTTP_ENCODING_IDENTITY || best == HTTP_ENCODING_NONE)
			return order;
		order.items[order.count++] = best;
		available &= ~HTTP_ENCODING_BIT(best);
	}
}

unsigned
coding_order_number(const struct coding_order *order)
{
	unsigned number = 0;

	for (unsigned i = 0; i < order->count; i++)
		number = number * HTTP_ENCODING_COUNT + (unsigned)order->items[i] + 1;
	return number;
}
