/* SPDX-License-Identifier: MIT
 *
 * loop: one thread with one event_base, its listeners, its connections and its
 * services. Loops share nothing while they serve: each has sockets, caches,
 * logs and counters of its own.
 *
 *   loop.c        building, running, what other threads ask for
 *   adoption.c    what it serves: at the start, and after each reload
 *   services.c    protocols and handlers for the listeners
 *   retirement.c  listeners that a reload took away
 *   drain.c       the way out, in five steps
 *   emigration.c  … by a successor that takes the connections
 *   immigration.c connections that a predecessor gives
 *   moving.c      connections that go from one loop to another
 *   loop_figures.c what it tells of itself
 *   overload.c    what it does at a limit of the process
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
#include "server/drain.h"
#include "server/emigration.h"
#include "server/immigration.h"
#include "server/loop_figures.h"
#include "server/mailbox.h"
#include "server/overload.h"
#include "server/services.h"

struct adoption;
struct event;
struct event_base;

/* What other threads may ask of a loop. */
enum loop_request {
	LOOP_DRAIN = 1,             /* finish in good order, then end */
	LOOP_STOP = 2,              /* end now: what is open is cut */
	LOOP_ADOPT = 4,             /* take what loop_hand_over left */
	LOOP_SNAPSHOT = 16,         /* see loop_figures.h */
	LOOP_CONNECTIONS = 32,      /* likewise */
	LOOP_CONNECTIONS_COME = 64, /* see moving.h */
	LOOP_IMMIGRATE = 128,       /* see immigration.h */
	LOOP_EMIGRATE = 256,        /* see emigration.h */
	LOOP_STAY = 512,            /* likewise */
	LOOP_LEAVE = 1024,          /* likewise */
};

/* What other threads may read of a loop at any time; a little old. */
struct loop_counts {
	atomic_size_t open;
	atomic_size_t by_state[CONN_STATES];
	atomic_llong heartbeat_us; /* when it last said so, monotonic */
	atomic_uint busy;          /* thousandths of the last second in which it computed */
};

/* A program that embeds the server, as far as a loop knows it. All optional. */
struct loop_guest {
	/* The main thread: the loop is made, and serves nothing yet. 0, or -ENOMEM. */
	int (*made)(struct loop *, void *arg);
	/* The loop's thread: as its first, and as its last, when the connections are freed. */
	void (*begun)(struct loop *, void *arg);
	void (*over)(struct loop *, void *arg);
	/* The loop's thread: a connection is CLOSED. */
	void (*ended)(const struct conn *, const struct ending *, void *arg);
	/* The main thread: the loop is freed; only if it was made. */
	void (*gone)(struct loop *, void *arg);
	void *arg;
};

struct loop {
	unsigned index;          /* its name: of those that there are it alone has it */
	unsigned loops;          /* how many share the limits of the process */
	struct event_base *base; /* owned */
	struct bell bell;
	struct event *tick; /* owned: once a second */
	struct conn_set conns;
	struct overload overload;
	struct conn_log connections;
	bool has_connections;
	uint64_t lost_before;  /* lines lost by logs that are closed */
	uint64_t lost_lines;   /* by all, as of the last warning */
	int64_t lost_until_us; /* no further warning until then */
	struct services_figures figures;
	struct services *services;     /* owned; NULL until the first adoption */
	struct list_link old_services; /* owned: some request began with them */
	struct listener **listeners;   /* owned */
	size_t listener_count;
	struct list_link retirements;      /* owned: listeners that are the loop's no more */
	struct drain drain;                /* of the whole loop */
	struct ending_tally tally_before;  /* endings before that drain */
	struct adoption *_Atomic adoption; /* owned: handed over and not yet taken */
	pthread_t thread;
	atomic_bool is_leaving; /* a listener that was removed listens still */
	bool is_running;        /* the thread was started; the server's */
	atomic_bool has_ended;
	struct loop_counts counts;
	struct loop_mail mail;
	struct immigration immigration;
	struct emigration emigration;
	struct mailbox mailbox; /* connections that other loops give it */
	struct loop **peers;    /* owned, not what they point at: all that take newcomers */
	unsigned peer_count;
	unsigned next_peer;
	bool is_surplus;       /* it is none of these: it gives away what it has, and ends */
	bool has_parted;       /* … and ends now */
	struct event *parting; /* owned */
	int64_t busy_us;       /* its CPU time at the last tick, */
	int64_t busy_at_us;    /* and when that was */
	/* Called on the loop's thread: an adoption is taken; or, as the last, the loop
	 * has ended. */
	void (*on_news)(void *arg);
	void *arg;
	const struct loop_guest *guest; /* borrowed, or NULL */
	bool has_guest;                 /* … which was told that the loop is made */
	void *guest_state;              /* the guest's own */
};

struct loop_options {
	unsigned index;
	struct address_table *addresses; /* borrowed: of the process */
	atomic_uint_fast64_t *ids;       /* borrowed: of connections, see conn_set_options */
	void (*on_news)(void *arg);
	void *arg;
	const struct loop_guest *guest; /* or NULL */
};

/* The caller frees it with loop_free. NULL with a sentence in `ret_error`. */
struct loop *
loop_new(const struct loop_options *, struct text *ret_error) __attribute__((warn_unused_result));

/* Any thread, while no adoption is under way: makes the loop take it, at the latest in
 * its next turn. Before the loop's thread runs it is taken at once. */
void loop_hand_over(struct loop *, struct adoption *);

/* Any thread: whether the loop has taken what was handed over, or has ended. */
bool loop_has_taken(const struct loop *);

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

/* --- For adoption.c, drain.c and retirement.c ------------------------------- */

/* A listener on `socket`, not yet started. NULL when there is no memory. */
struct listener *loop_make_listener(struct loop *, const struct config_listener *,
    const struct listen_socket *, const struct service *);
/* What health checks ask of the loop. */
struct handler_health loop_health(struct loop *);
/* Takes the log; NULL: none is written from now on. */
void loop_take_connections_log(struct loop *, const struct conn_log *);
/* Whether a listener that was retired still has its socket. */
bool loop_is_retiring(const struct loop *);

/* Tells the server when the last of those has closed. The loop's thread. */
void loop_note_leaving(struct loop *);
