/* SPDX-License-Identifier: MIT
 *
 * plot: the page: what was run, four figures, and the panels below each other.
 */
#include "usher-load/plot.h"

#include <errno.h>

#include "usher-load/figures.h"
#include "usher-load/plot_panels.h"
#include "usher-load/svg.h"

#define TEXT_MAX (8 << 20)
#define TITLE_BYTES_MAX 90
#define WIDTH 960.0
#define LEFT 78.0
#define RIGHT 928.0

/* Tops and bottoms of what stands below each other; the losses have a place where
 * there are any. */
#define QUANTILES_TOP 190.0
#define QUANTILES_BOTTOM 470.0
#define RATE_TOP 540.0
#define RATE_BOTTOM 640.0
#define LOSSES_TOP 690.0
#define LOSSES_BOTTOM 750.0
#define LATENCY_HEIGHT 130.0
#define PANEL_GAP 50.0
#define FOOT 40.0

static void
put_plural(struct text *text, uint64_t count, const char *noun)
{
	figure_put_count(text, count);
	text_put_format(text, " %s%s", noun, count == 1 ? "" : "s");
}

/* "30.0 s · 2 threads · 64 connections · 18,000/s constant" */
static void
put_setup(struct text *text, const struct report *report)
{
	figure_put_time(text, (double)report->whole->duration_ns);
	text_put_string(text, " · ");
	put_plural(text, report->threads, "thread");
	text_put_string(text, " · ");
	put_plural(text, report->connections, "connection");
	if (report->idle_connections > 0) {
		text_put_string(text, " and ");
		figure_put_count(text, report->idle_connections);
		text_put_string(text, " idle");
	}
	if (report->pipeline > 1)
		text_put_format(
		    text, " · %llu in flight on each", (unsigned long long)report->pipeline);
	if (report->is_close)
		text_put_string(text, " · a connection for each request");
	text_put_string(text, " · ");
	if (report->rate > 0) {
		figure_put_count(text, report->rate);
		text_put_format(text, "/s %s", report->arrivals);
	} else {
		text_put_string(text, "closed loop");
	}
	if (report->command.line) {
		text_put_string(text, " · during: ");
		text_put_string(text, report->command.line);
	}
}

static double
rate_of(const struct report *report)
{
	return report_per_second(
	    report->whole->outcomes.requests[OUTCOME_ANSWERED], report->whole->duration_ns);
}

static void
put_latency(struct text *text, const struct report *report, double quantile)
{
	const struct histogram *latency = report_latency(report, report->whole);

	if (latency->count > 0)
		plot_put_time(text, (double)histogram_quantile_ns(latency, quantile));
	else
		text_put_string(text, "–");
}

static void
put_description(struct text *text, const struct report *report)
{
	put_setup(text, report);
	text_put_string(text, ". Answers per second: ");
	figure_put_number(text, rate_of(report));
	text_put_string(text, ". Latency: p50 ");
	put_latency(text, report, 0.5);
	text_put_string(text, ", p99 ");
	put_latency(text, report, 0.99);
	text_put_string(text, ". Lost: ");
	figure_put_count(text, outcome_tally_losses(&report->whole->outcomes));
	text_put_string(text, " of ");
	put_plural(text, outcome_tally_requests(&report->whole->outcomes), "request");
	text_put_string(text,
	    ". The panels show the latency by quantile, then over time the"
	    " answers per second, the losses and the latency.");
}

static void
put_tile(struct text *text, unsigned place, const char *class_name, const struct text *figure,
    const char *name)
{
	double x = LEFT + place * (RIGHT - LEFT) / 4;

	svg_put_label(text, class_name, x, 118, SVG_START, text_slice(figure));
	svg_put_label(text, "tick", x, 138, SVG_START, slice_of(name));
}

static void
put_tiles(struct text *text, const struct report *report)
{
	static const struct report_quantile shown[] = { { 0.5, "latency p50", "" },
		{ 0.99, "latency p99", "" } };
	uint64_t losses = outcome_tally_losses(&report->whole->outcomes);
	char room[FIGURE_MAX];
	struct text figure = text_over(room, sizeof(room));

	figure_put_number(&figure, rate_of(report));
	put_tile(text, 0, "tile", &figure, "answers per second");
	for (unsigned i = 0; i < 2; i++) {
		figure = text_over(room, sizeof(room));
		put_latency(&figure, report, shown[i].quantile);
		put_tile(text, 1 + i, "tile", &figure, shown[i].name);
	}
	figure = text_over(room, sizeof(room));
	figure_put_count(&figure, losses);
	put_tile(text, 3, losses > 0 ? "tile bad" : "tile", &figure, "lost");
}

/* At most so many bytes, not cut within a character, with an ellipsis where cut. */
static void
put_cut(struct text *text, struct slice string, size_t most)
{
	size_t len = string.len;

	if (len > most) {
		len = most;
		while (len > 0 && ((unsigned char)string.data[len] & 0xc0) == 0x80)
			len--;
	}
	text_put(text, slice_first(string, len));
	if (len < string.len)
		text_put_string(text, "…");
}

static void
put_head(struct text *text, const struct report *report)
{
	char title_room[TITLE_BYTES_MAX + 8], room[2048], setup_room[160];
	struct text title = text_over(title_room, sizeof(title_room));
	struct text setup = text_over(room, sizeof(room));
	struct text cut = text_over(setup_room, sizeof(setup_room));

	put_cut(&title, slice_of(report->target), TITLE_BYTES_MAX);
	put_setup(&setup, report);
	put_cut(&cut, text_slice(&setup), sizeof(setup_room) - 8);
	svg_put_label(text, "title", LEFT, 44, SVG_START, text_slice(&title));
	svg_put_label(text, "muted", LEFT, 68, SVG_START, text_slice(&cut));
	put_tiles(text, report);
}

static void
put_panels(struct text *text, const struct report *report, double latency_top)
{
	const struct frame quantiles = { LEFT, RIGHT, QUANTILES_TOP, QUANTILES_BOTTOM };
	const struct frame rate = { LEFT, RIGHT, RATE_TOP, RATE_BOTTOM };
	const struct frame losses = { LEFT, RIGHT, LOSSES_TOP, LOSSES_BOTTOM };
	const struct frame latency = { LEFT, RIGHT, latency_top, latency_top + LATENCY_HEIGHT };

	plot_quantiles(text, &quantiles, report);
	plot_rate(text, &rate, report);
	if (latency_top > LOSSES_TOP)
		plot_losses(text, &losses, report);
	plot_latency(text, &latency, report);
}

static void
put_plot(struct text *text, const struct report *report)
{
	bool has_losses = outcome_tally_losses(&report->whole->outcomes) > 0;
	double latency_top = has_losses ? LOSSES_BOTTOM + PANEL_GAP : LOSSES_TOP;
	struct text desc = text_growing(TEXT_MAX);

	put_description(&desc, report);
	svg_begin(text, WIDTH, latency_top + LATENCY_HEIGHT + FOOT, slice_of(report->target),
	    text_slice(&desc));
	text_free(&desc);
	put_head(text, report);
	put_panels(text, report, latency_top);
	svg_end(text);
}

int
plot_write(FILE *out, const struct report *report)
{
	struct text text = text_growing(TEXT_MAX);
	int result = -ENOMEM;

	put_plot(&text, report);
	if (!text.is_truncated)
		result =
		    fwrite(text.data, 1, text.len, out) == text.len && fflush(out) == 0 ? 0 : -EIO;
	text_free(&text);
	return result;
}
