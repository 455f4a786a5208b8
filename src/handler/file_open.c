/* SPDX-License-Identifier: MIT */
#include "handler/file_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A path that is renamed without pause may not hold a loop. */
#define OPEN_ATTEMPTS 8

struct file_root {
	char *path;         /* owned */
	int fd;             /* owned, O_PATH */
	dev_t device;       /* of the directory that is open */
	ino_t inode;        /* likewise */
	int64_t checked_at; /* whole seconds */
};

static int
open_beneath(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	for (int attempt = 1;; attempt++) {
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0)
			return (int)fd;
		if ((errno != EAGAIN && errno != EINTR) || attempt == OPEN_ATTEMPTS)
			return -errno;
	}
}

static int
open_and_stat(const struct file_root *root, const char *path, int flags, struct stat *ret_stat)
{
	struct stat found;
	int fd = open_beneath(root->fd, path, flags);
	int error = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &found) < 0)
		error = -errno;
	else if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
		error = -ENXIO;
	if (error) {
		close(fd);
		return error;
	}
	*ret_stat = found;
	return fd;
}

int
file_open(const struct file_root *root, const char *path, struct stat *ret_stat)
{
	return open_and_stat(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, ret_stat);
}

int
file_stat(const struct file_root *root, const char *path, struct stat *ret_stat)
{
	int fd = open_and_stat(root, path, O_PATH, ret_stat);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int
file_error_status(int error)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EXDEV:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
	case EPERM:
	case ENXIO:
	case ENODEV:
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return 503;
	default:
		return 500;
	}
}

/* Opens the directory at `root->path` in place of the one that is open. Returns 0
 * or a negative errno, and then changes nothing. */
static int
root_open(struct file_root *root)
{
	struct stat found;
	int fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &found) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	if (root->fd >= 0)
		close(root->fd);
	root->fd = fd;
	root->device = found.st_dev;
	root->inode = found.st_ino;
	return 0;
}

/* Whether this kernel resolves paths as promised; asked once, at the start. */
static int
probe_openat2(int root_fd)
{
	int fd = open_beneath(root_fd, ".", O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int
root_init(struct file_root *root, const char *path, struct text *ret_error)
{
	int error;

	root->fd = -1;
	root->path = strdup(path);
	if (!root->path) {
		text_put_string(ret_error, "out of memory");
		return -ENOMEM;
	}
	error = root_open(root);
	if (error) {
		text_put_format(ret_error,
		    "the directory %s cannot be opened: %s: create it, or correct the path", path,
		    strerror(-error));
		return error;
	}
	error = probe_openat2(root->fd);
	if (error)
		text_put_format(ret_error,
		    "openat2(2) fails in %s: %s: serving files needs Linux 5.6 or later, and "
		    "a system call filter that allows openat2",
		    path, strerror(-error));
	return error;
}

struct file_root *
file_root_new(const char *path, struct text *ret_error)
{
	struct file_root *root = calloc(1, sizeof(*root));

	if (!root) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	if (root_init(root, path, ret_error) < 0) {
		file_root_free(root);
		return NULL;
	}
	return root;
}

void
file_root_free(struct file_root *root)
{
	if (!root)
		return;
	if (root->fd >= 0)
		close(root->fd);
	free(root->path);
	free(root);
}

void
file_root_refresh(struct file_root *root, int64_t now)
{
	struct stat found;

	if (root->checked_at == now)
		return;
	root->checked_at = now;
	if (stat(root->path, &found) < 0)
		return;
	if (found.st_dev == root->device && found.st_ino == root->inode)
		return;
	/* A failure leaves the old directory open, and is tried again. */
	(void)!root_open(root);
}
