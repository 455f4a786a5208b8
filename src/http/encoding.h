/* SPDX-License-Identifier: MIT
 *
 * encoding: which content coding to send (RFC 9110 8.4.1, 12.5.3).
 *
 * Compresses nothing: it chooses among those that the caller has.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* In the order that usher prefers them where the client does not care. */
enum http_encoding {
	HTTP_ENCODING_BR,
	HTTP_ENCODING_ZSTD,
	HTTP_ENCODING_GZIP,
	HTTP_ENCODING_IDENTITY,
	HTTP_ENCODING_NONE /* nothing that is there is acceptable */
};
#define HTTP_ENCODING_COUNT HTTP_ENCODING_NONE
#define HTTP_ENCODING_BIT(encoding) (1u << (encoding))

/* The token for Content-Encoding; "identity" and "" (never sent) for the last two. */
struct slice http_encoding_name(enum http_encoding);
/* The suffix of a precompressed sibling: ".br", ".zst", ".gz"; "" for the rest. */
struct slice http_encoding_suffix(enum http_encoding);

/* What the client said, gathered from its Accept-Encoding lines. */
struct http_encoding_wishes {
	bool has_field;                        /* there was one, perhaps empty */
	unsigned listed;                       /* HTTP_ENCODING_BIT()s named by themselves */
	bool has_rest;                         /* "*" was named */
	unsigned weights[HTTP_ENCODING_COUNT]; /* thousandths, of those listed */
	unsigned rest_weight;                  /* of "*" */
};

/* Begin with a zeroed struct; then once for each Accept-Encoding line. An absent
 * value changes nothing. */
void http_encoding_wish(struct http_encoding_wishes *, struct slice value);

/* The best of `available` (HTTP_ENCODING_BIT()s): the highest weight above 0, of
 * equals the first in usher's order. Identity that is not named comes last but
 * is acceptable, unless "*;q=0" forbids it. Without the field: identity if it is
 * there, since a client that says nothing may understand nothing, else the first. */
enum http_encoding http_encoding_choose(const struct http_encoding_wishes *, unsigned available);
