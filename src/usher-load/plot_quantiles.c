/* SPDX-License-Identifier: MIT
 *
 * plot_quantiles: the latency by quantile. The horizontal axis is the logarithm of
 * 1 / (1 - quantile), so that each further nine takes as much room as the one before
 * it; the vertical one is logarithmic too, because a tail is a multiple.
 */
#include "usher-load/plot_panels.h"

#include <math.h>

#include "usher-load/figures.h"

#define NINES_MAX 5 /* 99.999 % */
#define SERIES_MAX 3

struct series {
	const char *class_name;
	const char *name;
	const struct histogram *histogram;
};

struct panel {
	struct text *text;
	const struct frame *frame;
	struct series series[SERIES_MAX];
	unsigned count;
	struct scale x; /* nines */
	struct scale y; /* nanoseconds */
	struct ticks y_ticks;
};

static void
add_series(struct panel *panel, const char *class_name, const char *name,
    const struct histogram *histogram)
{
	if (histogram->count > 0)
		panel->series[panel->count++] = (struct series){ class_name, name, histogram };
}

static void
choose_series(struct panel *panel, const struct report *report)
{
	const struct measures *phases = report->result->phases;

	if (report->command.line) {
		add_series(panel, "a", "before", report_latency(report, &phases[PHASE_BEFORE]));
		add_series(panel, "b", "during", report_latency(report, &phases[PHASE_DURING]));
		add_series(panel, "c", "after", report_latency(report, &phases[PHASE_AFTER]));
		return;
	}
	add_series(panel, "c", "first byte", &report->whole->first_byte);
	add_series(panel, "a", "total", &report->whole->total);
	add_series(panel, "b", "corrected", &report->whole->corrected);
}

/* The number of nines that so many times can tell: one of ten is beyond 90 %. */
static double
nines_of(uint64_t count)
{
	return fmin(fmax(log10((double)count), 1), NINES_MAX);
}

static void
set_scales(struct panel *panel)
{
	const struct frame *frame = panel->frame;
	double least = INFINITY, most = 0, nines = 1;

	for (unsigned i = 0; i < panel->count; i++) {
		const struct histogram *histogram = panel->series[i].histogram;

		least = fmin(least, fmax((double)histogram->min_ns, 1));
		most = fmax(most, (double)histogram_quantile_ns(histogram, 1 - 1e-5));
		nines = fmax(nines, nines_of(histogram->count));
	}
	panel->x = (struct scale){ 0, nines, frame->left, frame->right, false };
	/* Above the highest curve there is room for its figures. */
	panel->y =
	    scale_log(least, fmax(most, 1) * 1.3, frame->bottom, frame->top, &panel->y_ticks);
}

static double
x_of_part(const struct panel *panel, double beyond)
{
	return scale_at(&panel->x, -log10(beyond));
}

static double
y_of_bucket(const struct panel *panel, const struct histogram *histogram, unsigned bucket)
{
	double middle_ns =
	    (double)(histogram_bucket_lowest_ns(bucket) + histogram_bucket_highest_ns(bucket)) / 2;

	return scale_at(
	    &panel->y, fmin(fmax(middle_ns, (double)histogram->min_ns), (double)histogram->max_ns));
}

/* Steps, as quantiles are: a bucket is the value of all quantiles from those before it
 * to its own. Of the last time alone nothing further is known: the curve ends there. */
static void
draw_series(const struct panel *panel, const struct series *series)
{
	const struct histogram *histogram = series->histogram;
	double count = (double)histogram->count;
	struct svg_path path = svg_path_begin(panel->text, series->class_name);
	uint64_t passed = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		double y, beyond = (count - (double)passed) / count;

		if (histogram->buckets[i] == 0)
			continue;
		y = y_of_bucket(panel, histogram, i);
		svg_path_to(&path, x_of_part(panel, beyond), y);
		passed += histogram->buckets[i];
		beyond = fmax(count - (double)passed, 1) / count;
		svg_path_to(&path, x_of_part(panel, beyond), y);
		if (-log10(beyond) >= panel->x.most)
			break;
	}
	svg_path_end(&path);
}

static void
draw_columns(const struct panel *panel)
{
	const struct frame *frame = panel->frame;

	svg_put_label(
	    panel->text, "tick", frame->left, frame->bottom + 18, SVG_MIDDLE, slice_of("0 %"));
	for (int i = 0; i < REPORT_QUANTILES; i++) {
		double beyond = 1 - report_quantiles[i].quantile;
		double x = x_of_part(panel, beyond);
		char room[FIGURE_MAX];
		struct text label = text_over(room, sizeof(room));

		if (-log10(beyond) > panel->x.most + 1e-6)
			break;
		text_put_format(&label, "%s %%", report_quantiles[i].percent);
		svg_put_line(panel->text, "grid", x, frame->top, x, frame->bottom);
		svg_put_label(panel->text, "tick", x, frame->bottom + 18,
		    x > frame->right - 20 ? SVG_END : SVG_MIDDLE, text_slice(&label));
	}
}

/* The series that stands highest at a quantile: above it there is room for a figure. */
static const struct series *
highest_at(const struct panel *panel, double quantile)
{
	const struct series *highest = NULL;
	int64_t most_ns = -1;

	for (unsigned i = 0; i < panel->count; i++) {
		const struct histogram *histogram = panel->series[i].histogram;
		int64_t ns = histogram_quantile_ns(histogram, quantile);

		if (!report_quantile_is_known(quantile, histogram->count) || ns <= most_ns)
			continue;
		most_ns = ns;
		highest = &panel->series[i];
	}
	return highest;
}

static void
draw_figure(const struct panel *panel, const struct report_quantile *quantile)
{
	const struct series *series = highest_at(panel, quantile->quantile);
	char room[FIGURE_MAX], title_room[2 * FIGURE_MAX];
	struct text figure = text_over(room, sizeof(room));
	struct text title = text_over(title_room, sizeof(title_room));
	double ns, x, y;

	if (!series)
		return;
	ns = (double)histogram_quantile_ns(series->histogram, quantile->quantile);
	x = x_of_part(panel, 1 - quantile->quantile);
	y = scale_at(&panel->y, ns);
	plot_put_time(&figure, ns);
	text_put_format(&title, "%s, %s: ", series->name, quantile->name);
	text_put(&title, text_slice(&figure));
	svg_put_dot(panel->text, "dot", x, y, 4, text_slice(&title));
	/* Between its neighbours there is no room for the figure of p75. */
	if (quantile->quantile == 0.5)
		svg_put_label(panel->text, "value", x - 1, y - 10, SVG_END, text_slice(&figure));
	else if (quantile->quantile != 0.75)
		svg_put_label(panel->text, "value", x - 7, y - 8, SVG_END, text_slice(&figure));
}

void
plot_quantiles(struct text *text, const struct frame *frame, const struct report *report)
{
	struct panel panel = { .text = text, .frame = frame };

	choose_series(&panel, report);
	plot_put_title(text, frame, "Latency by quantile",
	    slice_of(panel.count == 0 ? "no request was answered" : ""));
	if (panel.count == 0)
		return;
	set_scales(&panel);
	plot_put_rows(text, frame, &panel.y, &panel.y_ticks, plot_put_tick_time);
	draw_columns(&panel);
	for (unsigned i = 0; i < panel.count; i++) {
		draw_series(&panel, &panel.series[i]);
		plot_put_legend(
		    text, frame, i, panel.count, panel.series[i].class_name, panel.series[i].name);
	}
	for (int i = 0; i < REPORT_QUANTILES; i++)
		draw_figure(&panel, &report_quantiles[i]);
}
