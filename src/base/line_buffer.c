/* SPDX-License-Identifier: MIT */
#include "base/line_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/panic.h"

int
line_buffer_init(struct line_buffer *buffer, int fd, size_t cap, size_t line_max)
{
	must(line_max < cap);
	*buffer = (struct line_buffer){ .fd = fd, .cap = cap, .line_max = line_max };
	buffer->data = malloc(cap);
	return buffer->data ? 0 : -ENOMEM;
}

void
line_buffer_done(struct line_buffer *buffer)
{
	if (!buffer->data)
		return;
	line_buffer_flush(buffer);
	free(buffer->data);
	buffer->data = NULL;
}

struct text
line_buffer_begin(struct line_buffer *buffer)
{
	if (buffer->cap - buffer->len < buffer->line_max)
		line_buffer_flush(buffer);
	return text_over(buffer->data + buffer->len, buffer->line_max);
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

static void
count_lost(struct line_buffer *buffer, size_t from)
{
	const char *at = buffer->data + from;
	const char *end = buffer->data + buffer->len;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		buffer->lost_lines++;
		at++;
	}
}

void
line_buffer_flush(struct line_buffer *buffer)
{
	size_t written = 0;

	while (written < buffer->len) {
		ssize_t result = write(buffer->fd, buffer->data + written, buffer->len - written);

		if (result < 0 && errno == EINTR)
			continue;
		if (result <= 0) {
			count_lost(buffer, written);
			break;
		}
		written += (size_t)result;
	}
	buffer->len = 0;
}
