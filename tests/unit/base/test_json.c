/* SPDX-License-Identifier: MIT
 *
 * Tests of base/json, and of the builder that grows.
 */
#include "base/json.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char room[1024];
static struct text text;
static struct json json;

static void
set_up(void)
{
	text = text_over(room, sizeof(room));
	json = json_over(&text);
}

static void
expect(const char *expected)
{
	ck_assert(!text.is_truncated);
	ck_assert_str_eq(text_string(&text), expected);
}

START_TEST(members_and_elements_are_separated_by_commas_on_each_level)
{
	json_begin(&json, NULL);
	json_u64(&json, "a", 1);
	json_begin(&json, "b");
	json_end(&json);
	json_begin_list(&json, "c");
	json_u64(&json, NULL, 2);
	json_begin(&json, NULL);
	json_flag(&json, "d", true);
	json_flag(&json, "e", false);
	json_end(&json);
	json_begin_list(&json, NULL);
	json_end_list(&json);
	json_end_list(&json);
	json_null(&json, "f");
	json_end(&json);
	expect("{\"a\":1,\"b\":{},\"c\":[2,{\"d\":true,\"e\":false},[]],\"f\":null}");
}
END_TEST

START_TEST(a_string_is_escaped_and_an_absent_one_is_null)
{
	json_begin(&json, NULL);
	json_string(&json, "s",
	    SLICE("\"\\\n\x01\xff"
		  "é"));
	json_string(&json, "empty", SLICE(""));
	json_string(&json, "absent", (struct slice){ NULL, 0 });
	json_end(&json);
	expect("{\"s\":\"\\\"\\\\\\n\\u0001\xef\xbf\xbdé\",\"empty\":\"\",\"absent\":null}");
}
END_TEST

START_TEST(a_duration_is_a_decimal_number_of_seconds)
{
	static const struct {
		int64_t us;
		const char *expected;
	} rows[] = {
		{ 0, "0.0" },
		{ 1, "0.000001" },
		{ 250, "0.00025" },
		{ 12500000, "12.5" },
		{ 3000000, "3.0" },
		{ 100000, "0.1" },
		{ -1500000, "-1.5" },
		{ INT64_MAX, "9223372036854.775807" },
		{ INT64_MIN, "-9223372036854.775808" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_up();
		json_seconds(&json, NULL, rows[i].us);
		expect(rows[i].expected);
	}
}
END_TEST

START_TEST(a_real_number_has_as_many_decimals_as_asked_for)
{
	json_begin_list(&json, NULL);
	json_real(&json, NULL, 1.0 / 3, 3);
	json_real(&json, NULL, -2.5, 1);
	json_real(&json, NULL, 812.0, 0);
	json_real(&json, NULL, 1e15, 2);
	json_end_list(&json);
	expect("[0.333,-2.5,812,1000000000000000.00]");
}
END_TEST

/* RFC 8259 6 has no word for them. */
START_TEST(what_is_no_finite_number_is_null)
{
	json_begin_list(&json, NULL);
	json_real(&json, NULL, (double)NAN, 1);
	json_real(&json, NULL, (double)INFINITY, 1);
	json_end_list(&json);
	expect("[null,null]");
}
END_TEST

START_TEST(the_largest_number_is_written_whole)
{
	json_u64(&json, NULL, UINT64_MAX);
	expect("18446744073709551615");
}
END_TEST

START_TEST(what_does_not_fit_is_said_once_at_the_end)
{
	text = text_over(room, 8);
	json_begin(&json, NULL);
	json_string(&json, "key", SLICE("value"));
	json_end(&json);
	ck_assert(text.is_truncated);
	ck_assert_uint_eq(text.len, 8);
}
END_TEST

/* --- A builder that grows -------------------------------------------------- */

START_TEST(a_growing_text_holds_whatever_is_put_up_to_its_most)
{
	struct text growing = text_growing(100000);

	for (int i = 0; i < 10000; i++)
		text_put_format(&growing, "%06d,", i);
	ck_assert(!growing.is_truncated);
	ck_assert_uint_eq(growing.len, 70000);
	ck_assert_mem_eq(growing.data, "000000,000001,", 14);
	ck_assert_mem_eq(growing.data + 70000 - 7, "009999,", 7);
	text_free(&growing);
	ck_assert_ptr_null(growing.data);
}
END_TEST

START_TEST(a_growing_text_is_cut_at_its_most)
{
	struct text growing = text_growing(3000);
	char many[4000];

	memset(many, 'x', sizeof(many));
	text_put(&growing, (struct slice){ many, sizeof(many) });
	ck_assert(growing.is_truncated);
	ck_assert_uint_eq(growing.len, 3000);
	ck_assert_uint_eq(growing.cap, 3000);
	text_free(&growing);
}
END_TEST

START_TEST(a_format_longer_than_the_room_is_written_whole)
{
	struct text growing = text_growing(1 << 20);
	char many[5001];

	memset(many, 'y', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	text_put_string(&growing, "<");
	text_put_format(&growing, "%s|%d>", many, 7);
	ck_assert(!growing.is_truncated);
	ck_assert_uint_eq(growing.len, 1 + 5000 + 3);
	ck_assert_mem_eq(growing.data + 5001, "|7>", 3);
	text_free(&growing);
}
END_TEST

START_TEST(an_empty_growing_text_is_an_empty_string)
{
	struct text growing = text_growing(16);

	ck_assert_str_eq(text_string(&growing), "");
	ck_assert(!growing.is_truncated);
	text_free(&growing);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/json");
	TCase *writing = tcase_create("writing");
	TCase *growing = tcase_create("growing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(writing, set_up, NULL);
	tcase_add_test(writing, members_and_elements_are_separated_by_commas_on_each_level);
	tcase_add_test(writing, a_string_is_escaped_and_an_absent_one_is_null);
	tcase_add_test(writing, a_duration_is_a_decimal_number_of_seconds);
	tcase_add_test(writing, a_real_number_has_as_many_decimals_as_asked_for);
	tcase_add_test(writing, what_is_no_finite_number_is_null);
	tcase_add_test(writing, the_largest_number_is_written_whole);
	tcase_add_test(writing, what_does_not_fit_is_said_once_at_the_end);
	suite_add_tcase(suite, writing);
	tcase_add_test(growing, a_growing_text_holds_whatever_is_put_up_to_its_most);
	tcase_add_test(growing, a_growing_text_is_cut_at_its_most);
	tcase_add_test(growing, a_format_longer_than_the_room_is_written_whole);
	tcase_add_test(growing, an_empty_growing_text_is_an_empty_string);
	suite_add_tcase(suite, growing);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
