/* SPDX-License-Identifier: MIT
 *
 * plot_axes: what the panels have in common.
 */
#include "usher-load/plot_panels.h"

#include <string.h>

#include "usher-load/figures.h"

#define LEGEND_WIDTH 108

void
plot_put_title(struct text *text, const struct frame *frame, const char *title, struct slice remark)
{
	double y = frame->top - 14;

	text_put_format(text, "<text class=\"panel\" x=\"%.1f\" y=\"%.1f\">", frame->left, y);
	svg_put_string(text, slice_of(title));
	if (remark.len > 0) {
		text_put_string(text, "<tspan class=\"tick\" dx=\"10\" font-weight=\"400\">");
		svg_put_string(text, remark);
		text_put_string(text, "</tspan>");
	}
	text_put_string(text, "</text>\n");
}

void
plot_put_legend(struct text *text, const struct frame *frame, unsigned place, unsigned count,
    const char *class_name, const char *name)
{
	double x = frame->right - (count - place) * (double)LEGEND_WIDTH;
	double y = frame->top - 14;

	svg_put_line(text, class_name, x, y - 4, x + 30, y - 4);
	svg_put_label(text, "label", x + 37, y, SVG_START, slice_of(name));
}

void
plot_put_rows(struct text *text, const struct frame *frame, const struct scale *scale,
    const struct ticks *ticks, plot_put_tick *put_tick)
{
	for (unsigned i = 0; i < ticks->count; i++) {
		char room[FIGURE_MAX];
		struct text label = text_over(room, sizeof(room));
		double y = scale_at(scale, ticks->values[i]);

		put_tick(&label, ticks->values[i]);
		svg_put_line(text, "grid", frame->left, y, frame->right, y);
		svg_put_label(text, "tick", frame->left - 8, y + 4, SVG_END, text_slice(&label));
	}
}

static void
put_round(struct text *text, double value, const char *unit)
{
	text_put_format(text, "%.12g%s", value, unit);
}

void
plot_put_tick_time(struct text *text, double ns)
{
	if (ns >= 0.999e9)
		put_round(text, ns / 1e9, " s");
	else if (ns >= 0.999e6)
		put_round(text, ns / 1e6, " ms");
	else if (ns >= 0.999e3)
		put_round(text, ns / 1e3, " µs");
	else
		put_round(text, ns, ns > 0 ? " ns" : "");
}

void
plot_put_tick_number(struct text *text, double value)
{
	if (value >= 0.999e6)
		put_round(text, value / 1e6, "M");
	else if (value >= 0.999e4)
		put_round(text, value / 1e3, "k");
	else
		put_round(text, value, "");
}

void
plot_put_time(struct text *text, double ns)
{
	char room[FIGURE_MAX];
	struct text figure = text_over(room, sizeof(room));
	const char *unit;

	figure_put_time(&figure, ns);
	unit = strstr(text_string(&figure), "us");
	if (!unit) {
		text_put(text, text_slice(&figure));
		return;
	}
	text_put(text, slice_first(text_slice(&figure), (size_t)(unit - room)));
	text_put_string(text, "µs");
}
