/* SPDX-License-Identifier: MIT
 *
 * Tests of base/units: durations and sizes, read and written.
 */
#include "base/text.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* `written` is what the value is written as, NULL: as it was given. */
static const struct {
	const char *given;
	int result;
	int64_t us;
	const char *written;
} duration_cases[] = {
	{ "0", 0, 0, NULL },
	{ "00", 0, 0, "0" },
	{ "0s", 0, 0, "0" },
	{ "1us", 0, 1, NULL },
	{ "500ms", 0, 500000, NULL },
	{ "1500ms", 0, 1500000, NULL },
	{ "1000ms", 0, 1000000, "1s" },
	{ "30s", 0, 30000000, NULL },
	{ "30S", 0, 30000000, "30s" },
	{ "90s", 0, 90000000, NULL },
	{ "60s", 0, 60000000, "1m" },
	{ "2m", 0, 120000000, NULL },
	{ "1h", 0, INT64_C(3600000000), NULL },
	{ "24h", 0, INT64_C(86400000000), "1d" },
	{ "1d", 0, INT64_C(86400000000), NULL },
	{ "9223372036854775807us", 0, INT64_MAX, NULL },
	{ "9223372036854775808us", -ERANGE, 0, NULL },
	{ "106751991d", 0, INT64_C(106751991) * INT64_C(86400000000), NULL },
	{ "106751992d", -ERANGE, 0, NULL },
	{ "99999999999999999999s", -ERANGE, 0, NULL },
	{ "18446744073709551615d", -ERANGE, 0, NULL },
	{ "", -EINVAL, 0, NULL },
	{ "s", -EINVAL, 0, NULL },
	{ "1", -EINVAL, 0, NULL },
	{ "30", -EINVAL, 0, NULL },
	{ "99999999999999999999", -ERANGE, 0, NULL },
	{ "1x", -EINVAL, 0, NULL },
	{ "99999999999999999999x", -EINVAL, 0, NULL },
	{ "1 s", -EINVAL, 0, NULL },
	{ " 1s", -EINVAL, 0, NULL },
	{ "1s ", -EINVAL, 0, NULL },
	{ "-1s", -EINVAL, 0, NULL },
	{ "+1s", -EINVAL, 0, NULL },
	{ "1.5s", -EINVAL, 0, NULL },
	{ "1m30s", -EINVAL, 0, NULL },
	{ "1k", -EINVAL, 0, NULL },
};

START_TEST(a_duration_is_read_as_people_write_it)
{
	int64_t us = 4711;

	ck_assert_int_eq(
	    text_parse_duration_us(duration_cases[_i].given, &us), duration_cases[_i].result);
	ck_assert_int_eq(us, duration_cases[_i].result == 0 ? duration_cases[_i].us : 4711);
}
END_TEST

START_TEST(a_duration_is_written_in_its_largest_unit)
{
	char data[32];
	struct text text = text_over(data, sizeof(data));

	if (duration_cases[_i].result != 0)
		return;
	text_put_duration(&text, duration_cases[_i].us);
	ck_assert_str_eq(text_string(&text),
	    duration_cases[_i].written ? duration_cases[_i].written : duration_cases[_i].given);
}
END_TEST

START_TEST(a_negative_duration_is_a_mistake_of_ours)
{
	char data[32];
	struct text text = text_over(data, sizeof(data));

	text_put_duration(&text, -1);
}
END_TEST

static const struct {
	const char *given;
	int result;
	uint64_t bytes;
	const char *written;
} size_cases[] = {
	{ "0", 0, 0, NULL },
	{ "0k", 0, 0, "0" },
	{ "1", 0, 1, NULL },
	{ "1000", 0, 1000, NULL },
	{ "1023", 0, 1023, NULL },
	{ "1024", 0, 1024, "1k" },
	{ "16k", 0, 16384, NULL },
	{ "16K", 0, 16384, "16k" },
	{ "1m", 0, 1048576, NULL },
	{ "1536k", 0, 1572864, NULL },
	{ "2g", 0, UINT64_C(2147483648), NULL },
	{ "17179869183g", 0, UINT64_C(17179869183) << 30, NULL },
	{ "17179869184g", -ERANGE, 0, NULL },
	{ "18446744073709551615", 0, UINT64_MAX, NULL },
	{ "18446744073709551616", -ERANGE, 0, NULL },
	{ "", -EINVAL, 0, NULL },
	{ "k", -EINVAL, 0, NULL },
	{ "-1", -EINVAL, 0, NULL },
	{ "1t", -EINVAL, 0, NULL },
	{ "1kb", -EINVAL, 0, NULL },
	{ "1 k", -EINVAL, 0, NULL },
	{ "1.5m", -EINVAL, 0, NULL },
	{ "0x10", -EINVAL, 0, NULL },
};

START_TEST(a_size_is_read_as_people_write_it)
{
	uint64_t bytes = 4711;

	ck_assert_int_eq(text_parse_size(size_cases[_i].given, &bytes), size_cases[_i].result);
	ck_assert_uint_eq(bytes, size_cases[_i].result == 0 ? size_cases[_i].bytes : 4711);
}
END_TEST

START_TEST(a_size_is_written_in_its_largest_unit)
{
	char data[32];
	struct text text = text_over(data, sizeof(data));

	if (size_cases[_i].result != 0)
		return;
	text_put_size(&text, size_cases[_i].bytes);
	ck_assert_str_eq(text_string(&text),
	    size_cases[_i].written ? size_cases[_i].written : size_cases[_i].given);
}
END_TEST

static Suite *
units_suite(void)
{
	Suite *suite = suite_create("units");
	TCase *tcase = tcase_create("units");

	tcase_add_loop_test(tcase, a_duration_is_read_as_people_write_it, 0, COUNT(duration_cases));
	tcase_add_loop_test(
	    tcase, a_duration_is_written_in_its_largest_unit, 0, COUNT(duration_cases));
	tcase_add_test_raise_signal(tcase, a_negative_duration_is_a_mistake_of_ours, SIGABRT);
	tcase_add_loop_test(tcase, a_size_is_read_as_people_write_it, 0, COUNT(size_cases));
	tcase_add_loop_test(tcase, a_size_is_written_in_its_largest_unit, 0, COUNT(size_cases));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(units_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
