/* SPDX-License-Identifier: MIT
 *
 * frame_listeners: a row for each listener: its accept queue now, at its peak and at
 * most, as a bar and in figures; what it accepts and what it lost.
 */
#include "usherctl/frame.h"

#include <string.h>

#include "usherctl/figures.h"

/* How the columns are shared; 0: left out where the screen is narrow. */
struct layout {
	unsigned name, address, bar, queue;
	bool has_open;
};

#define RATE_WIDTH 9
#define DROPS_WIDTH 7
#define OPEN_WIDTH 7
#define NAME_MAX_WIDTH 20
#define ADDRESS_MAX_WIDTH 28
#define BAR_MAX_WIDTH 60

static unsigned
most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static void
put_queue(struct text *text, const struct snapshot_listener *listener)
{
	if (listener->has_queue)
		text_put_format(text, "%llu/%llu/%llu", (unsigned long long)listener->queue_length,
		    (unsigned long long)listener->queue_peak,
		    (unsigned long long)listener->queue_limit);
	else
		text_put_string(text, "-");
}

static unsigned
queue_width(const struct canvas *canvas, const struct snapshot_listener *listener)
{
	char room[80];
	struct text text = text_over(room, sizeof(room));

	put_queue(&text, listener);
	return look_width(canvas->look, text_slice(&text));
}

/* The widest text of each column, and then the bar takes what is left. */
static struct layout
lay_out(const struct canvas *canvas, const struct snapshot *snapshot)
{
	struct layout layout = { .name = 8, .address = 7, .queue = 14 };
	unsigned fixed;

	for (size_t i = 0; i < snapshot->listener_count; i++) {
		const struct snapshot_listener *one = &snapshot->listeners[i];

		layout.name = most(layout.name, look_width(canvas->look, slice_of(one->name)));
		layout.address =
		    most(layout.address, look_width(canvas->look, slice_of(one->address)));
		layout.queue = most(layout.queue, queue_width(canvas, one));
	}
	layout.name = least(layout.name, NAME_MAX_WIDTH);
	layout.address = least(layout.address, ADDRESS_MAX_WIDTH);
	layout.has_open = canvas->columns >= 72;
	fixed = layout.name + layout.queue + RATE_WIDTH + DROPS_WIDTH + 4 +
	    (layout.has_open ? OPEN_WIDTH : 0);
	if (canvas->columns < fixed + layout.address + 1 + 12)
		layout.address = 0;
	fixed += layout.address > 0 ? layout.address + 1 : 0;
	layout.bar = canvas->columns >= fixed + 8 ? canvas->columns - fixed - 3 : 0;
	layout.bar = least(layout.bar, BAR_MAX_WIDTH);
	return layout;
}

static void
draw_titles(struct canvas *canvas, const struct layout *layout)
{
	canvas_row(canvas);
	canvas_put_left(canvas, COLOUR_BOLD, "listener", layout->name + 1);
	if (layout->address > 0)
		canvas_put_left(canvas, COLOUR_BOLD, "address", layout->address + 1);
	if (layout->bar > 0)
		canvas_put_left(canvas, COLOUR_BOLD, "accept queue", layout->bar + 3);
	canvas_put_left(canvas, COLOUR_BOLD, "now/peak/limit", layout->queue);
	canvas_put_right(canvas, COLOUR_BOLD, "accept/s", RATE_WIDTH);
	canvas_put_right(canvas, COLOUR_BOLD, "drops", DROPS_WIDTH);
	if (layout->has_open)
		canvas_put_right(canvas, COLOUR_BOLD, "open", OPEN_WIDTH);
}

static void
put_rate(struct canvas *canvas, double rate)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_rate(&text, rate);
	canvas_put_right(canvas, COLOUR_NONE, text_string(&text), RATE_WIDTH);
}

static void
put_count(struct canvas *canvas, enum colour colour, uint64_t count, unsigned width)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_count(&text, count);
	canvas_put_right(canvas, count > 0 ? colour : COLOUR_NONE, text_string(&text), width);
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

static void
put_queue_columns(
    struct canvas *canvas, const struct layout *layout, const struct snapshot_listener *listener)
{
	double now = share(listener->queue_length, listener->queue_limit);
	double peak = share(listener->queue_peak, listener->queue_limit);
	char room[80];
	struct text queue = text_over(room, sizeof(room));

	if (layout->bar > 0 && listener->has_queue) {
		canvas_put_bar(canvas, frame_colour_of(now), layout->bar, now, peak);
		canvas_put_string(canvas, COLOUR_NONE, " ");
	} else if (layout->bar > 0) {
		canvas_put_left(canvas, COLOUR_NONE, "", layout->bar + 3);
	}
	put_queue(&queue, listener);
	canvas_put_left(
	    canvas, peak >= 0.8 ? COLOUR_BAD : COLOUR_NONE, text_string(&queue), layout->queue);
}

static void
draw_listener(struct canvas *canvas, const struct layout *layout, const struct interval *interval,
    const struct snapshot_listener *listener)
{
	struct snapshot_listener before = interval_listener(interval, listener);
	bool is_accepting = strcmp(listener->state, "accepting") == 0;

	canvas_row(canvas);
	canvas_put_left(
	    canvas, is_accepting ? COLOUR_NONE : COLOUR_WARN, listener->name, layout->name);
	canvas_put_left(canvas, COLOUR_NONE, "", 1);
	if (layout->address > 0) {
		canvas_put_left(canvas, COLOUR_NONE, listener->address, layout->address);
		canvas_put_left(canvas, COLOUR_NONE, "", 1);
	}
	put_queue_columns(canvas, layout, listener);
	if (is_accepting)
		put_rate(canvas, interval_rate(interval, before.accepted, listener->accepted));
	else
		canvas_put_right(canvas, COLOUR_WARN, listener->state, RATE_WIDTH);
	put_count(canvas, COLOUR_BAD, listener->queue_drops, DROPS_WIDTH);
	if (layout->has_open)
		put_count(canvas, COLOUR_NONE, listener->open, OPEN_WIDTH);
}

void
frame_draw_listeners(struct canvas *canvas, const struct interval *interval, unsigned rows)
{
	const struct snapshot *now = interval->after;
	struct layout layout = lay_out(canvas, now);
	size_t shown = now->listener_count;

	if (shown + 1 > rows)
		shown = rows > 2 ? rows - 2 : 0;
	draw_titles(canvas, &layout);
	for (size_t i = 0; i < shown; i++)
		draw_listener(canvas, &layout, interval, &now->listeners[i]);
	if (shown < now->listener_count) {
		canvas_row(canvas);
		canvas_put_format(canvas, COLOUR_DIM, "and %zu more: usherctl listeners",
		    now->listener_count - shown);
	}
}
