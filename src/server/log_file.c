/* SPDX-License-Identifier: MIT */
#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOG_FILE_MODE 0640

/* A FIFO that nobody reads is an error (ENXIO) and no wait without end: a server that
 * waits here hears no signal. */
static int
open_path(const char *path, struct text *ret_error)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_FILE_MODE);
	int error = errno;

	if (fd >= 0)
		return fd;
	text_put_format(ret_error, "the log file %s cannot be written: %s", path, strerror(error));
	return -error;
}

int
log_file_open(struct log_file *file, const char *path, struct text *ret_error)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		file->path = NULL;
		outlet_borrow(&file->outlet, STDOUT_FILENO);
	} else {
		fd = open_path(path, ret_error);
		if (fd < 0)
			return fd;
		file->path = path;
		outlet_take(&file->outlet, fd);
	}
	file->is_open = true;
	return 0;
}

int
log_file_reopen(struct log_file *file, struct text *ret_error)
{
	int fd;

	if (!file->is_open || !file->path)
		return 0;
	fd = open_path(file->path, ret_error);
	if (fd < 0)
		return fd;
	outlet_replace(&file->outlet, fd);
	return 0;
}

void
log_file_end(struct log_file *file)
{
	if (file->is_open)
		outlet_end(&file->outlet);
}

void
log_file_close(struct log_file *file)
{
	if (file->is_open)
		outlet_done(&file->outlet);
	file->is_open = false;
}
