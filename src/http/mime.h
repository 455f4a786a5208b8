/* SPDX-License-Identifier: MIT
 *
 * mime: the media type of a file by its extension.
 *
 * Owns the built-in table and the format of mime.types files, whose bytes the
 * caller read. Types of text are given with "; charset=utf-8".
 *
 * Thread: any; a table is immutable once made.
 */
#pragma once

#include <stddef.h>

#include "base/text.h"

struct http_mime_table;

/* A table from the `len` bytes of a mime.types file as Apache and Debian have
 * it: a line is a type, white space, extensions (without dot), perhaps a
 * comment from '#'. Of several lines with an extension the last one counts.
 * What is no type, and extensions of more than HTTP_MIME_EXTENSION_MAX bytes,
 * are skipped. The bytes are not needed afterwards. Owned by the caller, freed by
 * http_mime_free. NULL when there is no memory. */
struct http_mime_table *
http_mime_parse(const char *bytes, size_t len) __attribute__((warn_unused_result));
void http_mime_free(struct http_mime_table *); /* NULL is fine */

#define HTTP_MIME_EXTENSION_MAX 15

/* The media type of the file at `path`, by what follows the last dot of its last
 * segment, whatever its case: from `table`, which may be NULL, else from the
 * built-in one, else application/octet-stream. A dot at the beginning of the
 * name begins no extension. Valid as long as `table`; never absent. Safe as a
 * field's value. */
struct slice http_mime_lookup(const struct http_mime_table *table, struct slice path);
