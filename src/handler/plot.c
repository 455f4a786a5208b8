/* SPDX-License-Identifier: MIT
 *
 * plot: the drawing's own units are a tenth of a pixel, so that every number in a path is
 * a whole one: short to write, and exact.
 */
#include "handler/plot.h"

/* Of the drawing; its right edge is now. */
#define WIDTH 3000
#define HEIGHT 700
#define STEP (WIDTH / HISTORY_SECONDS)

/* --- Numbers ------------------------------------------------------------------------ */

struct magnitude {
	double size;
	const char *letter;
};

static const struct magnitude magnitudes[] = {
	{ 1e9, "G" },
	{ 1e6, "M" },
	{ 1e3, "k" },
	{ 1, "" },
};

static void
put_number(struct text *text, double value, const char *space)
{
	const struct magnitude *magnitude = magnitudes;

	while (magnitude->size > 1 && value < magnitude->size)
		magnitude++;
	value /= magnitude->size;
	if (value >= 100 || value == (double)(uint64_t)value)
		text_put_format(text, "%.0f", value);
	else
		text_put_format(text, value >= 10 ? "%.1f" : "%.2f", value);
	text_put_string(text, space);
	text_put_string(text, magnitude->letter);
}

static void
put_seconds(struct text *text, double value)
{
	if (value >= 1)
		text_put_format(text, "%.2f s", value);
	else if (value >= 1e-3)
		text_put_format(text, value >= 0.01 ? "%.0f ms" : "%.1f ms", value * 1e3);
	else
		text_put_format(text, "%.0f µs", value * 1e6);
}

void
plot_put_value(struct text *text, double value, enum plot_unit unit)
{
	static const char *const suffixes[] = {
		[PLOT_COUNT] = "",
		[PLOT_PER_SECOND] = " /s",
		[PLOT_BYTES] = "B",
		[PLOT_BYTES_PER_SECOND] = "B/s",
		[PLOT_PERCENT] = " %",
		[PLOT_SECONDS] = "",
	};

	if (unit == PLOT_SECONDS) {
		put_seconds(text, value);
		return;
	}
	put_number(text, value, unit == PLOT_BYTES || unit == PLOT_BYTES_PER_SECOND ? " " : "");
	text_put_string(text, suffixes[unit]);
}

/* --- The lines ------------------------------------------------------------------------ */

/* The value `age` seconds ago; there is a sample before it. */
static double
value_at(const struct plot *plot, int line, const struct history *history, size_t age)
{
	double value =
	    plot->lines[line].value_of(history_at(history, age), history_at(history, age + 1));

	return value > 0 ? value : 0;
}

static size_t
count_values(const struct history *history)
{
	return history->count > 0 ? history->count - 1 : 0;
}

static double
greater(double a, double b)
{
	return a > b ? a : b;
}

/* The least of 1, 2, 5, 10, 20, … that no value exceeds. */
static double
find_top(const struct plot *plot, const struct history *history)
{
	static const double steps[] = { 2, 2.5, 2 };
	double greatest = plot->least_top;
	double top = 1e-6;

	for (int line = 0; line < 2 && plot->lines[line].value_of; line++)
		for (size_t age = 0; age < count_values(history); age++)
			greatest = greater(greatest, value_at(plot, line, history, age));
	for (int i = 0; top < greatest * 0.999 && i < 60; i++)
		top *= steps[i % 3];
	return top;
}

static int
height_of(double value, double top)
{
	const double part = value < top ? value / top : 1;

	return HEIGHT - (int)(part * HEIGHT + 0.5);
}

static void
put_points(
    struct text *text, const struct plot *plot, int line, const struct history *history, double top)
{
	const size_t count = count_values(history);

	for (size_t i = 0; i < count; i++) {
		const size_t age = count - 1 - i;

		text_put_format(text, "%s%d %d", i > 0 ? "L" : "M", WIDTH - (int)age * STEP,
		    height_of(value_at(plot, line, history, age), top));
	}
}

/* The first line with the area below it. */
static void
put_lines(struct text *text, const struct plot *plot, const struct history *history, double top)
{
	const size_t count = count_values(history);

	if (count < 2)
		return;
	text_put_string(text, "<path class=area d=\"");
	put_points(text, plot, 0, history, top);
	text_put_format(
	    text, "L%d %dL%d %dZ\"/>", WIDTH, HEIGHT, WIDTH - (int)(count - 1) * STEP, HEIGHT);
	for (int line = 0; line < 2 && plot->lines[line].value_of; line++) {
		text_put_format(text, "<path class=l%d d=\"", line + 1);
		put_points(text, plot, line, history, top);
		text_put_string(text, "\"/>");
	}
}

static void
put_grid(struct text *text)
{
	for (int i = 0; i <= 2; i++)
		text_put_format(text, "<path class=rule d=\"M0 %dH%d\"/>", HEIGHT * i / 2, WIDTH);
	for (int i = 1; i < 5; i++)
		text_put_format(text, "<path class=rule d=\"M%d 0V%d\"/>", WIDTH * i / 5, HEIGHT);
}

/* --- The figure ------------------------------------------------------------------------ */

static void
put_legend(struct text *text, const struct plot *plot, const struct history *history)
{
	for (int line = 0; line < 2 && plot->lines[line].value_of; line++) {
		if (plot->lines[line].name)
			text_put_format(
			    text, " <span class=k%d></span> %s", line + 1, plot->lines[line].name);
		text_put_string(text, " <b>");
		if (count_values(history) > 0)
			plot_put_value(text, value_at(plot, line, history, 0), plot->unit);
		else
			text_put_string(text, "–");
		text_put_string(text, "</b>");
	}
}

void
plot_put(struct text *text, const struct plot *plot, const struct history *history)
{
	const double top = find_top(plot, history);

	text_put_format(text, "<figure><figcaption>%s", plot->title);
	put_legend(text, plot, history);
	text_put_string(text, "</figcaption><div class=plot><div class=top>");
	plot_put_value(text, top, plot->unit);
	text_put_format(text,
	    "</div><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=none role=img "
	    "aria-label=\"%s\">",
	    WIDTH, HEIGHT, plot->title);
	put_grid(text);
	put_lines(text, plot, history, top);
	text_put_string(text,
	    "</svg></div><div class=axis><span>5 min ago</span><span>now</span></div>"
	    "</figure>\n");
}
