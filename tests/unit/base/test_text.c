/* SPDX-License-Identifier: MIT
 *
 * Tests of base/text: the builder and its escapes. The slices, units and
 * nearest word of base/text.h are tested in test_slice, test_units and
 * test_nearest.
 */
#include "base/text.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static char buffer[256];
static struct text text;

static void
set_up(void)
{
	memset(buffer, '#', sizeof(buffer));
	text = text_over(buffer, sizeof(buffer));
}

static void
set_up_with_capacity(size_t cap)
{
	set_up();
	text = text_over(buffer, cap);
}

/* The text so far, and that nothing was written beyond its capacity. */
static void
assert_text(const char *expected, bool is_truncated)
{
	ck_assert_uint_eq(text.len, strlen(expected));
	ck_assert_mem_eq(text.data, expected, text.len);
	ck_assert_int_eq(text.is_truncated, is_truncated);
	for (size_t i = text.cap; i < sizeof(buffer); i++)
		ck_assert_int_eq(buffer[i], '#');
}

START_TEST(pieces_are_put_one_after_the_other)
{
	text_put(&text, SLICE("ab"));
	text_put_string(&text, "cd");
	text_put_char(&text, 'e');
	text_put_format(&text, "%d%s", 12, "f");
	text_put(&text, (struct slice){ NULL, 0 });
	text_put_string(&text, "");
	assert_text("abcde12f", false);
}
END_TEST

START_TEST(a_slice_of_the_text_is_what_was_put)
{
	text_put_string(&text, "abc");
	ck_assert(slice_equals(text_slice(&text), SLICE("abc")));
}
END_TEST

START_TEST(what_fits_exactly_is_not_truncated)
{
	set_up_with_capacity(4);
	text_put_string(&text, "abcd");
	assert_text("abcd", false);
	text_put_string(&text, "");
	assert_text("abcd", false);
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
	set_up_with_capacity(4);
	text_put_string(&text, "ab");
	text_put_string(&text, "cde");
	assert_text("abcd", true);
}
END_TEST

START_TEST(a_text_without_capacity_takes_nothing)
{
	set_up_with_capacity(0);
	text_put_format(&text, "%s", "");
	assert_text("", false);
	text_put_format(&text, "%s", "a");
	text_put_char(&text, 'a');
	assert_text("", true);
}
END_TEST

/* &lt; does not fit; a letter would, but then the text were no prefix. */
START_TEST(nothing_is_added_after_a_truncation)
{
	set_up_with_capacity(3);
	text_put_html(&text, SLICE("a<b"));
	text_put_char(&text, 'c');
	text_put_u64(&text, 1);
	text_put_format(&text, "%d", 1);
	text_put_json(&text, SLICE("\n"));
	assert_text("a", true);
}
END_TEST

static const struct {
	size_t cap;
	const char *text;
	bool is_truncated;
} format_cases[] = {
	{ 1, "", true },
	{ 4, "abc", true },
	{ 5, "abcd", true },
	{ 6, "abcde", false },
};

START_TEST(a_format_needs_one_byte_more_than_it_writes)
{
	set_up_with_capacity(format_cases[_i].cap);
	text_put_format(&text, "ab%s", "cde");
	assert_text(format_cases[_i].text, format_cases[_i].is_truncated);
}
END_TEST

START_TEST(a_string_ends_with_nul)
{
	text_put_string(&text, "abc");
	ck_assert_str_eq(text_string(&text), "abc");
	ck_assert_uint_eq(text.len, 3);
	ck_assert(!text.is_truncated);
}
END_TEST

START_TEST(a_full_text_loses_its_last_byte_to_the_nul)
{
	set_up_with_capacity(4);
	text_put_string(&text, "abcd");
	ck_assert_str_eq(text_string(&text), "abc");
	assert_text("abc", true);
}
END_TEST

START_TEST(a_text_without_capacity_has_no_string)
{
	set_up_with_capacity(0);
	(void)text_string(&text);
}
END_TEST

