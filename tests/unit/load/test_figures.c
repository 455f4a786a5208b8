/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/figures: tables of a number and what is written.
 */
#include "usher-load/figures.h"

#include <math.h>

#include "rig.h"

struct row {
	double number;
	const char *expected;
};

static const char *
figure(void (*put)(struct text *, double), double number)
{
	static char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	put(&text, number);
	ck_assert(!text.is_truncated);
	return text_string(&text);
}

static void
expect_each(void (*put)(struct text *, double), const struct row *rows, int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_str_eq(figure(put, rows[i].number), rows[i].expected);
}

START_TEST(counts_have_commas)
{
	static const struct {
		uint64_t count;
		const char *expected;
	} rows[] = { { 0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" },
		{ 1002003, "1,002,003" }, { 999999, "999,999" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };

	for (int i = 0; i < COUNT(rows); i++) {
		char room[FIGURE_MAX];
		struct text text = text_over(room, sizeof(room));

		figure_put_count(&text, rows[i].count);
		ck_assert_str_eq(text_string(&text), rows[i].expected);
	}
}
END_TEST

START_TEST(numbers_have_three_digits_also_after_rounding)
{
	static const struct row rows[] = { { 0, "0" }, { 0.0004, "0" }, { 0.1234, "0.123" },
		{ 0.9996, "1.00" }, { 1.234, "1.23" }, { 9.996, "10.0" }, { 12.34, "12.3" },
		{ 99.96, "100" }, { 123.4, "123" }, { 999.6, "1,000" },
		{ 1234567.8, "1,234,568" } };

	expect_each(figure_put_number, rows, COUNT(rows));
}
END_TEST

START_TEST(times_have_the_unit_that_suits_them)
{
	static const struct row rows[] = { { 0, "0" }, { 1, "1.00 ns" }, { 812, "812 ns" },
		{ 999.7, "1.00 us" }, { 1000, "1.00 us" }, { 81234, "81.2 us" },
		{ 999600, "1.00 ms" }, { 8123456, "8.12 ms" }, { 812345678, "812 ms" },
		{ 999999999, "1.00 s" }, { 8.123e9, "8.12 s" }, { 119e9, "119 s" },
		{ 120e9, "2 min 0 s" }, { 812e9, "13 min 32 s" }, { 36000e9, "600 min 0 s" } };

	expect_each(figure_put_time, rows, COUNT(rows));
}
END_TEST

START_TEST(bytes_are_in_powers_of_1024)
{
	static const struct row rows[] = { { 0, "0 B" }, { 12, "12.0 B" }, { 1023, "1,023 B" },
		{ 1024, "1.00 KiB" }, { 1536, "1.50 KiB" }, { 1048576, "1.00 MiB" },
		{ 12345678, "11.8 MiB" }, { 5e9, "4.66 GiB" }, { 5e13, "45.5 TiB" } };

	expect_each(figure_put_bytes, rows, COUNT(rows));
}
END_TEST

/* One lost of a million is not 0 %, and 999,999 answered are not 100 %. */
START_TEST(a_part_is_nothing_or_all_only_if_it_is)
{
	static const struct row rows[] = { { 0, "0 %" }, { 1, "100 %" }, { 1e-6, "0.00010 %" },
		{ 1 - 1e-6, "99.99990 %" }, { 0.5, "50.0 %" }, { 0.0123, "1.2 %" },
		{ 0.123, "12.3 %" }, { 0.987, "98.7 %" } };

	expect_each(figure_put_part, rows, COUNT(rows));
}
END_TEST

START_TEST(every_figure_fits)
{
	void (*const puts[])(
	    struct text *, double) = { figure_put_number, figure_put_time, figure_put_bytes };

	for (int i = 0; i < COUNT(puts); i++) {
		for (double number = 1e-9; number < 1e19; number *= 1.7)
			ck_assert_str_ne(figure(puts[i], number), "");
	}
	for (double part = 1; part > 1e-30; part /= 3)
		ck_assert_str_ne(figure(figure_put_part, part), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/figures");
	TCase *tcase = tcase_create("figures");

	tcase_add_test(tcase, counts_have_commas);
	tcase_add_test(tcase, numbers_have_three_digits_also_after_rounding);
	tcase_add_test(tcase, times_have_the_unit_that_suits_them);
	tcase_add_test(tcase, bytes_are_in_powers_of_1024);
	tcase_add_test(tcase, a_part_is_nothing_or_all_only_if_it_is);
	tcase_add_test(tcase, every_figure_fits);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
