/* SPDX-License-Identifier: MIT
 *
 * source: the bytes of one configuration file, and where the files it includes
 * are.
 *
 * Called by reader. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"

struct source {
	char *data; /* owned */
	size_t len;
	dev_t device; /* with `inode`: which file it is, whatever its name */
	ino_t inode;
};

/* Reads the regular file at `path` whole. 0, and the caller calls source_done;
 * otherwise -EISDIR, -ENOTSUP (a pipe, a device, a socket), -EFBIG (above
 * CONFIG_FILE_BYTES_MAX), -ENOMEM, or what open(2), fstat(2) or read(2) say. */
int source_read(const char *path, struct source *ret_source) __attribute__((warn_unused_result));
void source_done(struct source *);

bool source_is_same(const struct source *, const struct source *);

/* The sentence for an error of source_read. */
const char *source_error(int error);

/* The path of `name`, included by the file `from`: relative names start in the
 * directory of `from`. Owned by the caller; NULL for lack of memory. */
char *source_resolve(const char *from, struct slice name) __attribute__((warn_unused_result));
