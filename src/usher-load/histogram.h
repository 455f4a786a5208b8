/* SPDX-License-Identifier: MIT
 *
 * histogram: how often each length of time was seen, at most 1 % wrong.
 *
 * Times are nanoseconds. Up to 127 each has a bucket of its own; above, each
 * doubling is cut into 64 buckets of one width, so the middle of a bucket is at
 * most 1/128 (0.8 %) away from any time in it. 73 minutes is the longest that
 * is told apart. Memory has one size, whatever is recorded: recording costs a
 * few nanoseconds and cannot fail.
 *
 * The smallest, the largest and the sum are kept exactly, so min, max and mean
 * are exact. Histograms of several threads are added when the threads are done;
 * the sum is the same as if one had recorded all.
 *
 * Owns nothing. Thread: its owner's.
 */
#pragma once

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 6
/* What is longer counts as this long; only `max` keeps it as it was. */
#define HISTOGRAM_LONGEST_NS ((INT64_C(1) << 42) - 1)
#define HISTOGRAM_BUCKETS ((42 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

/* All zeros is empty. */
struct histogram {
	uint64_t count;
	int64_t sum_ns;
	int64_t min_ns; /* 0 while empty; see histogram_min_ns */
	int64_t max_ns;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* The same with half the memory and no exact ends, for a slot of a time line. */
struct small_histogram {
	uint32_t buckets[HISTOGRAM_BUCKETS];
};

/* The bucket of a time; what is negative counts as 0 (a clock read once for
 * two events may make the second seem the earlier). */
static inline unsigned
histogram_bucket(int64_t ns)
{
	uint64_t value = ns < 0         ? 0
	    : ns > HISTOGRAM_LONGEST_NS ? HISTOGRAM_LONGEST_NS
					: (uint64_t)ns;
	/* How many low bits the bucket's number leaves out. */
	unsigned shift = 57U - (unsigned)__builtin_clzll(value | 127);

	_Static_assert(HISTOGRAM_SUB_BITS == 6, "57 and 127 stand for 6 bits");
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(value >> shift);
}

/* Records a time whose bucket is known. */
static inline void
histogram_record_in(struct histogram *histogram, unsigned bucket, int64_t ns)
{
	ns = ns < 0 ? 0 : ns;
	histogram->min_ns =
	    ns < histogram->min_ns || histogram->count == 0 ? ns : histogram->min_ns;
	histogram->max_ns = ns > histogram->max_ns ? ns : histogram->max_ns;
	histogram->count++;
	histogram->sum_ns += ns;
	histogram->buckets[bucket]++;
}

static inline void
histogram_record(struct histogram *histogram, int64_t ns)
{
	histogram_record_in(histogram, histogram_bucket(ns), ns);
}

/* The least and the greatest time of a bucket. */
int64_t histogram_bucket_lowest_ns(unsigned bucket);
int64_t histogram_bucket_highest_ns(unsigned bucket);

void histogram_add(struct histogram *sum, const struct histogram *part);

/* The time that `quantile` (0 to 1) of all do not exceed: of the sorted times the
 * one at place ceil(quantile * count), counted from 1, within 1 %; 0 for an
 * empty one. 0 and 1 give the exact min and max. */
int64_t histogram_quantile_ns(const struct histogram *, double quantile);
/* The part of all (0 to 1) that was at most `ns`, to a bucket's width. */
double histogram_part_within(const struct histogram *, int64_t ns);
double histogram_mean_ns(const struct histogram *);   /* exact; 0 for an empty one */
double histogram_stddev_ns(const struct histogram *); /* of all, from the buckets */

/* What was recorded in the small one, beside what stands in `sum`; min, max and
 * sum_ns are then those of the buckets' ends and middles. */
void histogram_add_small(struct histogram *sum, const struct small_histogram *part);
/* Counts that would overflow stay at the greatest. */
void small_histogram_add(struct small_histogram *sum, const struct small_histogram *part);
int64_t small_histogram_quantile_ns(const struct small_histogram *, double quantile);
