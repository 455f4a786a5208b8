/* SPDX-License-Identifier: MIT */
#include "net/tail.h"

#include <errno.h>
#include <sys/sendfile.h>

#include "base/panic.h"
#include "net/file_body.h"

/* So that a peer as fast as we are cannot keep the loop to itself. */
#define SEND_MAX ((size_t)1 << 20)

void
tail_set_memory(struct tail *tail, struct slice bytes, tail_release *release, void *owner)
{
	must(tail->left == 0 && bytes.len > 0);
	*tail =
	    (struct tail){ .left = bytes.len, .memory = bytes, .release = release, .owner = owner };
}

void
tail_set_file(struct tail *tail, struct file_body *file, int64_t offset, size_t length)
{
	must(tail->left == 0 && length > 0);
	*tail = (struct tail){ .left = length, .file = file_body_ref(file), .offset = offset };
}

struct slice
tail_memory(const struct tail *tail)
{
	size_t sent = tail->memory.len - tail->left;

	return (struct slice){ tail->memory.data + sent, tail->left };
}

ssize_t
tail_send_file(struct tail *tail, int socket)
{
	off_t offset = tail->offset;
	size_t length = tail->left < SEND_MAX ? tail->left : SEND_MAX;

	errno = 0;
	return sendfile(socket, tail->file->fd, &offset, length);
}

void
tail_sent(struct tail *tail, size_t bytes)
{
	must(bytes <= tail->left);
	if (bytes == tail->left) {
		tail_drop(tail);
		return;
	}
	tail->left -= bytes;
	tail->offset += (int64_t)bytes;
}

/* It is gone before anybody is called, who might write something new. */
void
tail_drop(struct tail *tail)
{
	struct tail gone = *tail;

	tail->left = 0;
	if (gone.left == 0)
		return;
	if (gone.file)
		file_body_release(gone.file);
	else
		gone.release(gone.memory.data, gone.memory.len, gone.owner);
}
