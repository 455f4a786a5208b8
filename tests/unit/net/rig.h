/* SPDX-License-Identifier: MIT
 *
 * rig: a loop with connections that speak a protocol of the test's: it counts
 * the calls it gets, and does in each what the test put there.
 *
 * Thread: a test is a process.
 */
#pragma once

#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "../../suite.h"
#include "base/clock.h"
#include "client.h"
#include "net/conn.h"
#include "net/conn_set.h"

struct rig_options {
	struct pair_options pair;
	struct conn_limits limits; /* 0: ample */
	int64_t deadline_us[DEADLINE_KINDS];
	bool abort_on_peer_fin;
};

/* Calls of the protocol's ops and of conn_set's. */
struct seen {
	unsigned open;
	unsigned data;
	unsigned drained;
	unsigned written;
	unsigned peer_fin;
	unsigned expired;
	unsigned drain;
	unsigned park;
	unsigned wake;
	unsigned closed;
	unsigned ended;
	enum deadline_kind kind; /* of the last that expired */
	struct ending ending;    /* of the last that ended */
};

/* What the protocol does in each op, after it was counted; NULL: nothing. */
struct script {
	int open_result;
	int wake_result;
	bool refuses_to_park;
	bool refuses_to_retract;
	void (*open)(struct conn *);
	void (*data)(struct conn *);
	void (*drained)(struct conn *);
	void (*written)(struct conn *);
	void (*peer_fin)(struct conn *);
	void (*expired)(struct conn *, enum deadline_kind);
	void (*drain)(struct conn *);
	void (*ended)(const struct conn *);
};

struct rig {
	struct event_base *base;
	struct event *tick; /* so that no turn takes long */
	unsigned ticks;
	struct conn_set conns;
	struct service service;
	struct conn_origin origin;
	struct seen seen;
	struct script script;
	struct conn *conn; /* the latest; NULL once `closed` was called for it */
	int client;        /* its other end */
	struct pair_options pair;
	size_t descriptors; /* open before anything was made */
};

void rig_init(struct rig *, const struct rig_options *);
/* A connection of the kind that the options said. */
void rig_open(struct rig *);
/* `count` of them; `ret_clients` are the caller's to close. */
void rig_open_many(struct rig *, int count, struct conn **ret_conns, int *ret_clients);
/* Ends what is left, frees, and fails where a descriptor stayed open. */
void rig_done(struct rig *);

/* One turn of the loop, in which it waits a millisecond at most. */
void rig_turn(struct rig *);
/* Turns while something is ready. */
void rig_settle(struct rig *);

/* Turns, until `us` microseconds have passed: for what must not happen. */
void rig_pass(struct rig *, int64_t us);

#define RIG_PATIENCE_US (10 * CLOCK_SECOND_US)

/* Turns the loop until `condition` is true. */
#define rig_run_until(rig, condition)                                                              \
	do {                                                                                       \
		int64_t give_up_us = clock_monotonic_us() + RIG_PATIENCE_US;                       \
		while (!(condition)) {                                                             \
			ck_assert_msg(clock_monotonic_us() < give_up_us, "waited in vain for: %s", \
			    #condition);                                                           \
			rig_turn(rig);                                                             \
		}                                                                                  \
	} while (0)

/* Turns until the connection has ended and is freed; its ending is returned. */
const struct ending *rig_run_to_end(struct rig *);

/* Turns until the client has seen the end, reading all the while. */
enum sight rig_run_until_client_sees_end(struct rig *, size_t *ret_bytes);

/* A slice of `len` bytes that are the same for each call, and nowhere like those elsewhere
 * in it: that a piece comes again, or is left out, is seen. */
struct slice pattern(size_t len);
#define PATTERN_MAX (4 << 20)

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
