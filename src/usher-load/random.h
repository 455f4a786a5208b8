/* SPDX-License-Identifier: MIT
 *
 * random: a fast generator (xorshift64*) for arrivals, think times and the choice
 * of requests. The same seed gives the same run; not for secrets.
 *
 * Thread: whoever owns the state.
 */
#pragma once

#include <stdint.h>

struct random_state {
	uint64_t word; /* never 0 */
};

static inline uint64_t
random_next(struct random_state *random)
{
	uint64_t x = random->word;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random->word = x;
	return x * UINT64_C(2685821657736338717);
}

/* Spreads neighbouring seeds apart; 0 is as good as any. */
static inline void
random_seed(struct random_state *random, uint64_t seed)
{
	random->word = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	if (random->word == 0)
		random->word = 1;
	(void)random_next(random);
	(void)random_next(random);
}

/* From 0 up to, not including, `bound`, which is not 0. */
static inline uint64_t
random_below(struct random_state *random, uint64_t bound)
{
	return (random_next(random) >> 11) % bound;
}

/* Above 0, up to 1. */
static inline double
random_unit(struct random_state *random)
{
	return (double)((random_next(random) >> 11) + 1) * 0x1p-53;
}
