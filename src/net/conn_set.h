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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
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
};

struct conn_set_ops {
	/* A connection reached CLOSED; it is freed after this turn. */
	void (*ended)(const struct conn *, const struct ending *, void *arg);
};

struct conn_set {
	struct event_base *base; /* borrowed */
	struct list_link lists[CONN_STATES];
	size_t counts[CONN_STATES];
	size_t open; /* accepted and not yet CLOSED */
	struct deadlines deadlines;
	struct event *reaper; /* owned */
	struct gather gather;
	char *scratch; /* owned; CONN_SCRATCH_BYTES, of whoever reads now */
	struct conn_limits limits;
	struct ending_tally tally;
	uint64_t accepted;
	uint64_t next_id;
	uint64_t id_stride; /* ids of several loops do not meet */
	int64_t now_us;     /* monotonic, as of the latest callback */
	bool is_draining;
	bool wants_details; /* endings tell what the kernel knows of the path */
	const struct conn_set_ops *ops;
	void *arg;
};

struct conn_set_options {
	struct conn_limits limits;
	int64_t deadline_us[DEADLINE_KINDS];
	uint64_t first_id;
	uint64_t id_stride;
	bool wants_details;
	const struct conn_set_ops *ops;
	void *arg;
};

/* 0, or -ENOMEM. */
int conn_set_init(struct conn_set *, struct event_base *, const struct conn_set_options *)
    __attribute__((warn_unused_result));

/* Aborts what is left with ENDING_STOPPED and frees everything. */
void conn_set_done(struct conn_set *);

/* From now on answers are the last of their connection, and the protocols of busy
 * connections are told. Idle ones are left in peace: see conn_set_finish_idle. */
void conn_set_drain(struct conn_set *);

/* Finishes at most `most` idle connections, those idle the longest first, that
 * have had their grace: their peer has acknowledged all that was sent to it, and
 * has been silent since for `grace_us`, counted from `since_us` (monotonic) at the
 * earliest, and for CONN_GRACE_ROUND_TRIPS round-trip times of the connection.
 * Before that the next request may be on its way. Returns how many are idle still. */
#define CONN_GRACE_ROUND_TRIPS 4
size_t conn_set_finish_idle(
    struct conn_set *, size_t most, int64_t since_us, int64_t grace_us, enum ending_cause);

/* Calls `visit` for each connection that is not CLOSED. */
void
conn_set_foreach(const struct conn_set *, void (*visit)(const struct conn *, void *arg), void *arg);

/* Aborts every connection that is left. Returns how many. */
size_t conn_set_abort_all(struct conn_set *, enum ending_cause);
