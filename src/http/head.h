/* SPDX-License-Identifier: MIT
 *
 * head: the head of an HTTP/1 request: bytes in, verdict out (RFC 9112).
 *
 * Owns the whole, from the first byte to the empty line, and its limits. The
 * parts are http/request_line, http/field_lines, http/target and http/meaning,
 * the reasons to refuse http/refusal; what is ambiguous is refused. It keeps no
 * bytes: it records offsets, and the caller keeps the bytes together (settle,
 * move). Percent escapes and dot segments are http/path's, other fields their
 * modules', bodies http/body's.
 *
 *   feed … feed ──DONE──► settle ──DONE──► accessors, move … ──► reset ──► feed …
 *      └───────REFUSED──────┴──REFUSED──► status, reason
 *
 * The verdict and status are the same wherever the bytes are cut.
 *
 * Thread: whoever owns the head.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "http/field.h"
#include "http/meaning.h"
#include "http/method.h"
#include "http/target.h"

struct http_head; /* on the heap, with room for limits.fields fields */

struct http_head_limits {
	uint32_t head_bytes;   /* from the first byte to the empty line: 431 above */
	uint32_t target_bytes; /* of the request target: 414 above */
	uint32_t fields;       /* field lines: 431 above; at most HTTP_HEAD_FIELDS_MAX */
};

#define HTTP_HEAD_FIELDS_MAX 65534u

enum http_head_verdict {
	HTTP_HEAD_MORE,   /* so far so good: feed the bytes that follow */
	HTTP_HEAD_DONE,   /* complete */
	HTTP_HEAD_REFUSED /* answer http_head_status() and end the connection */
};

/* One field line. The slices are valid as long as the bytes given to settle. */
struct http_head_field {
	enum http_field id;
	struct slice name;  /* as received */
	struct slice value; /* without white space at both ends; may be empty */
};

/* A head for requests within `limits` (copied). Owned by the caller, freed by
 * http_head_free. Nothing else here allocates. NULL when there is no memory. */
struct http_head *
http_head_new(const struct http_head_limits *limits) __attribute__((warn_unused_result));
void http_head_free(struct http_head *); /* NULL is fine */
/* Ready for the next request's first byte. */
void http_head_reset(struct http_head *);

/* Takes the `len` bytes at `data` that follow those given before, in pieces of
 * any size; `data` is not kept. After DONE, http_head_bytes() says how many of
 * all bytes fed belong to the head; what follows was not looked at. Once it has
 * said DONE or REFUSED it is not to be fed before the next reset. */
enum http_head_verdict http_head_feed(struct http_head *, const char *data, size_t len)
    __attribute__((warn_unused_result));

/* True until a byte was fed that is not part of an empty line before the
 * request (RFC 9112 2.2): nothing of a request has arrived. */
bool http_head_is_untouched(const struct http_head *);

/* After feed said DONE: all bytes of the head, from the first one fed, lie at
 * `base` (borrowed; has to stay until reset, or until http_head_move). Checks
 * what can only be checked on the whole, and derives the meaning. Says DONE or
 * REFUSED. */
enum http_head_verdict
http_head_settle(struct http_head *, const char *base) __attribute__((warn_unused_result));
/* The same bytes now lie at `base`: slices handed out before are void. */
void http_head_move(struct http_head *, const char *base);

/* Whether the bytes are those of the head that was settled before on this object, and
 * so everything below is what it was, at another place. After settle said DONE. */
bool http_head_is_repeated(const struct http_head *);

/* Bytes of the head among all bytes fed, with the empty line that ends it and
 * any empty lines before it. After DONE. */
size_t http_head_bytes(const struct http_head *);

/* After REFUSED: the status to answer (400, 414, 417, 431, 501, 505), and a
 * sentence for the log (static, without a full stop). */
int http_head_status(const struct http_head *);
const char *http_head_reason(const struct http_head *);

/* All below only after settle said DONE. Slices are valid until reset or move. */

enum http_method http_head_method(const struct http_head *);
struct slice http_head_method_name(const struct http_head *); /* as received */
int http_head_version_minor(const struct http_head *);        /* 0 or 1 */

enum http_target_form http_head_target_form(const struct http_head *);
struct slice http_head_target(const struct http_head *); /* as received */
/* The path as received, percent escapes and all: begins with '/', or is "*"
 * (OPTIONS on the server as a whole), or is empty (CONNECT). An absolute target
 * without a path has "/", or "*" with OPTIONS (RFC 9112 3.2.4). */
struct slice http_head_path(const struct http_head *);
struct slice http_head_query(const struct http_head *); /* without '?'; absent if there is none */
/* host[:port] of the target if it has one, else of Host (RFC 9112 3.2.2); may be
 * empty, and is with HTTP/1.0 without Host. The host without the port (an IPv6
 * address keeps its brackets), and the port, 0 if none was given. */
struct slice http_head_authority(const struct http_head *);
struct slice http_head_host(const struct http_head *);
uint16_t http_head_port(const struct http_head *);

/* The connection may be used again after this request (RFC 9112 9.3). */
bool http_head_keep_alive(const struct http_head *);
bool http_head_client_said_close(const struct http_head *);
/* The client waits for 100 (Continue) before it sends the body (RFC 9110
 * 10.1.1). False for HTTP/1.0 and where there is no body. */
bool http_head_expects_continue(const struct http_head *);
/* A precondition or a range is among the fields (RFC 9110 13.1, 14.2): what is answered may be
 * less than the whole. Where not, nobody has to look for them. */
bool http_head_has_conditions(const struct http_head *);

enum http_framing http_head_framing(const struct http_head *);
uint64_t http_head_content_length(const struct http_head *); /* 0 unless HTTP_FRAMING_LENGTH */

size_t http_head_field_count(const struct http_head *);
/* Field line `index` below http_head_field_count(), in the order received. */
struct http_head_field http_head_field_at(const struct http_head *, size_t index);
/* How many field lines are called `id`; HTTP_FIELD_OTHER calls none. */
size_t http_head_field_count_of(const struct http_head *, enum http_field id);
/* The value of the first field line called `id`, or the absent slice. O(1). */
struct slice http_head_value(const struct http_head *, enum http_field id);
/* Walks the values of `id` in the order received, whatever lies between. Start
 * with `*cursor` 0; false when there is none left. */
bool http_head_next_value(
    const struct http_head *, enum http_field id, size_t *cursor, struct slice *ret_value);
/* True when `token` is an element of the comma-separated list that the fields
 * called `id` make (RFC 9110 5.6.1), whatever its case. */
bool http_head_has_token(const struct http_head *, enum http_field id, struct slice token);
