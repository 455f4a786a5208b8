/* SPDX-License-Identifier: MIT
 *
 * field_lines: the field section of a head, from the byte after the request
 * line to the empty line (RFC 9112 5).
 *
 * Owns the one use of llhttp, and the index of the lines by name. llhttp reads
 * the bytes as they come; what it lets through (obs-fold, empty names, a bare LF
 * as the last line) is checked on the whole by settle. Part of http/head, which
 * is its only user.
 *
 * Thread: whoever owns them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "http/field.h"
#include "http/refusal.h"

struct http_field_lines; /* on the heap, with room for a number of lines */

/* One line. Offsets count from the first byte of the head that was fed. */
struct http_field_line {
	uint32_t name_at;
	uint32_t name_len;
	uint32_t value_at;  /* after settle */
	uint32_t value_len; /* after settle: without white space at the end */
	uint16_t next; /* after settle: index of the next line of that name, or FIELD_LINE_NONE */
	uint8_t id;    /* after settle: enum http_field */
};

#define HTTP_FIELD_LINE_NONE UINT16_MAX

/* Room for `limit` lines, below HTTP_FIELD_LINE_NONE. NULL when there is no
 * memory. */
struct http_field_lines *http_field_lines_new(uint32_t limit) __attribute__((warn_unused_result));
void http_field_lines_free(struct http_field_lines *); /* NULL is fine */
void http_field_lines_reset(struct http_field_lines *);

/* Takes the bytes that follow those given before; the first of them is at offset
 * `at` of the head. `*ret_taken` is how many belong to the section: all of them,
 * unless it is complete now (`*ret_is_complete`). */
enum http_refusal http_field_lines_feed(struct http_field_lines *, uint32_t at, const char *data,
    size_t len, size_t *ret_taken, bool *ret_is_complete) __attribute__((warn_unused_result));

/* After the section was complete: the head lies at `base`, its field section
 * from offset `from` up to `to`. Checks that the lines are nothing but name,
 * colon, value and CRLF one after the other, and makes the index. */
enum http_refusal http_field_lines_settle(struct http_field_lines *, const char *base,
    uint32_t from, uint32_t to) __attribute__((warn_unused_result));

/* After settle: the same section stands `by` bytes further behind (modulo 2^32) in a head
 * that has another request line. */
void http_field_lines_shift(struct http_field_lines *, uint32_t by);

/* After settle. */
size_t http_field_lines_count(const struct http_field_lines *);
const struct http_field_line *http_field_lines_at(const struct http_field_lines *, size_t index);
/* Index of the first line called `id`, or HTTP_FIELD_LINE_NONE. Lines of
 * HTTP_FIELD_OTHER are not indexed. */
uint16_t http_field_lines_first(const struct http_field_lines *, enum http_field id);
