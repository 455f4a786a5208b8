/* SPDX-License-Identifier: MIT
 *
 * Tests of http/escape.
 */
#include "http/escape.h"

#include "support.h"

static const struct {
	const char *value, *escaped;
} cases[] = {
	{ NULL, "" },
	{ "", "" },
	{ "GET /a?b=c HTTP/1.1", "GET /a?b=c HTTP/1.1" },
	{ "\"", "\\x22" },
	{ "a\\b", "a\\x5Cb" },
	{ "a\" 200 0 \"b", "a\\x22 200 0 \\x22b" },
	{ "a\r\nb", "a\\x0D\\x0Ab" },
	{ "\x1b[2J", "\\x1B[2J" },
	{ "caf\xc3\xa9", "caf\\xC3\\xA9" },
	{ "\xc2\x9b", "\\xC2\\x9B" },
	{ "\x7f", "\\x7F" },
	{ "\\x22", "\\x5Cx22" },
};

START_TEST(what_could_break_a_line_is_escaped)
{
	char buffer[128];
	struct text text = text_over(buffer, sizeof(buffer));

	http_escape_log(&text, exact(cases[_i].value));
	assert_slice(text_slice(&text), cases[_i].escaped);
}
END_TEST

START_TEST(every_byte_is_plain_or_four_characters)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		char buffer[8], expected[8], c = (char)byte;
		struct text text = text_over(buffer, sizeof(buffer));
		struct text hex = text_over(expected, sizeof(expected));
		bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

		if (is_plain)
			text_put_char(&hex, c);
		else
			text_put_format(&hex, "\\x%02X", byte);
		http_escape_log(&text, (struct slice){ &c, 1 });
		assert_slice(text_slice(&text), text_string(&hex));
	}
}
END_TEST

/* Runs of plain bytes are found by the block: each byte at each place of three blocks. */
START_TEST(each_byte_is_found_wherever_it_stands)
{
	static const char dots[] = "................................................";
	char value[sizeof(dots)];

	for (size_t at = 0; at < sizeof(dots) - 1; at++) {
		char buffer[64], expected[64];
		struct text text = text_over(buffer, sizeof(buffer));
		struct text whole = text_over(expected, sizeof(expected));

		memcpy(value, dots, sizeof(dots));
		value[at] = (char)_i;
		text_put(&whole, (struct slice){ dots, at });
		http_escape_log(&whole, (struct slice){ value + at, 1 });
		text_put(&whole, (struct slice){ dots, sizeof(dots) - 2 - at });
		http_escape_log(&text, slice_of(value));
		assert_slice(text_slice(&text), text_string(&whole));
	}
}
END_TEST

START_TEST(what_does_not_fit_is_noted)
{
	char buffer[6];
	struct text text = text_over(buffer, sizeof(buffer));

	http_escape_log(&text, SLICE("abcd\n"));
	ck_assert(text.is_truncated);
	ck_assert_uint_le(text.len, sizeof(buffer));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/escape");
	TCase *tcase = tcase_create("http_escape_log");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, what_could_break_a_line_is_escaped, 0, COUNT(cases));
	tcase_add_test(tcase, every_byte_is_plain_or_four_characters);
	tcase_add_loop_test(tcase, each_byte_is_found_wherever_it_stands, 1, 256);
	tcase_add_test(tcase, what_does_not_fit_is_noted);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
