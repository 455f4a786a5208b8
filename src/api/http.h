/* SPDX-License-Identifier: MIT
 *
 * http: a program's handlers as a kind of handler among the others (handler/handler.h),
 * and the requests that they are handed.
 *
 *   http.c      routes, and what the protocol calls
 *   request.c   what a request tells, and who holds it
 *   response.c  answers
 *
 * A usher_request exists from the head of a request to its end, and longer where the
 * program holds it; `http` is NULL from the end on.
 *
 * Thread: the loop's, but for the count of holders.
 */
#pragma once

#include "api/api.h"
#include "handler/handler.h"
#include "net/deadline.h"

/* Of the kinds of deadlines the one that a loop's `answers` uses. */
#define API_DEADLINE_ANSWER DEADLINE_IDLE

#define API_REQUEST_MAGIC UINT32_C(0x75727175)

/* A route that the program answers. */
struct api_http {
	struct handler_kind kind;         /* the first: config_route's `program` points at it */
	struct list_link link;            /* in the server's list */
	struct usher_http_ops known;      /* a copy */
	const struct usher_http_ops *ops; /* that */
	void *arg;
	struct usher_server *server; /* borrowed */
};

struct usher_request {
	uint32_t magic;
	atomic_uint holders;            /* the exchange is one */
	struct http_request *http;      /* borrowed; NULL once it is over */
	const struct api_http *handler; /* borrowed */
	struct usher_loop *loop;        /* borrowed */
	pthread_t thread;               /* the loop's, which may be gone when others ask */
	void *data;                     /* the program's */
	struct list_link link;          /* in the loop's list of those at rest */
	struct deadline deadline;       /* for the answer */
	struct text fields;             /* of the answer to come */
	struct text body;               /* of the request */
	bool was_handed;                /* the program knows of it */
	bool has_begun;                 /* the answer has */
	bool has_ended;                 /* the answer has */
	bool is_late;                   /* the time for the answer was over */
	bool is_paused;
	bool is_whole;     /* its body is here */
	bool is_mute;      /* the answer has no body, whatever is given */
	bool is_short;     /* the answer has ended before its announced length */
	int64_t announced; /* bytes of the answer's body, or USHER_LENGTH_UNKNOWN */
	uint64_t sent;     /* … given so far */
};

/* request.c: for the request `http`, which has it as its state; NULL for want of memory. */
struct usher_request *api_request_new(const struct api_http *, struct http_request *http);
/* request.c: frees what rests on the loop. */
void api_requests_free(struct usher_loop *);
/* request.c: 0, or why a call on it is refused. */
int api_request_check(const struct usher_request *, const char *function);
/* request.c: the time for the answer begins anew. */
void api_request_expect(struct usher_request *);
/* request.c: that time is over. */
void api_request_expired(struct deadline *, void *loop);

/* response.c: 101, after which `next` speaks on the connection with `state`. The request may
 * be gone when it returns. */
void api_response_upgrade(
    struct usher_request *, struct slice accept, const struct protocol_ops *next, void *state);
/* response.c: an error answer of the library's own. */
void api_response_error(struct usher_request *, int status);
