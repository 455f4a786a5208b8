/* SPDX-License-Identifier: MIT
 *
 * look: what the output can show: colours, characters beyond ASCII, how wide it
 * is.
 *
 * Colours only on a terminal, never where NO_COLOR is set (to anything but the
 * empty word) or TERM is dumb or unset. Characters beyond ASCII only where the
 * locale is UTF-8. Nothing else in usherctl asks the environment for these.
 *
 * Also the one way in which text of the daemon reaches the output: with what could
 * steer a terminal replaced.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

struct look {
	bool is_terminal;
	bool is_smart; /* a terminal whose cursor can be moved */
	bool has_colour;
	bool has_utf8;
	unsigned columns; /* 80 where nobody knows */
	unsigned rows;    /* 24 likewise */
};

enum colour { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD };

/* What the descriptor and the environment say. Call setlocale(3) before. */
void look_read(struct look *ret_look, int fd);
/* The size of the terminal again, after SIGWINCH. */
void look_read_size(struct look *look, int fd);

/* The sequence that begins or ends a colour; "" without colours. COLOUR_NONE ends
 * them all. */
const char *look_colour(const struct look *look, enum colour colour);

/* `slice` as it may be shown: controls and what is no UTF-8 as '?', and all beyond
 * ASCII where the locale has none. At most `columns` columns of it; how many it
 * took. */
unsigned look_put(struct text *text, const struct look *look, struct slice slice, unsigned columns);
/* The columns that the whole takes. */
unsigned look_width(const struct look *look, struct slice slice);
