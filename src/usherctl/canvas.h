/* SPDX-License-Identifier: MIT
 *
 * canvas: rows of text of a bounded width, drawn from the top to the bottom.
 *
 * What does not fit at the right is cut, what does not fit below is left out and
 * counted. Knows colours and bars, no terminal: usherctl/screen shows a canvas, and
 * canvas_print writes one as plain text.
 *
 * Owns its rows. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "usherctl/look.h"

/* Terminals beyond are used as if they were so large. */
#define CANVAS_COLUMNS_MAX 400
#define CANVAS_ROWS_MAX 400

struct canvas {
	const struct look *look; /* borrowed */
	unsigned columns;
	unsigned row_max;
	unsigned row_count; /* rows begun, those left out included */
	unsigned column;    /* used in the last row */
	bool is_terse;      /* fields that do not fit are left out: there are few rows */
	unsigned first;     /* column of the first field of the row */
	unsigned indent;    /* of rows that go on with what the one before began */
	struct text *rows;  /* owned; row_max of them */
	char *room;         /* owned; of the rows */
	struct text nowhere;
};

/* An empty canvas, or NULL without memory. */
struct canvas *canvas_new(const struct look *look, unsigned columns, unsigned rows)
    __attribute__((warn_unused_result));
void canvas_free(struct canvas *); /* NULL is fine */

/* Begins a row. All that follows goes there. */
void canvas_row(struct canvas *);

void canvas_put(struct canvas *, enum colour colour, struct slice slice);
void canvas_put_string(struct canvas *, enum colour colour, const char *string);
void canvas_put_format(struct canvas *, enum colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Blanks up to `column`. */
void canvas_put_blanks(struct canvas *, unsigned column);
/* In exactly `width` columns, at the left or at the right of them, cut where it is
 * longer. */
void canvas_put_left(struct canvas *, enum colour colour, const char *string, unsigned width);
void canvas_put_right(struct canvas *, enum colour colour, const char *string, unsigned width);
/* Begins a row with its name, in `width` columns, below which its fields go on where
 * one row does not hold them. */
void canvas_begin(struct canvas *, const char *name, unsigned width);
/* "LABEL VALUE" behind what stands in the row; in a new row, indented, where it does
 * not fit; nowhere, like all that follow, if the canvas is terse. */
void
canvas_put_field(struct canvas *, enum colour colour, const char *label, const struct text *value);

/* `width` columns, of which `part` (0..1) is filled, with a mark at `peak` (0..1, or
 * negative: none). */
void canvas_put_bar(struct canvas *, enum colour colour, unsigned width, double part, double peak);

/* Text of any length, which goes on in further rows. */
void canvas_put_long(struct canvas *, enum colour colour, struct slice slice);

/* Rows that can be shown, and one of them. */
unsigned canvas_rows(const struct canvas *);
struct slice canvas_text(const struct canvas *, unsigned row);

/* Writes the rows as lines. 0, or -EIO. */
int canvas_print(const struct canvas *, FILE *stream) __attribute__((warn_unused_result));
