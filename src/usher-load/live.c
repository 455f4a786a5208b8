/* SPDX-License-Identifier: MIT
 *
 * live: copies of counts, under a lock.
 */
#include "usher-load/live.h"

#include "base/panic.h"

void
live_init(struct live *live)
{
	*live = (struct live){ .counts.ended = 0 };
	must(pthread_mutex_init(&live->lock, NULL) == 0);
}

void
live_done(struct live *live)
{
	must(pthread_mutex_destroy(&live->lock) == 0);
}

static void
count_outcomes(struct live_counts *counts, const struct result *result)
{
	struct outcome_tally tally = { .requests = { 0 } };

	for (int i = 0; i < PHASE_COUNT; i++)
		outcome_tally_add(&tally, &result->phases[i].outcomes);
	counts->ended = outcome_tally_requests(&tally);
	counts->answered = tally.requests[OUTCOME_ANSWERED];
	counts->losses = outcome_tally_losses(&tally);
	counts->own_faults = outcome_tally_own_faults(&tally);
}

/* The current slot alone would be empty each time it begins. */
static void
add_recent_latency(struct live_counts *counts, const struct timeline *timeline)
{
	if (timeline->count > 1)
		small_histogram_add(
		    &counts->latency, &timeline->slots[timeline->count - 2]->latency);
	small_histogram_add(&counts->latency, &timeline->current->latency);
}

void
live_publish(struct live *live, const struct result *result, uint64_t in_flight)
{
	struct live_counts counts = {
		.in_flight = in_flight, .connections = result->timeline.open, .phase = result->phase
	};

	count_outcomes(&counts, result);
	add_recent_latency(&counts, &result->timeline);
	must(pthread_mutex_lock(&live->lock) == 0);
	live->counts = counts;
	must(pthread_mutex_unlock(&live->lock) == 0);
}

void
live_collect(struct live *live, struct live_counts *sum)
{
	const struct live_counts *counts = &live->counts;

	must(pthread_mutex_lock(&live->lock) == 0);
	sum->ended += counts->ended;
	sum->answered += counts->answered;
	sum->losses += counts->losses;
	sum->own_faults += counts->own_faults;
	sum->in_flight += counts->in_flight;
	sum->connections += counts->connections;
	if (counts->phase > sum->phase)
		sum->phase = counts->phase;
	small_histogram_add(&sum->latency, &counts->latency);
	must(pthread_mutex_unlock(&live->lock) == 0);
}
