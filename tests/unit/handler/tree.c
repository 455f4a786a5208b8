/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
tree_init(struct tree *tree)
{
	const char *base = getenv("TMPDIR");

	snprintf(tree->path, sizeof(tree->path), "%s/usher-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(tree->path));
	tree->fd = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(tree->fd, 0);
}

static int
remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	(void)stat;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
tree_done(struct tree *tree)
{
	close(tree->fd);
	ck_assert_int_eq(nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void
write_bytes(const struct tree *tree, const char *path, const char *bytes, size_t len)
{
	int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_msg(fd >= 0, "%s cannot be made", path);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	tree_set_modified(tree, path, TREE_LONG_AGO, 0);
}

void
tree_write(const struct tree *tree, const char *path, const char *content)
{
	write_bytes(tree, path, content, strlen(content));
}

char
tree_pattern(size_t i)
{
	return (char)('a' + (i * 7 + i / 256) % 26);
}

void
tree_write_pattern(const struct tree *tree, const char *path, size_t len)
{
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = tree_pattern(i);
	write_bytes(tree, path, bytes, len);
	free(bytes);
}

void
tree_mkdir(const struct tree *tree, const char *path)
{
	ck_assert_int_eq(mkdirat(tree->fd, path, 0755), 0);
}

void
tree_symlink(const struct tree *tree, const char *target, const char *path)
{
	ck_assert_int_eq(symlinkat(target, tree->fd, path), 0);
}

void
tree_set_modified(const struct tree *tree, const char *path, int64_t seconds, long nanoseconds)
{
	const struct timespec times[2] = { { seconds, nanoseconds }, { seconds, nanoseconds } };

	ck_assert_int_eq(utimensat(tree->fd, path, times, 0), 0);
}

const char *
tree_path(const struct tree *tree, const char *path)
{
	static char full[4096];

	snprintf(full, sizeof(full), "%s/%s", tree->path, path);
	return full;
}
