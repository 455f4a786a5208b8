/* SPDX-License-Identifier: MIT
 *
 * conn_set: the connections of one loop: a list per state, their deadlines, the
 * tally of their endings, and the reaper that frees them after the loop's turn.
 *
 * Owns its connections. Calls the floor above by `struct conn_set_ops`.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/pressure.h"
#include "net/address_table.h"
#include "net/conn.h"
#include "net/deadline.h"
#include "net/ending.h"
#include "net/gather.h"

struct event;
struct event_base;

/* What a loop reads at once goes here; a packet (SOCK_SEQPACKET) has to fit. */
#define CONN_SCRATCH_BYTES ((size_t)256 * 1024)

struct conn_limits {
	uint64_t linger_bytes; /* discarded after our FIN */
	size_t lingering;      /* connections lingering at once */
	int64_t park_us;       /* a connection idle for so long is parked; 0: none is */
	size_t unparked;       /* idle ones; where there are more, that comes sooner */
	uint64_t min_rate;     /* bytes a second of a client that is waited for; 0: any */
	int64_t rate_window_us;
	struct address_limits addresses;
	int reserved_fd; /* descriptors from this number on are not clients'; 0: all are */
};

/* A round of limits.min_rate: see conn_rate.c. */
struct conn_rating {
	struct event *timer;    /* owned; armed between two turns of a round */
	struct list_link *next; /* who is looked at next; NULL: no round is under way */
	enum conn_state state;  /* whose list that is in */
	size_t left;            /* of that list */
};

/* What was refused for a limit, so far. */
struct conn_refusals {
	uint64_t requests_rate;     /* requests_per_second_per_address */
	uint64_t requests_overload; /* short of memory */
	struct peer last;           /* whose connection or request it was last */
};

struct conn_set_ops {
	/* A connection reached CLOSED; it is freed after this turn. */
	void (*ended)(const struct conn *, const struct ending *, void *arg);
};

struct conn_set {
	struct event_base *base; /* borrowed */
	struct list_link lists[CONN_STATES];
	size_t counts[CONN_STATES];
	size_t open;         /* accepted and not yet CLOSED */
	size_t turned_away;  /* of these, those that are not served */
	uint64_t held_bytes; /* of memory in their buffers */
	bool is_overloaded;  /* newcomers are turned away */
	bool is_short;       /* memory: idle connections are parked sooner */
	bool sheds_requests; /* … and requests are refused */
	struct conn_refusals refusals;
	struct conn_rating rating;
	struct address_table *addresses; /* borrowed; NULL: none is limited */
	struct deadlines deadlines;
	struct event *reaper; /* owned */
	struct event *parker; /* owned; armed while connections are idle: conn_park.c */
	bool is_parker_armed;
	struct pressure pressure;
	struct gather gather;
	char *scratch;                  /* owned; CONN_SCRATCH_BYTES, of whoever reads now */
	const struct conn *fresh_owner; /* who reads; NULL: nobody */
	struct slice fresh;             /* his input that is still in the scratch */
	struct conn_limits limits;
	struct ending_tally tally;
	uint64_t accepted;
	uint64_t turns;            /* of the loop, counted by whoever runs it; 0: by nobody */
	uint64_t now_turn;         /* in which now_us was looked up for the rest of the turn */
	uint64_t defers_from;      /* the first turn in which output may wait: conn_turn.c */
	int64_t deferred_since_us; /* monotonic: since when the first of it waits */
	uint64_t events;           /* callbacks of sockets and deadlines */
	uint64_t bytes_in;         /* of all connections that ever were */
	uint64_t bytes_queued;     /* … appended to their outputs */
	uint64_t parked;           /* how often a connection was, so far */
	uint64_t immigrated;       /* connections that came from another process */
	uint64_t moved_in;         /* connections that came from another loop */
	uint64_t moved_out;
	uint64_t next_id;
	uint64_t ids_until;        /* the end of the block of ids that is used up now */
	atomic_uint_fast64_t *ids; /* borrowed; where the blocks come from; NULL: of its own */
	int64_t now_us;            /* monotonic, as of the latest look: in a turn at least one */
	bool is_draining;
	bool wants_details; /* endings tell what the kernel knows of the path */
	const struct conn_set_ops *ops;
	void *arg;
};

