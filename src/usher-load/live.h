/* SPDX-License-Identifier: MIT
 *
 * live: how the threads of a run tell, several times a second, how it goes: a
 * thread publishes a copy of its counts, whoever draws the progress line collects
 * those of all threads.
 *
 * The copy is made under a lock that is held for a few microseconds; nothing of
 * it is on the hot path.
 *
 * Thread: any for each function; a struct live is one thread's to publish.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "usher-load/result.h"

struct live_counts {
	uint64_t ended; /* requests that have an outcome */
	uint64_t answered;
	uint64_t losses; /* as outcome_tally_losses */
	uint64_t own_faults;
	uint64_t in_flight;             /* requests sent and not ended */
	uint64_t connections;           /* open */
	enum phase phase;               /* the latest of all threads */
	struct small_histogram latency; /* of the last one to two slots */
};

struct live {
	pthread_mutex_t lock;
	struct live_counts counts;
};

void live_init(struct live *);
void live_done(struct live *);

/* How things stand in a thread now. */
void live_publish(struct live *, const struct result *, uint64_t in_flight);
/* Adds what was last published to `sum`, which begins as zeros. */
void live_collect(struct live *, struct live_counts *sum);
