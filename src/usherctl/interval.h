/* SPDX-License-Identifier: MIT
 *
 * interval: what happened between two snapshots of one daemon: rates, shares, and
 * the latencies of the requests that were answered in between.
 *
 * Owns nothing; pure.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "usherctl/snapshot.h"

struct interval {
	const struct snapshot *before; /* borrowed; NULL: nothing to compare with */
	const struct snapshot *after;  /* borrowed */
	double seconds;                /* by the daemon's clock; 0 without `before` */
};

/* `before` may be NULL, and is taken for that where another process answered then,
 * or no time has passed. */
struct interval interval_between(const struct snapshot *before, const struct snapshot *after);

/* How much a counter grew in a second; 0 where it shrank or nobody knows. */
double interval_rate(const struct interval *interval, uint64_t before, uint64_t after);

/* What stood in the earlier snapshot under the same name; zeros where nothing did. */
struct snapshot_listener
interval_listener(const struct interval *interval, const struct snapshot_listener *after);
uint64_t interval_cause(const struct interval *interval, const char *name);

/* The share of the time that a loop was busy, 0..1, or -1 where nobody knows. */
double interval_busy(const struct interval *interval, const struct snapshot_loop *after);
/* The share of one processor that the process used; or -1. */
double interval_cpu(const struct interval *interval);

/* The time, in seconds, below which `quantile` (0..1) of the requests of the
 * interval stayed, interpolated within its bucket; the end of the first bucket, the
 * start of the last where it lies in there. NAN where there were none. */
double interval_quantile(const struct interval *interval, double quantile);

/* Such a time for people; `<100 us` where it lies in the first bucket of `snapshot`. */
void interval_put_latency(struct text *, const struct snapshot *snapshot, double seconds);
