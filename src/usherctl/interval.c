/* SPDX-License-Identifier: MIT
 *
 * interval: differences, with care for what is new or was started again.
 */
#include "usherctl/interval.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "usherctl/figures.h"

struct interval
interval_between(const struct snapshot *before, const struct snapshot *after)
{
	struct interval interval = { .after = after };
	double seconds = before ? after->uptime_s - before->uptime_s : 0;

	if (!before || before->pid != after->pid || seconds <= 0 ||
	    strcmp(before->started, after->started) != 0)
		return interval;
	interval.before = before;
	interval.seconds = seconds;
	return interval;
}

double
interval_rate(const struct interval *interval, uint64_t before, uint64_t after)
{
	if (interval->seconds <= 0 || after < before)
		return 0;
	return (double)(after - before) / interval->seconds;
}

struct snapshot_listener
interval_listener(const struct interval *interval, const struct snapshot_listener *after)
{
	const struct snapshot *before = interval->before;

	for (size_t i = 0; before && i < before->listener_count; i++) {
		const struct snapshot_listener *listener = &before->listeners[i];

		if (strcmp(listener->name, after->name) == 0 &&
		    strcmp(listener->address, after->address) == 0)
			return *listener;
	}
	return (struct snapshot_listener){ 0 };
}

uint64_t
interval_cause(const struct interval *interval, const char *name)
{
	return interval->before ? snapshot_cause(interval->before, name) : 0;
}

static double
share(double before, double after, double seconds)
{
	double used = after - before;

	return used > 0 ? used / seconds : 0;
}

double
interval_busy(const struct interval *interval, const struct snapshot_loop *after)
{
	const struct snapshot *before = interval->before;

	for (size_t i = 0; before && i < before->loop_count; i++) {
		if (before->loops[i].index != after->index)
			continue;
		return fmin(share(before->loops[i].busy_s, after->busy_s, interval->seconds), 1);
	}
	return -1;
}

double
interval_cpu(const struct interval *interval)
{
	if (!interval->before)
		return -1;
	return share(interval->before->process.user_s + interval->before->process.system_s,
	    interval->after->process.user_s + interval->after->process.system_s, interval->seconds);
}

static bool
has_same_buckets(const struct snapshot *before, const struct snapshot *after)
{
	if (before->bucket_count != after->bucket_count || after->bucket_count == 0)
		return false;
	for (size_t i = 0; i < after->bucket_count; i++)
		if (before->buckets[i].le_s < after->buckets[i].le_s ||
		    before->buckets[i].le_s > after->buckets[i].le_s ||
		    before->buckets[i].count > after->buckets[i].count)
			return false;
	return true;
}

/* Requests of the interval in the first `count` buckets. */
static double
grown(const struct interval *interval, size_t count)
{
	if (count == 0)
		return 0;
	return (double)(interval->after->buckets[count - 1].count -
	    interval->before->buckets[count - 1].count);
}

/* The place of `rank` within the bucket `index`, as if it were filled evenly. Of the
 * first one no more is known than where it ends. */
static double
interpolate(const struct interval *interval, size_t index, double rank)
{
	double start = index > 0 ? interval->after->buckets[index - 1].le_s : 0;
	double end = interval->after->buckets[index].le_s;
	double below = grown(interval, index);
	double within = grown(interval, index + 1) - below;

	if (index == 0)
		return end;
	if (!isfinite(end) || within <= 0)
		return start;
	return start + (end - start) * (rank - below) / within;
}

double
interval_quantile(const struct interval *interval, double quantile)
{
	size_t count = interval->after->bucket_count;
	double rank;

	if (!interval->before || !has_same_buckets(interval->before, interval->after))
		return NAN;
	rank = quantile * grown(interval, count);
	if (rank <= 0)
		return NAN;
	for (size_t i = 0; i < count; i++)
		if (grown(interval, i + 1) >= rank)
			return interpolate(interval, i, rank);
	return NAN;
}

void
interval_put_latency(struct text *text, const struct snapshot *snapshot, double seconds)
{
	if (snapshot->bucket_count > 0 && seconds > 0 && seconds <= snapshot->buckets[0].le_s)
		text_put_char(text, '<');
	figure_put_time(text, seconds);
}
