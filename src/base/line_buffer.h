/* SPDX-License-Identifier: MIT
 *
 * line_buffer: lines gathered in memory and written in large pieces.
 *
 * For logs with a line per request. Whole lines leave, in one write(2) where the
 * descriptor takes all, so several buffers may share one opened with O_APPEND.
 * What cannot be written (a full disk) is dropped and counted: a log never stops
 * the server.
 *
 * Owns its memory, not the descriptor. Thread: its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct line_buffer {
	int fd;     /* borrowed */
	char *data; /* owned */
	size_t len;
	size_t cap;
	size_t line_max;     /* bytes of the longest line */
	uint64_t lost_lines; /* too long, or not written */
};

/* Gathers up to `cap` bytes before it writes by itself; a line has at most
 * `line_max` bytes, below `cap`. 0, or -ENOMEM. */
int line_buffer_init(struct line_buffer *, int fd, size_t cap, size_t line_max)
    __attribute__((warn_unused_result));
/* Flushes and frees. Without effect on a buffer of zeros. */
void line_buffer_done(struct line_buffer *);

/* A builder for the next line, with room for line_max bytes; then end, with
 * what was built, including its newline. A truncated line is dropped and
 * counted. */
struct text line_buffer_begin(struct line_buffer *);
void line_buffer_end(struct line_buffer *, const struct text *line);

/* Writes what is gathered. Blocks as long as the descriptor does. */
void line_buffer_flush(struct line_buffer *);
