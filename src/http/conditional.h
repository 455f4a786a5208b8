/* SPDX-License-Identifier: MIT
 *
 * conditional: whether a request's preconditions hold (RFC 9110 13).
 *
 * Owns their precedence (13.2.2) and each one's rule. Says what to answer; the
 * caller, which found the representation and would answer 200, answers it.
 * Where the answer would not be 2xx (404, say) preconditions are not evaluated
 * at all (13.2.1).
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct http_head;

/* Of each list no more lines are read than this: a tag in a later line does not
 * match, which costs a client no more than a transfer (If-None-Match) or an
 * honest 412 (If-Match). */
#define HTTP_CONDITIONAL_LINES_MAX 4

/* The lines of If-Match or If-None-Match, `count` of them. */
struct http_conditional_lines {
	struct slice values[HTTP_CONDITIONAL_LINES_MAX]; /* borrowed from the request */
	unsigned count;                                  /* 0: no such field */
};

/* What the request says. */
struct http_conditional {
	bool is_get_or_head;
	struct http_conditional_lines if_match;
	struct http_conditional_lines if_none_match;
	struct slice if_modified_since;   /* absent: no such field, or more than one */
	struct slice if_unmodified_since; /* likewise */
	struct slice if_range;            /* absent: no such field; empty: more than one */
};

/* What the representation has. */
struct http_validators {
	struct slice etag; /* entity-tag as sent in ETag, W/ and all; absent: none */
	bool has_last_modified;
	int64_t last_modified; /* seconds since the Epoch, as sent in Last-Modified */
	/* It cannot have changed twice within that second (8.8.2.2), so that it
	 * may vouch for a range. False where that is not known. */
	bool is_last_modified_strong;
};

enum http_precondition {
	HTTP_PRECONDITION_PROCEED,      /* as if there was none */
	HTTP_PRECONDITION_NOT_MODIFIED, /* answer 304 */
	HTTP_PRECONDITION_FAILED        /* answer 412 */
};

/* Gathers a settled head's preconditions; slices are borrowed from it. */
void http_conditional_read(const struct http_head *, struct http_conditional *ret_conditional);

/* What the preconditions come to, by 13.2.2. `validators` NULL: there is no
 * current representation, so "If-Match: *" fails and "If-None-Match: *" holds.
 * `now` in seconds since the Epoch. Dates that are none are ignored, as
 * is a date where the representation has none (13.1.3, 13.1.4). */
enum http_precondition http_conditional_evaluate(
    const struct http_conditional *, const struct http_validators *, int64_t now);

/* Whether the request's Range counts (13.1.5): true without If-Range; else only
 * if it is the current entity-tag, both strong, or exactly the date of the
 * representation, and that strong. Asked after the above said to proceed. */
bool http_conditional_allows_range(
    const struct http_conditional *, const struct http_validators *, int64_t now);
