/* SPDX-License-Identifier: MIT
 *
 * canvas: each row is a builder over its part of one block.
 */
#include "usherctl/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a row: four bytes for each column, and the sequences of its colours. */
#define COLOURS_ROOM 1024

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

struct canvas *
canvas_new(const struct look *look, unsigned columns, unsigned rows)
{
	struct canvas *canvas = calloc(1, sizeof(*canvas));
	size_t stride;

	if (!canvas)
		return NULL;
	canvas->look = look;
	canvas->columns = least(columns, CANVAS_COLUMNS_MAX);
	canvas->row_max = least(rows, CANVAS_ROWS_MAX);
	canvas->nowhere = text_over(NULL, 0);
	stride = (size_t)canvas->columns * 4 + COLOURS_ROOM;
	canvas->rows = calloc(canvas->row_max + 1, sizeof(canvas->rows[0]));
	canvas->room = calloc(canvas->row_max + 1, stride);
	if (!canvas->rows || !canvas->room) {
		canvas_free(canvas);
		return NULL;
	}
	for (unsigned i = 0; i < canvas->row_max; i++)
		canvas->rows[i] = text_over(canvas->room + i * stride, stride);
	return canvas;
}

void
canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	free(canvas->rows);
	free(canvas->room);
	free(canvas);
}

void
canvas_row(struct canvas *canvas)
{
	canvas->row_count++;
	canvas->column = 0;
	canvas->first = 0;
}

/* The row that is being drawn, or one that nobody sees. */
static struct text *
current(struct canvas *canvas)
{
	if (canvas->row_count == 0 || canvas->row_count > canvas->row_max)
		return &canvas->nowhere;
	return &canvas->rows[canvas->row_count - 1];
}

void
canvas_put(struct canvas *canvas, enum colour colour, struct slice slice)
{
	struct text *row = current(canvas);
	unsigned room = canvas->columns - canvas->column;

	if (colour != COLOUR_NONE)
		text_put_string(row, look_colour(canvas->look, colour));
	canvas->column += look_put(row, canvas->look, slice, room);
	if (colour != COLOUR_NONE)
		text_put_string(row, look_colour(canvas->look, COLOUR_NONE));
}

void
canvas_put_string(struct canvas *canvas, enum colour colour, const char *string)
{
	canvas_put(canvas, colour, slice_of(string));
}

void
canvas_put_format(struct canvas *canvas, enum colour colour, const char *format, ...)
{
	char room[CANVAS_COLUMNS_MAX * 4];
	struct text text = text_over(room, sizeof(room));
	va_list arguments;

	va_start(arguments, format);
	text_put_vformat(&text, format, arguments);
	va_end(arguments);
	canvas_put(canvas, colour, text_slice(&text));
}

void
canvas_put_blanks(struct canvas *canvas, unsigned column)
{
	while (canvas->column < column && canvas->column < canvas->columns)
		canvas_put(canvas, COLOUR_NONE, SLICE(" "));
}

/* At most `width` columns of it. */
static void
put_cut(struct canvas *canvas, enum colour colour, struct slice slice, unsigned width)
{
	char room[CANVAS_COLUMNS_MAX * 4];
	struct text text = text_over(room, sizeof(room));

	(void)look_put(&text, canvas->look, slice, width);
	canvas_put(canvas, colour, text_slice(&text));
}

void
canvas_put_left(struct canvas *canvas, enum colour colour, const char *string, unsigned width)
{
	unsigned end = canvas->column + width;

	put_cut(canvas, colour, slice_of(string), width);
	canvas_put_blanks(canvas, end);
}

void
canvas_put_right(struct canvas *canvas, enum colour colour, const char *string, unsigned width)
{
	unsigned used = least(look_width(canvas->look, slice_of(string)), width);

	canvas_put_blanks(canvas, canvas->column + width - used);
	put_cut(canvas, colour, slice_of(string), width);
}

