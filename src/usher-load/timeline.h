/* SPDX-License-Identifier: MIT
 *
 * timeline: what happened in each second of a run: requests, outcomes, bytes,
 * open connections, latencies.
 *
 * A time line is a row of slots of one width. When a run outlasts the row, each
 * two slots become one and the width doubles: a long run costs no more memory
 * than a short one, and every count stays. The time lines of several threads
 * begin at the same instant and are added when the threads are done.
 *
 * A slot is made when its time comes (some 10 KiB, once per slot). Where there
 * is no memory for it, its events go to the slot before it, and `is_truncated`
 * says so: measuring never stops the run.
 *
 * Owns its slots. Thread: its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usher-load/histogram.h"
#include "usher-load/outcome.h"

#define TIMELINE_SLOTS_MAX 1024 /* even */

struct timeline_slot {
	uint32_t requests[OUTCOME_COUNT]; /* that got this outcome in the slot */
	uint32_t connections[OUTCOME_COUNT];
	uint32_t connects;         /* finished handshakes */
	uint32_t connections_open; /* at the end of the slot */
	uint64_t bytes_in;
	uint64_t bytes_out;
	struct small_histogram latency; /* corrected where the run has a schedule */
};

/* All zeros is one that was never begun: timeline_done may be called. */
struct timeline {
	int64_t begin_ns;    /* CLOCK_MONOTONIC */
	int64_t width_ns;    /* of a slot; doubles */
	int64_t slot_end_ns; /* of the current one: what comes later needs the next */
	int64_t end_ns;      /* of the run; set by timeline_finish */
	uint32_t open;       /* connections open now */
	bool is_truncated;
	unsigned count;                                  /* of slots that have begun */
	struct timeline_slot *current;                   /* borrowed from slots */
	struct timeline_slot *slots[TIMELINE_SLOTS_MAX]; /* owned */
};

/* A row that begins at `begin_ns` with slots of `width_ns`, both above 0. 0, or
 * -ENOMEM. */
int timeline_init(struct timeline *, int64_t begin_ns, int64_t width_ns)
    __attribute__((warn_unused_result));
void timeline_done(struct timeline *);

/* Makes the slot of `now_ns` the current one; what comes between is empty. */
void timeline_advance(struct timeline *, int64_t now_ns);

/* The slot for what happens at `now_ns`: the current one, or a later one. Time
 * that goes back (which a loop's cached clock may seem to do) stays in the
 * current slot. */
static inline struct timeline_slot *
timeline_at(struct timeline *timeline, int64_t now_ns)
{
	if (__builtin_expect(now_ns >= timeline->slot_end_ns, 0))
		timeline_advance(timeline, now_ns);
	return timeline->current;
}

/* A connection was opened, or one that was open ended. */
static inline void
timeline_change_open(struct timeline *timeline, int64_t now_ns, int change)
{
	struct timeline_slot *slot = timeline_at(timeline, now_ns);

	timeline->open += (uint32_t)change;
	slot->connections_open = timeline->open;
}

/* Adds the slots of `part`, which began at the same instant with the same width;
 * either may have been widened since, and `part` is widened where `sum` was. 0,
 * or -ENOMEM: nothing was added, and `is_truncated` is set. */
int timeline_add(struct timeline *sum, struct timeline *part) __attribute__((warn_unused_result));

/* The run ended at `end_ns`: nothing is recorded after that. A last slot of less than
 * half a width, whose rate would be chance, is taken into the one before it. */
void timeline_finish(struct timeline *, int64_t end_ns);

/* From where to where, in time since the run began, a slot of a finished time line
 * reaches. */
int64_t timeline_slot_from_ns(const struct timeline *, unsigned slot);
int64_t timeline_slot_until_ns(const struct timeline *, unsigned slot);

uint64_t timeline_slot_requests(const struct timeline_slot *); /* all that ended in it */
/* As outcome_tally_losses. */
uint64_t timeline_slot_losses(const struct timeline_slot *);
