/* SPDX-License-Identifier: MIT
 *
 * json_report: the members, in their order. The text is built whole and then
 * written: some hundred KiB at most, because the time line is bounded.
 */
#include "usher-load/json_report.h"

#include <errno.h>
#include <inttypes.h>

#include "base/json.h"

#define TEXT_MAX (16 << 20)

static void
put_us(struct json *json, const char *key, double ns)
{
	json_real(json, key, ns / 1e3, 3);
}

static void
put_s(struct json *json, const char *key, int64_t ns)
{
	json_real(json, key, (double)ns / 1e9, 6);
}

static void
put_setup(struct json *json, const struct report *report)
{
	json_begin(json, "setup");
	json_u64(json, "threads", report->threads);
	json_u64(json, "connections", report->connections);
	json_u64(json, "idle_connections", report->idle_connections);
	json_u64(json, "pipeline", report->pipeline);
	json_flag(json, "close", report->is_close);
	if (report->rate > 0) {
		json_u64(json, "rate_per_s", report->rate);
		json_string(json, "arrivals", slice_of(report->arrivals));
	}
	json_end(json);
}

static void
put_notes(struct json *json, const struct report *report)
{
	json_begin_list(json, "notes");
	for (unsigned i = 0; i < REPORT_NOTES_MAX; i++) {
		char room[REPORT_NOTE_SIZE];
		struct text note = text_over(room, sizeof(room));

		if (!report_note(report, i, &note))
			break;
		json_string(json, NULL, text_slice(&note));
	}
	json_end_list(json);
}

static void
put_command(struct json *json, const struct report *report)
{
	const struct report_command *command = &report->command;

	if (!command->line)
		return;
	json_begin(json, "command");
	json_string(json, "line", slice_of(command->line));
	if (command->began_ns > 0)
		put_s(json, "at_s", command->began_ns - report->result->began_ns);
	if (command->ended_ns > 0) {
		put_s(json, "duration_s", command->ended_ns - command->began_ns);
		if (command->signal != 0)
			json_u64(json, "signal", (uint64_t)command->signal);
		else
			json_u64(json, "exit_status", (uint64_t)command->exit_status);
	}
	json_end(json);
}

static void
put_quantiles(struct json *json, const struct histogram *histogram)
{
	json_begin(json, "quantiles");
	for (int i = 0; i < REPORT_QUANTILES; i++) {
		const struct report_quantile *row = &report_quantiles[i];

		if (report_quantile_is_known(row->quantile, histogram->count))
			put_us(json, row->percent,
			    (double)histogram_quantile_ns(histogram, row->quantile));
	}
	json_end(json);
}

/* [the most that a bucket holds, in microseconds; how many it holds], as a reader
 * needs them to add up runs or to ask for other quantiles. */
static void
put_buckets(struct json *json, const struct histogram *histogram)
{
	json_begin_list(json, "buckets");
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (histogram->buckets[i] == 0)
			continue;
		json_begin_list(json, NULL);
		put_us(json, NULL, (double)histogram_bucket_highest_ns(i));
		json_u64(json, NULL, histogram->buckets[i]);
		json_end_list(json);
	}
	json_end_list(json);
}

static void
put_histogram(
    struct json *json, const char *key, const struct histogram *histogram, bool has_buckets)
{
	if (histogram->count == 0)
		return;
	json_begin(json, key);
	json_u64(json, "count", histogram->count);
	put_us(json, "mean", histogram_mean_ns(histogram));
	put_us(json, "stddev", histogram_stddev_ns(histogram));
	put_us(json, "min", (double)histogram->min_ns);
	put_us(json, "max", (double)histogram->max_ns);
	put_quantiles(json, histogram);
	if (has_buckets)
		put_buckets(json, histogram);
	json_end(json);
}

static void
put_outcomes(struct json *json, const struct outcome_tally *tally)
{
	json_begin(json, "outcomes");
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		enum outcome outcome = (enum outcome)i;

		json_begin(json, outcome_label(outcome));
		json_string(json, "kind", slice_of(outcome_kind_name(outcome_kind(outcome))));
		if (outcome_is_of(outcome, OUTCOME_OF_REQUEST))
			json_u64(json, "requests", tally->requests[i]);
		if (outcome_is_of(outcome, OUTCOME_OF_CONNECTION))
			json_u64(json, "connections", tally->connections[i]);
		json_end(json);
	}
	json_end(json);
}

static void
put_statuses(struct json *json, const struct measures *measures)
{
	json_begin(json, "statuses");
	for (int i = 1; i <= RESULT_STATUS_MAX; i++) {
		char key[4];
		struct text text = text_over(key, sizeof(key));

		if (measures->statuses[i] == 0)
			continue;
		text_put_u64(&text, (uint64_t)i);
		json_u64(json, text_string(&text), measures->statuses[i]);
	}
	json_end(json);
}

static void
put_latency(struct json *json, const struct measures *measures, bool has_buckets)
{
	json_begin(json, "latency");
	put_histogram(json, "connect_us", &measures->connect, has_buckets);
	put_histogram(json, "first_byte_us", &measures->first_byte, has_buckets);
	put_histogram(json, "total_us", &measures->total, has_buckets);
	put_histogram(json, "corrected_us", &measures->corrected, has_buckets);
	json_end(json);
}

