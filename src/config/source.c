/* SPDX-License-Identifier: MIT */
#include "config/source.h"

#include "config/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end into source->data, of which `cap` bytes can be filled. */
static int
read_all(int fd, struct source *source, size_t cap)
{
	while (source->len < cap) {
		ssize_t got = read(fd, source->data + source->len, cap - source->len);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return 0;
		if (got > 0)
			source->len += (size_t)got;
	}
	return -EFBIG;
}

static int
check_kind(const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		return -EISDIR;
	if (!S_ISREG(status->st_mode))
		return -ENOTSUP;
	return status->st_size > (off_t)CONFIG_FILE_BYTES_MAX ? -EFBIG : 0;
}

static int
read_descriptor(int fd, struct source *ret_source)
{
	struct stat status;
	struct source source = { 0 };
	size_t cap;
	int error;

	if (fstat(fd, &status) < 0)
		return -errno;
	error = check_kind(&status);
	if (error < 0)
		return error;
	/* A byte more than it says, to see that nothing follows. */
	cap = (size_t)status.st_size + 1;
	source.data = malloc(cap);
	if (!source.data)
		return -ENOMEM;
	error = read_all(fd, &source, cap);
	if (error < 0) {
		source_done(&source);
		return error;
	}
	source.device = status.st_dev;
	source.inode = status.st_ino;
	*ret_source = source;
	return 0;
}

int
source_read(const char *path, struct source *ret_source)
{
	/* O_NONBLOCK: opening a pipe does not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error;

	if (fd < 0)
		return -errno;
	error = read_descriptor(fd, ret_source);
	(void)close(fd);
	return error;
}

void
source_done(struct source *source)
{
	free(source->data);
	*source = (struct source){ 0 };
}

bool
source_is_same(const struct source *a, const struct source *b)
{
	return a->device == b->device && a->inode == b->inode;
}

const char *
source_error(int error)
{
	switch (error) {
	case -EFBIG:
		return "larger than 1 MiB, the most a configuration file may be";
	case -ENOTSUP:
		return "not a regular file";
	default:
		return strerror(-error);
	}
}

char *
source_resolve(const char *from, struct slice name)
{
	const char *slash = strrchr(from, '/');
	int directory_len =
	    slash && !slice_starts_with(name, SLICE("/")) ? (int)(slash - from) + 1 : 0;
	char *path;

	if (asprintf(&path, "%.*s%.*s", directory_len, from, (int)name.len, name.data) < 0)
		return NULL;
	return path;
}
