/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/figures: numbers as people read them.
 */
#include "usherctl/figures.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	uint64_t count;
	const char *text;
} counts[] = {
	{ 0, "0" },
	{ 17, "17" },
	{ 9999, "9999" },
	{ 10000, "10.0k" },
	{ 12345, "12.3k" },
	{ 999499, "999k" },
	{ 999500, "1.00M" },
	{ 4567890, "4.57M" },
	{ 1200000000, "1.20G" },
	{ UINT64_MAX, "18446744T" },
};

static const struct {
	uint64_t bytes;
	const char *text;
} sizes[] = {
	{ 0, "0 B" },
	{ 999, "999 B" },
	{ 1000, "0.98 KiB" },
	{ 1024, "1.00 KiB" },
	{ 16384, "16.0 KiB" },
	{ 1048576, "1.00 MiB" },
	{ 1291845632, "1.20 GiB" },
	{ UINT64_C(1) << 41, "2.00 TiB" },
};

static const struct {
	double value;
	const char *time, *rate, *age, *share;
} values[] = {
	{ 0, "0", "0", "0 s", "0 %" },
	{ -1, "0", "0", "0 s", "0 %" },
	{ (double)NAN, "0", "0", "0 s", "0 %" },
	{ (double)INFINITY, "0", "0", "0 s", "0 %" },
	{ 0.0000012, "1.2 us", "0.1", "0 s", "0.1 %" },
	{ 0.000123, "123 us", "0.1", "0 s", "0.1 %" },
	{ 0.0009996, "1.00 ms", "0.1", "0 s", "0.1 %" },
	{ 0.00123, "1.23 ms", "0.1", "0 s", "0.1 %" },
	{ 0.045, "45.0 ms", "0.1", "0 s", "4.5 %" },
	{ 0.45, "450 ms", "0.5", "0 s", "45 %" },
	{ 0.9997, "1.00 s", "1.0", "0 s", "100 %" },
	{ 17.26, "17.3 s", "17.3", "17 s", "1726 %" },
	{ 65, "1 min 5 s", "65.0", "1 min 5 s", "6500 %" },
	{ 15120, "4 h 12 min", "15.1k", "4 h 12 min", "1512000 %" },
	{ 788400, "9 d 3 h", "788k", "9 d 3 h", "78840000 %" },
};

#define CHECK_FIGURE(put, value, expected)                        \
	do {                                                      \
		char room[FIGURE_MAX];                            \
		struct text text = text_over(room, sizeof(room)); \
		put(&text, value);                                \
		ck_assert_str_eq(text_string(&text), expected);   \
		ck_assert(!text.is_truncated);                    \
	} while (0)

START_TEST(counts_are_short)
{
	CHECK_FIGURE(figure_put_count, counts[_i].count, counts[_i].text);
}
END_TEST

START_TEST(sizes_are_powers_of_1024)
{
	CHECK_FIGURE(figure_put_bytes, sizes[_i].bytes, sizes[_i].text);
}
END_TEST

START_TEST(what_a_clock_says_is_never_nonsense)
{
	CHECK_FIGURE(figure_put_time, values[_i].value, values[_i].time);
	CHECK_FIGURE(figure_put_rate, values[_i].value, values[_i].rate);
	CHECK_FIGURE(figure_put_age, values[_i].value, values[_i].age);
	CHECK_FIGURE(figure_put_share, values[_i].value, values[_i].share);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("figures");
	TCase *tcase = tcase_create("figures");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, counts_are_short, 0, COUNT(counts));
	tcase_add_loop_test(tcase, sizes_are_powers_of_1024, 0, COUNT(sizes));
	tcase_add_loop_test(tcase, what_a_clock_says_is_never_nonsense, 0, COUNT(values));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
