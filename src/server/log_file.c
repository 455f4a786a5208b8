/* SPDX-License-Identifier: MIT */
#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOG_FILE_MODE 0640

/* A FIFO that nobody reads is an error (ENXIO) and no wait without end: a server that
 * waits here hears no signal. Once open, it is written to as any file. */
static int
open_path(const char *path, struct text *ret_error)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_FILE_MODE);
	int error = errno;

	if (fd >= 0) {
		(void)fcntl(fd, F_SETFL, O_APPEND);
		return fd;
	}
	text_put_format(ret_error, "the log file %s cannot be written: %s", path, strerror(error));
	return -error;
}

int
log_file_open(struct log_file *file, const char *path, struct text *ret_error)
{
	if (strcmp(path, "-") == 0) {
		*file = (struct log_file){ .path = NULL, .fd = STDOUT_FILENO };
		return 0;
	}
	file->path = path;
	file->fd = open_path(path, ret_error);
	return file->fd < 0 ? file->fd : 0;
}

int
log_file_reopen(struct log_file *file, struct text *ret_error)
{
	int result = 0;
	int fd;

	if (!file->path)
		return 0;
	fd = open_path(file->path, ret_error);
	if (fd < 0)
		return fd;
	if (dup3(fd, file->fd, O_CLOEXEC) < 0) {
		result = -errno;
		text_put_format(ret_error, "the log file %s cannot be used: dup3: %s", file->path,
		    strerror(-result));
	}
	(void)close(fd);
	return result;
}

void
log_file_close(struct log_file *file)
{
	if (file->path && file->fd >= 0)
		(void)close(file->fd);
	file->fd = -1;
}
