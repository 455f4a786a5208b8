/* SPDX-License-Identifier: MIT
 *
 * etag: entity-tags, their two comparisons, and lists of them (RFC 9110 8.8.3,
 * 13.1.1, 13.1.2).
 *
 * How a tag is made from a file is the handler's.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

struct http_etag {
	struct slice opaque; /* with its quotes; borrowed from what was parsed */
	bool is_weak;        /* W/ stood before it */
};

enum http_etag_comparison {
	HTTP_ETAG_STRONG, /* equal, and both strong */
	HTTP_ETAG_WEAK    /* equal, weak or not */
};

/* Reads the whole slice as one entity-tag. 0, or -EINVAL when it is absent or
 * anything else. */
int http_etag_parse(struct slice, struct http_etag *ret_etag) __attribute__((warn_unused_result));

/* RFC 9110 8.8.3.2. */
bool
http_etag_matches(const struct http_etag *, const struct http_etag *, enum http_etag_comparison);

/* Takes the next tag off a list. False at its end and at the first thing that
 * is no entity-tag, which ends it too. Unlike slice_next_element it knows that a
 * backslash quotes nothing in a tag. */
bool http_etag_next(struct slice *list, struct http_etag *ret_etag);

/* True when the value of one If-Match or If-None-Match field names `etag`.
 * Tags count up to the first thing in it that is no entity-tag. "*" is the
 * caller's: it is no list. */
bool http_etag_list_has(struct slice list, const struct http_etag *, enum http_etag_comparison);
