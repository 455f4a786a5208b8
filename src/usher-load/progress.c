/* SPDX-License-Identifier: MIT
 *
 * progress: the line and how it is drawn over itself.
 */
#include "usher-load/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "usher-load/figures.h"

#define COLUMNS_DEFAULT 80

static bool
can_draw(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "") != 0 && strcmp(term, "dumb") != 0;
}

void
progress_init(struct progress *progress, int fd, bool is_quiet, int64_t now_ns)
{
	*progress =
	    (struct progress){ .fd = fd, .is_on = !is_quiet && can_draw(fd), .shown_ns = now_ns };
}

static void
put_elapsed(struct text *text, const struct progress_goal *goal, int64_t elapsed_ns)
{
	text_put_format(text, "%lld s", (long long)(elapsed_ns / CLOCK_SECOND_NS));
	if (goal->duration_ns > 0) {
		text_put_string(text, " of ");
		figure_put_number(text, (double)goal->duration_ns / 1e9);
		text_put_string(text, " s");
	}
}

static void
put_quantile(struct text *text, const struct live_counts *counts, const char *name, double quantile)
{
	text_put_string(text, name);
	figure_put_time(text, (double)small_histogram_quantile_ns(&counts->latency, quantile));
}

/* Losses stand before the latencies: a narrow terminal cuts at the end. */
void
progress_put_line(struct text *text, const struct live_counts *counts, double per_second,
    const struct progress_goal *goal, int64_t elapsed_ns)
{
	put_elapsed(text, goal, elapsed_ns);
	if (goal->requests > 0) {
		text_put_string(text, "   ");
		figure_put_count(text, counts->ended);
		text_put_string(text, " of ");
		figure_put_count(text, goal->requests);
	}
	text_put_string(text, "   ");
	figure_put_number(text, per_second);
	text_put_string(text, "/s   ");
	figure_put_count(text, counts->in_flight);
	text_put_string(text, " in flight   ");
	figure_put_count(text, counts->losses);
	text_put_string(text, " lost");
	if (counts->own_faults > 0) {
		text_put_string(text, "   ");
		figure_put_count(text, counts->own_faults);
		text_put_string(text, " failed here");
	}
	put_quantile(text, counts, "   p50 ", 0.5);
	put_quantile(text, counts, "   p99 ", 0.99);
	if (counts->phase == PHASE_DURING)
		text_put_string(text, "   (the command)");
}

static size_t
columns_of(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
}

/* A line that the terminal does not take is of no further interest. */
static void
draw(const struct progress *progress, struct slice line)
{
	char room[PROGRESS_LINE_MAX + 8];
	struct text text = text_over(room, sizeof(room));
	size_t columns = columns_of(progress->fd);

	text_put_string(&text, "\r");
	text_put(&text, slice_first(line, line.len < columns ? line.len : columns - 1));
	text_put_string(&text, "\x1b[K");
	if (write(progress->fd, text.data, text.len) < 0)
		return;
}

void
progress_show(struct progress *progress, const struct live_counts *counts,
    const struct progress_goal *goal, int64_t elapsed_ns, int64_t now_ns)
{
	char room[PROGRESS_LINE_MAX];
	struct text line = text_over(room, sizeof(room));
	int64_t since_ns = now_ns - progress->shown_ns;

	if (!progress->is_on || since_ns < PROGRESS_INTERVAL_NS)
		return;
	progress->per_second =
	    (double)(counts->ended - progress->last_ended) * 1e9 / (double)since_ns;
	progress->shown_ns = now_ns;
	progress->last_ended = counts->ended;
	progress_put_line(&line, counts, progress->per_second, goal, elapsed_ns);
	draw(progress, text_slice(&line));
	progress->has_line = true;
}

void
progress_clear(struct progress *progress)
{
	if (!progress->has_line)
		return;
	draw(progress, slice_of(""));
	progress->has_line = false;
}
