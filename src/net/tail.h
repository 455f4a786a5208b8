/* SPDX-License-Identifier: MIT
 *
 * tail: what follows the bytes of an answer that were gathered, and stays where it
 * is: memory of somebody else's, or a piece of a file.
 *
 * Owns the hold on it, until its last byte was sent or it is dropped. Thread: the
 * loop's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"

struct file_body;

typedef void tail_release(const void *data, size_t len, void *owner);

struct tail {
	size_t left;           /* bytes not sent; 0: there is no tail */
	struct slice memory;   /* the whole of it */
	tail_release *release; /* … which is called once */
	void *owner;
	struct file_body *file; /* held; or NULL: it is memory */
	int64_t offset;         /* in the file, of what is left */
};

/* There must be none, and `bytes` must not be empty. */
void tail_set_memory(struct tail *, struct slice bytes, tail_release *release, void *owner);
/* `length` bytes, which must not be 0; takes a hold on the file. */
void tail_set_file(struct tail *, struct file_body *, int64_t offset, size_t length);

/* What is left of memory. */
struct slice tail_memory(const struct tail *);

/* Sends what is left of a file to the socket, at most a mebibyte at a time: as
 * sendfile(2); 0 without an error where the file has become shorter. */
ssize_t tail_send_file(struct tail *, int socket);

/* So many bytes were sent of it. */
void tail_sent(struct tail *, size_t bytes);

/* Lets it go. */
void tail_drop(struct tail *);
