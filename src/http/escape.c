/* SPDX-License-Identifier: MIT
 *
 * escape: most values have nothing to escape, so runs of plain bytes are copied
 * whole, and looked for a block at a time, which compilers make one instruction of.
 */
#include "http/escape.h"

static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

#define BLOCK 16

static bool
is_plain_block(const char *bytes)
{
	bool has_other = false;

	for (size_t i = 0; i < BLOCK; i++)
		has_other |= !is_plain(bytes[i]);
	return !has_other;
}

/* The plain bytes that the value begins with. */
static size_t
plain_length(struct slice value)
{
	size_t len = 0;

	while (value.len - len >= BLOCK && is_plain_block(value.data + len))
		len += BLOCK;
	while (len < value.len && is_plain(value.data[len]))
		len++;
	return len;
}

static void
put_escape(struct text *text, unsigned char byte)
{
	const char *digits = "0123456789ABCDEF";
	const char escape[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 0xf] };

	text_put(text, (struct slice){ escape, sizeof(escape) });
}

void
http_escape_log(struct text *text, struct slice value)
{
	while (value.len > 0) {
		const size_t plain = plain_length(value);

		text_put(text, slice_first(value, plain));
		value = slice_from(value, plain);
		if (value.len == 0)
			break;
		put_escape(text, (unsigned char)value.data[0]);
		value = slice_from(value, 1);
	}
}
