/* SPDX-License-Identifier: MIT
 *
 * text: the builder. Everything ends in text_put or append_whole: the first
 * cuts at the last byte that fits, the second leaves out a unit that would be
 * invalid when cut (an escape, a UTF-8 sequence). Once something was left out,
 * nothing more is added, so a truncated text is always a prefix of the whole.
 */
#include "base/text.h"

#include "base/panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The decimal numbers 00 to 99, two digits each. */
static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";

#define U64_DIGITS_MAX 20

/* The first memory of a builder that grows. */
#define GROWING_MIN 1024
/* What one format mostly makes. */
#define FORMAT_USUAL 128

struct text
text_over(char *data, size_t cap)
{
	return (struct text){ .data = data, .cap = cap };
}

struct text
text_growing(size_t max)
{
	return (struct text){ .max = max };
}

void
text_free(struct text *text)
{
	must(text->max > 0 || !text->data);
	free(text->data);
	*text = (struct text){ .max = text->max };
}

static size_t
room(const struct text *text)
{
	return text->is_truncated ? 0 : text->cap - text->len;
}

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Makes room for `len` bytes, or as many of them as there may be. */
static void
grow(struct text *text, size_t len)
{
	size_t wanted = text->cap < GROWING_MIN ? GROWING_MIN : text->cap * 2;
	char *data;

	if (text->is_truncated || text->cap >= text->max)
		return;
	while (wanted - text->len < len && wanted < text->max)
		wanted *= 2;
	wanted = lesser(wanted, text->max);
	data = realloc(text->data, wanted);
	if (!data)
		return;
	text->data = data;
	text->cap = wanted;
}

/* Room for `len` bytes as far as there can be any. */
static size_t
room_for(struct text *text, size_t len)
{
	if (len > room(text))
		grow(text, len);
	return room(text);
}

void
text_put_cut(struct text *text, struct slice slice)
{
	size_t free_bytes = room_for(text, slice.len);

	if (slice.len > free_bytes) {
		slice.len = free_bytes;
		text->is_truncated = true;
	}
	if (slice.len > 0)
		memcpy(text->data + text->len, slice.data, slice.len);
	text->len += slice.len;
}

static void
append_whole(struct text *text, const char *data, size_t len)
{
	if (len > room_for(text, len)) {
		text->is_truncated = true;
		return;
	}
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

void
text_put_string(struct text *text, const char *string)
{
	text_put(text, (struct slice){ string, strlen(string) });
}

/* Where there is room for the longest number, so many bytes are copied whatever its length:
 * what stands behind it is not part of the text. */
void
text_put_u64(struct text *text, uint64_t number)
{
	char digits[2 * U64_DIGITS_MAX];
	char *const end = digits + U64_DIGITS_MAX;
	char *first = end;

	while (number >= 100) {
		first -= 2;
		memcpy(first, digit_pairs + number % 100 * 2, 2);
		number /= 100;
	}
	if (number >= 10) {
		first -= 2;
		memcpy(first, digit_pairs + number * 2, 2);
	} else {
		*--first = (char)('0' + number);
	}
	if (room(text) < U64_DIGITS_MAX) {
		text_put(text, (struct slice){ first, (size_t)(end - first) });
		return;
	}
	memcpy(text->data + text->len, first, U64_DIGITS_MAX);
	text->len += (size_t)(end - first);
}

void
text_put_hex(struct text *text, uint64_t number)
{
	char digits[sizeof(number) * 2];
	char *first = digits + sizeof(digits);

	do {
		*--first = "0123456789abcdef"[number & 0xf];
		number >>= 4;
	} while (number > 0);
	text_put(text, (struct slice){ first, (size_t)(digits + sizeof(digits) - first) });
}

void
text_put_format(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_put_vformat(text, format, arguments);
	va_end(arguments);
}

/* vsnprintf(3) wants a byte for its NUL, so the last byte of a buffer that is
 * filled exactly counts as one that does not fit. */
void
text_put_vformat(struct text *text, const char *format, va_list arguments)
{
	size_t free_bytes = room_for(text, FORMAT_USUAL);
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(
	    free_bytes > 0 ? text->data + text->len : NULL, free_bytes, format, arguments);
	if (length > 0 && (size_t)length >= free_bytes && text->max > text->cap) {
		free_bytes = room_for(text, (size_t)length + 1);
		length = vsnprintf(text->data + text->len, free_bytes, format, again);
	}
	va_end(again);
	if (length == 0)
		return;
	if (length > 0 && (size_t)length < free_bytes) {
		text->len += (size_t)length;
		return;
	}
	if (length > 0 && free_bytes > 0)
		text->len += free_bytes - 1;
	text->is_truncated = true;
}

/* The letter of a two-character escape (RFC 8259 7), or 0. */
static char
json_short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void
put_json_ascii(struct text *text, char c)
{
	char escape[] = "\\u0000";

	escape[1] = json_short_escape(c);
	if (escape[1] != 0) {
		append_whole(text, escape, 2);
		return;
	}
	escape[1] = 'u';
	escape[4] = "0123456789abcdef"[c >> 4];
	escape[5] = "0123456789abcdef"[c & 0xf];
	append_whole(text, escape, 6);
}

/* What has the same form within a JSON string as outside. */
static bool
is_json_plain(char c)
{
	return c >= 0x20 && (signed char)c > 0 && c != '"' && c != '\\';
}

void
text_put_json(struct text *text, struct slice slice)
{
	size_t i = 0;

	while (i < slice.len) {
		size_t start = i, len;

		while (i < slice.len && is_json_plain(slice.data[i]))
			i++;
		text_put(text, (struct slice){ slice.data + start, i - start });
		if (i == slice.len)
			break;
		len = slice_utf8_length(slice_from(slice, i));
		if (len == 0)
			append_whole(text, "\xef\xbf\xbd", 3);
		else if (len == 1)
			put_json_ascii(text, slice.data[i]);
		else
			append_whole(text, slice.data + i, len);
		i += len > 0 ? len : 1;
	}
}

static struct slice
html_reference(char c)
{
	switch (c) {
	case '&':
		return SLICE("&amp;");
	case '<':
		return SLICE("&lt;");
	case '>':
		return SLICE("&gt;");
	case '"':
		return SLICE("&quot;");
	case '\'':
		return SLICE("&#39;");
	default:
		return (struct slice){ NULL, 0 };
	}
}

void
text_put_html(struct text *text, struct slice slice)
{
	for (size_t i = 0; i < slice.len; i++) {
		struct slice reference = html_reference(slice.data[i]);

		if (reference.len > 0)
			append_whole(text, reference.data, reference.len);
		else
			text_put_char(text, slice.data[i]);
	}
}

struct slice
text_slice(const struct text *text)
{
	return (struct slice){ text->data, text->len };
}

char *
text_string(struct text *text)
{
	must(room_for(text, 1) > 0 || text->cap > 0);
	if (text->len == text->cap) {
		text->len--;
		text->is_truncated = true;
	}
	text->data[text->len] = '\0';
	return text->data;
}
