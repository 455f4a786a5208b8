/* SPDX-License-Identifier: MIT */
#include "handler/file_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
check_file(int fd, size_t max_bytes)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -ENXIO;
	return (uint64_t)stat.st_size > max_bytes ? -EFBIG : 0;
}

/* Reads to the file's end, which may have moved since it was looked at. */
static int
read_all(int fd, char *bytes, size_t max_bytes, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got;

	for (;;) {
		/* One byte more than allowed tells a file that is too large. */
		got = read(fd, bytes + len, max_bytes + 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		len += (size_t)got;
		if (len > max_bytes)
			return -EFBIG;
		if (got == 0)
			break;
	}
	*ret_len = len;
	return 0;
}

static int
load(int fd, size_t max_bytes, char **ret_bytes, size_t *ret_len)
{
	char *bytes;
	char *fitted;
	int error = check_file(fd, max_bytes);

	if (error)
		return error;
	bytes = malloc(max_bytes + 1);
	if (!bytes)
		return -ENOMEM;
	error = read_all(fd, bytes, max_bytes, ret_len);
	if (error) {
		free(bytes);
		return error;
	}
	fitted = realloc(bytes, *ret_len + 1);
	*ret_bytes = fitted ? fitted : bytes;
	/* cppcheck-suppress memleak ; either is the caller's now */
	return 0;
}

static void
explain(struct text *ret_error, const char *path, size_t max_bytes, int error)
{
	if (error == -EFBIG)
		text_put_format(ret_error, "%s is larger than %zu bytes", path, max_bytes);
	else if (error == -ENXIO)
		text_put_format(ret_error, "%s is not a regular file", path);
	else
		text_put_format(ret_error, "%s cannot be read: %s", path, strerror(-error));
}

char *
file_load(const char *path, size_t max_bytes, size_t *ret_len, struct text *ret_error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = fd < 0 ? -errno : 0;
	char *bytes = NULL;

	if (!error)
		error = load(fd, max_bytes, &bytes, ret_len);
	if (error)
		explain(ret_error, path, max_bytes, error);
	if (fd >= 0)
		close(fd);
	return bytes;
}
