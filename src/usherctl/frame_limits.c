/* SPDX-License-Identifier: MIT
 *
 * frame_limits: how near the server is to its limits, and what it refuses for them.
 */
#include "usherctl/frame.h"

#include "usherctl/figures.h"

static void
put_memory(struct canvas *canvas, const struct snapshot *now)
{
	const uint64_t used = now->limits.memory_used, most = now->limits.memory;
	const double share = most > 0 ? (double)used / (double)most : 0;
	char room[2 * FIGURE_MAX + 4];
	struct text text = text_over(room, sizeof(room));

	if (most > 0) {
		figure_put_share(&text, share);
		text_put_string(&text, " of ");
	}
	figure_put_bytes(&text, most > 0 ? most : used);
	canvas_put_field(canvas, most > 0 ? frame_colour_of(share) : COLOUR_NONE, "buffers", &text);
}

static void
put_refused(struct canvas *canvas, const struct interval *interval, const char *label,
    uint64_t before, uint64_t after)
{
	const double rate = interval_rate(interval, before, after);
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_rate(&text, rate);
	canvas_put_field(canvas, rate > 0 ? COLOUR_WARN : COLOUR_NONE, label, &text);
}

static void
put_refused_cause(
    struct canvas *canvas, const struct interval *interval, const char *label, const char *cause)
{
	put_refused(canvas, interval, label, interval_cause(interval, cause),
	    snapshot_cause(interval->after, cause));
}

void
frame_draw_limits(struct canvas *canvas, const struct interval *interval)
{
	const struct snapshot *now = interval->after;
	const uint64_t before = interval->before ? interval->before->limits.requests_rate : 0;

	canvas_begin(canvas, "refused/s", FRAME_LABEL_WIDTH);
	if (now->limits.connections_full_loops > 0)
		canvas_put_string(canvas, COLOUR_BAD, "FULL");
	if (now->limits.memory_short_loops > 0)
		canvas_put_string(canvas, COLOUR_BAD,
		    now->limits.connections_full_loops > 0 ? ", SHORT OF MEMORY"
							   : "SHORT OF MEMORY");
	put_refused_cause(canvas, interval, "overload", "overloaded");
	put_refused_cause(canvas, interval, "address", "address_limit");
	put_refused(canvas, interval, "429", before, now->limits.requests_rate);
	put_refused_cause(canvas, interval, "too slow", "too_slow");
	put_memory(canvas, now);
}
