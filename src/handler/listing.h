/* SPDX-License-Identifier: MIT
 *
 * listing: the names in a directory that a client could ask for.
 *
 * Owns reading, filtering and sorting; how they are shown is autoindex.c's. Named are
 * regular files and directories, and symbolic links to either that stay within the
 * root: what the server would refuse is not shown.
 *
 * Reading blocks the loop, about a microsecond for a name. So it is bounded: of a
 * directory with more than LISTING_MAX such names, or LISTING_EXAMINED_MAX of any kind, the
 * first ones in the order of the file system are taken, and `is_cut` is set.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct file_root;

#define LISTING_MAX 10000
#define LISTING_EXAMINED_MAX 100000

struct listing_item {
	bool is_directory;
	int64_t size;     /* bytes; of a file */
	int64_t modified; /* seconds since the Epoch */
	size_t name_len;
	char name[]; /* any bytes but '/' and NUL; not terminated */
};

struct listing {
	struct listing_item **items; /* directories first, each by the bytes of its name */
	size_t count;
	bool is_cut;
};

/* Reads the directory `path` (normalized, begins with '/') beneath `root`; names that begin
 * with a dot only where `has_dotfiles`. 0 or a negative errno, as of file_open, opendir(3)
 * and readdir(3). On success the caller calls listing_done. */
int listing_read(const struct file_root *root, struct slice path, bool has_dotfiles,
    struct listing *ret_listing) __attribute__((warn_unused_result));
void listing_done(struct listing *);
