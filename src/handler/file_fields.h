/* SPDX-License-Identifier: MIT
 *
 * file_fields: the field lines of a file's answers, made once and sent often.
 *
 * In an order that lets each kind of answer take a beginning of them:
 *
 *   ETag, Cache-Control, Vary                          304 (RFC 9110 15.4.5)
 *   … Last-Modified, Accept-Ranges, Content-Encoding   206 of several ranges
 *   … Content-Type                                     200, 206 of one range
 *
 * Thread: any; no state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define FILE_FIELDS_MAX 4096

struct file_entry_spec;

struct file_fields {
	char bytes[FILE_FIELDS_MAX];
	size_t len;
	size_t shared_len;     /* of the lines that a 304 has */
	size_t bare_len;       /* of the lines without Content-Type */
	size_t etag_at;        /* where the entity-tag stands in `bytes` */
	size_t etag_len;       /* with W/ and quotes */
	int64_t last_modified; /* seconds since the Epoch, as written */
};

/* The lines for the file of `spec`. 0, or -EMSGSIZE when they are longer than
 * FILE_FIELDS_MAX; `ret_fields` is undefined then. */
int file_fields_make(const struct file_entry_spec *spec, struct file_fields *ret_fields)
    __attribute__((warn_unused_result));

/* Whether the file could change once more without a new time of modification, `now`
 * being whole seconds of wall time: see file_entry.h. */
bool file_is_young(const struct stat *, int64_t now);
