/* SPDX-License-Identifier: MIT
 *
 * file_body: an open file that many answers send from, by sendfile(2).
 *
 * Counted: each answer in flight holds it, so the descriptor closes when the last of
 * them is through and its maker has released it. What waits in a bufferevent holds
 * libevent's segment of the file, which is made with it.
 *
 * Thread: the loop's; a file never crosses loops.
 */
#pragma once

#include <stdint.h>

struct evbuffer_file_segment;

struct file_body {
	unsigned references;
	int fd;                                /* the segment's */
	struct evbuffer_file_segment *segment; /* owned */
};

/* Takes `fd`, of which `size` bytes from its start will be sent. NULL when
 * there is no memory; `fd` is then closed. */
struct file_body *file_body_new(int fd, int64_t size);

/* A further hold. */
struct file_body *file_body_ref(struct file_body *);

/* Gives back a hold. NULL is allowed. */
void file_body_release(struct file_body *);
