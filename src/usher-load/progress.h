/* SPDX-License-Identifier: MIT
 *
 * progress: one line on a terminal that says how the run goes, written over
 * itself. Nothing at all where the descriptor is no terminal, or one that cannot
 * move its cursor (TERM=dumb).
 *
 *   12 s of 30 s   73,122/s   64 in flight   0 lost   p50 812 us   p99 2.31 ms
 *
 * Owns nothing. Thread: its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "usher-load/live.h"

#define PROGRESS_LINE_MAX 256

struct progress {
	int fd; /* borrowed */
	bool is_on;
	bool has_line;       /* something stands on the screen */
	int64_t shown_ns;    /* when the line was last drawn */
	uint64_t last_ended; /* requests then */
	double per_second;
};

/* What the run is to last: one of them, or both, may be 0. */
struct progress_goal {
	int64_t duration_ns;
	uint64_t requests;
};

/* On `fd`, unless `is_quiet`; the run begins at `now_ns`. */
void progress_init(struct progress *, int fd, bool is_quiet, int64_t now_ns);
/* Draws the line anew; at most every `PROGRESS_INTERVAL_NS`, else without effect. */
#define PROGRESS_INTERVAL_NS INT64_C(200000000)
void progress_show(struct progress *, const struct live_counts *, const struct progress_goal *,
    int64_t elapsed_ns, int64_t now_ns);
/* Takes the line away, so that the table begins on a clean one. */
void progress_clear(struct progress *);

/* The line's text, for progress_show and the tests; no control characters. */
void progress_put_line(struct text *, const struct live_counts *, double per_second,
    const struct progress_goal *, int64_t elapsed_ns);
