/* SPDX-License-Identifier: MIT */
#include "net/file_body.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>

struct file_body *
file_body_new(int fd, int64_t size)
{
	struct file_body *file = malloc(sizeof(*file));

	if (file)
		*file = (struct file_body){ .references = 1,
			.fd = fd,
			.segment = evbuffer_file_segment_new(fd, 0, size, EVBUF_FS_CLOSE_ON_FREE) };
	if (file && file->segment)
		return file;
	free(file);
	(void)close(fd);
	return NULL;
}

struct file_body *
file_body_ref(struct file_body *file)
{
	file->references++;
	return file;
}

void
file_body_release(struct file_body *file)
{
	if (!file || --file->references > 0)
		return;
	evbuffer_file_segment_free(file->segment);
	free(file);
}
