/* SPDX-License-Identifier: MIT
 *
 * listener: a listening socket on one loop: accepts into connections, pauses
 * when it must, and stops without losing who waits in its queue.
 *
 * Owns its descriptor and libevent's evconnlistener; borrows the connections it
 * hands its clients to and the service it serves. Its connections point at its
 * `origin`, so it is freed only when the last of them is.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/conn.h"
#include "net/conn_set.h"
#include "net/listen_socket.h"
#include "net/listener_queue.h"

struct evconnlistener;
struct event;

/* Why a listener does not accept: a set of bits. */
enum listener_pause {
	LISTENER_PAUSE_CONNECTIONS = 1, /* limits.connections is reached */
	LISTENER_PAUSE_DESCRIPTORS = 2, /* accept(2) failed: no descriptor or memory, mostly */
	LISTENER_PAUSE_MEMORY = 4,      /* limits.memory is reached */
	LISTENER_PAUSE_START = 8,       /* it was not started yet */
	LISTENER_PAUSE_TURN = 16,       /* it has accepted enough for one turn of the loop */
	LISTENER_PAUSE_HANDED = 32      /* a successor accepts from the same queue */
};
/* Those that an operator is told of: the first bits. */
#define LISTENER_PAUSE_REASONS 3
#define LISTENER_PAUSE_TOLD ((1U << LISTENER_PAUSE_REASONS) - 1)

/* "connections", "descriptors": of the bit 1 << `index`. */
const char *listener_pause_name(unsigned index);

/* What a listener has of the configuration; a reload gives it others. */
struct listener_settings {
	char *name; /* owned */
	const struct service *service;
	uint32_t backlog; /* effective */
	bool abort_on_peer_fin;
};

/* The name is copied: connections log it for as long as they live. 0, or -ENOMEM. */
int listener_settings_init(struct listener_settings *, const struct config_listener *,
    const struct service *, uint32_t backlog) __attribute__((warn_unused_result));
void listener_settings_done(struct listener_settings *);

struct listener {
	uint32_t magic;
	unsigned pause;                  /* bits of enum listener_pause */
	char *name;                      /* owned */
	struct listen_socket socket;     /* owned; fd -1 once closed */
	struct evconnlistener *acceptor; /* owned; NULL once it drains */
	struct event *retry;             /* owned; ends LISTENER_PAUSE_DESCRIPTORS */
	struct event *turn;              /* owned; ends LISTENER_PAUSE_TURN */
	struct conn_set *conns;          /* borrowed */
	struct conn_origin origin;
	bool has_filter;     /* newcomers are kept off, perhaps by a filter */
	bool is_placeholder; /* it was made without a socket: see listener_new */
	uint64_t accepted;
	uint64_t refused; /* of these, ended at once: no memory, or its address's limit */
	uint64_t pauses[LISTENER_PAUSE_REASONS]; /* how often, by the number of the reason's bit */
	struct listener_queue queue;
	uint64_t failures; /* of accept(2) since the last line about them */
	int64_t logged_us; /* when that line was written */
	void (*on_accepted)(struct listener *, void *arg);
	void *arg;
};

/* Takes `socket`, but not on failure; accepts once it is started. `on_accepted` is
 * called after each connection. Any thread, as long as the loop is not told of it.
 * NULL when there is no memory. */
struct listener *
listener_new(const struct config_listener *, const struct listen_socket *socket, struct conn_set *,
    const struct service *, void (*on_accepted)(struct listener *, void *arg), void *arg);

/* Accepts from now on. Without memory for that it tries again, as where there are no
 * descriptors. */
void listener_start(struct listener *);

/* What `from` has counted so far is counted by `to` from now on. */
void listener_move_counts(struct listener *from, struct listener *to);

/* Takes `settings`, of which nothing is left to free. */
void listener_adopt(struct listener *, struct listener_settings *);

/* `heir`, which was made for the same socket, has it from now on: `listener` has
 * none and accepts no more. */
void listener_pass_socket(struct listener *, const struct listener *heir);

/* Its socket is another's: it is not closed with it. For one that never started. */
void listener_forget_socket(struct listener *);

/* Closes its descriptor and nothing else: the queue, and the file of a Unix socket, are
 * a successor's. It accepts no more. */
void listener_abandon(struct listener *);

/* Closes what is open and frees. No connection of it may be left. */
void listener_free(struct listener *);

void listener_pause(struct listener *, enum listener_pause);
void listener_resume(struct listener *, enum listener_pause);

/* --- The way out: listener_drain.c --------------------------------------- */

/* Keeps new clients from joining the queue: for TCP new SYNs are dropped (for
 * MPTCP they are refused), for Unix the file is unlinked. Who is in the queue, or
 * in the middle of the handshake, stays: see half_open_count for how many these
 * are. A client whom defer_accept keeps waiting is let in without having sent. */
void listener_drain_begin(struct listener *);

/* Accepts everyone who waits in the queue. Returns how many there were. Where
 * accept(2) failed, for want of descriptors say, somebody may wait still. */
size_t listener_drain_queue(struct listener *);

/* Whether somebody waits in the queue: to close now would reset him. */
bool listener_has_waiting(const struct listener *);

/* Closes the socket, and takes away the file of a Unix socket if it is still
 * ours; the queue should be empty by now. */
void listener_drain_end(struct listener *);

/* --- for listener*.c ------------------------------------------------------- */

/* Takes an accepted socket. */
void listener_welcome(struct listener *, int fd, const struct sockaddr *, socklen_t);
/* A line about a failed accept(2), once in a while. */
void listener_log_failure(struct listener *, int error);
