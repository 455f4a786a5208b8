/* SPDX-License-Identifier: MIT */
#include "server/log_file.h"

#include <string.h>
#include <unistd.h>

int
log_file_open(struct log_file *file, const char *path, struct text *ret_error)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		file->path = NULL;
		outlet_borrow(&file->outlet, STDOUT_FILENO);
	} else {
		fd = outlet_open_file(path, ret_error);
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
	fd = outlet_open_file(file->path, ret_error);
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
