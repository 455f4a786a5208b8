/* SPDX-License-Identifier: MIT
 *
 * api: what stands behind the opaque types of include/usher/: the thin floor between
 * a program that embeds the server and the floors below.
 *
 *   server.c      usher_server: from calls to a configuration, and its life
 *   options.c     struct usher_server_options, by the table of keys
 *   loop.c        usher_loop: data, and calls posted from other threads
 *   stream.c      a protocol of the program's on the connections of net/conn
 *   conn.c        what such a protocol may call
 *   http.h        a program's routes of HTTP, their requests and answers
 *   websocket.c   WebSocket on a connection that HTTP gives away
 *   error.c       sentences, and calls that are refused
 *
 * Thread: see the public headers; a struct usher_loop and all that hangs on it belongs to
 * the loop's thread.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "config/config.h"
#include "net/conn.h"
#include "net/conn_set.h"
#include "net/ending.h"
#include "server/bell.h"
#include "server/loop.h"
#include "server/server.h"
#include "usher/usher.h"

#define API_CONN_MAGIC UINT32_C(0x75c0447e)
#define API_ERROR_TEXT_MAX 1024

struct usher_loop {
	struct loop *loop;           /* borrowed */
	struct usher_server *server; /* borrowed */
	pthread_t thread;            /* valid from its begin on */
	void *data;                  /* the program's */
	struct bell bell;            /* rung when a call was posted */
	pthread_mutex_t lock;        /* of the two below */
	struct list_link posted;     /* calls, in their order */
	bool is_closed;              /* none is taken any more */
	struct deadlines answers;    /* of requests whose program is waited for */
	struct list_link requests;   /* owned: at rest */
	size_t resting;
};

/* A service that is a program's stream protocol. */
struct api_stream {
	struct list_link link;              /* in the server's list */
	struct service service;             /* what the floors below serve */
	const struct usher_stream_ops *ops; /* borrowed */
	void *arg;
	struct usher_server *server; /* borrowed */
};

struct usher_server {
	struct usher_server_options options;
	struct config *config; /* owned until the start */
	size_t listener_count;
	struct list_link streams; /* owned */
	struct list_link routes;  /* owned */
	struct loop_guest guest;
	struct server *_Atomic server; /* owned; NULL before the start */
	bool has_run;
	int option_error; /* of what usher_server_new was given, told at the start */
	char error[API_ERROR_TEXT_MAX];
};

/* --- error.c -------------------------------------------------------------------------- */

/* For bytes that are referred to and that nobody wants back: does nothing. */
void api_keep(const void *data, size_t len, void *owner);

/* A call that is refused: says so in the log. Returns `error`. */
int api_refuse(int error, const char *function, const char *why);

/* As a program sees it. */
struct usher_ending api_ending(const struct ending *);

/* --- server.c ------------------------------------------------------------------------- */

/* Keeps why a call failed, for usher_server_error. Returns `error`. */
int api_fail(struct usher_server *, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool api_has_started(const struct usher_server *);

/* As usher_conn_peer. */
int api_put_peer(const struct peer *, char *buffer, size_t size);

/* --- options.c ------------------------------------------------------------------------ */

/* Sets what `options` say. 0, -ENOMEM, or -EINVAL with a sentence. */
int api_options_apply(const struct usher_server_options *options, struct config *,
    struct text *ret_error) __attribute__((warn_unused_result));

/* --- loop.c --------------------------------------------------------------------------- */

/* What the floor below calls; its `arg` is the usher_server. */
void api_loop_guest_init(struct loop_guest *, struct usher_server *);

/* The loop of a connection. */
static inline struct usher_loop *
api_loop_of(const struct conn *conn)
{
	return ((const struct loop *)conn->set->arg)->guest_state;
}

static inline bool
api_is_on(const struct usher_loop *loop)
{
	return pthread_equal(loop->thread, pthread_self());
}

/* --- stream.c ------------------------------------------------------------------------- */

struct usher_conn {
	uint32_t magic;
	bool is_in_call;                 /* one of its functions is on the stack */
	bool is_paused;                  /* by the program */
	bool is_owed;                    /* on_drained: the program was told USHER_FULL */
	size_t left;                     /* bytes of input that were handed in and not used */
	struct conn *conn;               /* borrowed */
	const struct api_stream *stream; /* borrowed */
	struct usher_loop *loop;         /* borrowed */
	void *data;                      /* the program's */
	struct event *timer;             /* owned, or NULL */
};

extern const struct protocol_ops api_stream_protocol;

/* Goes on with whatever can go on: input that was left, output that waits. Without effect
 * within a call. */
void api_stream_go_on(struct usher_conn *);

/* The timer is over. */
void api_stream_timer(struct usher_conn *);

/* Output that waits is as much as may wait. */
bool api_stream_is_full(const struct usher_conn *);
