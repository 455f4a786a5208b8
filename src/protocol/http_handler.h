/* SPDX-License-Identifier: MIT
 *
 * http_handler: what stands between the HTTP/1 protocol (this floor) and what
 * answers a request (the floor above).
 *
 * The protocol parses a head, asks the router which handler answers, reads the
 * body and hands it over, and frames the answer. A handler decides what to say.
 * It never touches the connection: it calls the http_answer_… functions, which
 * add framing, Date, Server and Connection, suppress the body of a HEAD
 * request, and write at once.
 *
 * Life of a request, as a handler sees it:
 *
 *   answer ──► (body …) ──► body_end          handlers with `wants_body`
 *   body read and discarded ──► answer        all others
 *   … http_answer_begin, http_answer_copy/…/_file …, http_answer_end
 *   gone                                      only if `state` is set: always the last call
 *
 * Thread: everything here happens on the loop of the connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "http/head.h"

struct conn;
struct file_body;
struct http_request;
struct peer;
struct protocol_ops;

/* What answers requests. One const table per kind of handler. */
struct http_handler_ops {
	const char *name;
	unsigned methods; /* HTTP_METHOD_BIT(…) of those answered; others get 405 and Allow */
	bool wants_body;  /* see above */

	/* The head is complete (and, without wants_body, the body was discarded).
	 * Has to begin an answer now or later; may do so whole. */
	void (*answer)(const void *handler, struct http_request *);
	/* wants_body only: a piece of the body, valid during the call. None comes
	 * while more than limits.output_bytes of the answer wait to be sent. */
	void (*body)(const void *handler, struct http_request *, struct slice piece);
	/* wants_body only: the body is complete. */
	void (*body_end)(const void *handler, struct http_request *);
	/* After http_answer_has_room said no: what waited is sent. Optional. */
	void (*drained)(const void *handler, struct http_request *);
	/* The request is over, answered or not: frees request->state. Optional. */
	void (*gone)(const void *handler, struct http_request *);
};

struct http_handler {
	const struct http_handler_ops *ops;
	const void *self; /* handed to each op; owned by the router */
};

/* What a service says the same way in each answer. */
struct http_service {
	const char *name;
	bool server_header; /* send `Server: usher` */
	/* The body and media type for an error answer of `status`. Never fails:
	 * without a page of its own it gives a short built-in text. The slices are
	 * valid as long as the service. */
	void (*error_page)(const struct http_service *, int status, struct slice *ret_body,
	    struct slice *ret_type);
};

/* Chooses service and handler by host and path. */
struct http_router_ops {
	/* The head alone decides: never who asks, nor when. The same head on another
	 * connection is then not routed again. */
	bool is_by_head_alone;
	/* Sets request->service always and request->handler where a route
	 * matches. Returns 0, or the status of the refusal: 404, or 421 where no
	 * service of this listener answers for the host. */
	int (*route)(const void *router, struct http_request *);
	/* The service that speaks where there is no request to route yet: for the
	 * answer to a head that was refused. Never NULL. */
	const struct http_service *(*default_service)(const void *router);
};

/* One request, from its first byte to the last of its answer. The members
 * above the line are for handlers to read. */
struct http_request {
	uint32_t magic;
	enum http_method method;
	int version_minor;            /* 0 or 1 */
	const struct http_head *head; /* fields; valid as long as the request */
	struct slice host;   /* of Host or an absolute target, without port; may be empty */
	struct slice target; /* as received */
	struct slice path;   /* decoded and normalized, starts with '/', NUL-terminated; to
			      * the router also "*", of OPTIONS and CONNECT */
	struct slice query;  /* as received, without '?'; absent if there was none */
	struct slice rest;   /* set by the router: `path` after the route's prefix */
	const struct http_service *service;
	const struct http_handler *handler;
	void *state; /* the handler's own; freed by its `gone` */
	/* ---------------------------------------------------------------- */
	struct http1 *http1; /* the protocol's; borrowed */
};

/* The head of an answer. */
struct http_answer {
	int status;
	/* Field lines, each "Name: value\r\n", made with http/response (which
	 * refuses CR, LF and NUL in values); without Date, Server, Connection,
	 * Content-Length and Transfer-Encoding, which the protocol adds.
	 * Read during the call only. */
	struct slice fields;
	/* Bytes of body that follow (for HEAD: that would), or
	 * HTTP_LENGTH_UNKNOWN: chunked, or until FIN for HTTP/1.0. Ignored for
	 * 204 and 304, which have no body. */
	int64_t content_length;
};

#define HTTP_LENGTH_UNKNOWN INT64_C(-1)

/* Begins the answer. Once per request. The body follows by the functions below.
 * None of them returns an error: where memory lacks the connection ends with that
 * cause, and what is appended afterwards is let go. */
void http_answer_begin(struct http_request *, const struct http_answer *);

/* Begins the answer, appends `body`, copied, and ends it: what most answers are. `fields` as
 * in struct http_answer. */
void http_answer_whole(struct http_request *, int status, struct slice fields, struct slice body);

/* Appends `body`, copied. */
void http_answer_copy(struct http_request *, struct slice body);

/* Appends `body` without a copy. The bytes have to stay as they are until
 * `release` was called with `owner` (perhaps within this call, also when the
 * body is suppressed). */
void http_answer_reference(struct http_request *, struct slice body,
    void (*release)(const void *data, size_t len, void *owner), void *owner);

/* Appends `length` bytes of a file from `offset`, sent with sendfile(2). Takes
 * no reference of the caller's: the segment is held until it is sent. */
void
http_answer_file(struct http_request *, struct file_body *segment, int64_t offset, int64_t length);

/* Whether the body may go on: at most limits.output_bytes of it wait to be sent. Sends
 * what goes at once before it says no; then `drained` is called, unless the connection
 * ends. */
bool http_answer_has_room(struct http_request *);

/* Sends what was appended. Within a handler's op nothing has to be sent: it is when that
 * returns. */
void http_answer_flush(struct http_request *);

/* Ends the answer; the request may be gone when this returns. A body shorter
 * than announced ends the connection: its client cannot mistake it for whole. */
void http_answer_end(struct http_request *);

/* A whole answer with a body that is copied: begin, copy, end. `type` may be
 * absent. `fields` as in struct http_answer. */
void http_answer_text(
    struct http_request *, int status, struct slice type, struct slice fields, struct slice body);

/* An error answer with the service's page for `status`. `fields` may be absent. */
void http_answer_error(struct http_request *, int status, struct slice fields);

/* No piece of the body is handed over until it is resumed, which may hand over one at
 * once. The client is not waited for meanwhile. */
void http_request_pause(struct http_request *);
void http_request_resume(struct http_request *);

/* The connection that it came by. */
struct conn *http_request_conn(const struct http_request *);

/* Answers with 101: `own` and `fields` are field lines, to which Connection is added. The request
 * is over; then `next` speaks on the connection, with `state` as its protocol_state: its `open`
 * is called, or, where the connection has ended meanwhile, only its `closed`. Before the answer
 * has begun, of a request without a body. */
void http_answer_upgrade(struct http_request *, struct slice own, struct slice fields,
    const struct protocol_ops *next, void *state);

/* Who sent it. */
const struct peer *http_request_peer(const struct http_request *);

/* The whole seconds of wall time, as of this turn of the loop: for Age, Expires
 * and cache decisions. */
int64_t http_request_now(const struct http_request *);
