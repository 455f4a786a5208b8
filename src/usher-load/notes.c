/* SPDX-License-Identifier: MIT
 *
 * notes: the sentences of report_note. Each is a function that says its sentence
 * or has nothing to say.
 */
#include "usher-load/report.h"

#include "usher-load/figures.h"

#define BUSY_FROM 0.9       /* of the threads' time on a CPU */
#define LATE_FROM_NS 1e6    /* p99 of the lag that matters beside a network */
#define LATE_FROM_PART 0.1  /* … and beside the latency that was measured */
#define STALLED_FROM_NS 5e6 /* of the loop: shorter pauses are any machine's */
#define SHORT_OF_RATE 0.99
#define NEVER_SENT_FROM 0.001 /* of what was due: a few come due as the run ends */

typedef bool note_function(const struct report *, struct text *);

static bool
note_own_faults(const struct report *report, struct text *ret_note)
{
	const struct outcome_tally *outcomes = &report->whole->outcomes;
	uint64_t count = outcome_tally_own_faults(outcomes);

	if (count == 0)
		return false;
	figure_put_count(ret_note, count);
	text_put_string(ret_note,
	    " connections failed for reasons of this machine,"
	    " which says nothing about the server");
	if (outcomes->connections[OUTCOME_NO_PORTS] > 0)
		text_put_string(
		    ret_note, "; an address has some 28,000 ports: give more with --source");
	if (outcomes->connections[OUTCOME_NO_DESCRIPTORS] > 0)
		text_put_string(ret_note, "; raise the limit of descriptors (ulimit -n)");
	text_put_char(ret_note, '.');
	return true;
}

static bool
note_busy(const struct report *report, struct text *ret_note)
{
	double cpu_us = (double)(report->result->cpu_user_us + report->result->cpu_system_us);
	double part = 0;

	if (report->whole->duration_ns > 0 && report->threads > 0)
		part =
		    cpu_us * 1e3 / ((double)report->whole->duration_ns * (double)report->threads);
	if (part < BUSY_FROM)
		return false;
	text_put_format(ret_note,
	    "The client's threads were busy %.0f %% of the time: the client may have been the"
	    " limit, not the server. More threads (-t) or another machine would tell.",
	    part * 100);
	return true;
}

static bool
note_late(const struct report *report, struct text *ret_note)
{
	double lag_ns = (double)histogram_quantile_ns(&report->whole->lag, 0.99);
	double latency_ns =
	    (double)histogram_quantile_ns(report_latency(report, report->whole), 0.99);

	if (lag_ns < LATE_FROM_NS || lag_ns < latency_ns * LATE_FROM_PART)
		return false;
	text_put_string(ret_note, "The client itself sent one request in a hundred ");
	figure_put_time(ret_note, lag_ns);
	text_put_string(ret_note,
	    " or more too late; that is in the corrected latency,"
	    " and is not the server's.");
	return true;
}

/* Where it is longer than nearly all latencies, the longest of them may be its doing. */
static bool
note_stalled(const struct report *report, struct text *ret_note)
{
	double delay_ns = (double)report->result->loop_delay_ns;
	double latency_ns =
	    (double)histogram_quantile_ns(report_latency(report, report->whole), 0.99);

	if (delay_ns < STALLED_FROM_NS || delay_ns < latency_ns)
		return false;
	text_put_string(ret_note, "A thread of the client once stood still for ");
	figure_put_time(ret_note, delay_ns);
	text_put_string(ret_note, ": the longest latencies may be the client's own.");
	return true;
}

static bool
note_never_sent(const struct report *report, struct text *ret_note)
{
	if ((double)report->result->never_sent <= (double)report->result->due * NEVER_SENT_FROM)
		return false;
	figure_put_count(ret_note, report->result->never_sent);
	text_put_string(ret_note, " of ");
	figure_put_count(ret_note, report->result->due);
	text_put_string(ret_note,
	    " requests were due and never sent: no connection was free."
	    " Their wait is in no figure.");
	return true;
}

/* Only where it is not already said why. */
static bool
note_short_of_rate(const struct report *report, struct text *ret_note)
{
	double rate = report_per_second(
	    outcome_tally_requests(&report->whole->outcomes), report->whole->duration_ns);

	if (report->rate == 0 || rate >= (double)report->rate * SHORT_OF_RATE)
		return false;
	text_put_string(ret_note, "Asked for ");
	figure_put_count(ret_note, report->rate);
	text_put_string(ret_note, " requests per second, there were ");
	figure_put_number(ret_note, rate);
	text_put_char(ret_note, '.');
	return true;
}

static bool
note_command(const struct report *report, struct text *ret_note)
{
	const struct report_command *command = &report->command;

	if (!command->line)
		return false;
	if (command->began_ns == 0)
		text_put_string(ret_note, "The run ended before the command's time came.");
	else if (command->ended_ns == 0)
		text_put_string(ret_note, "The run ended before the command did.");
	else if (command->signal != 0)
		text_put_format(ret_note, "The command was ended by signal %d.", command->signal);
	else if (command->exit_status != 0)
		text_put_format(
		    ret_note, "The command failed with exit status %d.", command->exit_status);
	else
		return false;
	return true;
}

static bool
note_interrupted(const struct report *report, struct text *ret_note)
{
	if (report->was_interrupted)
		text_put_string(ret_note, "Interrupted: this is what there was so far.");
	return report->was_interrupted;
}

static bool
note_truncated(const struct report *report, struct text *ret_note)
{
	if (report->result->timeline.is_truncated)
		text_put_string(ret_note,
		    "The client ran out of memory for the time line,"
		    " which is coarser in places, or not whole.");
	return report->result->timeline.is_truncated;
}

bool
report_note(const struct report *report, unsigned i, struct text *ret_note)
{
	static note_function *const notes[] = { note_interrupted, note_command, note_own_faults,
		note_never_sent, note_short_of_rate, note_late, note_busy, note_stalled,
		note_truncated };

	for (unsigned at = 0; at < sizeof(notes) / sizeof(notes[0]); at++) {
		size_t before = ret_note->len;

		if (!notes[at](report, ret_note))
			continue;
		if (i-- == 0)
			return true;
		ret_note->len = before;
	}
	return false;
}
