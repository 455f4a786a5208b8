/* SPDX-License-Identifier: MIT
 *
 * range: byte ranges: from the field Range to what is sent (RFC 9110 14), and
 * the framing of several in one answer (14.6, RFC 2046 5.1).
 *
 * Whether Range counts at all (GET, If-Range) is the caller's to ask first. A
 * request with more than one Range field has none: do not parse it.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* A set of more ranges than this is ignored. */
#define HTTP_RANGE_MAX 16
/* So is one of more ranges than this that does not go from first to last. */
#define HTTP_RANGE_UNORDERED_MAX 4
/* So is one of several whose parts leave less than this, in bytes, to INT64_MAX: for what
 * stands between them. */
#define HTTP_RANGE_FRAMING_MAX ((int64_t)1 << 20)

/* Bytes `first` to `last` of the representation, both included. */
struct http_range {
	int64_t first;
	int64_t last;
};

struct http_ranges {
	unsigned count; /* at least 1; with exactly 1 answer without multipart */
	struct http_range items[HTTP_RANGE_MAX];
};

enum http_range_verdict {
	HTTP_RANGE_IGNORE,        /* answer as if there was no Range: 200, all of it */
	HTTP_RANGE_UNSATISFIABLE, /* answer 416, with http_range_put_unsatisfied */
	HTTP_RANGE_OK             /* answer 206 with these ranges */
};

/* Parses the value of Range against a representation of `size` bytes (not
 * negative). On OK each range lies within it, they do not overlap or touch
 * (those that did are one, in the place of the last), and otherwise they stand in
 * the order of the request.
 *
 * Ignored: an absent value, another unit than bytes, anything malformed, a last
 * byte before the first, "-N" of an empty representation; and, since many
 * scattered ranges are an attack or a mistake (14.2, 17.15): more than
 * HTTP_RANGE_MAX ranges, more than two that overlap another, more than
 * HTTP_RANGE_UNORDERED_MAX out of order. */
enum http_range_verdict
http_range_parse(struct slice value, int64_t size, struct http_ranges *ret_ranges);

int64_t http_range_length(struct http_range);

/* The value of Content-Range: "bytes 0-4/10". */
void http_range_put(struct text *, struct http_range, int64_t size);
/* The value of Content-Range with 416: the size alone (unsatisfied-range, RFC 9110 14.4). */
void http_range_put_unsatisfied(struct text *, int64_t size);

/* What the parts of a multipart/byteranges body have in common. */
struct http_multipart {
	struct slice boundary; /* 1 to 70 letters and digits that do not occur in the body */
	struct slice type;     /* Content-Type of each part; absent: none. Checked by the caller. */
	int64_t size;          /* of the whole representation */
};

/* The value of Content-Type: "multipart/byteranges; boundary=B". */
void http_multipart_put_type(struct text *, const struct http_multipart *);
/* What stands before a part's bytes, the line's end after the part before it
 * included. The first part's is no different: the preamble is empty. */
void http_multipart_put_part(struct text *, const struct http_multipart *, struct http_range);
/* What stands after the last part's bytes. */
void http_multipart_put_end(struct text *, const struct http_multipart *);
/* Bytes of the whole body: the parts, their bytes, the end. */
int64_t http_multipart_length(const struct http_multipart *, const struct http_ranges *);
