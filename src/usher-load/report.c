/* SPDX-License-Identifier: MIT
 *
 * report: what all outputs have in common.
 */
#include "usher-load/report.h"

#define SLIVER 50 /* less than this part of a slot does not count */

const struct report_quantile report_quantiles[REPORT_QUANTILES] = {
	{ 0.5, "p50", "50" },
	{ 0.75, "p75", "75" },
	{ 0.9, "p90", "90" },
	{ 0.99, "p99", "99" },
	{ 0.999, "p99.9", "99.9" },
	{ 0.9999, "p99.99", "99.99" },
	{ 0.99999, "p99.999", "99.999" },
};

/* A hair less than one is let pass: 100 * (1 - 0.99) is not quite 1. */
bool
report_quantile_is_known(double quantile, uint64_t count)
{
	return (double)count * (1 - quantile) > 0.999999;
}

double
report_per_second(uint64_t count, int64_t duration_ns)
{
	return duration_ns > 0 ? (double)count * 1e9 / (double)duration_ns : 0;
}

static int64_t
shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A sliver of a slot does not make it another phase's, unless it is all there is of
 * that phase. */
enum phase
report_phase_of(const struct report *report, int64_t from_ns, int64_t until_ns)
{
	const struct result *result = report->result;
	int64_t during_ns = result->phase_began_ns[PHASE_DURING] - result->began_ns;
	int64_t after_ns = result->phase_began_ns[PHASE_AFTER] - result->began_ns;
	int64_t overlap_ns;

	if (during_ns < 0)
		return PHASE_BEFORE;
	if (after_ns < 0)
		after_ns = result->ended_ns - result->began_ns;
	overlap_ns = shorter(after_ns, until_ns) - (during_ns > from_ns ? during_ns : from_ns);
	if (overlap_ns > 0 &&
	    overlap_ns * SLIVER >= shorter(after_ns - during_ns, until_ns - from_ns))
		return PHASE_DURING;
	return from_ns + until_ns <= 2 * during_ns ? PHASE_BEFORE : PHASE_AFTER;
}

const struct histogram *
report_latency(const struct report *report, const struct measures *measures)
{
	return report->result->has_schedule ? &measures->corrected : &measures->total;
}
