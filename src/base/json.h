/* SPDX-License-Identifier: MIT
 *
 * json: one JSON text (RFC 8259) written into a builder: commas, keys and
 * escapes, so that a writer names members and values and nothing else. Whatever a
 * string holds, the text is valid.
 *
 * Owns nothing: how much fits is the builder's to say. A truncated text is no JSON
 * any more, so its writer asks once, at the end. Begins and ends have to match;
 * that is the caller's business.
 *
 * Thread: whoever owns the builder.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json {
	struct text *text; /* borrowed */
	bool needs_comma;  /* something stands before, on this level */
};

struct json json_over(struct text *);

/* `key` of each function: the member's name, which needs no escapes; NULL for an
 * element of a list and for the text as a whole. */

void json_begin(struct json *, const char *key); /* an object */
void json_end(struct json *);
void json_begin_list(struct json *, const char *key);
void json_end_list(struct json *);

/* The absent slice is null. */
void json_string(struct json *, const char *key, struct slice value);
void json_u64(struct json *, const char *key, uint64_t value);
void json_flag(struct json *, const char *key, bool value);
void json_null(struct json *, const char *key);
/* A duration in seconds, to the microsecond: 12.5. */
void json_seconds(struct json *, const char *key, int64_t us);
/* A number with so many decimals (0 to 17): 0.333. What is no finite number is null. */
void json_real(struct json *, const char *key, double value, int decimals);
