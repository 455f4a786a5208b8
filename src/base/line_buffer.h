/* SPDX-License-Identifier: MIT
 *
 * line_buffer: lines gathered in memory and written in large pieces.
 *
 * For logs with a line per request. Whole lines leave, so several buffers may
 * share an outlet. What a slow reader has no room for yet is kept until it has, as
 * long as the buffer does not overflow. What cannot be written at all (a full disk)
 * or kept is dropped and counted: a log never stops the server.
 *
 * Owns its memory, not the outlet. Thread: its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct outlet;

struct line_buffer {
	struct outlet *outlet; /* borrowed */
	char *data;            /* owned */
	size_t len;
	size_t cap;
	size_t line_max;     /* bytes of the longest line */
	uint64_t lost_lines; /* too long, or not written */
};

/* Gathers up to `cap` bytes before it writes by itself; a line has at most
 * `line_max` bytes, below `cap` and OUTLET_LINE_MAX. 0, or -ENOMEM. */
int line_buffer_init(struct line_buffer *, struct outlet *, size_t cap, size_t line_max)
    __attribute__((warn_unused_result));
/* Flushes and frees. At the end of the process (outlet_end) a reader who is slow, but
 * reads, is waited for; who takes nothing within a second is not. Without effect on a buffer of
 * zeros. */
void line_buffer_done(struct line_buffer *);

/* A builder for the next line, with room for line_max bytes; then end, with
 * what was built, including its newline. A truncated line is dropped and
 * counted. */
struct text line_buffer_begin(struct line_buffer *);
void line_buffer_end(struct line_buffer *, const struct text *line);

/* Writes what is gathered, or as much of it as the outlet takes just now. */
void line_buffer_flush(struct line_buffer *);
