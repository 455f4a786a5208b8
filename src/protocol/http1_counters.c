/* SPDX-License-Identifier: MIT */
#include "protocol/http1_counters.h"

#include "base/panic.h"

const int64_t http1_duration_bounds_us[HTTP1_DURATION_BOUNDS] = { 100, 250, 500, 1000, 2500, 5000,
	10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000 };

/* Most requests are short: the search ends at once. */
static int
bucket_of(int64_t duration_us)
{
	int bucket = 0;

	while (bucket < HTTP1_DURATION_BOUNDS && duration_us > http1_duration_bounds_us[bucket])
		bucket++;
	return bucket;
}

void
http1_counters_count(struct http1_counters *counters, int status, enum http_method method)
{
	counters->requests++;
	counters->by[method][status / 100 % HTTP1_CLASS_COUNT]++;
}

void
http1_counters_time(struct http1_counters *counters, int64_t duration_us, uint64_t count)
{
	counters->duration_us += (uint64_t)duration_us * count;
	counters->by_duration[bucket_of(duration_us)] += count;
}

const char *
http1_class_name(int status_class)
{
	static const char *const names[HTTP1_CLASS_COUNT] = { "none", "1xx", "2xx", "3xx", "4xx",
		"5xx" };

	must(status_class >= 0 && status_class < HTTP1_CLASS_COUNT);
	return names[status_class];
}

uint64_t
http1_counters_of_class(const struct http1_counters *counters, int status_class)
{
	uint64_t sum = 0;

	for (int method = 0; method < HTTP1_METHOD_COUNT; method++)
		sum += counters->by[method][status_class];
	return sum;
}

uint64_t
http1_counters_of_method(const struct http1_counters *counters, enum http_method method)
{
	uint64_t sum = 0;

	for (int status_class = 0; status_class < HTTP1_CLASS_COUNT; status_class++)
		sum += counters->by[method][status_class];
	return sum;
}

static void
add_all(uint64_t *sums, const uint64_t *numbers, int count)
{
	for (int i = 0; i < count; i++)
		sums[i] += numbers[i];
}

void
http1_counters_add(struct http1_counters *sum, const struct http1_counters *counters)
{
	sum->begun += counters->begun;
	sum->requests += counters->requests;
	sum->duration_us += counters->duration_us;
	for (int method = 0; method < HTTP1_METHOD_COUNT; method++)
		add_all(sum->by[method], counters->by[method], HTTP1_CLASS_COUNT);
	add_all(sum->by_duration, counters->by_duration, HTTP1_DURATION_BUCKETS);
}
