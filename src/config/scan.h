/* SPDX-License-Identifier: MIT
 *
 * scan: cuts the text of a configuration file into words, strings and signs.
 *
 * Borrows the text. The lexical rules are libconfuse's, made stricter where it
 * would pass over a mistake in silence: a string ends on the line it begins (but
 * for a backslash at the line's end), no character is skipped, none is NUL. And
 * lines are counted right, which libconfuse 3.3 does not do across comments.
 *
 * Called by reader. Thread: none of its own.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

enum scan_kind {
	SCAN_END,
	SCAN_WORD,   /* without quotes */
	SCAN_STRING, /* in quotes, " or ' */
	SCAN_OPEN,   /* { */
	SCAN_CLOSE,  /* } */
	SCAN_LEFT,   /* ( */
	SCAN_RIGHT,  /* ) */
	SCAN_EQUALS, /* = */
	SCAN_APPEND, /* += */
	SCAN_COMMA,
	SCAN_WRONG /* none of these: `problem` says why; the text is read no further */
};

struct scan_token {
	enum scan_kind kind;
	unsigned line;       /* on which it begins, from 1 */
	struct slice raw;    /* as it stands in the text */
	struct slice inside; /* the same without the quotes; escapes are left as they are */
	const char *problem; /* of SCAN_WRONG: a sentence; else NULL */
};

struct scan {
	struct slice text;
	size_t at;
	unsigned line;
};

/* Begins at the first line of `text`. */
void scan_init(struct scan *, struct slice text);

/* The next token. After SCAN_END or SCAN_WRONG, the same again. */
struct scan_token scan_next(struct scan *);

/* False where `text` holds a byte that no text file holds (a control character
 * but for tab, newline and carriage return): its line and value are returned. */
bool scan_is_text(struct slice text, unsigned *ret_line, unsigned char *ret_byte);
