/* SPDX-License-Identifier: MIT
 *
 * file_lookup: from a path to the file that answers it.
 *
 * Owns the order of things: the cache, hidden names, the directory's index, the
 * precompressed siblings. Says what was found as an entry (file_entry); answering
 * it is files.c's.
 *
 * A path in the cache and checked within this second costs no system call. One that
 * was checked before is resolved anew, and the entry is kept where the file is the
 * same (device, inode, size, both times).
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "config/config.h"
#include "handler/file_cache.h"
#include "handler/file_entry.h"
#include "handler/file_open.h"
#include "handler/precompressed.h"
#include "http/mime.h"

/* Where files are looked up; all borrowed. */
struct file_place {
	struct file_root *root;
	struct file_cache *cache; /* the place's own paths in it have `root` as their scope */
	const struct http_mime_table *mime; /* NULL: the built-in one */
	const struct config_strings *index; /* names tried in a directory, in order */
	bool has_dotfiles;                  /* serve names that begin with a dot */
	bool has_siblings;                  /* Vary: siblings may be looked for */
	struct slice cache_control;         /* a whole field line, or empty */
	int64_t memory_max;                 /* files up to this size are kept in memory */
	int64_t hot_max;                    /* … and those that are asked for often */
};

/* What `path` leads to for a client with these codings (none where the place has no
 * siblings), at `now` (whole seconds of wall time). `path` begins with '/' and is normalized
 * (http/path); or it is empty, which is the root named without its '/'. The caller gets a
 * reference. NULL when there is no memory.
 *
 *   FILE       a regular file, or the first index name that is one (a path with a '/' at
 *              its end), or the sibling of either
 *   SLASH      a directory, named without '/'
 *   DIRECTORY  a directory without an index file
 *   ERROR      404: not there, hidden, or outside the root; 403: not readable, or neither
 *              file nor directory; 503: the process has no descriptor or memory left, even
 *              after the cache gave up its own; 500: the file cannot be read
 */
struct file_entry *file_lookup(const struct file_place *, struct slice path,
    struct coding_order codings, int64_t now) __attribute__((warn_unused_result));