/* Around each power of ten and of two, where the digits change. */
START_TEST(numbers_are_written_as_printf_writes_them)
{
	uint64_t power = _i < 64 ? UINT64_C(1) << _i : 1;
	char expected[64];

	for (int i = 64; i < _i; i++)
		power *= 10;
	for (uint64_t number = power - 1; number != power + 2; number++) {
		set_up();
		text_put_u64(&text, number);
		text_put_char(&text, ' ');
		text_put_hex(&text, number);
		snprintf(expected, sizeof(expected), "%" PRIu64 " %" PRIx64, number, number);
		assert_text(expected, false);
	}
}
END_TEST

START_TEST(the_largest_number_is_whole)
{
	text_put_u64(&text, UINT64_MAX);
	text_put_char(&text, ' ');
	text_put_hex(&text, UINT64_MAX);
	assert_text("18446744073709551615 ffffffffffffffff", false);
}
END_TEST

/* Where there is little room, and where there is enough; what stands behind stays. */
START_TEST(a_number_takes_as_many_bytes_as_it_has_digits)
{
	for (size_t cap = 0; cap <= 40; cap++) {
		char room[41];
		struct text number = text_over(room, cap);

		memset(room, '.', sizeof(room));
		text_put_u64(&number, 1234567);
		ck_assert_uint_eq(number.len, cap < 7 ? cap : 7);
		ck_assert(number.is_truncated == (cap < 7));
		ck_assert_int_eq(memcmp(room, "1234567", number.len), 0);
		for (size_t i = cap; i < sizeof(room); i++)
			ck_assert_int_eq(room[i], '.');
	}
}
END_TEST

START_TEST(each_number_below_a_thousand_is_right)
{
	char expected[8];

	for (unsigned number = 0; number < 1000; number++) {
		set_up();
		text_put_u64(&text, number);
		snprintf(expected, sizeof(expected), "%u", number);
		assert_text(expected, false);
	}
}
END_TEST

