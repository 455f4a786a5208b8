/* SPDX-License-Identifier: MIT
 *
 * slice: comparing, trimming and taking apart bytes that stand elsewhere. Letters
 * are those of ASCII: HTTP and the configuration have no other.
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

/* A quoted string that never ends reaches to the end of the slice, as its grammar
 * has no other reading. */
size_t
slice_length_before(struct slice slice, char separator)
{
	bool is_quoted = false;

	for (size_t i = 0; i < slice.len; i++) {
		char c = slice.data[i];

		if (c == '"')
			is_quoted = !is_quoted;
		else if (c == '\\' && is_quoted)
			i++;
		else if (c == separator && !is_quoted)
			return i;
	}
	return slice.len;
}

bool
slice_next_element(struct slice *list, struct slice *ret_element)
{
	while (list->len > 0) {
		size_t len = slice_length_before(*list, ',');
		struct slice element = slice_trim(slice_first(*list, len));

		*list = slice_from(*list, len < list->len ? len + 1 : len);
		if (element.len > 0) {
			*ret_element = element;
			return true;
		}
	}
	return false;
}

size_t
slice_utf8_length(struct slice slice)
{
	const unsigned char *data = (const unsigned char *)slice.data;
	unsigned char first = data[0];
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	size_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4 || slice.len < need || data[1] < low || data[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((data[i] & 0xc0) != 0x80)
			return 0;
	return need;
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
