/* SPDX-License-Identifier: MIT
 *
 * figures: numbers as people read them: three significant digits and a unit, or
 * a count with commas. For the table, the plot and the progress line; programs
 * read JSON and CSV, where numbers are plain.
 *
 * Owns nothing; adds to the caller's text. Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* The largest of them, with a NUL. */
#define FIGURE_MAX 32

void figure_put_count(struct text *, uint64_t count); /* 1,234,567 */
/* Three digits of a number that is not negative: 0, 0.123, 1.23, 12.3, 123, 1,234. */
void figure_put_number(struct text *, double number);
/* A length of time: 812 ns, 81.2 us, 8.12 ms, 812 ms, 8.12 s, 81.2 s, 13 min 32 s. */
void figure_put_time(struct text *, double ns);
/* 12 B, 1.21 KiB, 12.1 MiB … */
void figure_put_bytes(struct text *, double bytes);
/* A part of a whole, 0 to 1, so that neither "0 %" nor "100 %" is said of what is not:
 * 0 %, 0.0012 %, 1.2 %, 12.3 %, 99.9 %, 99.9988 %, 100 %. */
void figure_put_part(struct text *, double part);
