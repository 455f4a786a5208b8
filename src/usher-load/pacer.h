/* SPDX-License-Identifier: MIT
 *
 * pacer: when requests are due, in an open loop: at constant intervals, or as a
 * Poisson process (intervals with an exponential distribution), as independent clients make it.
 *
 * The schedule does not wait for anybody: who is late finds the requests that
 * have become due, each with its own time.
 *
 * Owns nothing. Thread: whoever owns it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usher-load/random.h"

struct pacer {
	int64_t began_ns;
	double interval_ns; /* on average */
	double next;        /* nanoseconds after began_ns */
	bool is_poisson;
	struct random_state random;
};

/* `rate` a second, above 0; the first is due `phase` (0 to 1) of an interval after
 * `began_ns`, so that several pacers do not step together. */
void pacer_init(
    struct pacer *, int64_t began_ns, double rate, double phase, bool is_poisson, uint64_t seed);

static inline int64_t
pacer_due_ns(const struct pacer *pacer)
{
	return pacer->began_ns + (int64_t)pacer->next;
}

/* The next request was begun: on to the one after it. */
void pacer_advance(struct pacer *);

/* How many were due from the one now next until `now_ns`, which comes after them. */
uint64_t pacer_skip_until(struct pacer *, int64_t now_ns);
