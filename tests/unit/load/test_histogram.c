/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/histogram, most of them against the exact times, sorted.
 */
#include "usher-load/histogram.h"

#include <math.h>
#include <string.h>

#include "rig.h"

#define MICROSECOND_NS 1000
#define MINUTE_NS INT64_C(60000000000)

static struct histogram histogram;

static void
set_up(void)
{
	histogram = (struct histogram){ .count = 0 };
}

/* --- Buckets --------------------------------------------------------------- */

START_TEST(each_bucket_begins_where_the_one_before_ends)
{
	int64_t expected = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		ck_assert_int_eq(histogram_bucket_lowest_ns(i), expected);
		expected = histogram_bucket_highest_ns(i) + 1;
	}
	ck_assert_int_eq(expected, HISTOGRAM_LONGEST_NS + 1);
}
END_TEST

START_TEST(both_ends_of_a_bucket_are_in_it)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		ck_assert_uint_eq(histogram_bucket(histogram_bucket_lowest_ns(i)), i);
		ck_assert_uint_eq(histogram_bucket(histogram_bucket_highest_ns(i)), i);
	}
}
END_TEST

/* The promise of the header: the middle of a bucket is at most 1 % off. */
START_TEST(no_bucket_is_wider_than_two_per_cent_of_its_least_time)
{
	for (unsigned i = histogram_bucket(128); i < HISTOGRAM_BUCKETS; i++) {
		int64_t lowest_ns = histogram_bucket_lowest_ns(i);
		int64_t width_ns = histogram_bucket_highest_ns(i) + 1 - lowest_ns;

		ck_assert_double_le((double)width_ns, 0.02 * (double)lowest_ns);
	}
}
END_TEST

