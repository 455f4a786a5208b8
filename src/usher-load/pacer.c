/* SPDX-License-Identifier: MIT */
#include "usher-load/pacer.h"

#include <math.h>

#include "base/clock.h"

void
pacer_init(struct pacer *pacer, int64_t began_ns, double rate, double phase, bool is_poisson,
    uint64_t seed)
{
	pacer->began_ns = began_ns;
	pacer->interval_ns = (double)CLOCK_SECOND_NS / rate;
	pacer->next = pacer->interval_ns * phase;
	pacer->is_poisson = is_poisson;
	random_seed(&pacer->random, seed);
}

void
pacer_advance(struct pacer *pacer)
{
	if (pacer->is_poisson)
		pacer->next -= log(random_unit(&pacer->random)) * pacer->interval_ns;
	else
		pacer->next += pacer->interval_ns;
}

uint64_t
pacer_skip_until(struct pacer *pacer, int64_t now_ns)
{
	uint64_t skipped = 0;

	while (pacer_due_ns(pacer) <= now_ns) {
		pacer_advance(pacer);
		skipped++;
	}
	return skipped;
}
