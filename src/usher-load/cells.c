/* SPDX-License-Identifier: MIT */
#include "usher-load/cells.h"

#include "usher-load/figures.h"

/* What a stream did not take, ferror(3) tells at the end. NOLINTBEGIN(cert-err33-c) */

void
cell_put_count(struct text *text, double count)
{
	if (count == 0)
		text_put_char(text, '-');
	else
		figure_put_count(text, (uint64_t)count);
}

static void
write_wide(FILE *out, int width, cell_put_function *put, double value)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	put(&text, value);
	fprintf(out, "%*s", width, text_string(&text));
}

void
cell_write(FILE *out, cell_put_function *put, double value)
{
	write_wide(out, CELL_WIDTH, put, value);
}

void
cell_write_inline(FILE *out, cell_put_function *put, double value)
{
	write_wide(out, 0, put, value);
}

void
cell_write_string(FILE *out, const char *string)
{
	fprintf(out, "%*s", CELL_WIDTH, string);
}

void
cell_write_outcome(FILE *out, enum outcome outcome, bool is_marked)
{
	fprintf(
	    out, "%s%-*s", is_marked ? "! " : "  ", CELL_LABEL_WIDTH, outcome_sentence(outcome));
}

void
cell_write_printable(FILE *out, const char *string)
{
	for (; *string; string++)
		fputc((unsigned char)*string < 0x20 || *string == 0x7f ? '?' : *string, out);
}
/* NOLINTEND(cert-err33-c) */
