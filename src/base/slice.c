/* SPDX-License-Identifier: MIT
 *
 * slice: comparing, trimming and taking apart bytes that stand elsewhere.
 * Knows ASCII only: HTTP and the configuration have no other letters.
 */
#include "base/text.h"

#include <errno.h>
#include <string.h>

struct slice
slice_of(const char *string)
{
	return (struct slice){ string, string ? strlen(string) : 0 };
}

/* memcmp(3) may not be given NULL, which an absent slice holds. */
static bool
bytes_equal(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

bool
slice_equals(struct slice a, struct slice b)
{
	return a.len == b.len && bytes_equal(a.data, b.data, a.len);
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
slice_equals_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (to_lower(a.data[i]) != to_lower(b.data[i]))
			return false;
	return true;
}

bool
slice_starts_with(struct slice slice, struct slice prefix)
{
	return slice.len >= prefix.len && bytes_equal(slice.data, prefix.data, prefix.len);
}

bool
slice_ends_with(struct slice slice, struct slice suffix)
{
	if (suffix.len == 0)
		return true;
	return slice.len >= suffix.len &&
	    bytes_equal(slice.data + (slice.len - suffix.len), suffix.data, suffix.len);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice
slice_trim(struct slice slice)
{
	while (slice.len > 0 && is_blank(slice.data[0])) {
		slice.data++;
		slice.len--;
	}
	while (slice.len > 0 && is_blank(slice.data[slice.len - 1]))
		slice.len--;
	return slice;
}

/* Bytes before the first comma outside quotes. A quoted string that never ends
 * reaches to the end of the list, as its grammar has no other reading. */
static size_t
element_length(struct slice list)
{
	bool is_quoted = false;

	for (size_t i = 0; i < list.len; i++) {
		char c = list.data[i];

		if (c == '"')
			is_quoted = !is_quoted;
		else if (c == '\\' && is_quoted)
			i++;
		else if (c == ',' && !is_quoted)
			return i;
	}
	return list.len;
}

bool
slice_next_element(struct slice *list, struct slice *ret_element)
{
	while (list->len > 0) {
		size_t len = element_length(*list);
		size_t taken = len < list->len ? len + 1 : len;
		struct slice element = slice_trim((struct slice){ list->data, len });

		list->data += taken;
		list->len -= taken;
		if (element.len > 0) {
			*ret_element = element;
			return true;
		}
	}
	return false;
}

int
slice_to_u64(struct slice digits, uint64_t *ret_number)
{
	uint64_t number = 0;
	bool is_too_large = false;

	if (digits.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = (unsigned char)digits.data[i] - (unsigned)'0';

		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(number, UINT64_C(10), &number) ||
		    __builtin_add_overflow(number, (uint64_t)digit, &number))
			is_too_large = true;
	}
	if (is_too_large)
		return -ERANGE;
	*ret_number = number;
	return 0;
}
