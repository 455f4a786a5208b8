/* SPDX-License-Identifier: MIT */
#include "terminal_screen.h"

#include <stdio.h>
#include <string.h>

static void
clear(struct terminal_screen *screen)
{
	for (unsigned i = 0; i < TERMINAL_ROWS_MAX; i++) {
		memset(screen->rows[i], ' ', TERMINAL_COLUMNS_MAX);
		screen->rows[i][screen->columns] = '\0';
	}
}

void
terminal_screen_init(struct terminal_screen *screen, unsigned columns, unsigned rows)
{
	*screen = (struct terminal_screen){ .columns = columns, .row_count = rows };
	clear(screen);
}

static void
move_cursor(struct terminal_screen *screen)
{
	unsigned row = 1, column = 1;
	const char *at = screen->sequence + 1;

	for (row = 0; *at >= '0' && *at <= '9'; at++)
		row = row * 10 + (unsigned)(*at - '0');
	if (*at == ';')
		at++;
	for (column = 0; *at >= '0' && *at <= '9'; at++)
		column = column * 10 + (unsigned)(*at - '0');
	if (row < 1 || row > screen->row_count || column < 1 || column > screen->columns)
		wire_fail("the cursor goes to row %u, column %u", row, column);
	screen->row = row - 1;
	screen->column = column - 1;
}

/* A sequence that is complete, without its ESC. */
static void
obey(struct terminal_screen *screen)
{
	const char *sequence = screen->sequence;
	char last = sequence[screen->sequence_len - 1];

	if (strcmp(sequence, "[?1049h") == 0 || strcmp(sequence, "[?1049l") == 0)
		screen->is_alternate = last == 'h';
	else if (strcmp(sequence, "[?25l") == 0 || strcmp(sequence, "[?25h") == 0)
		screen->is_cursor_hidden = last == 'l';
	else if (strcmp(sequence, "[2J") == 0)
		clear(screen);
	else if (strcmp(sequence, "[K") == 0)
		memset(screen->rows[screen->row] + screen->column, ' ',
		    screen->columns - screen->column);
	else if (last == 'H')
		move_cursor(screen);
	else if (last == 'm')
		screen->had_colours |= screen->sequence_len > 2;
	else
		wire_fail("a sequence that is not known: ESC %s", sequence);
}

static void
take_of_sequence(struct terminal_screen *screen, char c)
{
	if (screen->sequence_len == sizeof(screen->sequence) - 1)
		wire_fail("a sequence without an end: ESC %s", screen->sequence);
	screen->sequence[screen->sequence_len++] = c;
	screen->sequence[screen->sequence_len] = '\0';
	if (screen->sequence_len == 1 || c < '@' || c > '~')
		return;
	screen->is_in_sequence = false;
	obey(screen);
}

static void
put(struct terminal_screen *screen, char c)
{
	if (screen->column >= screen->columns)
		wire_fail(
		    "row %u is longer than the screen: %s", screen->row, screen->rows[screen->row]);
	screen->rows[screen->row][screen->column++] = c;
}

void
terminal_screen_take(struct terminal_screen *screen, char c)
{
	if (screen->is_in_sequence) {
		take_of_sequence(screen, c);
	} else if (c == '\033') {
		screen->is_in_sequence = true;
		screen->sequence_len = 0;
	} else if (c == '\r' || c == '\n') {
		/* Outside of frames only: a complaint, the echo of a key. */
		screen->column = 0;
		screen->row += c == '\n' && screen->row + 1 < screen->row_count;
	} else if (c >= ' ' && c < 0x7f) {
		put(screen, c);
	} else {
		wire_fail("a byte that is none to show: %02x", (unsigned char)c);
	}
}

bool
terminal_screen_holds(const struct terminal_screen *screen, const char *text)
{
	for (unsigned i = 0; i < screen->row_count; i++)
		if (strstr(screen->rows[i], text))
			return true;
	return false;
}

const char *
terminal_screen_text(const struct terminal_screen *screen)
{
	static char text[TERMINAL_ROWS_MAX * (TERMINAL_COLUMNS_MAX + 2)];
	size_t len = 0;

	for (unsigned i = 0; i < screen->row_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", screen->rows[i]);
	return text;
}
