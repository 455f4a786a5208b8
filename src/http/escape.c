/* SPDX-License-Identifier: MIT
 *
 * escape: most values have nothing to escape, so runs of plain bytes are copied
 * whole.
 */
#include "http/escape.h"

static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
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
	size_t i = 0;

	while (i < value.len) {
		size_t start = i;

		while (i < value.len && is_plain(value.data[i]))
			i++;
		text_put(text, (struct slice){ value.data + start, i - start });
		if (i < value.len)
			put_escape(text, (unsigned char)value.data[i++]);
	}
}
