/* SPDX-License-Identifier: MIT
 *
 * table: the cells stand in one text, so that a hundred thousand rows are two
 * allocations that grow.
 */
#include "usherctl/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"

#include "usherctl/figures.h"

#define GAP 2 /* blanks between two columns */
#define LINE_MAX_BYTES 8192

void
table_init(struct table *table, const struct table_column *columns, size_t count)
{
	must(count > 0 && count <= TABLE_COLUMNS_MAX);
	*table = (struct table){ .columns = columns, .column_count = count };
}

void
table_done(struct table *table)
{
	free(table->text);
	free(table->cells);
	*table = (struct table){ 0 };
}

/* Room for `needed` items of `size` bytes at `*items`. */
static bool
grow(void **items, size_t *cap, size_t needed, size_t size)
{
	size_t wanted = *cap > 0 ? *cap : 256;
	void *grown;

	if (needed <= *cap)
		return true;
	while (wanted < needed)
		wanted *= 2;
	grown = reallocarray(*items, wanted, size);
	if (!grown)
		return false;
	*items = grown;
	*cap = wanted;
	return true;
}

void
table_add(struct table *table, enum colour colour, struct slice slice)
{
	void *text = table->text, *cells = table->cells;

	if (!grow(&text, &table->text_cap, table->text_len + slice.len + 1, 1))
		table->has_failed = true;
	table->text = text;
	if (!grow(&cells, &table->cell_cap, table->cell_count + 1, sizeof(table->cells[0])))
		table->has_failed = true;
	table->cells = cells;
	if (table->has_failed)
		return;
	if (slice.len > 0)
		memcpy(table->text + table->text_len, slice.data, slice.len);
	table->text_len += slice.len;
	table->cells[table->cell_count++] = (struct table_cell){ table->text_len, colour };
}

void
table_add_string(struct table *table, const char *string)
{
	table_add(table, COLOUR_NONE, slice_of(string));
}

void
table_add_text(struct table *table, const struct text *text)
{
	table_add(table, COLOUR_NONE, text_slice(text));
}

void
table_add_time(struct table *table, double seconds)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_time(&text, seconds);
	table_add_text(table, &text);
}

void
table_add_bytes(struct table *table, uint64_t bytes)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_bytes(&text, bytes);
	table_add_text(table, &text);
}

void
table_add_count(struct table *table, uint64_t count)
{
	char room[24];
	struct text text = text_over(room, sizeof(room));

	text_put_u64(&text, count);
	table_add_text(table, &text);
}

static struct slice
cell(const struct table *table, size_t index)
{
	size_t start = index > 0 ? table->cells[index - 1].end : 0;

	return (struct slice){ table->text + start, table->cells[index].end - start };
}

/* Cells of complete rows. */
static size_t
whole_cells(const struct table *table)
{
	return table->cell_count - table->cell_count % table->column_count;
}

static void
measure(const struct table *table, const struct look *look, unsigned *widths)
{
	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = look_width(look, slice_of(table->columns[i].title));
	for (size_t i = 0; i < whole_cells(table); i++) {
		unsigned width = look_width(look, cell(table, i));

		if (width > widths[i % table->column_count])
			widths[i % table->column_count] = width;
	}
}

static int
print_cell(const struct table *table, const struct look *look, size_t column, unsigned width,
    enum colour colour, struct slice slice, FILE *stream)
{
	char room[LINE_MAX_BYTES];
	struct text shown = text_over(room, sizeof(room));
	unsigned used = look_put(&shown, look, slice, width);
	int blanks = (int)(width - used);
	bool is_last = column + 1 == table->column_count;
	bool is_number = table->columns[column].is_number;

	return fprintf(stream, "%*s%s%.*s%s%*s", is_number ? blanks : 0, "",
	    colour != COLOUR_NONE ? look_colour(look, colour) : "", (int)shown.len, shown.data,
	    colour != COLOUR_NONE ? look_colour(look, COLOUR_NONE) : "",
	    is_last ? 0 : (is_number ? 0 : blanks) + GAP, "");
}

static int
print_titles(
    const struct table *table, const struct look *look, const unsigned *widths, FILE *stream)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (print_cell(table, look, i, widths[i], COLOUR_BOLD,
			slice_of(table->columns[i].title), stream) < 0)
			return -EIO;
	return fputc('\n', stream) == EOF ? -EIO : 0;
}

int
table_print(const struct table *table, const struct look *look, FILE *stream)
{
	unsigned widths[TABLE_COLUMNS_MAX];
	size_t whole = whole_cells(table);

	measure(table, look, widths);
	if (print_titles(table, look, widths, stream) < 0)
		return -EIO;
	for (size_t i = 0; i < whole; i++) {
		size_t column = i % table->column_count;

		if (print_cell(table, look, column, widths[column], table->cells[i].colour,
			cell(table, i), stream) < 0)
			return -EIO;
		if (column + 1 == table->column_count && fputc('\n', stream) == EOF)
			return -EIO;
	}
	return table->has_failed ? -ENOMEM : 0;
}
