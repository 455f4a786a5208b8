/* SPDX-License-Identifier: MIT
 *
 * plot_timeline: what happened when: answers per second, losses per second, latency.
 * All three are steps, as wide as the slots they come from.
 */
#include "usher-load/plot_panels.h"

#include <math.h>

#include "usher-load/figures.h"

#define TIME_TICKS 10
#define ROW_TICKS 3

struct lane {
	struct text *text;
	const struct frame *frame;
	const struct report *report;
	const struct timeline *timeline;
	struct scale x; /* nanoseconds since the run began */
	struct scale y;
	struct ticks y_ticks;
};

typedef double slot_value(const struct lane *, unsigned slot);

static double
span_s(const struct lane *lane, unsigned slot)
{
	int64_t span_ns = timeline_slot_until_ns(lane->timeline, slot) -
	    timeline_slot_from_ns(lane->timeline, slot);

	return fmax((double)span_ns, 1) / 1e9;
}

static double
answers_per_second(const struct lane *lane, unsigned slot)
{
	return lane->timeline->slots[slot]->requests[OUTCOME_ANSWERED] / span_s(lane, slot);
}

static double
losses_per_second(const struct lane *lane, unsigned slot)
{
	return (double)timeline_slot_losses(lane->timeline->slots[slot]) / span_s(lane, slot);
}

static double
median_ns(const struct lane *lane, unsigned slot)
{
	return (double)small_histogram_quantile_ns(&lane->timeline->slots[slot]->latency, 0.5);
}

static double
p99_ns(const struct lane *lane, unsigned slot)
{
	return (double)small_histogram_quantile_ns(&lane->timeline->slots[slot]->latency, 0.99);
}

static double
most_of(const struct lane *lane, slot_value *value_of)
{
	double most = 0;

	for (unsigned i = 0; i < lane->timeline->count; i++)
		most = fmax(most, value_of(lane, i));
	return most;
}

static double
least_above_zero(const struct lane *lane, slot_value *value_of)
{
	double least = INFINITY;

	for (unsigned i = 0; i < lane->timeline->count; i++) {
		double value = value_of(lane, i);

		if (value > 0)
			least = fmin(least, value);
	}
	return least;
}

static struct lane
lane_over(struct text *text, const struct frame *frame, const struct report *report)
{
	const struct timeline *timeline = &report->result->timeline;
	double duration_ns = (double)(timeline->end_ns - timeline->begin_ns);

	return (struct lane){ .text = text,
		.frame = frame,
		.report = report,
		.timeline = timeline,
		.x = { 0, fmax(duration_ns, 1), frame->left, frame->right, false } };
}

static double
x_of(const struct lane *lane, int64_t since_begin_ns)
{
	return scale_at(&lane->x, (double)since_begin_ns);
}

/* The command itself dark, what still counts as `during` light. */
static void
draw_band(const struct lane *lane)
{
	const struct result *result = lane->report->result;
	const struct report_command *command = &lane->report->command;
	const struct frame *frame = lane->frame;
	double height = frame->bottom - frame->top;
	double from = x_of(lane, command->began_ns - result->began_ns);
	double until = frame->right, end = until;

	if (!command->line || command->began_ns == 0)
		return;
	if (command->ended_ns > 0)
		end = x_of(lane, command->ended_ns - result->began_ns);
	if (result->phase_began_ns[PHASE_AFTER] > 0)
		until = x_of(lane, result->phase_began_ns[PHASE_AFTER] - result->began_ns);
	svg_put_rect(lane->text, "band", from, frame->top, fmax(until - from, 1), height,
	    slice_of("during the command, and until it had settled"));
	svg_put_rect(lane->text, "command", from, frame->top, fmax(end - from, 1), height,
	    slice_of(command->line));
}

static void
draw_time_axis(const struct lane *lane, bool has_labels)
{
	struct ticks ticks;
	struct scale seconds = scale_from_zero(lane->x.most / 1e9, TIME_TICKS, 0, 1, &ticks);
	const struct frame *frame = lane->frame;

	(void)seconds;
	svg_put_line(lane->text, "axis", frame->left, frame->bottom, frame->right, frame->bottom);
	for (unsigned i = 0; i < ticks.count && ticks.values[i] * 1e9 <= lane->x.most; i++) {
		char room[FIGURE_MAX];
		struct text label = text_over(room, sizeof(room));
		double x = scale_at(&lane->x, ticks.values[i] * 1e9);

		svg_put_line(lane->text, "axis", x, frame->bottom, x, frame->bottom + 4);
		if (!has_labels)
			continue;
		text_put_format(&label, "%.12g s", ticks.values[i]);
		svg_put_label(
		    lane->text, "tick", x, frame->bottom + 19, SVG_MIDDLE, text_slice(&label));
	}
}

