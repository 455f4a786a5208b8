/* SPDX-License-Identifier: MIT
 *
 * frame_endings: how connections end, by cause; and how busy the loops are.
 */
#include "usherctl/frame.h"

#include "usherctl/figures.h"

#define LOOP_BAR_WIDTH 12

/* "0.4/s 1234": now, and in all. */
static void
put_cause(struct canvas *canvas, const char *name, double rate, uint64_t total)
{
	char room[2 * FIGURE_MAX + 4];
	struct text text = text_over(room, sizeof(room));

	figure_put_rate(&text, rate);
	text_put_string(&text, "/s ");
	figure_put_count(&text, total);
	canvas_put_field(canvas, rate > 0 ? COLOUR_BOLD : COLOUR_NONE, name, &text);
}

static void
put_total(struct canvas *canvas, enum colour colour, const char *label, uint64_t total)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_count(&text, total);
	canvas_put_field(canvas, total > 0 ? colour : COLOUR_NONE, label, &text);
}

static void
draw_sums(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	uint64_t before = interval->before ? interval->before->endings.total : 0;

	canvas_begin(canvas, "endings", FRAME_LABEL_WIDTH);
	put_cause(
	    canvas, "all", interval_rate(interval, before, now->endings.total), now->endings.total);
	put_total(canvas, COLOUR_NONE, "first FIN ours", now->endings.fin_ours);
	put_total(canvas, COLOUR_NONE, "theirs", now->endings.fin_peer);
	put_total(canvas, COLOUR_BAD, "resets sent", now->endings.resets_sent);
	put_total(canvas, COLOUR_NONE, "received", now->endings.resets_received);
}

void
frame_draw_endings(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	bool has_row = false;

	draw_sums(canvas, interval);
	for (size_t i = 0; i < now->cause_count; i++) {
		const struct snapshot_cause *cause = &now->causes[i];
		uint64_t before = interval_cause(interval, cause->name);

		if (cause->count == 0)
			continue;
		if (!has_row) {
			canvas_row(canvas);
			canvas_put_blanks(canvas, canvas->indent);
			has_row = true;
		}
		put_cause(canvas, cause->name, interval_rate(interval, before, cause->count),
		    cause->count);
	}
}

static void
draw_loop(struct canvas *canvas, const struct interval *interval, const struct snapshot_loop *loop)
{
	double busy = interval_busy(interval, loop);
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	if (canvas->column + LOOP_BAR_WIDTH + 14 > canvas->columns &&
	    canvas->column > FRAME_LABEL_WIDTH) {
		canvas_row(canvas);
		canvas_put_blanks(canvas, canvas->indent);
	}
	canvas_put_format(canvas, COLOUR_NONE, "%llu ", (unsigned long long)loop->index);
	if (!loop->answered) {
		canvas_put_string(canvas, COLOUR_BAD, "DOES NOT ANSWER  ");
		return;
	}
	canvas_put_bar(canvas, frame_colour_of(busy), LOOP_BAR_WIDTH, busy, -1);
	if (busy >= 0)
		figure_put_share(&text, busy);
	else
		text_put_char(&text, '-');
	canvas_put_right(canvas, COLOUR_NONE, text_string(&text), 6);
	canvas_put_string(canvas, COLOUR_NONE, "  ");
}

void
frame_draw_loops(struct canvas *canvas, const struct interval *interval)
{
	canvas_begin(canvas, "loops busy", FRAME_LABEL_WIDTH);
	for (size_t i = 0; i < interval->after->loop_count; i++)
		draw_loop(canvas, interval, &interval->after->loops[i]);
}
