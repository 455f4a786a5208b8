/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/scale.
 */
#include "usher-load/scale.h"

#include <math.h>

#include "rig.h"

static void
expect_ticks(const struct ticks *ticks, const double *expected, unsigned count)
{
	ck_assert_uint_eq(ticks->count, count);
	for (unsigned i = 0; i < count; i++)
		ck_assert_double_eq_tol(ticks->values[i], expected[i], expected[i] * 1e-9 + 1e-12);
}

START_TEST(the_ends_of_a_scale_stand_at_its_pixels)
{
	struct ticks ticks;
	struct scale linear = scale_from_zero(90, 3, 200, 100, &ticks);
	struct scale logarithmic = scale_log(1000, 100000, 200, 100, &ticks);

	ck_assert_double_eq(scale_at(&linear, 0), 200);
	ck_assert_double_eq(scale_at(&linear, linear.most), 100);
	ck_assert_double_eq_tol(scale_at(&logarithmic, 1000), 200, 1e-6);
	ck_assert_double_eq_tol(scale_at(&logarithmic, 10000), 150, 1e-6);
	ck_assert_double_eq_tol(scale_at(&logarithmic, 100000), 100, 1e-6);
}
END_TEST

START_TEST(what_is_beyond_an_end_stands_at_it)
{
	struct ticks ticks;
	struct scale linear = scale_from_zero(100, 5, 0, 10, &ticks);
	struct scale logarithmic = scale_log(10, 100, 0, 10, &ticks);

	ck_assert_double_eq(scale_at(&linear, 1e9), 10);
	ck_assert_double_eq(scale_at(&linear, -1), 0);
	ck_assert_double_eq(scale_at(&logarithmic, 0), 0);
	ck_assert_double_eq(scale_at(&logarithmic, 1e9), 10);
}
END_TEST

START_TEST(a_linear_scale_ends_at_a_round_value_above_the_most)
{
	static const double twenty[] = { 0, 10000, 20000 };
	static const double five[] = { 0, 1, 2, 3, 4, 5 };
	struct ticks ticks;

	ck_assert_double_eq(scale_from_zero(17521, 3, 0, 1, &ticks).most, 20000);
	expect_ticks(&ticks, twenty, 3);
	ck_assert_double_eq(scale_from_zero(4.2, 5, 0, 1, &ticks).most, 5);
	expect_ticks(&ticks, five, 6);
}
END_TEST

START_TEST(a_scale_of_nothing_goes_to_one)
{
	static const double expected[] = { 0, 1 };
	struct ticks ticks;

	ck_assert_double_eq(scale_from_zero(0, 3, 0, 1, &ticks).most, 1);
	expect_ticks(&ticks, expected, 2);
}
END_TEST

START_TEST(a_logarithmic_scale_has_ticks_at_one_two_and_five)
{
	static const double expected[] = { 200, 500, 1000, 2000, 5000, 10000 };
	struct ticks ticks;
	struct scale scale = scale_log(230, 8000, 0, 100, &ticks);

	expect_ticks(&ticks, expected, 6);
	ck_assert_double_eq_tol(scale.least, 200, 1e-6);
	ck_assert_double_eq_tol(scale.most, 10000, 1e-6);
}
END_TEST

START_TEST(where_there_is_no_room_only_the_powers_of_ten_are_told)
{
	struct ticks ticks;

	(void)scale_log(1000, 1e9, 280, 0, &ticks);
	ck_assert_uint_eq(ticks.count, 7);
	(void)scale_log(1000, 1e9, 0, 400, &ticks);
	ck_assert_uint_eq(ticks.count, 19);
}
END_TEST

/* Whatever a run has measured, an axis has a length, ticks on it, and holds it. */
START_TEST(any_two_values_make_a_scale)
{
	uint64_t random = 3;

	for (int i = 0; i < 20000; i++) {
		double a = exp2((double)(rig_random(&random) % 45000) / 1000);
		double b = rig_random(&random) % 4 == 0
		    ? a
		    : exp2((double)(rig_random(&random) % 45000) / 1000);
		struct ticks ticks;
		struct scale scale = scale_log(fmin(a, b), fmax(a, b), 0, 100, &ticks);

		ck_assert_double_lt(scale.least, scale.most);
		ck_assert_double_le(scale.least, fmin(a, b) * 1.000001);
		ck_assert_double_ge(scale.most, fmax(a, b) * 0.999999);
		ck_assert_uint_ge(ticks.count, 1);
		scale = scale_from_zero(a, 3, 0, 100, &ticks);
		ck_assert_double_ge(scale.most, a * 0.999999);
		ck_assert_uint_ge(ticks.count, 2);
		ck_assert_uint_lt(ticks.count, TICKS_MAX);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/scale");
	TCase *tcase = tcase_create("scale");

	tcase_add_test(tcase, the_ends_of_a_scale_stand_at_its_pixels);
	tcase_add_test(tcase, what_is_beyond_an_end_stands_at_it);
	tcase_add_test(tcase, a_linear_scale_ends_at_a_round_value_above_the_most);
	tcase_add_test(tcase, a_scale_of_nothing_goes_to_one);
	tcase_add_test(tcase, a_logarithmic_scale_has_ticks_at_one_two_and_five);
	tcase_add_test(tcase, where_there_is_no_room_only_the_powers_of_ten_are_told);
	tcase_add_test(tcase, any_two_values_make_a_scale);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
