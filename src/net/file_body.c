/* SPDX-License-Identifier: MIT */
#include "net/file_body.h"

#include <event2/buffer.h>
#include <unistd.h>

struct evbuffer_file_segment *
file_body_new(int fd, int64_t size)
{
	struct evbuffer_file_segment *segment;

	segment = evbuffer_file_segment_new(fd, 0, size, EVBUF_FS_CLOSE_ON_FREE);
	if (!segment)
		(void)close(fd);
	return segment;
}

void
file_body_release(struct evbuffer_file_segment *segment)
{
	if (segment)
		evbuffer_file_segment_free(segment);
}
