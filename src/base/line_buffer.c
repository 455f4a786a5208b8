/* SPDX-License-Identifier: MIT */
#include "base/line_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outlet.h"
#include "base/panic.h"

int
line_buffer_init(struct line_buffer *buffer, struct outlet *outlet, size_t cap, size_t line_max)
{
	must(line_max < cap && line_max <= OUTLET_LINE_MAX);
	*buffer = (struct line_buffer){ .outlet = outlet, .cap = cap, .line_max = line_max };
	buffer->data = malloc(cap);
	return buffer->data ? 0 : -ENOMEM;
}

struct text
line_buffer_begin(struct line_buffer *buffer)
{
	size_t room = buffer->cap - buffer->len;

	if (room < buffer->line_max) {
		line_buffer_flush(buffer);
		room = buffer->cap - buffer->len;
	}
	return text_over(
	    buffer->data + buffer->len, room < buffer->line_max ? room : buffer->line_max);
}

void
line_buffer_end(struct line_buffer *buffer, const struct text *line)
{
	must(line->data == buffer->data + buffer->len);
	if (line->is_truncated)
		buffer->lost_lines++;
	else
		buffer->len += line->len;
}

/* Forgets what is gathered. */
static void
lose(struct line_buffer *buffer)
{
	const char *at = buffer->data;
	const char *end = buffer->data + buffer->len;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		buffer->lost_lines++;
		at++;
	}
	buffer->len = 0;
}

void
line_buffer_flush(struct line_buffer *buffer)
{
	ssize_t taken;

	while (buffer->len > 0) {
		taken = outlet_write(buffer->outlet, buffer->data, buffer->len);
		if (taken < 0)
			lose(buffer);
		if (taken <= 0)
			return;
		buffer->len -= (size_t)taken;
		memmove(buffer->data, buffer->data + taken, buffer->len);
	}
}

void
line_buffer_done(struct line_buffer *buffer)
{
	if (!buffer->data)
		return;
	line_buffer_flush(buffer);
	while (buffer->len > 0 && outlet_wait(buffer->outlet))
		line_buffer_flush(buffer);
	lose(buffer);
	free(buffer->data);
	buffer->data = NULL;
}
