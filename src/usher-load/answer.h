/* SPDX-License-Identifier: MIT
 *
 * answer: one HTTP/1 response as it comes off the wire, in any pieces
 * (RFC 9112 4, 6, 7): where it ends, what its status is, and whether the
 * connection may be used again.
 *
 * Owns the framing. Interim responses (1xx) are passed over. Keeps no bytes but the
 * beginning of a line that was cut, and allocates nothing. Whether the answer is the one that was
 * wanted is usher-load/expect's question.
 *
 * Thread: whoever owns the answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/chunked.h"
#include "usher-load/sha256.h"

/* Of a head, in all its lines. */
#define ANSWER_HEAD_MAX 65536
/* Of a line that comes in pieces so much is kept: enough for the fields read here. */
#define ANSWER_LINE_MAX 120

enum answer_verdict {
	ANSWER_MORE, /* feed the bytes that follow */
	ANSWER_DONE, /* complete: the bytes after the taken ones are the next answer's */
	ANSWER_BAD   /* no HTTP/1 response */
};

enum answer_phase {
	ANSWER_STATUS_LINE,
	ANSWER_FIELDS,
	ANSWER_SIZED,
	ANSWER_CHUNKED,
	ANSWER_UNTIL_FIN,
	ANSWER_COMPLETE
};

/* Embedded by its owner, who may read the members before `left`. */
struct answer {
	uint64_t body_bytes; /* of content, so far */
	uint16_t status;     /* of the final response; 0 before it is known */
	bool keeps;          /* the connection stays open after it */
	bool has_bytes;      /* anything has come */
	bool is_to_head;
	bool has_length;
	bool is_chunked;
	uint8_t phase;       /* enum answer_phase */
	uint8_t line_len;    /* of `line` */
	uint32_t head_bytes; /* of the head so far */
	uint64_t left;       /* of a sized body, or of the chunk */
	struct sha256 *hash; /* borrowed: takes the content; or NULL */
	struct http_chunked chunked;
	char line[ANSWER_LINE_MAX];
};

/* The next answer begins. `is_to_head`: it answers HEAD, so it has no body. `hash` is
 * initialised here; NULL: nobody asks for the content's digest. */
void answer_begin(struct answer *, bool is_to_head, struct sha256 *hash);

/* Takes of the bytes at `data` what belongs to this answer; `*ret_taken` is how
 * many those are (all, for MORE). Not to be called again after DONE or BAD. */
enum answer_verdict answer_feed(struct answer *, const char *data, size_t len, size_t *ret_taken)
    __attribute__((warn_unused_result));

/* The server's FIN came: DONE where that ends the body (RFC 9112 6.3, rule 8), else
 * MORE: what should have followed is missing. */
enum answer_verdict answer_end(struct answer *) __attribute__((warn_unused_result));
