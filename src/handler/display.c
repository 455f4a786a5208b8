/* SPDX-License-Identifier: MIT */
#include "handler/display.h"

#include <stdbool.h>
#include <stddef.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Bytes of the sequence that `first` begins and the range of its second byte; the rule
 * is the table in RFC 3629 4, which leaves out overlong forms, surrogates and what lies
 * above U+10FFFF. Length 0: begins none. */
struct utf8_rule {
	unsigned char first_min, first_max;
	unsigned char length;
	unsigned char second_min, second_max;
};

static const struct utf8_rule utf8_rules[] = {
	{ 0x00, 0x7f, 1, 0x00, 0x00 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct utf8_rule *
rule_for(unsigned char first)
{
	for (size_t i = 0; i < sizeof(utf8_rules) / sizeof(utf8_rules[0]); i++)
		if (first >= utf8_rules[i].first_min && first <= utf8_rules[i].first_max)
			return &utf8_rules[i];
	return NULL;
}

/* Bytes of the UTF-8 sequence that `slice` begins with, 0 if it begins with none. */
static size_t
sequence_length(struct slice slice)
{
	const unsigned char *bytes = (const unsigned char *)slice.data;
	const struct utf8_rule *rule = rule_for(bytes[0]);

	if (!rule || rule->length > slice.len)
		return 0;
	if (rule->length > 1 && (bytes[1] < rule->second_min || bytes[1] > rule->second_max))
		return 0;
	for (size_t i = 2; i < rule->length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return rule->length;
}

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
		size_t length = sequence_length(name);
		struct slice sequence = { name.data, length };

		if (length == 0 || is_control(sequence))
			text_put_string(text, replacement);
		else
			text_put_html(text, sequence);
		name.data += length ? length : 1;
		name.len -= length ? length : 1;
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
