/* SPDX-License-Identifier: MIT */
#include "handler/display.h"

#include <stdbool.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* C0 and DEL, and C1 (U+0080 to U+009F), which UTF-8 begins with 0xc2. */
static bool
is_control(struct slice sequence)
{
	unsigned char first = (unsigned char)sequence.data[0];

	if (sequence.len == 2)
		return first == 0xc2 && (unsigned char)sequence.data[1] < 0xa0;
	return first < 0x20 || first == 0x7f;
}

void
display_put_html(struct text *text, struct slice name)
{
	while (name.len > 0) {
		size_t length = slice_utf8_length(name);
		struct slice sequence = slice_first(name, length);

		if (length == 0 || is_control(sequence))
			text_put_string(text, replacement);
		else
			text_put_html(text, sequence);
		name = slice_from(name, length > 0 ? length : 1);
	}
}

void
display_put_size(struct text *text, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths = (uint64_t)bytes / 1024 * 10 + (uint64_t)bytes % 1024 * 10 / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		text_put_u64(text, (uint64_t)bytes);
		text_put(text, SLICE(" B"));
		return;
	}
	for (; tenths >= 10240; tenths /= 1024)
		unit++;
	text_put_u64(text, tenths / 10);
	text_put_char(text, '.');
	text_put_u64(text, tenths % 10);
	text_put_char(text, ' ');
	text_put_string(text, units[unit]);
}
