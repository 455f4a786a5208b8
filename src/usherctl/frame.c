/* SPDX-License-Identifier: MIT
 *
 * frame: the first row, the last ones, and how the rows are shared out.
 */
#include "usherctl/frame.h"

#include <string.h>

#include "usherctl/figures.h"

#define LISTENERS_MIN 3 /* rows that they get, however low the screen */
#define TERSE_BELOW 16  /* rows: each thing has one then */
#define REST_ROWS 8     /* left to what follows the listeners where there is room */

enum colour
frame_colour_of(double share)
{
	return share >= 0.8 ? COLOUR_BAD : share >= 0.5 ? COLOUR_WARN : COLOUR_GOOD;
}

static void
put_reload(struct canvas *canvas, const struct snapshot *snapshot)
{
	char room[64];
	struct text text = text_over(room, sizeof(room));
	char word[] = "FAILED";
	struct text failed = { word, sizeof(word) - 1, sizeof(word), false };
	bool has_failed = snapshot->config.has_reloaded && !snapshot->config.reload_ok;

	text_put_u64(&text, snapshot->config.generation);
	if (snapshot->config.generations > 1)
		text_put_format(
		    &text, " (%llu in use)", (unsigned long long)snapshot->config.generations);
	canvas_put_field(canvas, COLOUR_NONE, "configuration", &text);
	if (has_failed)
		canvas_put_field(canvas, COLOUR_BAD, "last reload", &failed);
}

static void
draw_head(struct canvas *canvas, const struct snapshot *snapshot, struct slice notice)
{
	char room[FIGURE_MAX];
	struct text uptime = text_over(room, sizeof(room));

	canvas_row(canvas);
	if (notice.len > 0) {
		canvas_put(canvas, COLOUR_BAD, notice);
		canvas_row(canvas);
	}
	canvas_put_format(canvas, COLOUR_BOLD, "usherd %s", snapshot->version);
	canvas_put_format(canvas, COLOUR_NONE, "  pid %llu  ", (unsigned long long)snapshot->pid);
	canvas_put_string(
	    canvas, snapshot_is_draining(snapshot) ? COLOUR_WARN : COLOUR_GOOD, snapshot->state);
	figure_put_age(&uptime, snapshot->uptime_s);
	canvas_put_field(canvas, COLOUR_NONE, "up", &uptime);
	put_reload(canvas, snapshot);
}

static void
draw_drain(struct canvas *canvas, const struct snapshot *snapshot)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	if (!snapshot_is_draining(snapshot))
		return;
	canvas_begin(canvas, "drain", FRAME_LABEL_WIDTH);
	canvas_put_string(canvas, COLOUR_NONE, snapshot->drain.step);
	figure_put_time(&text, snapshot->drain.since_s);
	canvas_put_field(canvas, COLOUR_NONE, "since", &text);
	text.len = 0;
	figure_put_time(&text, snapshot->drain.deadline_s);
	canvas_put_field(canvas, COLOUR_NONE, "cut after", &text);
}

/* Empty rows where there is room for them. */
static void
put_gap(struct canvas *canvas)
{
	if (canvas->row_max >= 20)
		canvas_row(canvas);
}

static unsigned
rows_for_listeners(const struct canvas *canvas)
{
	unsigned used = canvas->row_count + (canvas->is_terse ? 1 : REST_ROWS);

	return canvas->row_max > used + LISTENERS_MIN ? canvas->row_max - used : LISTENERS_MIN;
}

void
frame_draw_process(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	double cpu = interval_cpu(interval);
	char room[64];
	struct text text = text_over(room, sizeof(room));

	canvas_begin(canvas, "process", FRAME_LABEL_WIDTH);
	if (cpu >= 0) {
		figure_put_share(&text, cpu);
		canvas_put_field(canvas, COLOUR_NONE, "cpu", &text);
		text.len = 0;
	}
	figure_put_bytes(&text, now->process.resident_bytes);
	canvas_put_field(canvas, COLOUR_NONE, "memory", &text);
	text.len = 0;
	text_put_format(&text, "%llu of %llu", (unsigned long long)now->process.open_fds,
	    (unsigned long long)now->process.max_fds);
	canvas_put_field(canvas,
	    now->process.max_fds > 0 && now->process.open_fds * 5 >= now->process.max_fds * 4
		? COLOUR_BAD
		: COLOUR_NONE,
	    "descriptors", &text);
	text.len = 0;
	text_put_u64(&text, now->process.threads);
	canvas_put_field(canvas, COLOUR_NONE, "threads", &text);
	text.len = 0;
	text_put_u64(&text, now->log.lost_lines);
	if (now->log.lost_lines > 0)
		canvas_put_field(canvas, COLOUR_BAD, "log lines lost", &text);
}

void
frame_draw(struct canvas *canvas, const struct interval *interval, struct slice notice)
{
	canvas->is_terse = canvas->row_max < TERSE_BELOW;
	draw_head(canvas, interval->after, notice);
	draw_drain(canvas, interval->after);
	frame_draw_traffic(canvas, interval);
	frame_draw_limits(canvas, interval);
	put_gap(canvas);
	frame_draw_listeners(canvas, interval, rows_for_listeners(canvas));
	put_gap(canvas);
	frame_draw_endings(canvas, interval);
	put_gap(canvas);
	frame_draw_loops(canvas, interval);
	frame_draw_process(canvas, interval);
}
