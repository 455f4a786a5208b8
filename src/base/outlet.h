/* SPDX-License-Identifier: MIT
 *
 * outlet: a descriptor by which whole lines leave, and which never keeps the
 * writer waiting for a reader.
 *
 * A pipe, a terminal or a socket takes what it has room for; the rest is the
 * caller's to keep or to drop. So a log that nobody reads cannot stop a loop. A
 * regular file is written as ever: that waits for a disk, never for a person.
 * Of a line of which only a part was taken the rest is kept here and leaves
 * first, so that a reader never sees half a line followed by another one.
 *
 * Flags of a descriptor that others share (standard output, say) are not touched:
 * pipe(7) and fcntl(2) keep O_NONBLOCK with the open file, so that is opened once
 * more by its name in /proc.
 *
 * Thread: any; a lock orders the writers.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"

/* Bytes of the longest line that may be written, with its newline. */
#define OUTLET_LINE_MAX ((size_t)40 * 1024)

enum outlet_kind {
	OUTLET_FILE,   /* a regular file */
	OUTLET_OPENED, /* has O_NONBLOCK, and shares it with nobody */
	OUTLET_SOCKET, /* send(2) with MSG_DONTWAIT */
	OUTLET_POLLED  /* neither could be had: poll(2) before each write */
};

struct outlet {
	pthread_mutex_t lock;
	int fd; /* -1: everything is refused */
	bool owns_fd;
	enum outlet_kind kind;
	bool is_ending;       /* see outlet_end */
	int64_t last_wait_us; /* when outlet_wait was called first, or 0 */
	size_t rest_len;
	char rest[OUTLET_LINE_MAX]; /* of a line that was taken in part */
};

/* Over `fd`, which stays the caller's and has to outlive the outlet. -1 is
 * allowed. */
void outlet_borrow(struct outlet *, int fd);
/* Over `fd`, which is taken; it was opened here, with O_NONBLOCK. */
void outlet_take(struct outlet *, int fd);
/* Opens the log file at `path` for appending, made where there is none (mode 0640), for
 * outlet_take. A FIFO that nobody reads is an error (ENXIO) and no wait without end:
 * a server that waits here hears no signal. The descriptor, or a negative errno
 * with a sentence. */
int outlet_open_file(const char *path, struct text *ret_error) __attribute__((warn_unused_result));
/* Puts `fd`, taken likewise, in the place of the descriptor there was. */
void outlet_replace(struct outlet *, int fd);
/* Closes what it owns. */
void outlet_done(struct outlet *);

/* Writes of the `len` bytes at `data`, which are whole lines of at most
 * OUTLET_LINE_MAX bytes, as many lines as fit just now, and returns the bytes of
 * those. 0: no room, try again later. A negative errno when the descriptor takes
 * no more at all (-ENOSPC, -EPIPE, -EIO …). */
ssize_t
outlet_write(struct outlet *, const char *data, size_t len) __attribute__((warn_unused_result));

/* The process ends: from now on the last lines may be waited for. Before, a loop serves
 * others, and a reload frees buffers without waiting. */
void outlet_end(struct outlet *);

/* For the last lines before that end: waits for room, a second at most, and five in
 * all calls together, however many buffers have lines left. False when that time
 * is over, or the end is not near: what is left then is lost. */
bool outlet_wait(struct outlet *);
