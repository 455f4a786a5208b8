/* SPDX-License-Identifier: MIT
 *
 * client: one connection of a load: it connects, asks, reads the answer, sees how
 * the connection ends, and begins again.
 *
 *   client.c         birth, requests
 *   client_answer.c  answers
 *   client_end.c     how a connection ends, and what that means for its requests
 *   client_io.c      bytes to and from the socket
 *   connect.c        the socket
 *
 * A client does what a careful client does: it reads all that comes, looks for the
 * server's FIN before it sends, and repeats no request: what is lost is counted.
 *
 *     WAITING ─► CONNECTING ─► OPEN ─► LEAVING       LEAVING: the answer said close,
 *        ▲            │          │        │                  the FIN is awaited
 *        └────────────┴──────────┴────────┘          RETIRED: asks no more
 *
 * Owns its socket. Thread: its worker's.
 */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "usher-load/answer.h"
#include "usher-load/echo.h"
#include "usher-load/outcome.h"
#include "usher-load/plan.h"
#include "usher-load/request.h"

#define CLIENT_MAGIC 0x4c434c49u

struct worker;

/* For the server's FIN, after an answer that said close. */
#define CLIENT_LEAVE_NS INT64_C(1000000000)

enum client_state {
	CLIENT_WAITING,    /* for its next attempt to connect */
	CLIENT_CONNECTING, /* the handshake is under way */
	CLIENT_OPEN,       /* asks */
	CLIENT_LEAVING,    /* asks no more; the server's FIN is awaited */
	CLIENT_RETIRED     /* has no socket and wants none */
};

/* A request in flight. */
struct client_slot {
	const struct request *request; /* NULL: echo */
	uint32_t echo_at;              /* of the message in the pattern */
	int64_t due_ns;                /* when the schedule wanted it */
	int64_t sent_ns;
	int64_t first_byte_ns; /* of its answer; 0: none has come */
};

struct client {
	uint32_t magic;
	int fd; /* -1: none */
	uint8_t state;
	bool is_keeper;     /* one of --idle: asks once, then keeps the connection */
	bool has_asked;     /* on this connection */
	bool is_dismissed;  /* a 408 came that nobody had asked for: it is used no more */
	bool is_write_shut; /* sending failed: what comes in tells why */
	bool is_reset_seen; /* ... with ECONNRESET, which is told but once */
	bool is_offered;    /* stands among the worker's free ones */
	unsigned first;     /* of the slots in flight */
	unsigned in_flight; /* requests begun and not yet answered */
	unsigned unsent;    /* of these, the last ones: not sent whole */
	size_t sent_bytes;  /* of the first unsent one */
	struct worker *worker;
	const struct plan_target *target;
	struct answer answer;       /* to the first in flight */
	struct echo_answer echo;    /* likewise */
	struct event reading;       /* while there is a socket */
	struct list_link free;      /* in worker->free while is_offered */
	int64_t free_since_ns;      /* while is_offered */
	int64_t state_began_ns;     /* when it got into its state */
	unsigned failures;          /* attempts to connect that failed, one after the other */
	struct event writing;       /* pending while the socket takes no more */
	struct event timer;         /* WAITING: the next attempt; OPEN: the think time */
	struct event read_pace;     /* --slow-read: the next piece */
	struct event write_pace;    /* --slow-write: likewise */
	struct sha256 hash;         /* of the answer's body, where it is asked for */
	struct client_slot slots[]; /* plan->pipeline of them: a ring */
};

/* --- client.c ------------------------------------------------------------- */

/* Of zeros, with room for the plan's pipeline. */
void client_init(struct client *, struct worker *, const struct plan_target *, bool is_keeper);
/* Begins to connect. */
void client_start(struct client *);
/* Begins as many requests as there are for it, and sends them; or is free for more,
 * or closes where there will be no more. It has just looked at the socket. */
void client_next(struct client *);
/* The same after the think time, if there is one. */
void client_think(struct client *);
/* The same after a while in which the server may have ended the connection: looks first. */
void client_resume(struct client *);
/* The run ends: without a request in flight the client closes at once. */
void client_retire(struct client *);
/* Whatever is still open is given up. */
void client_abandon(struct client *);
/* Ends what has waited too long. Called now and then. */
void client_check_time(struct client *, int64_t now_ns);

/* --- for the files of the client ------------------------------------------ */

/* client_answer.c: the answer to the first request in flight begins. */
void client_begin_answer(struct client *);
/* client.c: the handshake is done. */
void client_connected(struct client *);
/* client_answer.c: bytes came in. False: the connection is gone. */
bool client_take(struct client *, struct slice bytes);
/* client_answer.c: the first request in flight was answered, whole. */
void client_answered(struct client *);
/* client.c: whether it could ask once more now, if there were a request for it. */
bool client_has_room(const struct client *);
/* client.c: the one place that writes the state. */
void client_change(struct client *, enum client_state);

static inline struct client_slot *
client_slot(struct client *client, unsigned index, unsigned ring)
{
	unsigned at = client->first + index;

	return &client->slots[at >= ring ? at - ring : at];
}

/* connect.c: a socket on its way to the target. 0: made at once; 1: under way, or a
 * negative errno. -EAGAIN: a Unix socket whose queue is full; nothing is open. */
int client_connect(struct client *) __attribute__((warn_unused_result));
/* connect.c: whether the handshake is done by now: 1; 0: not yet; or a negative errno. */
int client_connect_result(const struct client *) __attribute__((warn_unused_result));
/* connect.c: what it is called when connecting failed so. */
enum outcome client_connect_outcome(int error);

/* client_io.c: gives the kernel what is unsent. */
void client_send(struct client *);
/* client_io.c: reads what is there. `has_fin`: the server's FIN is known to be behind it.
 * True where the connection may be used for more. */
bool client_receive(struct client *, bool has_fin);
/* client_io.c: the events of an open socket. */
void client_watch(struct client *);
void client_unwatch(struct client *);

/* client_end.c: the server's FIN, a reset or another error, as read from the socket. */
void client_fin(struct client *);
void client_broke(struct client *, int error);
/* client_end.c: the connection ends so; each request in flight that has not ended gets
 * `requests`. Then it begins again, if there is more to do. */
void client_end(struct client *, enum outcome connection, enum outcome requests);
/* client_end.c: an attempt to connect ended so. */
void client_connect_failed(struct client *, int error);
