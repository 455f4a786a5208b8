/* SPDX-License-Identifier: MIT
 *
 * http1: HTTP/1.1 and 1.0 on a connection (RFC 9112): when to read, when to
 * answer, when to end. What a head means is http/head's, what to answer the
 * handlers' (http_handler.h).
 *
 *   http1.c          the connection: one loop over its input, endings
 *   http1_wait.c     what it waits for in between
 *   http1_request.c  a request: head, route, body
 *   http1_exchange.c the pool of requests in progress
 *   http1_answer.c   the http_answer_… functions: framing
 *   access_log.c     its line
 *
 * Thread: the loop's; an http1_env belongs to one loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "http/date.h"
#include "http/head.h"
#include "net/conn.h"
#include "protocol/access_log.h"
#include "protocol/http1_counters.h"
#include "protocol/http_handler.h"

struct http1_limits {
	struct http_head_limits head;
	uint64_t body_bytes;
	uint64_t requests;   /* per connection, 0: no limit */
	size_t output_bytes; /* buffered before the input waits */
};

#define HTTP1_OK_MAX 128
#define HTTP1_MADE_MAX 1024

/* The head that was made last, of an answer with a length on a connection that goes on: the
 * next one is mostly the same, and then copied. It holds until the Date changes. */
struct http1_made {
	int status;
	bool has_server;
	int64_t announced;
	size_t fields_at; /* in `text`, where the handler's fields stand */
	size_t fields_len;
	size_t len; /* 0: there is none */
	char text[HTTP1_MADE_MAX];
};

/* What all HTTP connections of a loop share. */
struct http1_env {
	struct http1_limits limits;
	struct access_log *access; /* borrowed; NULL: none is written */
	struct list_link pool;     /* exchanges at rest */
	size_t pooled;
	size_t in_progress;    /* exchanges not at rest: nothing here may go before they are over */
	size_t kept_heads;     /* bytes of heads that left the input */
	int64_t date_until_us; /* monotonic: the text below is true until then */
	int64_t date_seconds;  /* wall time */
	char date[HTTP_DATE_LEN];
	char ok[HTTP1_OK_MAX]; /* how each answer of 200 begins: status line, Date, Server */
	size_t ok_len;         /* … without Server */
	size_t ok_server_len;  /* … with it */
	struct http1_made made;
	struct http1_counters *counters; /* borrowed */
};

void http1_env_init(struct http1_env *, const struct http1_limits *, struct access_log *access,
    struct http1_counters *);
/* No exchange of it may be in progress. */
void http1_env_done(struct http1_env *);

/* Bytes of memory that its exchanges take, about. */
size_t http1_env_memory(const struct http1_env *);

/* The `self` of a struct service that speaks HTTP/1. */
struct http1_site {
	const struct http_router_ops *ops;
	const void *router; /* borrowed */
	struct http1_env *env;
};

extern const struct protocol_ops http1_protocol;