#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
	struct slice given;
	const char *escaped;
} json_cases[] = {
	{ { NULL, 0 }, "" },
	{ { "abc /~\x7f", 7 }, "abc /~\x7f" },
	{ { "a\"b\\c", 5 }, "a\\\"b\\\\c" },
	{ { "\b\f\n\r\t", 5 }, "\\b\\f\\n\\r\\t" },
	{ { "\0\x01\x0b\x1f", 4 }, "\\u0000\\u0001\\u000b\\u001f" },
	/* the first and last character of each length (RFC 3629 3) */
	{ { "\xc2\x80\xdf\xbf", 4 }, "\xc2\x80\xdf\xbf" },
	{ { "\xe0\xa0\x80\xef\xbf\xbf", 6 }, "\xe0\xa0\x80\xef\xbf\xbf" },
	{ { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8 }, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	/* around the surrogates */
	{ { "\xed\x9f\xbf\xee\x80\x80", 6 }, "\xed\x9f\xbf\xee\x80\x80" },
	{ { "\xed\xa0\x80", 3 }, REPLACEMENT REPLACEMENT REPLACEMENT },
	/* overlong forms, and above U+10FFFF */
	{ { "\xc0\x80", 2 }, REPLACEMENT REPLACEMENT },
	{ { "\xc1\xbf", 2 }, REPLACEMENT REPLACEMENT },
	{ { "\xe0\x9f\xbf", 3 }, REPLACEMENT REPLACEMENT REPLACEMENT },
	{ { "\xf0\x8f\xbf\xbf", 4 }, REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT },
	{ { "\xf4\x90\x80\x80", 4 }, REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT },
	{ { "\xf5\x80\x80\x80", 4 }, REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT },
	{ { "\xff", 1 }, REPLACEMENT },
	/* lone continuation, and sequences that end too early */
	{ { "a\x80z", 3 }, "a" REPLACEMENT "z" },
	{ { "\xc3z", 2 }, REPLACEMENT "z" },
	{ { "\xc3", 1 }, REPLACEMENT },
	{ { "\xe2\x82", 2 }, REPLACEMENT REPLACEMENT },
	{ { "\xe2\x82\"", 3 }, REPLACEMENT REPLACEMENT "\\\"" },
	{ { "\xf0\x9f\x98", 3 }, REPLACEMENT REPLACEMENT REPLACEMENT },
	{ { "\xf0\x9f\x98\x80!", 5 }, "\xf0\x9f\x98\x80!" },
};

START_TEST(json_is_escaped_and_always_utf8)
{
	struct slice given = json_cases[_i].given;
	char *exact = malloc(given.len > 0 ? given.len : 1);

	/* a block of the exact length: AddressSanitizer sees a read beyond it */
	ck_assert_ptr_nonnull(exact);
	if (given.len > 0)
		memcpy(exact, given.data, given.len);
	text_put_json(&text, (struct slice){ exact, given.len });
	assert_text(json_cases[_i].escaped, false);
	free(exact);
}
END_TEST

static const struct {
	const char *given;
	size_t cap;
	const char *escaped;
} json_cut_cases[] = {
	{ "a\n", 2, "a" },
	{ "a\x01", 6, "a" },
	{ "a\xe2\x82\xac", 3, "a" },
	{ "a\xff", 3, "a" },
	{ "abc", 2, "ab" },
};

START_TEST(json_is_never_cut_within_an_escape_or_a_character)
{
	set_up_with_capacity(json_cut_cases[_i].cap);
	text_put_json(&text, slice_of(json_cut_cases[_i].given));
	assert_text(json_cut_cases[_i].escaped, true);
}
END_TEST

START_TEST(html_has_its_five_characters_replaced)
{
	text_put_html(&text, SLICE("<a href=\"x?y&z\">it's</a>"));
	assert_text("&lt;a href=&quot;x?y&amp;z&quot;&gt;it&#39;s&lt;/a&gt;", false);
}
END_TEST

START_TEST(other_bytes_are_left_as_they_are_in_html)
{
	text_put_html(&text, SLICE("\xc3\xa4 \x01;#"));
	assert_text("\xc3\xa4 \x01;#", false);
}
END_TEST

static TCase *
builder_tcase(void)
{
	TCase *tcase = tcase_create("builder");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, pieces_are_put_one_after_the_other);
	tcase_add_test(tcase, a_slice_of_the_text_is_what_was_put);
	tcase_add_test(tcase, what_fits_exactly_is_not_truncated);
	tcase_add_test(tcase, what_does_not_fit_is_cut);
	tcase_add_test(tcase, a_text_without_capacity_takes_nothing);
	tcase_add_test(tcase, nothing_is_added_after_a_truncation);
	tcase_add_loop_test(
	    tcase, a_format_needs_one_byte_more_than_it_writes, 0, COUNT(format_cases));
	tcase_add_test(tcase, a_string_ends_with_nul);
	tcase_add_test(tcase, a_full_text_loses_its_last_byte_to_the_nul);
	tcase_add_test_raise_signal(tcase, a_text_without_capacity_has_no_string, SIGABRT);
	return tcase;
}

static TCase *
number_tcase(void)
{
	TCase *tcase = tcase_create("numbers");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, numbers_are_written_as_printf_writes_them, 0, 64 + 20);
	tcase_add_test(tcase, the_largest_number_is_whole);
	tcase_add_test(tcase, a_number_takes_as_many_bytes_as_it_has_digits);
	tcase_add_test(tcase, each_number_below_a_thousand_is_right);
	return tcase;
}

static TCase *
escape_tcase(void)
{
	TCase *tcase = tcase_create("escapes");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, json_is_escaped_and_always_utf8, 0, COUNT(json_cases));
	tcase_add_loop_test(
	    tcase, json_is_never_cut_within_an_escape_or_a_character, 0, COUNT(json_cut_cases));
	tcase_add_test(tcase, html_has_its_five_characters_replaced);
	tcase_add_test(tcase, other_bytes_are_left_as_they_are_in_html);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("text");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, builder_tcase());
	suite_add_tcase(suite, number_tcase());
	suite_add_tcase(suite, escape_tcase());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