START_TEST(what_is_beyond_both_ends_counts_at_the_end)
{
	ck_assert_uint_eq(histogram_bucket(-1), 0);
	ck_assert_uint_eq(histogram_bucket(INT64_MIN), 0);
	ck_assert_uint_eq(histogram_bucket(HISTOGRAM_LONGEST_NS), HISTOGRAM_BUCKETS - 1);
	ck_assert_uint_eq(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(the_longest_time_told_apart_is_above_an_hour)
{
	ck_assert_int_gt(HISTOGRAM_LONGEST_NS, 60 * MINUTE_NS);
}
END_TEST

/* --- Against the exact times ----------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	int64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left < right ? -1 : left > right;
}

/* Of each kind of distribution that a server has, and some that it has not. */
static int64_t
draw(uint64_t *random, int kind)
{
	switch (kind) {
	case 0: /* evenly, from a microsecond to minutes */
		return MICROSECOND_NS + (int64_t)(rig_random(random) % (10 * MINUTE_NS));
	case 1: /* evenly in the logarithm */
		return (
		    int64_t)(MICROSECOND_NS * exp2((double)(rig_random(random) % 29000) / 1000));
	case 2: /* a server's */
		return rig_latency_ns(random, 800000);
	case 3: /* two modes, far apart */
		return rig_random(random) % 10 == 0 ? 200000000 + rig_latency_ns(random, 1000)
						    : rig_latency_ns(random, 20000);
	default: /* one time only */
		return 1234567;
	}
}
#define KINDS 5
#define TIMES 20011

static const double quantiles[] = { 1e-9, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999,
	0.99999 };

/* From the definition: the time at place ceil(q * n), counted from 1. */
static int64_t
exact_quantile(const int64_t *sorted, size_t count, double quantile)
{
	size_t place = (size_t)ceil(quantile * (double)count - 1e-6);

	return sorted[place < 1 ? 0 : place - 1];
}

START_TEST(every_quantile_is_within_one_per_cent_of_the_exact_one)
{
	static int64_t times[TIMES];
	uint64_t random = 42;

	for (int i = 0; i < TIMES; i++) {
		times[i] = draw(&random, _i);
		histogram_record(&histogram, times[i]);
	}
	qsort(times, TIMES, sizeof(times[0]), compare);
	for (int i = 0; i < COUNT(quantiles); i++) {
		double exact = (double)exact_quantile(times, TIMES, quantiles[i]);
		double told = (double)histogram_quantile_ns(&histogram, quantiles[i]);

		ck_assert_double_le(fabs(told - exact), 0.01 * exact);
	}
}
END_TEST

START_TEST(the_ends_and_the_mean_are_exact)
{
	uint64_t random = 7;
	int64_t least_ns = INT64_MAX, most_ns = 0, sum_ns = 0;

	for (int i = 0; i < TIMES; i++) {
		int64_t ns = draw(&random, _i);

		least_ns = ns < least_ns ? ns : least_ns;
		most_ns = ns > most_ns ? ns : most_ns;
		sum_ns += ns;
		histogram_record(&histogram, ns);
	}
	ck_assert_int_eq(histogram.min_ns, least_ns);
	ck_assert_int_eq(histogram.max_ns, most_ns);
	ck_assert_int_eq(histogram_quantile_ns(&histogram, 0), least_ns);
	ck_assert_int_eq(histogram_quantile_ns(&histogram, 1), most_ns);
	ck_assert_double_eq(histogram_mean_ns(&histogram), (double)sum_ns / TIMES);
}
END_TEST

START_TEST(the_deviation_is_within_two_per_cent)
{
	uint64_t random = 8;
	double sum = 0, squares = 0, exact;

	for (int i = 0; i < TIMES; i++) {
		int64_t ns = draw(&random, _i);

		sum += (double)ns;
		squares += (double)ns * (double)ns;
		histogram_record(&histogram, ns);
	}
	exact = sqrt(fmax(squares / TIMES - sum / TIMES * (sum / TIMES), 0));
	ck_assert_double_le(
	    fabs(histogram_stddev_ns(&histogram) - exact), 0.02 * exact + 0.01 * sum / TIMES);
}
END_TEST

START_TEST(the_sum_of_threads_is_as_if_one_had_recorded_all)
{
	struct histogram parts[3] = { { .count = 0 } };
	struct histogram sum = { .count = 0 };
	uint64_t random = 9;

	for (int i = 0; i < TIMES; i++) {
		int64_t ns = draw(&random, _i);

		histogram_record(&histogram, ns);
		histogram_record(&parts[rig_random(&random) % 3], ns);
	}
	for (int i = 0; i < 3; i++)
		histogram_add(&sum, &parts[i]);
	ck_assert_mem_eq(&sum, &histogram, sizeof(sum));
}
END_TEST

START_TEST(a_small_histogram_tells_the_same_quantiles)
{
	static struct small_histogram small;
	uint64_t random = 10;

	small = (struct small_histogram){ .buckets = { 0 } };
	for (int i = 0; i < TIMES; i++) {
		int64_t ns = draw(&random, _i);

		histogram_record(&histogram, ns);
		small.buckets[histogram_bucket(ns)]++;
	}
	for (int i = 0; i < COUNT(quantiles); i++) {
		int64_t whole_ns = histogram_quantile_ns(&histogram, quantiles[i]);
		int64_t small_ns = small_histogram_quantile_ns(&small, quantiles[i]);

		ck_assert_double_le((double)llabs(small_ns - whole_ns), 0.01 * (double)whole_ns);
	}
}
END_TEST

/* --- Small numbers --------------------------------------------------------- */

START_TEST(of_nothing_everything_is_zero)
{
	static const struct small_histogram small;

	ck_assert_int_eq(histogram_quantile_ns(&histogram, 0.5), 0);
	ck_assert_double_eq(histogram_mean_ns(&histogram), 0);
	ck_assert_double_eq(histogram_stddev_ns(&histogram), 0);
	ck_assert_int_eq(small_histogram_quantile_ns(&small, 0.5), 0);
}
END_TEST

START_TEST(adding_nothing_changes_nothing)
{
	static const struct histogram nothing;
	struct histogram before;

	histogram_record(&histogram, 5000);
	before = histogram;
	histogram_add(&histogram, &nothing);
	ck_assert_mem_eq(&histogram, &before, sizeof(before));
}
END_TEST

START_TEST(of_one_time_every_quantile_is_that_time)
{
	histogram_record(&histogram, 987654321);
	for (int i = 0; i < COUNT(quantiles); i++)
		ck_assert_int_eq(histogram_quantile_ns(&histogram, quantiles[i]), 987654321);
}
END_TEST

/* 0.99 * 100 is 99.00000000000001 in some places and 99 in others. */
START_TEST(a_quantile_of_a_round_count_is_no_place_too_far)
{
	for (int i = 1; i <= 100; i++)
		histogram_record(&histogram, i);
	for (int i = 1; i <= 100; i++)
		ck_assert_int_eq(histogram_quantile_ns(&histogram, i / 100.0), i);
}
END_TEST

START_TEST(a_time_that_went_backwards_counts_as_zero)
{
	histogram_record(&histogram, -5);
	histogram_record(&histogram, 10);
	ck_assert_int_eq(histogram.min_ns, 0);
	ck_assert_int_eq(histogram.sum_ns, 10);
	ck_assert_uint_eq(histogram.buckets[0], 1);
}
END_TEST

START_TEST(the_longest_time_is_kept_as_it_was)
{
	histogram_record(&histogram, 1000);
	histogram_record(&histogram, 3 * HISTOGRAM_LONGEST_NS);
	ck_assert_int_eq(histogram.max_ns, 3 * HISTOGRAM_LONGEST_NS);
	ck_assert_int_eq(histogram_quantile_ns(&histogram, 1), 3 * HISTOGRAM_LONGEST_NS);
}
END_TEST

START_TEST(counts_of_a_small_histogram_stay_at_the_greatest)
{
	static struct small_histogram sum, part;

	sum.buckets[3] = UINT32_MAX - 1;
	part.buckets[3] = 5;
	part.buckets[4] = 1;
	small_histogram_add(&sum, &part);
	ck_assert_uint_eq(sum.buckets[3], UINT32_MAX);
	ck_assert_uint_eq(sum.buckets[4], 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/histogram");
	TCase *buckets = tcase_create("buckets");
	TCase *exact = tcase_create("exact");
	TCase *small = tcase_create("small");

	tcase_add_test(buckets, each_bucket_begins_where_the_one_before_ends);
	tcase_add_test(buckets, both_ends_of_a_bucket_are_in_it);
	tcase_add_test(buckets, no_bucket_is_wider_than_two_per_cent_of_its_least_time);
	tcase_add_test(buckets, what_is_beyond_both_ends_counts_at_the_end);
	tcase_add_test(buckets, the_longest_time_told_apart_is_above_an_hour);
	suite_add_tcase(suite, buckets);
	tcase_add_checked_fixture(exact, set_up, NULL);
	tcase_add_loop_test(
	    exact, every_quantile_is_within_one_per_cent_of_the_exact_one, 0, KINDS);
	tcase_add_loop_test(exact, the_ends_and_the_mean_are_exact, 0, KINDS);
	tcase_add_loop_test(exact, the_deviation_is_within_two_per_cent, 0, KINDS);
	tcase_add_loop_test(exact, the_sum_of_threads_is_as_if_one_had_recorded_all, 0, KINDS);
	tcase_add_loop_test(exact, a_small_histogram_tells_the_same_quantiles, 0, KINDS);
	suite_add_tcase(suite, exact);
	tcase_add_checked_fixture(small, set_up, NULL);
	tcase_add_test(small, of_nothing_everything_is_zero);
	tcase_add_test(small, adding_nothing_changes_nothing);
	tcase_add_test(small, of_one_time_every_quantile_is_that_time);
	tcase_add_test(small, a_quantile_of_a_round_count_is_no_place_too_far);
	tcase_add_test(small, a_time_that_went_backwards_counts_as_zero);
	tcase_add_test(small, the_longest_time_is_kept_as_it_was);
	tcase_add_test(small, counts_of_a_small_histogram_stay_at_the_greatest);
	suite_add_tcase(suite, small);
	return run_suite(suite);
}
