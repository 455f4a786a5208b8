/* SPDX-License-Identifier: MIT
 *
 * frame: what `usherctl top` shows of an interval, drawn on a canvas of any size.
 *
 * The most urgent stands first, since a low screen shows the first rows only. Rates
 * are those of the interval; totals are since the start of the daemon.
 *
 * Pure: no input, no clock, no terminal.
 *
 * Thread: any.
 */
#pragma once

#include "usherctl/canvas.h"
#include "usherctl/interval.h"

#define FRAME_LABEL_WIDTH 12 /* columns of a row's name */

/* Draws all of it. `notice`, if not empty, is shown in the first row: what keeps the
 * figures from being new. */
void frame_draw(struct canvas *, const struct interval *interval, struct slice notice);

/* Its parts, each in rows of its own. */
void frame_draw_traffic(struct canvas *, const struct interval *interval);
void frame_draw_limits(struct canvas *, const struct interval *interval);
void frame_draw_listeners(struct canvas *, const struct interval *interval, unsigned rows);
void frame_draw_loops(struct canvas *, const struct interval *interval);
void frame_draw_endings(struct canvas *, const struct interval *interval);
void frame_draw_process(struct canvas *, const struct interval *interval);

/* The colour of a share of something that has a limit. */
enum colour frame_colour_of(double share);
