/* SPDX-License-Identifier: MIT
 *
 * loop: one thread with one event_base, its listeners, its connections and its
 * services. Loops share nothing while they serve: each has sockets, caches,
 * logs and counters of its own.
 *
 *   loop.c        building, running, what other threads ask for
 *   loop_drain.c  the way out, in five steps
 *   services.c    protocols and handlers for the listeners
 *
 * Ownership: the server makes its loops and frees them after their threads have
 * ended; between start and join everything here is the loop's thread's, but for
 * loop_tell.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "net/conn_set.h"
#include "net/ending.h"
#include "net/listener.h"
#include "protocol/access_log.h"
#include "server/bell.h"
#include "server/conn_log.h"
#include "server/services.h"

struct event;
struct event_base;

/* What other threads may ask of a loop. */
enum loop_request {
	LOOP_DRAIN = 1, /* finish in good order, then end */
	LOOP_STOP = 2,  /* end now: what is open is cut */
};

enum drain_step {
	DRAIN_NONE,
	DRAIN_ANNOUNCE,
	DRAIN_STOP_ACCEPTING,
	DRAIN_GRACE, /* requests finish, idle connections get theirs */
	DRAIN_WAIT,  /* what is left ends by itself, or at the deadline */
	DRAIN_DONE
};

struct loop_drain {
	enum drain_step step;
	int64_t began_us;
	int64_t step_began_us;
	int64_t step_until_us; /* when the step's own wait is over */
	int64_t step_us[DRAIN_DONE];
	int64_t total_us;
	int64_t grace_began_us;
	struct event *timer;        /* owned: the step's next move */
	struct event *deadline;     /* owned */
	uint64_t cut;               /* connections that the deadline or a stop cut */
	struct ending_tally before; /* endings before the drain */
};

/* What other threads may read of a loop at any time; a little old. */
struct loop_counts {
	atomic_size_t open;
	atomic_size_t by_state[CONN_STATES];
};

struct loop {
	unsigned index;
	const struct config *config; /* borrowed */
	struct event_base *base;     /* owned */
	struct bell bell;
	struct event *tick; /* owned: once a second */
	struct conn_set conns;
	size_t most_connections;
	struct access_log access;
	bool has_access;
	struct conn_log connections;
	bool has_connections;
	uint64_t lost_lines;         /* of both logs, as of the last warning */
	int64_t lost_until_us;       /* no further warning until then */
	struct services *services;   /* owned */
	struct listener **listeners; /* owned */
	size_t listener_count;
	struct loop_drain drain;
	pthread_t thread;
	atomic_bool has_ended;
	struct loop_counts counts;
	void (*on_ended)(void *arg); /* called on the loop's thread, last */
	void *arg;
};

struct loop_options {
	unsigned index;
	unsigned loops; /* how many share the limits of the process */
	const struct config *config;
	int access_fd;      /* -1: no access log */
	int connections_fd; /* -1: no connections' log */
	void (*on_ended)(void *arg);
	void *arg;
};

/* The caller frees it with loop_free. NULL with a sentence in `ret_error`. */
struct loop *
loop_new(const struct loop_options *, struct text *ret_error) __attribute__((warn_unused_result));

/* Serves `socket`, which is taken, for that row of the configuration. 0 or
 * -ENOMEM. */
int loop_listen(struct loop *, const struct config_listener *, const struct listen_socket *)
    __attribute__((warn_unused_result));

/* Starts the thread. 0, or a negative errno of pthread_create(3). */
int loop_start(struct loop *) __attribute__((warn_unused_result));

/* Any thread. */
void loop_tell(struct loop *, enum loop_request);

/* Any thread: whether the loop's thread has nothing left to do. */
bool loop_has_ended(const struct loop *);

/* Waits for the thread's end. */
void loop_join(struct loop *);

/* The thread must have ended, or never begun. NULL is allowed. */
void loop_free(struct loop *);

/* The loop's thread: brings `counts` up to date. */
void loop_publish(struct loop *);

/* --- loop_drain.c ---------------------------------------------------------- */

/* 0, or -ENOMEM. */
int loop_drain_init(struct loop *) __attribute__((warn_unused_result));
void loop_drain_done(struct loop *);
void loop_drain_begin(struct loop *);
/* A connection ended: the drain may be over. */
void loop_drain_check(struct loop *);
/* Cuts what is open, says so, and ends the loop. */
void loop_drain_cut(struct loop *, enum ending_cause);
