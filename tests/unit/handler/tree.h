/* SPDX-License-Identifier: MIT
 *
 * tree: a directory of a test's own, with files in it.
 *
 * Every function fails the test where the system does. Paths are relative to the tree.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tree {
	char path[64];
	int fd;
};

/* What the tests take for now, and a time of modification that is long past then. */
#define TREE_NOW INT64_C(1700000000)
#define TREE_LONG_AGO INT64_C(1600000000) /* Sun, 13 Sep 2020 12:26:40 GMT */

void tree_init(struct tree *);
/* Removes everything. */
void tree_done(struct tree *);

/* A file with that content, modified at TREE_LONG_AGO. */
void tree_write(const struct tree *, const char *path, const char *content);
/* The same with `len` bytes: a pattern that tells each place from the next. */
void tree_write_pattern(const struct tree *, const char *path, size_t len);
/* Byte `i` of that pattern. */
char tree_pattern(size_t i);
void tree_mkdir(const struct tree *, const char *path);
void tree_symlink(const struct tree *, const char *target, const char *path);
void tree_set_modified(const struct tree *, const char *path, int64_t seconds, long nanoseconds);
/* The tree's own path with `path` after it; lives until the next call. */
const char *tree_path(const struct tree *, const char *path);
