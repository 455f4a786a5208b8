/* SPDX-License-Identifier: MIT
 *
 * Tests of base/slice, the half of base/text.h that reads.
 */
#include "base/text.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct slice absent = { NULL, 0 };

/* Each slice under test stands in a heap block of its exact length, so that
 * AddressSanitizer sees a read beyond it. */
static char *copies[2];

static void
set_up(void)
{
	copies[0] = NULL;
	copies[1] = NULL;
}

static void
tear_down(void)
{
	free(copies[0]);
	free(copies[1]);
}

static struct slice
exact(const char *string)
{
	char **copy = copies[0] ? &copies[1] : &copies[0];
	size_t len = strlen(string);

	ck_assert_ptr_null(*copy);
	*copy = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(*copy);
	memcpy(*copy, string, len);
	return (struct slice){ *copy, len };
}

static void
assert_slice(struct slice slice, const char *expected)
{
	ck_assert_uint_eq(slice.len, strlen(expected));
	ck_assert_mem_eq(slice.data, expected, slice.len);
}

START_TEST(a_string_becomes_a_slice_without_its_nul)
{
	assert_slice(slice_of("abc"), "abc");
	assert_slice(SLICE("abc"), "abc");
	ck_assert_uint_eq(slice_of("").len, 0);
}
END_TEST

START_TEST(null_becomes_the_absent_slice)
{
	ck_assert_ptr_null(slice_of(NULL).data);
	ck_assert_uint_eq(slice_of(NULL).len, 0);
}
END_TEST

static const struct {
	const char *a, *b;
	bool equal, equal_nocase;
} equality_cases[] = {
	{ "", "", true, true },
	{ "a", "a", true, true },
	{ "a", "A", false, true },
	{ "Content-Length", "cONTENT-lENGTH", false, true },
	{ "a", "b", false, false },
	{ "a", "ab", false, false },
	{ "ab", "a", false, false },
	{ "@", "`", false, false },
	{ "[", "{", false, false },
	{ "\xc3\x84", "\xc3\xa4", false, false },
};

START_TEST(equality_compares_bytes_and_nocase_ascii_letters)
{
	struct slice a = exact(equality_cases[_i].a), b = exact(equality_cases[_i].b);

	ck_assert_int_eq(slice_equals(a, b), equality_cases[_i].equal);
	ck_assert_int_eq(slice_equals_nocase(a, b), equality_cases[_i].equal_nocase);
}
END_TEST

START_TEST(equality_sees_nul_bytes)
{
	ck_assert(!slice_equals(SLICE("a\0b"), SLICE("a\0c")));
	ck_assert(!slice_equals_nocase(SLICE("a\0b"), SLICE("a\0c")));
}
END_TEST

START_TEST(the_absent_slice_equals_the_empty_one)
{
	ck_assert(slice_equals(absent, SLICE("")));
	ck_assert(slice_equals_nocase(absent, absent));
}
END_TEST

static const struct {
	const char *whole, *part;
	bool starts, ends;
} affix_cases[] = {
	{ "abcab", "ab", true, true },
	{ "abc", "ab", true, false },
	{ "abc", "bc", false, true },
	{ "abc", "abc", true, true },
	{ "abc", "abcd", false, false },
	{ "abc", "", true, true },
	{ "", "a", false, false },
	{ "", "", true, true },
};

START_TEST(prefix_and_suffix_are_recognised)
{
	struct slice whole = exact(affix_cases[_i].whole), part = exact(affix_cases[_i].part);

	ck_assert_int_eq(slice_starts_with(whole, part), affix_cases[_i].starts);
	ck_assert_int_eq(slice_ends_with(whole, part), affix_cases[_i].ends);
}
END_TEST

START_TEST(the_absent_slice_has_only_empty_prefixes_and_suffixes)
{
	ck_assert(slice_starts_with(absent, SLICE("")));
	ck_assert(slice_ends_with(absent, absent));
	ck_assert(!slice_starts_with(absent, SLICE("a")));
	ck_assert(!slice_ends_with(absent, SLICE("a")));
}
END_TEST

static const struct {
	const char *given, *trimmed;
} trim_cases[] = {
	{ "a", "a" },
	{ " \ta b\t ", "a b" },
	{ "a ", "a" },
	{ "\ta", "a" },
	{ " \t ", "" },
	{ "", "" },
	{ "\ra\n", "\ra\n" },
};

START_TEST(trimming_takes_spaces_and_tabs_alone)
{
	assert_slice(slice_trim(exact(trim_cases[_i].given)), trim_cases[_i].trimmed);
}
END_TEST

static const struct {
	const char *list;
	const char *elements[4];
} element_cases[] = {
	{ "", { NULL } },
	{ "a", { "a" } },
	{ "a,b", { "a", "b" } },
	{ " a , b\t,c ", { "a", "b", "c" } },
	{ ",, a,\t,b,", { "a", "b" } },
	{ " , ,", { NULL } },
	{ "\"a,b\",c", { "\"a,b\"", "c" } },
	{ "\"a\\\",b\",c", { "\"a\\\",b\"", "c" } },
	{ "x=\"1,2\";y, z", { "x=\"1,2\";y", "z" } },
	{ "a\\,b", { "a\\", "b" } },
	{ "\"never, ended", { "\"never, ended" } },
	{ "\"a\\", { "\"a\\" } },
};

