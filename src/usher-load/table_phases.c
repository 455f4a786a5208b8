/* SPDX-License-Identifier: MIT
 *
 * table_phases: rows of three figures.
 */
#include "usher-load/table_phases.h"

#include "usher-load/cells.h"
#include "usher-load/figures.h"

/* What a stream did not take, ferror(3) tells at the end. NOLINTBEGIN(cert-err33-c) */

static void
write_head(FILE *out, const struct report *report)
{
	const struct report_command *command = &report->command;

	fputs("\n  During: ", out);
	cell_write_printable(out, command->line);
	if (command->ended_ns > 0) {
		fputs(" (", out);
		cell_write_inline(
		    out, figure_put_time, (double)(command->ended_ns - command->began_ns));
		if (command->signal != 0)
			fprintf(out, ", signal %d)", command->signal);
		else
			fprintf(out, ", exit status %d)", command->exit_status);
	}
	fprintf(out, "\n  %-*s", CELL_LABEL_WIDTH, "");
	for (int i = 0; i < PHASE_COUNT; i++)
		cell_write_string(out, phase_name((enum phase)i));
	fputc('\n', out);
}

/* A phase that was never entered has no figures. */
static bool
was_entered(const struct report *report, int phase)
{
	return report->result->phase_began_ns[phase] > 0;
}

static double
answers_per_second(const struct report *report, const struct measures *measures)
{
	(void)report;
	return report_per_second(
	    measures->outcomes.requests[OUTCOME_ANSWERED], measures->duration_ns);
}

static double
duration_ns(const struct report *report, const struct measures *measures)
{
	(void)report;
	return (double)measures->duration_ns;
}

static double
median_ns(const struct report *report, const struct measures *measures)
{
	return (double)histogram_quantile_ns(report_latency(report, measures), 0.5);
}

static double
p99_ns(const struct report *report, const struct measures *measures)
{
	return (double)histogram_quantile_ns(report_latency(report, measures), 0.99);
}

static double
most_ns(const struct report *report, const struct measures *measures)
{
	return (double)report_latency(report, measures)->max_ns;
}

static double
losses(const struct report *report, const struct measures *measures)
{
	(void)report;
	return (double)outcome_tally_losses(&measures->outcomes);
}

/* Of no answers there is no latency. */
static void
put_latency(struct text *text, double ns)
{
	if (ns > 0)
		figure_put_time(text, ns);
	else
		text_put_char(text, '-');
}

/* Of losses, none is a figure too. */
static void
put_count(struct text *text, double count)
{
	figure_put_count(text, (uint64_t)count);
}

struct phase_row {
	const char *label;
	double (*value_of)(const struct report *, const struct measures *);
	cell_put_function *put;
};

static void
write_row(FILE *out, const struct report *report, const struct phase_row *row)
{
	fprintf(out, "  %-*s", CELL_LABEL_WIDTH, row->label);
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (was_entered(report, i))
			cell_write(
			    out, row->put, row->value_of(report, &report->result->phases[i]));
		else
			cell_write_string(out, "");
	}
	fputc('\n', out);
}

static void
write_outcome(FILE *out, const struct report *report, enum outcome outcome)
{
	if (outcome_tally_losses_by(&report->whole->outcomes, outcome) == 0)
		return;
	cell_write_outcome(out, outcome, true);
	for (int i = 0; i < PHASE_COUNT; i++) {
		const struct outcome_tally *tally = &report->result->phases[i].outcomes;

		cell_write(out, cell_put_count, (double)outcome_tally_losses_by(tally, outcome));
	}
	fputc('\n', out);
}

void
table_write_phases(FILE *out, const struct report *report)
{
	static const struct phase_row rows[] = {
		{ "duration", duration_ns, figure_put_time },
		{ "answers per second", answers_per_second, figure_put_number },
		{ "latency p50", median_ns, put_latency },
		{ "latency p99", p99_ns, put_latency },
		{ "longest latency", most_ns, put_latency },
		{ "lost", losses, put_count },
	};

	write_head(out, report);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		write_row(out, report, &rows[i]);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		write_outcome(out, report, (enum outcome)i);
}
/* NOLINTEND(cert-err33-c) */
