/* SPDX-License-Identifier: MIT
 *
 * outlet: what goes into a pipe goes in pieces of at most PIPE_BUF bytes, which
 * the kernel takes whole or not at all (pipe(7)); so writers of several processes
 * do not mix within a line. Only a line above that is taken in parts.
 */
#include "base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"

#define FILE_MODE 0640 /* of a log file that is made */

/* Flags of the open file that the second one of it has to have as well. */
#define KEPT_FLAGS (O_APPEND | O_DIRECT)

/* How long the last lines wait for room: at once, and in all. */
#define LAST_WAIT_MS 1000
#define LAST_WAITS_US (5 * CLOCK_SECOND_US)

static enum outlet_kind
kind_of_own(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return OUTLET_FILE;
	return OUTLET_OPENED;
}

/* A second open file of what `fd` is, or -1: no /proc, or no permission. */
static int
open_again(int fd)
{
	char path[64];
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (flags & KEPT_FLAGS));
}

void
outlet_borrow(struct outlet *outlet, int fd)
{
	struct stat status;
	int opened;

	must(pthread_mutex_init(&outlet->lock, NULL) == 0);
	outlet->fd = fd;
	outlet->owns_fd = false;
	outlet->rest_len = 0;
	outlet->is_ending = false;
	outlet->last_wait_us = 0;
	outlet->kind = OUTLET_FILE;
	if (fd < 0 || fstat(fd, &status) != 0 || S_ISREG(status.st_mode))
		return;
	outlet->kind = S_ISSOCK(status.st_mode) ? OUTLET_SOCKET : OUTLET_POLLED;
	opened = outlet->kind == OUTLET_POLLED ? open_again(fd) : -1;
	if (opened < 0)
		return;
	outlet->fd = opened;
	outlet->owns_fd = true;
	outlet->kind = OUTLET_OPENED;
}

void
outlet_take(struct outlet *outlet, int fd)
{
	must(pthread_mutex_init(&outlet->lock, NULL) == 0);
	outlet->fd = fd;
	outlet->owns_fd = true;
	outlet->rest_len = 0;
	outlet->is_ending = false;
	outlet->last_wait_us = 0;
	outlet->kind = kind_of_own(fd);
}

void
outlet_replace(struct outlet *outlet, int fd)
{
	must(pthread_mutex_lock(&outlet->lock) == 0);
	if (outlet->owns_fd && outlet->fd >= 0)
		(void)close(outlet->fd);
	outlet->fd = fd;
	outlet->owns_fd = true;
	outlet->rest_len = 0; /* its beginning is in the old file */
	outlet->kind = kind_of_own(fd);
	must(pthread_mutex_unlock(&outlet->lock) == 0);
}

void
outlet_done(struct outlet *outlet)
{
	if (outlet->owns_fd && outlet->fd >= 0)
		(void)close(outlet->fd);
	outlet->fd = -1;
	must(pthread_mutex_destroy(&outlet->lock) == 0);
}

static bool
has_room(int fd, int most_ms)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	return poll(&room, 1, most_ms) == 1;
}

static ssize_t
write_once(const struct outlet *outlet, const char *data, size_t len)
{
	ssize_t written;

	do {
		if (outlet->kind == OUTLET_SOCKET)
			written = send(outlet->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (outlet->kind == OUTLET_POLLED && !has_room(outlet->fd, 0))
			return 0;
		else
			written = write(outlet->fd, data, len);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	return written;
}

static size_t
line_length(const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);

	return newline ? (size_t)(newline - data) + 1 : len;
}

/* What is to be written at once: all to a file; else as many lines as PIPE_BUF
 * holds, but one at least. Without a lock on it, a polled pipe with room is good
 * for PIPE_BUF bytes only. */
static size_t
piece_length(const struct outlet *outlet, const char *data, size_t len)
{
	size_t piece = len;

	if (outlet->kind == OUTLET_FILE || len <= PIPE_BUF)
		return len;
	for (piece = line_length(data, len); piece < len;) {
		size_t next = line_length(data + piece, len - piece);

		if (piece + next > PIPE_BUF)
			break;
		piece += next;
	}
	return outlet->kind == OUTLET_POLLED && piece > PIPE_BUF ? PIPE_BUF : piece;
}

/* 0 when nothing is left, 1 when there is no room, or a negative errno. */
static int
write_rest(struct outlet *outlet)
{
	while (outlet->rest_len > 0) {
		size_t piece = outlet->rest_len < PIPE_BUF ? outlet->rest_len : (size_t)PIPE_BUF;
		ssize_t written = write_once(outlet, outlet->rest, piece);

		if (written <= 0)
			return written < 0 ? (int)written : 1;
		outlet->rest_len -= (size_t)written;
		memmove(outlet->rest, outlet->rest + written, outlet->rest_len);
	}
	return 0;
}

/* Keeps what is missing of the line in which a write ended: that line counts as
 * taken. Returns its length. */
static size_t
keep_rest(struct outlet *outlet, const char *data, size_t written, size_t len)
{
	if (written == 0 || data[written - 1] == '\n')
		return 0;
	outlet->rest_len = line_length(data + written, len - written);
	must(outlet->rest_len <= OUTLET_LINE_MAX);
	memcpy(outlet->rest, data + written, outlet->rest_len);
	return outlet->rest_len;
}

static ssize_t
write_lines(struct outlet *outlet, const char *data, size_t len)
{
	size_t taken = 0;

	while (taken < len) {
		size_t piece = piece_length(outlet, data + taken, len - taken);
		ssize_t written = write_once(outlet, data + taken, piece);

		if (written <= 0)
			return taken > 0 ? (ssize_t)taken : written;
		taken +=
		    (size_t)written + keep_rest(outlet, data + taken, (size_t)written, len - taken);
		if (write_rest(outlet) != 0)
			break;
	}
	return (ssize_t)taken;
}

ssize_t
outlet_write(struct outlet *outlet, const char *data, size_t len)
{
	ssize_t taken = -EBADF;
	int result;

	must(pthread_mutex_lock(&outlet->lock) == 0);
	if (outlet->fd >= 0) {
		result = write_rest(outlet);
		taken = result == 0 ? write_lines(outlet, data, len) : result < 0 ? result : 0;
	}
	must(pthread_mutex_unlock(&outlet->lock) == 0);
	return taken;
}

void
outlet_end(struct outlet *outlet)
{
	outlet->is_ending = true;
}

bool
outlet_wait(struct outlet *outlet)
{
	const int64_t now_us = clock_monotonic_us();

	if (!outlet->is_ending)
		return false;
	if (outlet->last_wait_us == 0)
		outlet->last_wait_us = now_us;
	if (outlet->fd < 0 || now_us - outlet->last_wait_us > LAST_WAITS_US)
		return false;
	if (has_room(outlet->fd, LAST_WAIT_MS))
		return true;
	outlet->last_wait_us = INT64_MIN / 2; /* nobody else need try */
	return false;
}

int
outlet_open_file(const char *path, struct text *ret_error)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, FILE_MODE);
	int error = errno;

	if (fd >= 0)
		return fd;
	text_put_format(ret_error, "the log file %s cannot be written: %s", path, strerror(error));
	return -error;
}
