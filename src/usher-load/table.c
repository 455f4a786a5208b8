/* SPDX-License-Identifier: MIT
 *
 * table: the parts of the page, in its order.
 */
#include "usher-load/table.h"

#include <errno.h>

#include "base/text.h"
#include "usher-load/cells.h"
#include "usher-load/figures.h"
#include "usher-load/table_phases.h"

/* What a stream did not take, ferror(3) tells at the end. NOLINTBEGIN(cert-err33-c) */

static void
write_plural(FILE *out, uint64_t count, const char *noun)
{
	cell_write_inline(out, cell_put_count, (double)count);
	fprintf(out, " %s%s", noun, count == 1 ? "" : "s");
}

static void
write_setup(FILE *out, const struct report *report)
{
	cell_write_printable(out, report->target);
	fputs("\n  ", out);
	cell_write_inline(out, figure_put_time, (double)report->whole->duration_ns);
	fputs(", ", out);
	write_plural(out, report->threads, "thread");
	fputs(", ", out);
	write_plural(out, report->connections, "connection");
	if (report->idle_connections > 0) {
		fputs(" (and ", out);
		cell_write_inline(out, cell_put_count, (double)report->idle_connections);
		fputs(" idle)", out);
	}
	if (report->pipeline > 1) {
		fputs(", ", out);
		cell_write_inline(out, cell_put_count, (double)report->pipeline);
		fputs(" in flight on each", out);
	}
	if (report->is_close)
		fputs(", a connection for each request", out);
	fputs(", ", out);
	if (report->rate > 0) {
		cell_write_inline(out, cell_put_count, (double)report->rate);
		fprintf(out, "/s %s\n", report->arrivals);
	} else {
		fputs("closed loop\n", out);
	}
}

static void
write_bytes(FILE *out, const char *label, uint64_t bytes, int64_t duration_ns)
{
	fprintf(out, "  %-10s", label);
	cell_write(out, figure_put_bytes, (double)bytes);
	cell_write(out, figure_put_bytes, report_per_second(bytes, duration_ns));
	fputs("/s\n", out);
}

static void
write_totals(FILE *out, const struct measures *whole)
{
	uint64_t answered = whole->outcomes.requests[OUTCOME_ANSWERED];

	fputs("\n  answered  ", out);
	cell_write(out, cell_put_count, (double)answered);
	cell_write(out, figure_put_number, report_per_second(answered, whole->duration_ns));
	fputs("/s\n", out);
	write_bytes(out, "received", whole->bytes_in, whole->duration_ns);
	write_bytes(out, "sent", whole->bytes_out, whole->duration_ns);
}

/* One column of the latencies; those without a single time are left out. */
struct column {
	const char *name;
	const struct histogram *histogram;
};
#define COLUMNS_MAX 4

static unsigned
fill_columns(const struct measures *measures, struct column *columns)
{
	const struct column all[COLUMNS_MAX] = {
		{ "connect", &measures->connect },
		{ "first byte", &measures->first_byte },
		{ "total", &measures->total },
		{ "corrected", &measures->corrected },
	};
	unsigned count = 0;

	for (unsigned i = 0; i < COLUMNS_MAX; i++) {
		if (all[i].histogram->count > 0)
			columns[count++] = all[i];
	}
	return count;
}

static void
write_row(FILE *out, const char *label, const struct column *columns, unsigned count,
    double (*value_of)(const struct histogram *))
{
	fprintf(out, "  %-10s", label);
	for (unsigned i = 0; i < count; i++)
		cell_write(out, figure_put_time, value_of(columns[i].histogram));
	fputc('\n', out);
}

static void
write_quantile_row(
    FILE *out, const struct report_quantile *quantile, const struct column *columns, unsigned count)
{
	fprintf(out, "  %-10s", quantile->name);
	for (unsigned i = 0; i < count; i++) {
		const struct histogram *histogram = columns[i].histogram;

		if (report_quantile_is_known(quantile->quantile, histogram->count))
			cell_write(out, figure_put_time,
			    (double)histogram_quantile_ns(histogram, quantile->quantile));
		else
			fprintf(out, "%*s", CELL_WIDTH, "-");
	}
	fputc('\n', out);
}

static double
least_ns(const struct histogram *histogram)
{
	return (double)histogram->min_ns;
}

static double
most_ns(const struct histogram *histogram)
{
	return (double)histogram->max_ns;
}