struct conn_set_options {
	struct conn_limits limits;
	int64_t deadline_us[DEADLINE_KINDS];
	/* Borrowed: how many ids are given away, 0 at first; shared by the sets of a process,
	 * so that no two connections have one. NULL: the set has ids of its own, from 1. */
	atomic_uint_fast64_t *ids;
	bool wants_details;
	struct address_table *addresses; /* of the process; NULL: none is limited */
	const struct conn_set_ops *ops;
	void *arg;
};

/* 0, or -ENOMEM. */
int conn_set_init(struct conn_set *, struct event_base *, const struct conn_set_options *)
    __attribute__((warn_unused_result));

/* Aborts what is left with ENDING_STOPPED and frees everything. */
void conn_set_done(struct conn_set *);

/* Whoever counts `turns` calls this at the end of each: what connections left for it is
 * written. Without effect where nothing was left. */
void conn_set_end_turn(struct conn_set *);

/* Frees what is CLOSED, now and not after the turn: nobody is on the stack. */
void conn_set_reap_all(struct conn_set *);

/* The functions below are about the connections of the origin `of`; NULL: about all
 * of the loop. */

/* From now on answers are the last of their connection, and the protocols of busy
 * connections are told. Idle and parked ones are left in peace: see
 * conn_set_finish_idle; none is parked any more. */
void conn_set_drain(struct conn_set *, struct conn_origin *of);

struct conn_grace {
	const struct conn_origin *of;
	size_t most;      /* connections at a time */
	int64_t since_us; /* monotonic */
	int64_t grace_us;
};

/* Finishes at most `most` idle connections, parked ones and those idle the longest first, that
 * have had their grace: their peer has acknowledged all that was sent to it, and
 * has been silent since for `grace_us`, counted from `since_us` at the earliest, and
 * for CONN_GRACE_ROUND_TRIPS round-trip times of the connection. Before that the
 * next request may be on its way. */
#define CONN_GRACE_ROUND_TRIPS 4
void conn_set_finish_idle(struct conn_set *, const struct conn_grace *, enum ending_cause);

/* How many of them are idle, or parked. Walks the lists unless `of` is NULL. */
size_t conn_set_count_idle(const struct conn_set *, const struct conn_origin *of);

/* Calls `visit` for each connection that is not CLOSED. */
void conn_set_foreach(const struct conn_set *, const struct conn_origin *of,
    void (*visit)(const struct conn *, void *arg), void *arg);

/* Aborts every connection that is left. Returns how many. */
size_t conn_set_abort_all(struct conn_set *, const struct conn_origin *of, enum ending_cause);

/* From now on the connections of `from` are those of `to`, which serves the same
 * protocol: the next requests are answered by its service. */
void conn_set_move(struct conn_set *, struct conn_origin *from, struct conn_origin *to);

/* Once a second: begins to look for connections whose clients were slower than
 * limits.min_rate over a whole window, and ends them: a hundred or so now, and those who
 * follow in later turns. Without effect while that goes on, or without that limit. */
void conn_set_rate(struct conn_set *);

/* Takes a connection out of its set, for another: its descriptor, state, counters, times
 * and wait stay with it. Only one that nothing holds here: parked, or idle and then parked
 * now, or of a protocol that keeps nothing (is_stateless) with nothing buffered; and none
 * that drains. False: it stays. */
bool conn_detach(struct conn *) __attribute__((warn_unused_result));

/* Takes a detached connection, maybe of another thread, which belonged to a listener of the
 * same address and protocol; its wait ends when it would have. `before`: the one that was
 * attached just before, without a turn of the loop in between, or NULL: to take many in the
 * order in which they were detached costs little then. Without memory for it the connection
 * ends with that cause. */
void conn_attach(struct conn_set *, struct conn_origin *, struct conn *, const struct conn *before);

/* New limits and lengths of deadlines, after a reload. Waits that have begun end as
 * much earlier or later as the lengths differ. */
void conn_set_adjust(struct conn_set *, const struct conn_limits *,
    const int64_t deadline_us[DEADLINE_KINDS], bool wants_details);
