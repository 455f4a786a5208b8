/* SPDX-License-Identifier: MIT
 *
 * frame_traffic: requests, their answers and latencies, connections by state.
 */
#include "usherctl/frame.h"

#include <math.h>

#include "usherctl/figures.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void
put_rate(struct canvas *canvas, enum colour colour, const char *label, double rate)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_rate(&text, rate);
	canvas_put_field(canvas, rate > 0 ? colour : COLOUR_NONE, label, &text);
}

static void
put_count(struct canvas *canvas, enum colour colour, const char *label, uint64_t count)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_count(&text, count);
	canvas_put_field(canvas, count > 0 ? colour : COLOUR_NONE, label, &text);
}

static void
put_bytes_rate(struct canvas *canvas, const char *label, double rate)
{
	char room[FIGURE_MAX + 2];
	struct text text = text_over(room, sizeof(room));

	figure_put_bytes(&text, (uint64_t)rate);
	text_put_string(&text, "/s");
	canvas_put_field(canvas, COLOUR_NONE, label, &text);
}

static void
draw_requests(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	static const struct snapshot nothing;
	const struct snapshot *then = interval->before ? interval->before : &nothing;

	canvas_begin(canvas, "requests", FRAME_LABEL_WIDTH);
	put_rate(canvas, COLOUR_BOLD, "per second",
	    interval_rate(interval, then->requests.total, now->requests.total));
	put_count(canvas, COLOUR_NONE, "in flight", now->requests.in_flight);
	put_bytes_rate(
	    canvas, "in", interval_rate(interval, then->requests.bytes_in, now->requests.bytes_in));
	put_bytes_rate(canvas, "out",
	    interval_rate(interval, then->requests.bytes_out, now->requests.bytes_out));
}

static void
draw_answers(struct canvas *canvas, const struct interval *interval)
{
	static const struct {
		const char *label;
		size_t offset;
		enum colour colour;
	} classes[] = {
		{ "2xx", offsetof(struct snapshot, requests.c2xx), COLOUR_GOOD },
		{ "3xx", offsetof(struct snapshot, requests.c3xx), COLOUR_NONE },
		{ "4xx", offsetof(struct snapshot, requests.c4xx), COLOUR_WARN },
		{ "5xx", offsetof(struct snapshot, requests.c5xx), COLOUR_BAD },
		{ "no answer", offsetof(struct snapshot, requests.none), COLOUR_BAD },
	};
	static const struct snapshot nothing;
	const char *now = (const char *)interval->after;
	const char *then = (const char *)(interval->before ? interval->before : &nothing);

	canvas_begin(canvas, "answers/s", FRAME_LABEL_WIDTH);
	for (size_t i = 0; i < ROWS(classes); i++)
		put_rate(canvas, classes[i].colour, classes[i].label,
		    interval_rate(interval, *(const uint64_t *)(then + classes[i].offset),
			*(const uint64_t *)(now + classes[i].offset)));
}

static void
put_word(struct canvas *canvas, const char *label, const char *word)
{
	char room[32];
	struct text text = text_over(room, sizeof(room));

	text_put_string(&text, word);
	canvas_put_field(canvas, COLOUR_DIM, label, &text);
}

/* Of the interval; of all time where it had no requests. */
static void
draw_latency(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	const struct {
		const char *label;
		double quantile;
		double of_all_s;
	} quantiles[] = {
		{ "p50", 0.5, now->requests.p50_s },
		{ "p90", 0.9, now->requests.p90_s },
		{ "p99", 0.99, now->requests.p99_s },
		{ "p99.9", 0.999, now->requests.p999_s },
	};
	bool is_of_all = isnan(interval_quantile(interval, 0.5));

	canvas_begin(canvas, "latency", FRAME_LABEL_WIDTH);
	for (size_t i = 0; i < ROWS(quantiles); i++) {
		double seconds = is_of_all ? quantiles[i].of_all_s
					   : interval_quantile(interval, quantiles[i].quantile);
		char room[FIGURE_MAX];
		struct text text = text_over(room, sizeof(room));

		interval_put_latency(&text, now, seconds);
		canvas_put_field(
		    canvas, is_of_all ? COLOUR_DIM : COLOUR_NONE, quantiles[i].label, &text);
	}
	if (is_of_all)
		put_word(canvas, "since", "start");
}

static void
draw_connections(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	uint64_t open = now->connections.open, limit = now->connections.limit;
	char room[2 * FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	canvas_begin(canvas, "connections", FRAME_LABEL_WIDTH);
	text_put_format(&text, "%llu of %llu", (unsigned long long)open, (unsigned long long)limit);
	canvas_put_field(canvas,
	    limit > 0 ? frame_colour_of((double)open / (double)limit) : COLOUR_NONE, "open", &text);
	put_count(canvas, COLOUR_NONE, "busy", now->connections.busy);
	put_count(canvas, COLOUR_NONE, "idle", now->connections.idle);
	put_count(canvas, COLOUR_NONE, "parked", now->connections.parked);
	put_count(canvas, COLOUR_NONE, "flushing", now->connections.flushing);
	put_count(canvas, COLOUR_NONE, "lingering", now->connections.lingering);
}

void
frame_draw_traffic(struct canvas *canvas, const struct interval *interval)
{
	draw_requests(canvas, interval);
	draw_answers(canvas, interval);
	draw_latency(canvas, interval);
	draw_connections(canvas, interval);
}
