/* SPDX-License-Identifier: MIT
 *
 * terminal_screen: what a terminal shows of the bytes it was sent (ECMA-48, as far as
 * usherctl uses it).
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>

#include "terminal.h"

struct terminal_screen {
	char rows[TERMINAL_ROWS_MAX][TERMINAL_COLUMNS_MAX + 1];
	unsigned columns, row_count;
	unsigned row, column; /* of the cursor */
	bool is_alternate;
	bool is_cursor_hidden;
	bool had_colours;
	char sequence[32]; /* behind an ESC, as far as it came */
	unsigned sequence_len;
	bool is_in_sequence;
};

/* Blank, with the cursor at its first place. */
void terminal_screen_init(struct terminal_screen *, unsigned columns, unsigned rows);
/* Takes a byte. Fails the test at what a terminal would not understand, or where a row
 * is longer than the screen. */
void terminal_screen_take(struct terminal_screen *, char c);
bool terminal_screen_holds(const struct terminal_screen *, const char *text);
/* All rows, for a message; valid until the next call. */
const char *terminal_screen_text(const struct terminal_screen *);
