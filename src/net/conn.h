/* SPDX-License-Identifier: MIT
 *
 * conn: one accepted socket, from its welcome to its ending.
 *
 *   accept ─► BUSY ◄──► IDLE ──► PARKED   BUSY: a request is in progress (streams: always)
 *              │ ▲        │        │  │    IDLE: between requests, nothing buffered
 *              │ └────────│────────┘  │    PARKED: idle for long; buffers and the protocol's
 *              ▼          ▼           ▼      state are given back until its next byte
 *            FLUSHING                      the last bytes drain; input is discarded
 *              │  our FIN
 *              ▼
 *            LINGERING                     input is discarded until the peer's FIN
 *              │
 *              ▼
 *            CLOSED                        off every list; freed after the loop's turn
 *
 * A connection owns its descriptor and bufferevent and knows nothing of the
 * protocol that speaks on it, which it tells by `struct protocol_ops` what
 * happened. A protocol reads with conn_input_…, writes with conn_write_… and
 * conn_flush, and begins the ending with conn_finish or conn_abort; both may be
 * called in any callback, any number of times. The connection stays valid until
 * the protocol's `closed` was called, which is never within a call of another
 * op; after a call that may have ended it, ask conn_is_open.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event_struct.h>

#include "base/list.h"
#include "base/text.h"
#include "net/deadline.h"
#include "net/ending.h"
#include "net/peer.h"

struct address_entry;
struct bufferevent;
struct conn;
struct conn_set;
struct file_body;

#define CONN_MAGIC UINT32_C(0xc0447ec7)

enum conn_state {
	CONN_NEW, /* being built: on no list */
	CONN_BUSY,
	CONN_IDLE,
	CONN_PARKED,
	CONN_FLUSHING,
	CONN_LINGERING,
	CONN_CLOSED,
	CONN_STATES
};

const char *conn_state_name(enum conn_state);

/* What speaks on a connection. Every op is called on the loop, never nested in
 * another op of the same connection except `closed` of conn_set_done. */
struct protocol_ops {
	const char *name;
	/* Welcomes a connection: sets conn->protocol_state. 0, or -ENOMEM: the
	 * connection then ends with that cause and no other op is called. */
	int (*open)(struct conn *);
	/* The input holds bytes that were not there before. */
	void (*data)(struct conn *);
	/* The output, which had not gone at once, is empty now. */
	void (*drained)(struct conn *);
	/* The output that conn_flush_later left was given to the socket, which need not have
	 * taken all of it. NULL: it never calls that. */
	void (*written)(struct conn *);
	/* The peer's FIN came while BUSY (while IDLE the connection ends by
	 * itself). The input may still hold bytes. */
	void (*peer_fin)(struct conn *);
	/* The wait for an idle, head or body deadline is over. */
	void (*expired)(struct conn *, enum deadline_kind);
	/* Bytes of a head or body come slower than limits.min_rate: says so, if it still
	 * can, and ends with ENDING_TOO_SLOW. NULL: the protocol waits for neither. */
	void (*too_slow)(struct conn *);
	/* The server drains: finish what is in progress and take nothing new. */
	void (*drain)(struct conn *);
	/* The connection has been idle for a while: frees protocol_state and makes it
	 * NULL, or, where something is in progress, returns false and is asked again
	 * later. No other op but `wake` and `closed` follows. NULL: never parked. */
	bool (*park)(struct conn *);
	/* Where nothing is in progress but the beginning of a request, whose bytes are the input
	 * still, all of them: forgets that it has begun, and makes the connection IDLE, so that
	 * they can be read anew in another process. False: more has happened, and it goes on.
	 * NULL: what is BUSY is in progress. */
	bool (*retract)(struct conn *);
	/* Bytes have come for a parked connection, and `data` will be called next: sets
	 * conn->protocol_state. 0, or -ENOMEM: the connection then ends with that cause. */
	int (*wake)(struct conn *);
	/* Most of its reads bring whole requests, after which it waits for nothing that the
	 * kernel may have already; where that is not so it says conn_want_rest. See reader.c. */
	bool takes_whole;
	/* It has no protocol_state and waits for nothing but DEADLINE_IDLE while nothing is
	 * buffered: such a connection may go to another loop though it is BUSY. */
	bool is_stateless;
	/* The connection is closed: frees protocol_state, which is NULL while parked.
	 * Called once if `open` succeeded. */
	void (*closed)(struct conn *, const struct ending *);
	/* The client is turned away at a limit of the server: writes what he is to hear
	 * before our FIN. `open` was not called, and no other op is. NULL: nothing. */
	void (*turn_away)(struct conn *);
};