START_TEST(a_list_gives_its_elements_in_order)
{
	struct slice list = exact(element_cases[_i].list), element;

	for (const char *const *expected = element_cases[_i].elements; *expected; expected++) {
		ck_assert(slice_next_element(&list, &element));
		assert_slice(element, *expected);
	}
	ck_assert(!slice_next_element(&list, &element));
	ck_assert_uint_eq(list.len, 0);
}
END_TEST

START_TEST(an_absent_list_has_no_elements)
{
	struct slice list = absent, element = SLICE("untouched");

	ck_assert(!slice_next_element(&list, &element));
	assert_slice(element, "untouched");
}
END_TEST

static const struct {
	const char *bytes;
	size_t length;
} separator_cases[] = {
	{ "", 0 },
	{ ";a", 0 },
	{ "a;q=1,b", 1 },
	{ "a,b", 3 },
	{ "\";\\\";\";", 6 },
	{ "\"a;", 3 },
};

START_TEST(a_separator_in_quotes_does_not_separate)
{
	ck_assert_uint_eq(
	    slice_length_before(exact(separator_cases[_i].bytes), ';'), separator_cases[_i].length);
}
END_TEST

START_TEST(a_slice_is_cut_at_a_length)
{
	struct slice slice = exact("abc");

	assert_slice(slice_first(slice, 2), "ab");
	assert_slice(slice_from(slice, 2), "c");
	ck_assert_uint_eq(slice_first(slice, 0).len, 0);
	ck_assert_uint_eq(slice_from(slice, 3).len, 0);
}
END_TEST

/* The borders of the table in RFC 3629 4, and what lies beyond them. */
static const struct {
	const char *bytes;
	size_t length;
} utf8_cases[] = {
	{ "a", 1 },
	{ "\x7f", 1 },
	{ "\x80", 0 },
	{ "\xc1\xbf", 0 },
	{ "\xc2\x80", 2 },
	{ "\xdf\xbfz", 2 },
	{ "\xc2", 0 },
	{ "\xc2z", 0 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xe0\xa0\x80", 3 },
	{ "\xed\x9f\xbf", 3 },
	{ "\xed\xa0\x80", 0 },
	{ "\xef\xbf\xbf", 3 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x82z", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf0\x90\x80\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
};

START_TEST(a_utf8_sequence_is_whole_and_shortest_or_none)
{
	ck_assert_uint_eq(slice_utf8_length(exact(utf8_cases[_i].bytes)), utf8_cases[_i].length);
}
END_TEST

static const struct {
	const char *digits;
	int result;
	uint64_t number;
} number_cases[] = {
	{ "0", 0, 0 },
	{ "7", 0, 7 },
	{ "0042", 0, 42 },
	{ "00000000000000000000000000001", 0, 1 },
	{ "18446744073709551614", 0, UINT64_MAX - 1 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "18446744073709551620", -ERANGE, 0 },
	{ "184467440737095516150", -ERANGE, 0 },
	{ "27670116110564327424", -ERANGE, 0 },
	{ "99999999999999999999999999999999999999999", -ERANGE, 0 },
	{ "99999999999999999999999999999999999999999x", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1a", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1/", -EINVAL, 0 },
	{ "1:", -EINVAL, 0 },
	{ "\xb1", -EINVAL, 0 },
};

START_TEST(a_number_is_exact_or_refused)
{
	uint64_t number = 4711;

	ck_assert_int_eq(
	    slice_to_u64(exact(number_cases[_i].digits), &number), number_cases[_i].result);
	ck_assert_uint_eq(number, number_cases[_i].result == 0 ? number_cases[_i].number : 4711);
}
END_TEST

static Suite *
slice_suite(void)
{
	Suite *suite = suite_create("slice");
	TCase *tcase = tcase_create("slice");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_string_becomes_a_slice_without_its_nul);
	tcase_add_test(tcase, null_becomes_the_absent_slice);
	tcase_add_loop_test(
	    tcase, equality_compares_bytes_and_nocase_ascii_letters, 0, COUNT(equality_cases));
	tcase_add_test(tcase, equality_sees_nul_bytes);
	tcase_add_test(tcase, the_absent_slice_equals_the_empty_one);
	tcase_add_loop_test(tcase, prefix_and_suffix_are_recognised, 0, COUNT(affix_cases));
	tcase_add_test(tcase, the_absent_slice_has_only_empty_prefixes_and_suffixes);
	tcase_add_loop_test(tcase, trimming_takes_spaces_and_tabs_alone, 0, COUNT(trim_cases));
	tcase_add_loop_test(tcase, a_list_gives_its_elements_in_order, 0, COUNT(element_cases));
	tcase_add_test(tcase, an_absent_list_has_no_elements);
	tcase_add_loop_test(
	    tcase, a_separator_in_quotes_does_not_separate, 0, COUNT(separator_cases));
	tcase_add_test(tcase, a_slice_is_cut_at_a_length);
	tcase_add_loop_test(
	    tcase, a_utf8_sequence_is_whole_and_shortest_or_none, 0, COUNT(utf8_cases));
	tcase_add_loop_test(tcase, a_number_is_exact_or_refused, 0, COUNT(number_cases));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(slice_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
