/* SPDX-License-Identifier: MIT
 *
 * file_open: files beneath a root directory, and nothing outside it.
 *
 * Owns the descriptor of the root directory. The kernel resolves each path with
 * openat2(2), RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS: "..", absolute paths and
 * symbolic links that lead out of the root fail with EXDEV, in whatever way they
 * are spelt. A relative link that stays inside is followed; an absolute one is
 * refused, even where it points inside.
 *
 * Opening never blocks (a FIFO without a writer is opened at once) and never makes
 * a terminal the controlling one.
 *
 * Leaves to others: what a path means (files.c) and which status an answer gets
 * beyond the errors of the system.
 *
 * Thread: one; each loop has its own roots.
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "base/text.h"

struct file_root;

/* Opens the directory `path` as a root. NULL where it cannot be opened, is no
 * directory, or the kernel has no openat2(2) (before Linux 5.6): `ret_error` then
 * says which, and what to do. */
struct file_root *
file_root_new(const char *path, struct text *ret_error) __attribute__((warn_unused_result));
void file_root_free(struct file_root *); /* NULL is allowed */

/* Opens the directory anew where its path leads to another one than before, as
 * after a deployment that swaps a symbolic link. Looks at most once for each value
 * of `now` (whole seconds). Where the path leads nowhere, the old one stays. */
void file_root_refresh(struct file_root *, int64_t now);

/* Opens `path`, relative to the root, for reading; "." is the root itself. Returns
 * a descriptor of a regular file or a directory, which `ret_stat` describes, or
 * -ENXIO for anything else (FIFO, device, socket), -ENAMETOOLONG, or what openat2(2)
 * and fstat(2) give. An EAGAIN of openat2 (a rename raced with the resolution) is
 * retried a few times. */
int file_open(const struct file_root *, const char *path, struct stat *ret_stat)
    __attribute__((warn_unused_result));

/* What `path` is, without opening it: 0, or as file_open. Needs no permission to
 * read the file. */
int file_stat(const struct file_root *, const char *path, struct stat *ret_stat)
    __attribute__((warn_unused_result));

/* The HTTP status for a negative errno of the functions above: 404 where there is
 * no such file within the root (ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG), 403
 * where it may not be served (EACCES, EPERM, ENXIO, ENODEV), 503 where the system lacks
 * descriptors or memory or the path keeps changing (EMFILE, ENFILE, ENOMEM, EAGAIN),
 * 500 otherwise. */
int file_error_status(int error);
