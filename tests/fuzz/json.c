/* SPDX-License-Identifier: MIT
 *
 * json: a recognizer of JSON (RFC 8259), and no more: each function takes what its
 * name says off the text, or says that it is not there.
 */
#include <string.h>

#include "fuzz.h"

#define DEPTH_MAX 64

static bool take_value(struct slice *text, unsigned depth);

static void
skip_space(struct slice *text)
{
	while (text->len > 0 && memchr(" \t\r\n", text->data[0], 4))
		*text = slice_from(*text, 1);
}

static bool
take_char(struct slice *text, char wanted)
{
	if (text->len == 0 || text->data[0] != wanted)
		return false;
	*text = slice_from(*text, 1);
	return true;
}

static bool
take_escape(struct slice *text)
{
	if (text->len == 0)
		return false;
	if (!take_char(text, 'u')) {
		bool is_known = memchr("\"\\/bfnrt", text->data[0], 8) != NULL;

		*text = slice_from(*text, 1);
		return is_known;
	}
	for (int i = 0; i < 4; i++) {
		if (text->len == 0 || !strchr("0123456789abcdefABCDEF", text->data[0]) ||
		    text->data[0] == '\0')
			return false;
		*text = slice_from(*text, 1);
	}
	return true;
}

static bool
take_string(struct slice *text)
{
	if (!take_char(text, '"'))
		return false;
	while (!take_char(text, '"')) {
		size_t len;

		if (take_char(text, '\\')) {
			if (!take_escape(text))
				return false;
			continue;
		}
		if (text->len == 0 || (unsigned char)text->data[0] < ' ')
			return false;
		len = slice_utf8_length(*text);
		if (len == 0)
			return false;
		*text = slice_from(*text, len);
	}
	return true;
}

static bool
take_digits(struct slice *text)
{
	size_t count = 0;

	while (count < text->len && text->data[count] >= '0' && text->data[count] <= '9')
		count++;
	*text = slice_from(*text, count);
	return count > 0;
}

static bool
take_number(struct slice *text)
{
	(void)take_char(text, '-');
	if (!take_char(text, '0') && !take_digits(text))
		return false;
	if (take_char(text, '.') && !take_digits(text))
		return false;
	if (take_char(text, 'e') || take_char(text, 'E')) {
		if (!take_char(text, '+'))
			(void)take_char(text, '-');
		return take_digits(text);
	}
	return true;
}

static bool
take_word(struct slice *text)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_starts_with(*text, slice_of(words[i]))) {
			*text = slice_from(*text, strlen(words[i]));
			return true;
		}
	}
	return false;
}

/* What stands between an object's or list's brackets, and the closing one. */
static bool
take_members(struct slice *text, char close, bool has_keys, unsigned depth)
{
	skip_space(text);
	if (take_char(text, close))
		return true;
	do {
		skip_space(text);
		if (has_keys) {
			if (!take_string(text))
				return false;
			skip_space(text);
			if (!take_char(text, ':'))
				return false;
		}
		if (!take_value(text, depth + 1))
			return false;
		skip_space(text);
	} while (take_char(text, ','));
	return take_char(text, close);
}

static bool
take_value(struct slice *text, unsigned depth)
{
	skip_space(text);
	if (text->len == 0 || depth > DEPTH_MAX)
		return false;
	if (take_char(text, '{'))
		return take_members(text, '}', true, depth);
	if (take_char(text, '['))
		return take_members(text, ']', false, depth);
	if (text->data[0] == '"')
		return take_string(text);
	return take_word(text) || take_number(text);
}

bool
fuzz_is_json(struct slice text)
{
	if (!take_value(&text, 0))
		return false;
	skip_space(&text);
	return text.len == 0;
}
