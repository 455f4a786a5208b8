/* SPDX-License-Identifier: MIT
 *
 * http1_private: what the files of HTTP/1 share among themselves (see http1.h).
 *
 * An exchange is one request with its answer. It comes from the loop's pool
 * when the request's first byte arrives and goes back when the answer is done,
 * so an idle connection costs none.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/body.h"
#include "http/head.h"
#include "net/conn.h"
#include "protocol/http1.h"

#define HTTP1_MAGIC UINT32_C(0x48545431)
#define HTTP_REQUEST_MAGIC UINT32_C(0x48545251)

enum http1_phase {
	HTTP1_HEAD,   /* the head is coming */
	HTTP1_BODY,   /* the body is coming */
	HTTP1_ANSWER, /* the whole request is here, the handler has not ended its answer */
	HTTP1_SENDING /* the answer is ended, and too much of it to go on is not yet sent */
};

/* Where the head that the exchange read last has led: one like it leads there, too. */
struct http1_way {
	const struct http1_site *site; /* NULL: not known */
	struct slice path;             /* in the exchange's `path` */
	struct slice rest;
	const struct http_service *service;
	const struct http_handler *handler;
	int own_status;
};

struct http1_exchange {
	struct http_head *head; /* owned */
	struct http1_way way;   /* stays for the next request */
	size_t path_cap;
	struct http_body body; /* begins anew with each request */
	/* From here to `path` all is 0 before a request. */
	struct list_link link;         /* in the pool */
	const struct http1_site *site; /* borrowed; it stays until the exchange is over */
	struct http_request request;
	enum http1_phase phase;
	size_t fed;         /* bytes of the head given to the parser */
	char *head_copy;    /* owned; NULL while the head stands in the input */
	int64_t started_us; /* monotonic, of the first byte */
	uint64_t retry_s;   /* of a 429 or 503 of our own: when to ask again */
	int own_status;     /* answered here in place of a handler, or 0 */
	bool is_settled;    /* the head's meaning is known */
	bool has_begun;     /* the answer has */
	bool has_ended;     /* the answer has */
	bool is_chunked;
	bool is_mute;     /* the answer's body is not sent: HEAD, 204, 304 */
	bool is_last;     /* the connection ends after this answer */
	bool is_farewell; /* … because the client said that it sends nothing more */
	bool has_body;    /* all of it was handed over, but for its end: the handler paused */
	bool is_held_up;  /* its handler waits for output to be sent */
	bool has_file;    /* part of the answer goes by sendfile(2) */
	enum ending_cause cause;         /* of that end */
	const struct protocol_ops *next; /* speaks after this answer; NULL: HTTP goes on */
	void *next_state;
	int status;
	int64_t announced;   /* bytes of body, or HTTP_LENGTH_UNKNOWN */
	uint64_t body_bytes; /* of the answer, queued so far */
	char path[];         /* decoded and normalized */
};

/* Of one connection: conn->protocol_state. */
struct http1 {
	uint32_t magic;
	bool is_running;                 /* http1_run is on the stack */
	uint16_t deferred;               /* requests whose answers wait for the end of the turn */
	struct conn *conn;               /* borrowed */
	struct http1_exchange *exchange; /* NULL between requests */
	const struct protocol_ops *next; /* the connection is another protocol's from now on */
	void *next_state;
};

/* http1.c: goes on with whatever can go on. May be called from anywhere. */
void http1_run(struct http1 *);

/* http1_wait.c: pauses or resumes reading and sets the deadline, as the exchange has
 * need of. May end the connection. */
void http1_wait(struct http1 *);

/* What the connection's next request is answered by; a reload changes it. */
static inline const struct http1_site *
http1_site_of(const struct http1 *http1)
{
	return http1->conn->origin->service->self;
}

/* http1_exchange.c: NULL when there is no memory. */
struct http1_exchange *http1_exchange_take(const struct http1_site *);
void http1_exchange_give_back(struct http1_exchange *);
void http1_exchange_free(struct http1_exchange *);

/* http1_request.c
 * Reads the head from the input. True when the exchange moved on. */
bool http1_read_head(struct http1 *);
/* Reads the body from the input. True when the exchange moved on. */
bool http1_read_body(struct http1 *);
/* Answers with an error in place of a handler, as the last answer. */
void http1_refuse(struct http1 *, int status, enum ending_cause);
/* The head leaves the input for a place of its own, if it has not yet. Has to be done
 * where the exchange outlives a callback. 0, or -ENOMEM: the connection has ended. */
int http1_detach_head(struct http1 *) __attribute__((warn_unused_result));
/* Head bytes leave the input, at the latest now. */
void http1_release_head(struct http1 *);

/* http1_answer.c: the output holds more than the limit. */
bool http1_is_congested(const struct http1 *);

/* http1_answer.c: 503 for a client of whom nothing is read; see protocol_ops. */
void http1_turn_away(struct conn *);

static inline struct http1_exchange *
http1_exchange_of(struct http_request *request)
{
	return list_entry(request, struct http1_exchange, request);
}
