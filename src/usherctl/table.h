/* SPDX-License-Identifier: MIT
 *
 * table: rows of cells, printed in columns as wide as their widest cell.
 *
 * Text in the first place: it goes through pipes, so nothing is cut and no lines
 * are drawn. Cells are shown as usherctl/look says.
 *
 * Owns its cells. A lack of memory is kept, and told by table_print.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"
#include "usherctl/look.h"

struct table_column {
	const char *title;
	bool is_number; /* ends at the right */
};

struct table_cell {
	size_t end; /* in `text`; it begins where the one before ended */
	enum colour colour;
};

struct table {
	const struct table_column *columns; /* borrowed */
	size_t column_count;
	char *text; /* owned; the cells, one after the other */
	size_t text_len, text_cap;
	struct table_cell *cells; /* owned; row by row */
	size_t cell_count, cell_cap;
	bool has_failed; /* no memory */
};

#define TABLE_COLUMNS_MAX 24

/* Begins a table of at most TABLE_COLUMNS_MAX columns. Ended by table_done. */
void table_init(struct table *, const struct table_column *columns, size_t count);
void table_done(struct table *);

/* The next cell, from left to right, row by row. */
void table_add(struct table *, enum colour colour, struct slice slice);
void table_add_string(struct table *, const char *string);
void table_add_count(struct table *, uint64_t count);
void table_add_text(struct table *, const struct text *text);
/* As usherctl/figures shows them. */
void table_add_time(struct table *, double seconds);
void table_add_bytes(struct table *, uint64_t bytes);

/* Prints the titles and the rows that are complete. 0, -ENOMEM where a cell was
 * lost, or -EIO. */
int table_print(const struct table *, const struct look *look, FILE *stream)
    __attribute__((warn_unused_result));
