/* SPDX-License-Identifier: MIT
 *
 * answer: reads one HTTP/1.1 response as it comes in, in any pieces, and compares
 * its status and its body with what was wanted, byte for byte.
 *
 * Only what usherd sends is understood: final responses with Content-Length or
 * chunks. Anything else is wrong.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer_wanted {
	int status;
	const char *text;   /* the body; NULL: the pattern (harness/place.h) */
	size_t pattern_len; /* of the pattern */
	bool is_any_body;   /* whatever the body is */
};

enum answer_verdict { ANSWER_MORE, ANSWER_WHOLE, ANSWER_WRONG };

enum answer_phase {
	ANSWER_HEAD,
	ANSWER_BODY,
	ANSWER_CHUNK_SIZE,
	ANSWER_CHUNK,
	ANSWER_CHUNK_END,
	ANSWER_LAST_LINE,
	ANSWER_DONE
};

struct answer {
	struct answer_wanted wanted;
	enum answer_phase phase;
	uint64_t bytes;    /* of the whole, framing included, so far */
	uint64_t body_len; /* so far */
	uint64_t left;     /* of the body, or of the chunk */
	bool says_close;
	size_t line_len; /* of head or line, below */
	char line[1024];
	const char *complaint; /* what is wrong */
};

void answer_begin(struct answer *, const struct answer_wanted *);

/* Reads `len` bytes more; once it is whole, a further byte makes it wrong. */
enum answer_verdict answer_feed(struct answer *, const char *data, size_t len);
