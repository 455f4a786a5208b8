/* SPDX-License-Identifier: MIT */
#include "handler/history.h"

#include <string.h>

#include "base/panic.h"

static struct history_sample
sample_of(const struct snapshot *snapshot)
{
	const struct snapshot_part *sum = &snapshot->sum;
	struct history_sample sample = { .at_us = snapshot->now_us,
		.requests = sum->http.requests,
		.faults = http1_counters_of_class(&sum->http, 5),
		.accepted = sum->accepted,
		.bytes_in = sum->bytes_in,
		.bytes_out = sum->bytes_out,
		.endings = sum->endings.total,
		.in_flight = sum->http.begun - sum->http.requests,
		.open = snapshot_open(snapshot) };

	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		if (ending_is_fault((enum ending_cause)i))
			sample.faulty_endings += sum->endings.by_cause[i];
	for (size_t i = 0; i < snapshot->loop_count; i++)
		sample.busy_us += snapshot->loops[i].busy_us;
	for (size_t i = 0; i < snapshot->listener_count; i++)
		sample.queued += snapshot->listeners[i].queue.length;
	memcpy(sample.by_duration, sum->http.by_duration, sizeof(sample.by_duration));
	return sample;
}

void
history_add(struct history *history, const struct snapshot *snapshot)
{
	history->samples[history->next] = sample_of(snapshot);
	history->next = (history->next + 1) % HISTORY_SAMPLES;
	if (history->count < HISTORY_SAMPLES)
		history->count++;
}

const struct history_sample *
history_at(const struct history *history, size_t age)
{
	must(age < history->count);
	return &history->samples[(history->next + HISTORY_SAMPLES - 1 - age) % HISTORY_SAMPLES];
}
