/* SPDX-License-Identifier: MIT
 *
 * history: the figures of the last minutes, one sample a second, for the plots of the
 * status page. A ring of fixed size.
 *
 * Pure. Thread: its owner's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "handler/snapshot.h"

#define HISTORY_SECONDS 300
#define HISTORY_SAMPLES (HISTORY_SECONDS + 1) /* a rate needs two */

/* Sums since the start, but for what is said otherwise. */
struct history_sample {
	int64_t at_us; /* monotonic */
	uint64_t requests;
	uint64_t faults; /* answers of the class 5xx */
	uint64_t accepted;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t endings;
	uint64_t faulty_endings;
	int64_t busy_us;    /* of all loops */
	uint64_t open;      /* now */
	uint64_t queued;    /* now, in all accept queues */
	uint64_t in_flight; /* now */
	uint64_t by_duration[HTTP1_DURATION_BUCKETS];
};

struct history {
	struct history_sample samples[HISTORY_SAMPLES];
	size_t count;
	size_t next; /* where the next one goes */
};

/* A history of zeros is an empty one. */
void history_add(struct history *, const struct snapshot *);

/* The sample of that age: 0 is the latest. `age` below `count`. */
const struct history_sample *history_at(const struct history *, size_t age);