/* A slot without a value interrupts the curve. */
static void
draw_steps(const struct lane *lane, const char *class_name, slot_value *value_of, bool has_gaps)
{
	struct svg_path path = svg_path_begin(lane->text, class_name);

	for (unsigned i = 0; i < lane->timeline->count; i++) {
		double value = value_of(lane, i);
		double y = scale_at(&lane->y, value);

		if (has_gaps && value <= 0) {
			svg_path_lift(&path);
			continue;
		}
		svg_path_to(&path, x_of(lane, timeline_slot_from_ns(lane->timeline, i)), y);
		svg_path_to(&path, x_of(lane, timeline_slot_until_ns(lane->timeline, i)), y);
	}
	svg_path_end(&path);
}

void
plot_rate(struct text *text, const struct frame *frame, const struct report *report)
{
	struct lane lane = lane_over(text, frame, report);

	lane.y = scale_from_zero(most_of(&lane, answers_per_second), ROW_TICKS, frame->bottom,
	    frame->top, &lane.y_ticks);
	plot_put_title(text, frame, "Answers per second", slice_of(""));
	draw_band(&lane);
	plot_put_rows(text, frame, &lane.y, &lane.y_ticks, plot_put_tick_number);
	draw_time_axis(&lane, false);
	draw_steps(&lane, "a", answers_per_second, false);
}

/* What was lost, in words, by kind: the bars say only when. */
static void
put_losses(struct text *text, const struct outcome_tally *tally)
{
	const char *separator = "";

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		uint64_t count = outcome_tally_losses_by(tally, (enum outcome)i);

		if (count == 0)
			continue;
		text_put_string(text, separator);
		text_put_string(text, outcome_sentence((enum outcome)i));
		text_put_string(text, ": ");
		figure_put_count(text, count);
		separator = "; ";
	}
	if (*separator == '\0')
		text_put_string(text, "none");
}

static void
draw_bar(const struct lane *lane, unsigned slot)
{
	uint64_t losses = timeline_slot_losses(lane->timeline->slots[slot]);
	double left = x_of(lane, timeline_slot_from_ns(lane->timeline, slot));
	double right = x_of(lane, timeline_slot_until_ns(lane->timeline, slot));
	double y = scale_at(&lane->y, losses_per_second(lane, slot));
	double gap = right - left > 4 ? 1 : 0;
	char room[4 * FIGURE_MAX];
	struct text title = text_over(room, sizeof(room));

	if (losses == 0)
		return;
	figure_put_count(&title, losses);
	text_put_format(&title, " lost from second %.12g to %.12g",
	    (double)timeline_slot_from_ns(lane->timeline, slot) / 1e9,
	    (double)timeline_slot_until_ns(lane->timeline, slot) / 1e9);
	/* One loss among thousands must still be seen. */
	y = fmin(y, lane->frame->bottom - 2);
	svg_put_rect(lane->text, "loss", left + gap, y, fmax(right - left - 2 * gap, 1),
	    lane->frame->bottom - y, text_slice(&title));
}

void
plot_losses(struct text *text, const struct frame *frame, const struct report *report)
{
	struct lane lane = lane_over(text, frame, report);
	char room[512];
	struct text remark = text_over(room, sizeof(room));

	put_losses(&remark, &report->whole->outcomes);
	lane.y = scale_from_zero(
	    most_of(&lane, losses_per_second), 2, frame->bottom, frame->top, &lane.y_ticks);
	plot_put_title(text, frame, "Lost per second", text_slice(&remark));
	draw_band(&lane);
	plot_put_rows(text, frame, &lane.y, &lane.y_ticks, plot_put_tick_number);
	draw_time_axis(&lane, false);
	for (unsigned i = 0; i < lane.timeline->count; i++)
		draw_bar(&lane, i);
}

void
plot_latency(struct text *text, const struct frame *frame, const struct report *report)
{
	struct lane lane = lane_over(text, frame, report);
	double most = most_of(&lane, p99_ns);

	plot_put_title(text, frame, "Latency",
	    slice_of(report->result->has_schedule ? "from the moment the request was due" : ""));
	draw_band(&lane);
	if (most > 0) {
		lane.y = scale_log(least_above_zero(&lane, median_ns), most, frame->bottom,
		    frame->top, &lane.y_ticks);
		plot_put_rows(text, frame, &lane.y, &lane.y_ticks, plot_put_tick_time);
		draw_steps(&lane, "a", median_ns, true);
		draw_steps(&lane, "b", p99_ns, true);
		plot_put_legend(text, frame, 0, 2, "a", "p50");
		plot_put_legend(text, frame, 1, 2, "b", "p99");
	}
	draw_time_axis(&lane, true);
}