/* What a listener serves on its connections. */
struct service {
	const struct protocol_ops *ops;
	void *self; /* the protocol's, per loop; borrowed */
};

/* What connections take from the listener that accepted them. */
struct conn_origin {
	const char *listener; /* its name, for the log */
	const struct service *service;
	bool keeps_messages; /* transport keeps message boundaries */
	bool joins_fin;      /* MSG_MORE holds the last bytes back for the FIN: TCP */
	bool abort_on_peer_fin;
	bool is_draining;    /* its connections end in good order: see conn_set_drain */
	uint64_t open_count; /* connections of this origin not yet freed */
};

/* Why reading is paused: a set of bits; it goes on when the set is empty. */
enum conn_pause {
	CONN_PAUSE_OUTPUT = 1, /* the peer does not take our output */
	CONN_PAUSE_BUSY = 2,   /* a request is in progress and the next has to wait */
	CONN_PAUSE_PROGRAM = 4 /* a program that embeds the server wants none */
};

/* It may be receiving its last answer still: see conn_set_finish_idle. */
#define CONN_IDLE_UNKNOWN INT64_MAX

/* In the order in which a request touches it: the fields of each group share cache
 * lines, which with thousands of connections is what a request costs. */
struct conn {
	uint32_t magic;
	int fd;                    /* owned; -1 once CLOSED */
	enum conn_state state : 8; /* written by conn_move alone */
	unsigned pause : 8;        /* bits of enum conn_pause */
	bool is_write_enabled : 1;
	bool has_peer_fin : 1;
	bool is_broken : 1;                  /* reading or writing failed: close(2) sends nothing */
	bool expects_no_more : 1;            /* the peer promised to send nothing further */
	bool has_opened : 1;                 /* the protocol's `open` succeeded */
	bool has_input : 1;                  /* as of the last look at the peer (conn_end.c) */
	bool has_looked : 1;                 /* … which is as good as one at the close */
	bool reset_received : 1;             /* the peer's RST was seen */
	bool is_turned_away : 1;             /* at a limit: it is ended without being served */
	bool is_rated : 1;                   /* rate_mark is that of the present wait */
	enum ending_cause cause : 8;         /* valid from FLUSHING on */
	enum ending_first_fin first_fin : 8; /* so far */
	unsigned deferred : 8;               /* which piece of the gather is its output; 0: none */
	uint32_t queued_ms;                  /* in the listener's queue, if it was asked */
	uint32_t rated_ms;                   /* monotonic: when rate_mark was made */
	struct conn_set *set;                /* borrowed */
	struct conn_origin *origin;          /* borrowed */
	const struct protocol_ops *ops;      /* what speaks on it: of the origin, or changed */
	struct bufferevent *bev;             /* owned; NULL until something is buffered */
	void *protocol_state;                /* the protocol's */
	struct list_link link;               /* in the list of its state */
	struct deadline deadline;
	uint32_t kept;   /* bytes of memory appended to the output since it was empty */
	uint32_t held;   /* bytes of memory that it is counted with: conn_limits.c */
	int64_t idle_us; /* monotonic: since when it is idle, or CONN_IDLE_UNKNOWN */
	uint64_t requests;
	uint64_t bytes_in;
	uint64_t bytes_queued; /* appended to the output so far */
	union {
		uint64_t progress_mark; /* bytes out when the write deadline was armed */
		uint64_t linger_mark;   /* LINGERING: bytes in when our FIN went */
	};
	union {
		struct event reader;  /* until CLOSED: see reader.c */
		struct ending ending; /* CLOSED: the record */
	};
	uint64_t rate_mark;            /* bytes moved when the window of min_rate began */
	struct address_entry *address; /* held; NULL: no limit of addresses was in force */
	uint64_t id;
	int64_t opened_us; /* monotonic */
	struct peer peer;
};

/* --- Birth ------------------------------------------------------------- */

/* Takes `fd`, just accepted and non-blocking, and starts the protocol on it, or, where
 * the set is overloaded, turns the client away. On -ENOMEM, and on -EDQUOT, where its
 * address has as many connections as it may, `fd` is closed and the ending counted. */
int conn_open(struct conn_set *, struct conn_origin *, int fd, const struct sockaddr *, socklen_t)
    __attribute__((warn_unused_result));

/* --- Limits ------------------------------------------------------------ */

enum conn_admission { CONN_ADMITTED, CONN_TOO_MANY_REQUESTS, CONN_OVERLOADED };

/* Whether the request that begins may be served; it is counted against its address.
 * Where not, `ret_retry_s` is after how many seconds one may be. */
enum conn_admission conn_admit_request(struct conn *, uint64_t *ret_retry_s);

