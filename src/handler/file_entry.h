/* SPDX-License-Identifier: MIT
 *
 * file_entry: what a path led to, ready to be answered.
 *
 * Owns the body (small files: bytes in memory; others: a segment that sendfile(2)
 * sends from), the field lines of its answers and its validators. None of this changes
 * once it is made, so the cache and any number of answers share it: it is counted, and
 * freed with the last reference, wherever that is.
 *
 * The validators (RFC 9110 8.8):
 *
 *   ETag           "MTIME-SIZE-INODE", in hexadecimal, MTIME in nanoseconds; for a
 *                  precompressed sibling its own, and "-br", "-zst" or "-gz". The inode
 *                  tells apart files whose times were set to one moment, as reproducible
 *                  builds do; the price is that two servers with copies of a file tag
 *                  them differently.
 *   Last-Modified  the time of modification, or now where that is in the future.
 *
 * A file that was modified less than FILE_YOUNG_SECONDS ago could change again without
 * that its time changes, as the clock of a file system ticks slowly. Its tag is weak
 * (W/, 8.8.1), its date does not vouch for ranges, and it is never taken for unchanged.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/text.h"
#include "http/conditional.h"
#include "http/encoding.h"

struct file_body;

#define FILE_YOUNG_SECONDS 2
/* Files up to this size are held in memory from the first request on, … */
#define FILE_MEMORY_MAX 65536
/* … and up to this size where there were so many whole answers from the descriptor since the
 * last look at the file, which is a second old at most: what is asked for often costs a third less
 * from memory, and what is not would only drive others out. */
#define FILE_HOT_MAX ((int64_t)256 * 1024)
#define FILE_HOT_ANSWERS 64

enum file_entry_kind {
	FILE_ENTRY_FILE,      /* a regular file */
	FILE_ENTRY_SLASH,     /* a directory, named without the '/' at its end */
	FILE_ENTRY_DIRECTORY, /* a directory without an index file */
	FILE_ENTRY_ERROR      /* none to be served: `status` */
};

/* What tells whether a file is still the same (inode(7)). */
struct file_identity {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};

#define FILE_ENTRY_MAGIC UINT32_C(0x66696c65)

struct file_entry {
	uint32_t magic;
	unsigned references;
	enum file_entry_kind kind;
	int status; /* FILE_ENTRY_ERROR: 403, 404, 500, 503 */
	/* ---- FILE_ENTRY_FILE only ---- */
	struct file_identity identity;
	enum http_encoding encoding; /* of the bytes; identity unless they are a sibling's */
	bool is_young;               /* see above */
	int64_t size;                /* of the body, in bytes */
	struct http_validators validators;
	struct slice type;          /* borrowed from the table of media types */
	struct slice fields;        /* of a 200 */
	struct slice shared_fields; /* the beginning of `fields` that a 304 has too */
	struct slice bare_fields;   /* the beginning of `fields` without Content-Type */
	const char *body;           /* `size` bytes, or NULL: in `segment` */
	struct file_body *segment;  /* owned */
	unsigned answers;           /* whole ones from the segment since the last look */
	char storage[];             /* fields, then body */
};

/* What a file's entry is made of besides the file. */
struct file_entry_spec {
	struct stat stat;
	enum http_encoding encoding;
	struct slice type;          /* media type, as valid as the table it is from */
	struct slice cache_control; /* a whole field line, or empty */
	bool varies;                /* the answer depends on Accept-Encoding */
	int64_t memory_max;         /* files up to this size are read into memory */
	int64_t now;                /* whole seconds of wall time */
};

/* An entry of kind FILE for the regular file open as `fd`, which is taken: closed in
 * time, whatever is returned. The caller gets the first reference. A file that is
 * shorter than `spec` says by the time it is read is taken as it is. 0, -ENOMEM,
 * -EMSGSIZE (fields of more than 4 KiB), or what read(2) gives. */
int file_entry_new_file(const struct file_entry_spec *spec, int fd, struct file_entry **ret_entry)
    __attribute__((warn_unused_result));

/* An entry of any other kind; `status` counts for FILE_ENTRY_ERROR. The caller gets
 * the first reference. NULL when there is no memory. */
struct file_entry *
file_entry_new_verdict(enum file_entry_kind, int status) __attribute__((warn_unused_result));

/* One more reference; returns the entry. */
struct file_entry *file_entry_ref(struct file_entry *);
/* One less; frees with the last. NULL is allowed. */
void file_entry_unref(struct file_entry *);

/* Whether making an entry by `spec` would make this one again. Never true for a
 * young file. */
bool file_entry_is_current(const struct file_entry *, const struct file_entry_spec *spec);
