/* SPDX-License-Identifier: MIT
 *
 * plot_panels: the panels of the plot: each adds itself to the picture within the
 * frame that plot.c gives it.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include "usher-load/report.h"
#include "usher-load/scale.h"
#include "usher-load/svg.h"

/* Where a panel's axes stand, in pixels; titles and labels stand around it. */
struct frame {
	double left, right, top, bottom;
};

/* The latency by quantile, the quantiles stretched towards 100 %: of the whole run by
 * its parts, or of each phase where there are three. */
void plot_quantiles(struct text *, const struct frame *, const struct report *);

/* The time line: three panels with one axis of time, below each other. */
void plot_rate(struct text *, const struct frame *, const struct report *);
void plot_losses(struct text *, const struct frame *, const struct report *);
void plot_latency(struct text *, const struct frame *, const struct report *);

/* What the panels have in common (plot_axes.c). */

/* A panel's title above its frame, with what has to be said of it behind. */
void plot_put_title(struct text *, const struct frame *, const char *title, struct slice remark);
/* A curve's name with a piece of it, at the frame's upper right; `place` counts from the
 * left of `count`. */
void plot_put_legend(struct text *, const struct frame *, unsigned place, unsigned count,
    const char *class_name, const char *name);
typedef void plot_put_tick(struct text *, double value);
/* Lines across the frame at the ticks of the vertical axis, with their labels. */
void plot_put_rows(struct text *, const struct frame *, const struct scale *, const struct ticks *,
    plot_put_tick *);
void plot_put_tick_time(struct text *, double ns);      /* 200 µs, 1 ms */
void plot_put_tick_number(struct text *, double value); /* 20k, 1.5M */
/* A length of time with three digits, in µs where the table has us. */
void plot_put_time(struct text *, double ns);
