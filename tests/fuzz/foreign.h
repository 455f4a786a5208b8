/* SPDX-License-Identifier: MIT
 *
 * foreign: what other parsers of HTTP/1 make of the same bytes, in one form.
 *
 * Owns nothing. Thread: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* One request, as somebody understood it. */
struct understanding {
	bool is_whole; /* the request is complete: the rest is meant */
	bool is_refused;
	int version_minor;
	size_t bytes; /* of the request, the body included */
	uint64_t content_bytes;
	uint64_t content; /* a checksum */
	uint64_t method;  /* a checksum of its name */
	uint64_t target;
	const char *reason; /* of a refusal; static */
};

/* The same for the same bytes, however they are cut. */
static inline uint64_t
checksum(uint64_t sum, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		sum = (sum ^ (uint8_t)bytes.data[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* Node's parser, as usher builds it. */
struct understanding foreign_llhttp(struct slice input);
/* Its predecessor. False where this build does not have it. */
bool foreign_http_parser(struct slice input, struct understanding *ret_understanding);
