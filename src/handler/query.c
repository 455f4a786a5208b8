/* SPDX-License-Identifier: MIT */
#include "handler/query.h"

#include <string.h>

/* The bytes before the first `separator`, or all of them. */
static size_t
length_before(struct slice slice, char separator)
{
	const char *at = slice.len > 0 ? memchr(slice.data, separator, slice.len) : NULL;

	return at ? (size_t)(at - slice.data) : slice.len;
}

bool
query_next(struct slice *query, struct slice *ret_name, struct slice *ret_value)
{
	while (query->len > 0) {
		const size_t len = length_before(*query, '&');
		const struct slice parameter = slice_first(*query, len);
		const size_t name_len = length_before(parameter, '=');

		*query = slice_from(*query, len < query->len ? len + 1 : len);
		if (len == 0)
			continue;
		*ret_name = slice_first(parameter, name_len);
		*ret_value = name_len < len ? slice_from(parameter, name_len + 1)
					    : (struct slice){ NULL, 0 };
		return true;
	}
	return false;
}
