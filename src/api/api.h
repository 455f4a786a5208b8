/* SPDX-License-Identifier: MIT
 *
 * api: what stands behind the opaque types of include/usher/: the thin floor between
 * a program that embeds the server and the floors below.
 *
 *   server.c      usher_server: made, checked, started, run, freed
 *   edit.h        … what calls say of its configuration
 *   file.c        … and what a file does, now and at a reload
 *   figures.c     … and what it tells of itself while it serves
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

#include "base/address.h"
#include "base/list.h"
#include "config/config.h"
#include "config/errors.h"
#include "net/conn.h"
#include "net/conn_set.h"
#include "net/ending.h"
#include "server/bell.h"
#include "server/loop.h"
#include "server/server.h"
#include "usher/usher.h"

#define API_CONN_MAGIC UINT32_C(0x75c0447e)
#define API_ERROR_TEXT_MAX 1024

/* A media type of which a line is kept, and that line. */
#define API_TYPE_MAX 64
#define API_TYPE_LINE_MAX (API_TYPE_MAX + sizeof("Content-Type: \r\n"))

struct usher_loop {
	struct list_link link;       /* in the server's list */
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
	char type[API_TYPE_MAX]; /* of the latest answer that had nothing but one */
	size_t type_len;
	char type_line[API_TYPE_LINE_MAX];
	size_t type_line_len; /* 0: none is kept */
};

/* A service that is a program's stream protocol. */
struct api_stream {
	struct list_link link;              /* in the server's list */
	struct service service;             /* what the floors below serve */
	struct usher_stream_ops known;      /* a copy */
	const struct usher_stream_ops *ops; /* that */
	void *arg;
	struct usher_server *server; /* borrowed */
};

/* Of the configuration in force; loops read them while a reload may change them. */
struct api_limits {
	_Atomic size_t output_bytes;
	_Atomic size_t head_bytes;
	_Atomic size_t body_bytes;
};

/* A copy of a struct usher_source; all owned. */
struct api_source {
	bool is_set;
	bool may_be_missing;
	char *file;
	char *directory;
	char **addresses;
	size_t address_count;
};

struct usher_server {
	struct usher_server_options options;
	struct config *config; /* owned until the start */
	bool is_checked;       /* … and nothing was changed since */
	bool has_listener;     /* one was added by a call */
	bool has_run;
	bool may_bind_privileged;      /* at the check: sockets are kept when the right is gone */
	int option_error;              /* of what usher_server_new was given, told at the start */
	struct config_errors problems; /* of the configuration */
	struct list_link edits;        /* owned */
	struct list_link streams;      /* owned */
	struct list_link routes;       /* owned */
	struct api_source source;
	char *program;      /* owned; the path of the binary; NULL: none is started anew */
	char **environment; /* owned; the array alone */
	struct api_limits limits;
	struct loop_guest guest;
	struct server *_Atomic server; /* owned; NULL before the start */
	pthread_mutex_t lock;          /* of the three below */
	struct list_link loops;
	struct address *addresses; /* owned; of the listeners, in their order */
	size_t address_count;
	char error[API_ERROR_TEXT_MAX];
	char left_out[64];
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

/* The same with all that is wrong with a configuration. */
int api_fail_by(struct usher_server *, int error, const struct config_errors *errors);

/* What is no warning of `errors`, as one sentence. */
void api_put_faults(struct text *, const struct config_errors *errors);

/* Whether `config` can be served. 0, or -EINVAL with the reasons in `errors`. Any thread. */
int api_check(const struct usher_server *, const struct config *, struct config_errors *errors)
    __attribute__((warn_unused_result));

/* Notes what loops, and whoever asks, want to know of the configuration in force. */
void api_take_limits(struct usher_server *, const struct config *);

/* --- file.c --------------------------------------------------------------------------- */

/* Where a reload finds the configuration; empty where nothing was loaded. */
struct reload_source api_reload_source(struct usher_server *);
/* What the floor below calls after a reload; `server` is a usher_server. */
void api_reloaded(const struct reload_verdict *, void *server);
void api_source_free(struct api_source *);

/* --- figures.c ------------------------------------------------------------------------ */

/* Notes where the listeners are bound. 0, or -ENOMEM, and nothing is changed. */
int api_take_addresses(struct usher_server *) __attribute__((warn_unused_result));
/* Copies `text` to `buffer` as snprintf(3) would. Returns its length. */
int api_copy_out(const struct text *text, char *buffer, size_t size);

void api_add_loop(struct usher_server *, struct usher_loop *);
void api_remove_loop(struct usher_loop *);

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

/* --- conn.c --------------------------------------------------------------------------- */

/* As usher_conn_peer. */
int api_put_peer(const struct peer *, char *buffer, size_t size);

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