void
canvas_begin(struct canvas *canvas, const char *name, unsigned width)
{
	canvas_row(canvas);
	canvas_put_left(canvas, COLOUR_BOLD, name, width);
	/* On a narrow screen most of a row is for figures. */
	canvas->indent = least(width, canvas->columns / 4);
	canvas->first = canvas->column;
}

/* The row below, for what goes on. */
static void
go_on(struct canvas *canvas)
{
	canvas_row(canvas);
	canvas_put_blanks(canvas, canvas->indent);
	canvas->first = canvas->column;
}

void
canvas_put_field(
    struct canvas *canvas, enum colour colour, const char *label, const struct text *value)
{
	unsigned width = look_width(canvas->look, slice_of(label)) +
	    look_width(canvas->look, text_slice(value)) + 1;

	if (canvas->column > canvas->first && canvas->column + 2 + width > canvas->columns) {
		if (canvas->is_terse)
			canvas->column = canvas->columns;
		else
			go_on(canvas);
	}
	if (canvas->column > canvas->first)
		canvas_put(canvas, COLOUR_NONE, SLICE("  "));
	canvas_put_string(canvas, COLOUR_NONE, label);
	canvas_put(canvas, COLOUR_NONE, SLICE(" "));
	canvas_put(canvas, colour, text_slice(value));
}

void
canvas_put_long(struct canvas *canvas, enum colour colour, struct slice slice)
{
	while (slice.len > 0) {
		size_t len = slice_utf8_length(slice);

		if (canvas->column >= canvas->columns)
			go_on(canvas);
		if (canvas->row_count > canvas->row_max)
			return;
		canvas_put(canvas, colour, slice_first(slice, len > 0 ? len : 1));
		slice = slice_from(slice, len > 0 ? len : 1);
	}
}

/* The character of a bar whose filled part reaches `eighths` into it. */
static const char *
bar_piece(const struct look *look, unsigned eighths)
{
	static const char *const blocks[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };

	if (look->has_utf8)
		return blocks[eighths];
	return eighths >= 4 ? "#" : ".";
}

static double
within_one(double share)
{
	return share > 1 ? 1 : share > 0 ? share : 0;
}

void
canvas_put_bar(struct canvas *canvas, enum colour colour, unsigned width, double part, double peak)
{
	char room[CANVAS_COLUMNS_MAX * 4];
	struct text bar = text_over(room, sizeof(room));
	unsigned eighths = (unsigned)(within_one(part) * width * 8 + 0.5);
	unsigned mark = (unsigned)(within_one(peak) * width);

	/* A little is not nothing. */
	if (part > 0 && eighths < 4)
		eighths = canvas->look->has_utf8 ? 1 : 4;
	for (unsigned i = 0; i < width; i++) {
		unsigned filled = eighths > i * 8 ? least(eighths - i * 8, 8) : 0;

		if (peak > 0 && filled < 8 && i == least(mark, width - 1))
			text_put_string(&bar, "|");
		else
			text_put_string(&bar, bar_piece(canvas->look, filled));
	}
	canvas_put(canvas, COLOUR_DIM, SLICE("["));
	canvas_put(canvas, colour, text_slice(&bar));
	canvas_put(canvas, COLOUR_DIM, SLICE("]"));
}

unsigned
canvas_rows(const struct canvas *canvas)
{
	return least(canvas->row_count, canvas->row_max);
}

struct slice
canvas_text(const struct canvas *canvas, unsigned row)
{
	return text_slice(&canvas->rows[row]);
}

static struct slice
without_blanks_at_end(struct slice slice)
{
	while (slice.len > 0 && slice.data[slice.len - 1] == ' ')
		slice.len--;
	return slice;
}

int
canvas_print(const struct canvas *canvas, FILE *stream)
{
	for (unsigned i = 0; i < canvas_rows(canvas); i++) {
		struct slice row = without_blanks_at_end(canvas_text(canvas, i));

		if (fprintf(stream, "%.*s\n", (int)row.len, row.data ? row.data : "") < 0)
			return -EIO;
	}
	return 0;
}
