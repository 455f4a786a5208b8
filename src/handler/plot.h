/* SPDX-License-Identifier: MIT
 *
 * plot: a small plot over the last minutes, drawn as SVG: one or two lines, the greatest
 * value as a round number at the top, the time along the bottom.
 *
 * Pure. Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "handler/history.h"

enum plot_unit {
	PLOT_COUNT,
	PLOT_PER_SECOND,
	PLOT_BYTES,
	PLOT_BYTES_PER_SECOND,
	PLOT_PERCENT,
	PLOT_SECONDS
};

/* What a line shows at one second: of a sample, and of the one before it. */
typedef double (*plot_value)(const struct history_sample *now, const struct history_sample *before);

struct plot_line {
	const char *name;
	plot_value value_of;
};

struct plot {
	const char *title;
	enum plot_unit unit;
	double least_top; /* the top is not below it */
	struct plot_line lines[2];
};

/* A <figure> with title, latest values and drawing. */
void plot_put(struct text *, const struct plot *, const struct history *);

/* A number as people read it: 1234, 12.3k, 4.5M; with its unit. */
void plot_put_value(struct text *, double value, enum plot_unit unit);