/* --- State ------------------------------------------------------------- */

/* A request begins, or none is in progress any more (which ends the connection
 * where the peer has sent its FIN). No effect once the ending has begun. */
void conn_set_busy(struct conn *);
void conn_set_idle(struct conn *);

/* True until the ending has begun. */
static inline bool
conn_is_open(const struct conn *conn)
{
	return conn->state < CONN_FLUSHING;
}

/* Monotonic time of this turn of the loop, in microseconds. */
int64_t conn_now_us(const struct conn *);

/* The time now, likewise, at the end of a callback's work; what follows in this turn goes
 * by it and need not look at the clock. */
int64_t conn_look_at_clock(struct conn *);

/* True when the server drains, or the listener that it came by: an answer must be
 * the last. */
bool conn_is_draining(const struct conn *);

/* From now on `ops` speak on the connection, or are told of its end: the caller frees the
 * former protocol's state and sets that of the new one, whose `open` is not called. */
void conn_change_protocol(struct conn *, const struct protocol_ops *ops);

/* --- Ending ------------------------------------------------------------ */

/* Begins the orderly ending: the output drains, then FIN, then linger. `cause`
 * of the first call counts. */
void conn_finish(struct conn *, enum ending_cause cause);

/* Ends at once: what is unsent is lost. Of an ending that had begun, a fault
 * takes the place of a cause that was none. */
void conn_abort(struct conn *, enum ending_cause cause);

/* The peer has promised to send nothing more (it said close, and its last
 * request is read whole): no linger is needed. */
void conn_expect_no_more(struct conn *);

/* --- Input ------------------------------------------------------------- */

/* For a protocol that `takes_whole`: what it has got so far is a part, and it wants the
 * rest. May end the connection. */
void conn_want_rest(struct conn *);

size_t conn_input_length(const struct conn *);
/* The first bytes of the input that stand together; empty when there are none.
 * Valid until the input is touched. */
struct slice conn_input_peek(const struct conn *);
/* All of the input, made contiguous. The absent slice when there is no memory:
 * the connection has then ended. */
struct slice conn_input_contiguous(struct conn *);
void conn_input_drain(struct conn *, size_t bytes);
/* No effect once the ending has begun. To resume may end the connection. */
void conn_pause(struct conn *, enum conn_pause reason);
void conn_resume(struct conn *, enum conn_pause reason);

/* --- Output ------------------------------------------------------------ */

/* Each appends to the output and sends nothing; conn_flush does. When memory
 * lacks the connection has ended with that cause, and the result is -ENOMEM,
 * which a caller with nothing to clean up may ignore. Once the ending has begun
 * nothing is appended: -ENOTCONN. `release` is called once, whatever happens:
 * at the latest just after `closed` has returned. */
int conn_write(struct conn *, struct slice bytes);
int conn_write_reference(struct conn *, struct slice bytes,
    void (*release)(const void *data, size_t len, void *owner), void *owner);
int conn_write_file(struct conn *, struct file_body *, int64_t offset, int64_t length);
/* Moves the first `bytes` of the input to the output. */
int conn_write_input(struct conn *, size_t bytes);

/* Room for at least `bytes` of output, to be filled directly; then, before
 * anything else is appended, commit what was used of that room. NULL as above. */
char *conn_reserve(struct conn *, size_t bytes);
void conn_commit(struct conn *, char *room, size_t bytes);

/* Writes the output to the socket, as far as the socket takes it. What is left
 * goes when the socket is writable, and `drained` is called when all is gone;
 * it is not called where all went at once. May end the connection. No effect
 * once the ending has begun: it flushes by itself. */
void conn_flush(struct conn *);

/* Leaves the output to the end of the loop's turn, when it is written together with that of
 * other connections, and `written` is called; until then the connection waits for nothing.
 * False: it has to be flushed now, or there is nothing. Whatever happens to the connection
 * before comes after the output all the same: its ending sends it, and so does conn_flush; what
 * is appended goes behind it, and has to be flushed. After any of these `written` is not
 * called. */
bool conn_flush_later(struct conn *);
/* Since when the first of what waits so does, or did last; monotonic, in microseconds. */
int64_t conn_deferred_since_us(const struct conn *);

size_t conn_output_length(const struct conn *);
/* Bytes taken by the kernel so far. */
uint64_t conn_bytes_out(const struct conn *);

/* --- Waiting ----------------------------------------------------------- */

/* From now on the connection waits for this; it replaces any other wait. No
 * effect once the ending has begun, which has waits of its own. */
void conn_wait(struct conn *, enum deadline_kind);
void conn_wait_nothing(struct conn *);
