/* SPDX-License-Identifier: MIT
 *
 * cells: what a page of figures in columns is made of, for the parts of the table.
 *
 * Owns nothing. Thread: any; a stream is its caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"
#include "usher-load/outcome.h"

/* Two columns for a mark, one for what a row is about, three of figures: 80. */
#define CELL_LABEL_WIDTH 42
#define CELL_WIDTH 12
#define CELL_LINE_WIDTH 80

/* How a figure is written: one of figures.h, or cell_put_count. */
typedef void cell_put_function(struct text *, double);

void cell_put_count(struct text *, double count); /* "-" for none */

/* A figure, right-aligned in CELL_WIDTH columns, and one within a sentence. */
void cell_write(FILE *, cell_put_function *, double value);
void cell_write_inline(FILE *, cell_put_function *, double value);
void cell_write_string(FILE *, const char *string); /* right-aligned */
/* The first column of a row about an outcome, marked where something was lost by it. */
void cell_write_outcome(FILE *, enum outcome, bool is_marked);
/* What the user typed may hold what a terminal takes for a command: '?' instead. */
void cell_write_printable(FILE *, const char *string);