static void
put_measures(struct json *json, const char *key, const struct measures *measures, bool has_buckets)
{
	const struct outcome_tally *tally = &measures->outcomes;
	uint64_t answered = tally->requests[OUTCOME_ANSWERED];

	json_begin(json, key);
	put_s(json, "duration_s", measures->duration_ns);
	json_u64(json, "requests", outcome_tally_requests(tally));
	json_u64(json, "answered", answered);
	json_real(json, "answered_per_s", report_per_second(answered, measures->duration_ns), 3);
	json_u64(json, "losses", outcome_tally_losses(tally));
	json_u64(json, "own_faults", outcome_tally_own_faults(tally));
	json_u64(json, "bytes_in", measures->bytes_in);
	json_u64(json, "bytes_out", measures->bytes_out);
	put_statuses(json, measures);
	put_outcomes(json, tally);
	put_latency(json, measures, has_buckets);
	json_end(json);
}

static void
put_phases(struct json *json, const struct report *report)
{
	if (!report->command.line)
		return;
	json_begin(json, "phases");
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (report->result->phase_began_ns[i] > 0)
			put_measures(
			    json, phase_name((enum phase)i), &report->result->phases[i], false);
	}
	json_end(json);
}

static void
put_client(struct json *json, const struct report *report)
{
	const struct result *result = report->result;
	uint64_t answered = report->whole->outcomes.requests[OUTCOME_ANSWERED];

	json_begin(json, "client");
	json_seconds(json, "cpu_user_s", result->cpu_user_us);
	json_seconds(json, "cpu_system_s", result->cpu_system_us);
	if (answered > 0)
		json_real(json, "cpu_per_answer_us",
		    (double)(result->cpu_user_us + result->cpu_system_us) / (double)answered, 3);
	if (result->has_schedule) {
		json_u64(json, "due", result->due);
		json_u64(json, "never_sent", result->never_sent);
	}
	put_histogram(json, "lag_us", &report->whole->lag, false);
	json_u64(json, "loop_delay_us", (uint64_t)report->result->loop_delay_ns / 1000);
	json_end(json);
}

/* What did not occur is left out: a row a second, of dozens of outcomes. */
static void
put_slot_outcomes(struct json *json, const char *key, const uint32_t *counts)
{
	json_begin(json, key);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (counts[i] > 0)
			json_u64(json, outcome_label((enum outcome)i), counts[i]);
	}
	json_end(json);
}

static void
put_slot_latency(struct json *json, const struct small_histogram *latency)
{
	int64_t median_ns = small_histogram_quantile_ns(latency, 0.5);

	if (median_ns == 0)
		return;
	put_us(json, "latency_p50_us", (double)median_ns);
	put_us(json, "latency_p99_us", (double)small_histogram_quantile_ns(latency, 0.99));
}

static void
put_slot(struct json *json, const struct report *report, unsigned i)
{
	const struct timeline *timeline = &report->result->timeline;
	const struct timeline_slot *slot = timeline->slots[i];
	int64_t from_ns = timeline_slot_from_ns(timeline, i);
	int64_t until_ns = timeline_slot_until_ns(timeline, i);

	json_begin(json, NULL);
	put_s(json, "from_s", from_ns);
	put_s(json, "until_s", until_ns);
	if (report->command.line)
		json_string(json, "phase",
		    slice_of(phase_name(report_phase_of(report, from_ns, until_ns))));
	put_slot_outcomes(json, "requests", slot->requests);
	put_slot_outcomes(json, "connections", slot->connections);
	json_u64(json, "connects", slot->connects);
	json_u64(json, "connections_open", slot->connections_open);
	json_u64(json, "bytes_in", slot->bytes_in);
	json_u64(json, "bytes_out", slot->bytes_out);
	put_slot_latency(json, &slot->latency);
	json_end(json);
}

static void
put_report(struct json *json, const struct report *report)
{
	json_begin(json, NULL);
	json_string(json, "usher_load", slice_of(report->version));
	json_string(json, "target", slice_of(report->target));
	json_seconds(json, "began_unix_s", report->began_wall_us);
	json_flag(json, "interrupted", report->was_interrupted);
	put_setup(json, report);
	put_notes(json, report);
	put_command(json, report);
	put_client(json, report);
	put_measures(json, "whole", report->whole, true);
	put_phases(json, report);
	json_begin_list(json, "timeline");
	for (unsigned i = 0; i < report->result->timeline.count; i++)
		put_slot(json, report, i);
	json_end_list(json);
	json_end(json);
}

int
json_report_write(FILE *out, const struct report *report)
{
	struct text text = text_growing(TEXT_MAX);
	struct json json = json_over(&text);
	int result = -ENOMEM;

	put_report(&json, report);
	text_put_char(&text, '\n');
	if (!text.is_truncated)
		result =
		    fwrite(text.data, 1, text.len, out) == text.len && fflush(out) == 0 ? 0 : -EIO;
	text_free(&text);
	return result;
}
