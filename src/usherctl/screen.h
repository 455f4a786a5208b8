/* SPDX-License-Identifier: MIT
 *
 * screen: a terminal that shows canvases, and is given back as it was.
 *
 * Plain control sequences that every terminal of the last forty years but a dumb one
 * understands (ECMA-48: cursor position, erase in line, colours; and xterm's
 * alternate screen and cursor visibility, which others ignore). Ncurses would be a
 * larger dependency than the thirty lines that it would save, and would keep a screen
 * of its own between the rows and their tests.
 *
 * A frame is one write of the rows that changed, and none at all while the line does
 * not take it (a slow one, or Ctrl-S).
 *
 * Thread: the main one; one at a time.
 */
#pragma once

#include <stdbool.h>
#include <termios.h>

#include "usherctl/canvas.h"

struct screen {
	int input, output;
	bool has_saved; /* the input is a terminal, and `saved` is how it was */
	struct termios saved;
	struct canvas *shown; /* owned; what stands there; NULL: nobody knows */
};

/* Takes the terminal: no echo, keys at once, the alternate screen. Until screen_close,
 * a crash gives it back as well. 0 or negative errno. */
int screen_open(struct screen *, int input, int output) __attribute__((warn_unused_result));
/* Gives it back. May be called again. */
void screen_close(struct screen *);

/* Shows `canvas`, which it then owns. 0, or negative errno of the write. */
int screen_show(struct screen *, struct canvas *canvas) __attribute__((warn_unused_result));
