/* SPDX-License-Identifier: MIT
 *
 * plot: a run as one SVG picture (SVG 1.1 and CSS): the latency by quantile, and
 * the time line of rate, losses and latency. It needs no other file, follows the
 * reader's light or dark scheme, and says in words (title, desc) what it shows.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdio.h>

#include "usher-load/report.h"

/* 0, or a negative errno: the stream did not take it all. Flushes. */
int plot_write(FILE *, const struct report *) __attribute__((warn_unused_result));
