/* SPDX-License-Identifier: MIT
 *
 * histogram: sums, quantiles and moments. Nothing here is on the hot path: see
 * the header for what is.
 */
#include "usher-load/histogram.h"

#include <math.h>

#include "base/panic.h"

#define SUB_BUCKETS (1U << HISTOGRAM_SUB_BITS)

/* How many low bits of its times the bucket's number leaves out: the first two
 * runs of buckets have a width of 1. */
static unsigned
shift_of(unsigned bucket)
{
	must(bucket < HISTOGRAM_BUCKETS);
	return bucket < 2 * SUB_BUCKETS ? 0 : bucket / SUB_BUCKETS - 1;
}

int64_t
histogram_bucket_lowest_ns(unsigned bucket)
{
	unsigned shift = shift_of(bucket);

	return (int64_t)(bucket - shift * SUB_BUCKETS) << shift;
}

int64_t
histogram_bucket_highest_ns(unsigned bucket)
{
	return histogram_bucket_lowest_ns(bucket) + (INT64_C(1) << shift_of(bucket)) - 1;
}

static int64_t
middle_ns(unsigned bucket)
{
	return histogram_bucket_lowest_ns(bucket) + ((INT64_C(1) << shift_of(bucket)) >> 1);
}

void
histogram_add(struct histogram *sum, const struct histogram *part)
{
	if (part->count == 0)
		return;
	if (sum->count == 0 || part->min_ns < sum->min_ns)
		sum->min_ns = part->min_ns;
	if (part->max_ns > sum->max_ns)
		sum->max_ns = part->max_ns;
	sum->count += part->count;
	sum->sum_ns += part->sum_ns;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum->buckets[i] += part->buckets[i];
}

/* The place of a quantile among `count` sorted times, counted from 1. A product
 * such as 0.99 * 100 may come out a hair above 99, which must not mean 100. */
static uint64_t
place_of(double quantile, uint64_t count)
{
	double exact = quantile * (double)count;
	double place = ceil(exact - exact * 1e-12);

	if (place < 1)
		return 1;
	return place >= (double)count ? count : (uint64_t)place;
}

static int64_t
between(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

int64_t
histogram_quantile_ns(const struct histogram *histogram, double quantile)
{
	uint64_t place, passed = 0;
	unsigned bucket = 0;

	if (histogram->count == 0)
		return 0;
	if (quantile <= 0)
		return histogram->min_ns;
	place = place_of(quantile, histogram->count);
	if (place == histogram->count)
		return histogram->max_ns;
	while ((passed += histogram->buckets[bucket]) < place)
		bucket++;
	return between(middle_ns(bucket), histogram->min_ns, histogram->max_ns);
}

double
histogram_part_within(const struct histogram *histogram, int64_t ns)
{
	unsigned last = histogram_bucket(ns);
	uint64_t passed = 0;

	if (histogram->count == 0)
		return 0;
	for (unsigned i = 0; i <= last; i++)
		passed += histogram->buckets[i];
	return (double)passed / (double)histogram->count;
}

double
histogram_mean_ns(const struct histogram *histogram)
{
	return histogram->count == 0 ? 0 : (double)histogram->sum_ns / (double)histogram->count;
}

double
histogram_stddev_ns(const struct histogram *histogram)
{
	double mean = histogram_mean_ns(histogram), squares = 0;

	if (histogram->count == 0)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		double off;

		if (histogram->buckets[i] == 0)
			continue;
		off = (double)middle_ns(i) - mean;
		squares += off * off * (double)histogram->buckets[i];
	}
	return sqrt(squares / (double)histogram->count);
}

void
histogram_add_small(struct histogram *sum, const struct small_histogram *part)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint32_t count = part->buckets[i];

		if (count == 0)
			continue;
		if (sum->count == 0 || histogram_bucket_lowest_ns(i) < sum->min_ns)
			sum->min_ns = histogram_bucket_lowest_ns(i);
		if (histogram_bucket_highest_ns(i) > sum->max_ns)
			sum->max_ns = histogram_bucket_highest_ns(i);
		sum->count += count;
		sum->sum_ns += middle_ns(i) * (int64_t)count;
		sum->buckets[i] += count;
	}
}

void
small_histogram_add(struct small_histogram *sum, const struct small_histogram *part)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (__builtin_add_overflow(sum->buckets[i], part->buckets[i], &sum->buckets[i]))
			sum->buckets[i] = UINT32_MAX;
	}
}

int64_t
small_histogram_quantile_ns(const struct small_histogram *histogram, double quantile)
{
	uint64_t count = 0, passed = 0, place;
	unsigned bucket = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		count += histogram->buckets[i];
	if (count == 0)
		return 0;
	place = place_of(quantile, count);
	while ((passed += histogram->buckets[bucket]) < place)
		bucket++;
	return middle_ns(bucket);
}
