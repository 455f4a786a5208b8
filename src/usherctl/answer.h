/* SPDX-License-Identifier: MIT
 *
 * answer: a response of HTTP/1.1 as a client reads it (RFC 9112 4 and 6): bytes
 * in, a status and a body out.
 *
 * Strict, since who answers on a socket need not be usherd: a head with anything
 * ambiguous in it, a body that is longer or shorter than announced, and more bytes
 * than the limits are refused. The chunks are http/chunked's. Interim answers are
 * not expected, since nothing that usherctl sends asks for one.
 *
 * Owns the body. Does no input: usherctl/client feeds it.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/chunked.h"

/* The most bytes of a head, and of a body. The largest body is the list of
 * 100,000 connections. */
#define ANSWER_HEAD_MAX ((size_t)16 * 1024)
#define ANSWER_BODY_MAX ((size_t)64 * 1024 * 1024)
#define ANSWER_TYPE_MAX 64

enum answer_state {
	ANSWER_HEAD,
	ANSWER_SIZED,   /* content_left bytes are to come */
	ANSWER_CHUNKED, /* content_left bytes of this chunk, then framing */
	ANSWER_TO_END,  /* all up to the end of the connection */
	ANSWER_COMPLETE
};

struct answer {
	enum answer_state state;
	int status;                     /* 200..599, once the head is complete */
	char type[ANSWER_TYPE_MAX];     /* the media type without parameters; "" */
	char *body;                     /* owned; ends in a NUL; NULL before the first byte */
	size_t body_len;                /* without the NUL */
	size_t body_cap;                /* bytes at `body` */
	char head[ANSWER_HEAD_MAX + 1]; /* as it came */
	size_t head_len;
	uint64_t content_left;
	struct http_chunked chunked;
};

/* An answer of which nothing has come. NULL: no memory. Freed by answer_free. */
struct answer *answer_new(void) __attribute__((warn_unused_result));
void answer_free(struct answer *); /* NULL is fine */

/* Takes the `len` bytes at `data` that follow those given before. 0; complete or
 * not, `state` tells. -EBADMSG where they are no HTTP, or where more came than was
 * announced; -EFBIG above a limit; -ENOMEM. Not to be called again after an error. */
int answer_feed(struct answer *, const char *data, size_t len) __attribute__((warn_unused_result));

/* The connection has ended. 0 where the answer is complete, which it may be by
 * this alone; else -EPIPE. */
int answer_end(struct answer *) __attribute__((warn_unused_result));

/* The body as a string; it may hold NULs of its own, which end what is seen. */
const char *answer_body(const struct answer *);