static void
write_latencies(FILE *out, const struct measures *measures)
{
	struct column columns[COLUMNS_MAX];
	unsigned count = fill_columns(measures, columns);

	if (count == 0)
		return;
	fprintf(out, "\n  %-10s", "latency");
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "%*s", CELL_WIDTH, columns[i].name);
	fputc('\n', out);
	write_row(out, "mean", columns, count, histogram_mean_ns);
	write_row(out, "std. dev.", columns, count, histogram_stddev_ns);
	write_row(out, "least", columns, count, least_ns);
	for (int i = 0; i < REPORT_QUANTILES; i++)
		write_quantile_row(out, &report_quantiles[i], columns, count);
	write_row(out, "most", columns, count, most_ns);
	if (measures->corrected.count > 0)
		fputs("  (corrected: from the moment at which the request was due)\n", out);
}

static void
write_statuses(FILE *out, const struct measures *measures)
{
	const char *separator = "\n  status    ";

	for (int i = 1; i <= RESULT_STATUS_MAX; i++) {
		if (measures->statuses[i] == 0)
			continue;
		fprintf(out, "%s%d: ", separator, i);
		cell_write_inline(out, cell_put_count, (double)measures->statuses[i]);
		separator = ", ";
	}
	if (*separator == ',')
		fputc('\n', out);
}

static void
write_matrix(FILE *out, const struct outcome_tally *tally)
{
	if (outcome_tally_requests(tally) + outcome_tally_connections(tally) == 0)
		return;
	fprintf(out, "\n  %-*s%*s%*s\n", CELL_LABEL_WIDTH, "outcome", CELL_WIDTH, "requests",
	    CELL_WIDTH, "connections");
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		enum outcome outcome = (enum outcome)i;

		if (tally->requests[i] + tally->connections[i] == 0)
			continue;
		cell_write_outcome(out, outcome, outcome_tally_losses_by(tally, outcome) > 0);
		cell_write(out, cell_put_count, (double)tally->requests[i]);
		cell_write(out, cell_put_count, (double)tally->connections[i]);
		fputc('\n', out);
	}
}

/* Requests and connections are not to be mixed: a connection that was refused is tried
 * again, and again. */
static void
write_verdict(FILE *out, const struct outcome_tally *tally)
{
	uint64_t all = outcome_tally_requests(tally);
	uint64_t connections = outcome_tally_lost_connections(tally);
	uint64_t requests = outcome_tally_losses(tally) - connections;

	if (requests + connections == 0) {
		fputs(all > 0 ? "\n  Nothing was lost.\n" : "\n  No request was made.\n", out);
		return;
	}
	fputs("\n! LOST: ", out);
	if (requests > 0) {
		write_plural(out, requests, "request");
		fputs(" (", out);
		cell_write_inline(out, figure_put_part, (double)requests / (double)all);
		fputs(connections > 0 ? "), " : ")", out);
	}
	if (connections > 0) {
		write_plural(out, connections, "connection");
		fputs(" that could not be made or used", out);
	}
	fputs(".\n", out);
}

static size_t
length_of_word(struct slice slice)
{
	size_t len = 0;

	while (len < slice.len && slice.data[len] != ' ')
		len++;
	return len;
}

/* Breaks at spaces. */
static void
write_note(FILE *out, struct slice note)
{
	int column = fprintf(out, "\n  Note:") - 1;

	while (note.len > 0) {
		int word = (int)length_of_word(note);

		if (column + 1 + word > CELL_LINE_WIDTH)
			column = fprintf(out, "\n ") - 1;
		column += fprintf(out, " %.*s", word, note.data);
		note = slice_from(note, note.len > (size_t)word ? (size_t)word + 1 : note.len);
	}
	fputc('\n', out);
}

static void
write_notes(FILE *out, const struct report *report)
{
	for (unsigned i = 0; i < REPORT_NOTES_MAX; i++) {
		char room[REPORT_NOTE_SIZE];
		struct text note = text_over(room, sizeof(room));

		if (!report_note(report, i, &note))
			return;
		write_note(out, text_slice(&note));
	}
}

int
table_write(FILE *out, const struct report *report)
{
	write_setup(out, report);
	write_totals(out, report->whole);
	write_statuses(out, report->whole);
	write_latencies(out, report->whole);
	write_matrix(out, &report->whole->outcomes);
	if (report->command.line)
		table_write_phases(out, report);
	write_verdict(out, &report->whole->outcomes);
	write_notes(out, report);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
/* NOLINTEND(cert-err33-c) */
