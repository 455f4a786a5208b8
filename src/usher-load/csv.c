/* SPDX-License-Identifier: MIT */
#include "usher-load/csv.h"

#include <errno.h>
#include <inttypes.h>

/* What a stream did not take, ferror(3) tells at the end. NOLINTBEGIN(cert-err33-c) */

static void
write_head(FILE *out)
{
	fputs("from_s,until_s,phase,requests,losses,connects,connections_open,bytes_in,bytes_out,"
	      "latency_p50_us,latency_p99_us",
	    out);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcome_is_of((enum outcome)i, OUTCOME_OF_REQUEST))
			fprintf(out, ",%s", outcome_label((enum outcome)i));
	}
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcome_is_of((enum outcome)i, OUTCOME_OF_CONNECTION))
			fprintf(out, ",connections_%s", outcome_label((enum outcome)i));
	}
	fputs("\n", out);
}

/* An empty field where there was nothing to measure: 0 would be a latency. */
static void
write_quantile(FILE *out, const struct small_histogram *latency, double quantile)
{
	int64_t ns = small_histogram_quantile_ns(latency, quantile);

	fputc(',', out);
	if (ns > 0)
		fprintf(out, "%.3f", (double)ns / 1e3);
}

static void
write_outcomes(FILE *out, const struct timeline_slot *slot)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcome_is_of((enum outcome)i, OUTCOME_OF_REQUEST))
			fprintf(out, ",%" PRIu32, slot->requests[i]);
	}
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcome_is_of((enum outcome)i, OUTCOME_OF_CONNECTION))
			fprintf(out, ",%" PRIu32, slot->connections[i]);
	}
}

static const char *
phase_label(const struct report *report, int64_t from_ns, int64_t until_ns)
{
	return report->command.line ? phase_name(report_phase_of(report, from_ns, until_ns)) : "";
}

static void
write_slot(FILE *out, const struct report *report, unsigned i)
{
	const struct timeline *timeline = &report->result->timeline;
	const struct timeline_slot *slot = timeline->slots[i];
	int64_t from_ns = timeline_slot_from_ns(timeline, i);
	int64_t until_ns = timeline_slot_until_ns(timeline, i);

	fprintf(out, "%.6f,%.6f,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32,
	    (double)from_ns / 1e9, (double)until_ns / 1e9, phase_label(report, from_ns, until_ns),
	    timeline_slot_requests(slot), timeline_slot_losses(slot), slot->connects,
	    slot->connections_open);
	fprintf(out, ",%" PRIu64 ",%" PRIu64, slot->bytes_in, slot->bytes_out);
	write_quantile(out, &slot->latency, 0.5);
	write_quantile(out, &slot->latency, 0.99);
	write_outcomes(out, slot);
	fputs("\n", out);
}

int
csv_write(FILE *out, const struct report *report)
{
	write_head(out);
	for (unsigned i = 0; i < report->result->timeline.count; i++)
		write_slot(out, report, i);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
/* NOLINTEND(cert-err33-c) */
