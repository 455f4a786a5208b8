/* SPDX-License-Identifier: MIT */
#include "handler/snapshot.h"

#include <string.h>

static void
add_cache(struct snapshot_part *sum, const struct snapshot_part *part)
{
	file_cache_counts_add(&sum->cache, &part->cache);
	sum->cached.files += part->cached.files;
	sum->cached.bytes += part->cached.bytes;
	sum->cached.descriptors += part->cached.descriptors;
	sum->cached.verdicts += part->cached.verdicts;
}

/* The drain of the server is where the hindmost of its loops stands. */
static void
add_drain(struct snapshot_drain *sum, const struct snapshot_drain *drain)
{
	if (drain->step == 0)
		return;
	if (sum->step == 0 || drain->step < sum->step)
		*sum = *drain;
}

static void
add_limits(struct snapshot_limits *sum, const struct snapshot_limits *limits)
{
	sum->memory_used += limits->memory_used;
	sum->shortages += limits->shortages;
	sum->short_loops += limits->short_loops;
	sum->fulls += limits->fulls;
	sum->full_loops += limits->full_loops;
	sum->requests_rate += limits->requests_rate;
	sum->requests_overload += limits->requests_overload;
}

void
snapshot_add(struct snapshot *snapshot, const struct snapshot_part *part)
{
	struct snapshot_part *sum = &snapshot->sum;

	for (int state = 0; state < CONN_STATES; state++)
		sum->by_state[state] += part->by_state[state];
	sum->accepted += part->accepted;
	sum->moved += part->moved;
	sum->taken_over += part->taken_over;
	sum->bytes_in += part->bytes_in;
	sum->bytes_out += part->bytes_out;
	sum->lost_lines += part->lost_lines;
	ending_tally_add(&sum->endings, &part->endings);
	http1_counters_add(&sum->http, &part->http);
	add_cache(sum, part);
	add_limits(&sum->limits, &part->limits);
	add_drain(&sum->drain, &part->drain);
}

static void
add_queue(struct snapshot_queue *sum, const struct snapshot_queue *queue)
{
	sum->is_known |= queue->is_known;
	sum->length += queue->length;
	sum->peak += queue->peak;
	sum->limit += queue->limit;
	sum->drops += queue->drops;
	sum->full += queue->full;
}

static void
add_listener(struct snapshot_listener *sum, const struct snapshot_listener *listener)
{
	sum->paused |= listener->paused;
	sum->accepted += listener->accepted;
	sum->refused += listener->refused;
	sum->open += listener->open;
	for (int i = 0; i < LISTENER_PAUSE_REASONS; i++)
		sum->pauses[i] += listener->pauses[i];
	add_queue(&sum->queue, &listener->queue);
}

static struct snapshot_listener *
find_listener(const struct snapshot *snapshot, const struct snapshot_listener *like)
{
	for (size_t i = 0; i < snapshot->listener_count; i++) {
		struct snapshot_listener *listener = &snapshot->listeners[i];

		if (listener->is_draining == like->is_draining &&
		    strcmp(listener->name, like->name) == 0 &&
		    strcmp(listener->address, like->address) == 0)
			return listener;
	}
	return NULL;
}

void
snapshot_add_listeners(struct snapshot *snapshot, const struct snapshot_part *part)
{
	for (size_t i = 0; i < part->listener_count; i++) {
		struct snapshot_listener *sum = find_listener(snapshot, &part->listeners[i]);

		if (sum)
			add_listener(sum, &part->listeners[i]);
		else
			snapshot->listeners[snapshot->listener_count++] = part->listeners[i];
	}
}

void
snapshot_add_counts(struct snapshot *snapshot, const struct snapshot_listener *gone)
{
	struct snapshot_listener like = *gone;
	struct snapshot_listener *sum = find_listener(snapshot, &like);

	/* In a drain of the server each of them drains. */
	like.is_draining = !gone->is_draining;
	if (!sum)
		sum = find_listener(snapshot, &like);
	if (sum)
		add_listener(sum, gone);
}

uint64_t
snapshot_open(const struct snapshot *snapshot)
{
	uint64_t open = 0;

	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		open += snapshot->sum.by_state[state];
	return open;
}

/* Of what is shorter than the first bound, or longer than the last, nothing more is
 * known: a part of the first bucket would be a guess that is too low. */
static int64_t
within_bucket(int bucket, double part)
{
	int64_t lower;

	if (bucket == 0)
		return http1_duration_bounds_us[0];
	lower = http1_duration_bounds_us[bucket - 1];
	if (bucket == HTTP1_DURATION_BOUNDS)
		return lower;
	return lower + (int64_t)((double)(http1_duration_bounds_us[bucket] - lower) * part);
}

int64_t
snapshot_quantile_us(const uint64_t by_duration[HTTP1_DURATION_BUCKETS], double share)
{
	uint64_t total = 0;
	double left;

	for (int i = 0; i < HTTP1_DURATION_BUCKETS; i++)
		total += by_duration[i];
	left = (double)total * share;
	if (total == 0)
		return 0;
	for (int i = 0; i < HTTP1_DURATION_BUCKETS; i++) {
		const double count = (double)by_duration[i];

		if (count > 0 && left <= count)
			return within_bucket(i, left / count);
		left -= count;
	}
	return within_bucket(HTTP1_DURATION_BOUNDS, 1);
}

const char *
snapshot_listener_state(const struct snapshot_listener *listener)
{
	if (listener->is_draining)
		return "draining";
	return listener->paused != 0 ? "paused" : "accepting";
}
