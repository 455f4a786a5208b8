/* SPDX-License-Identifier: MIT
 *
 * load: many clients of usherd at once, in one process and one event loop, each
 * playing a role (load/role.h), and the tally of what became of their requests.
 *
 *   load.c       the loop, groups, what is asked of all
 *   client.c     one client: its connection and its requests
 *   client_io.c  how fast it sends and reads
 *   request.c    the bytes of a request
 *   answer.c     one answer
 *
 * A client does what a careful client does: it reads all that comes, it closes
 * only when nothing can come any more, so that it never causes a reset itself.
 * It does not repeat a request: what is lost is counted.
 *
 * Clients who only ask are usher-load's (outsider.h, test_usher_load.c). These here do
 * what it cannot, because its figures come at its end and none of its clients can be
 * told from the others:
 *
 *   download, upload, chunked upload   stop at a byte until SIGTERM was sent, then go on
 *   queued, hesitant                   connect to a process that stands still, and the test
 *                                      has to know when the last has sent, or connected
 *   idle, passer-by                    their FINs and the first refusal are waited for while
 *                                      the drain goes on, and timed to the millisecond
 *   newcomer, where a notice is timed  likewise
 *   fast open                          the request is in the SYN
 *   of test_linger                     heads that are no HTTP, and bodies that go on after
 *                                      the answer has begun: usher-load sends neither
 *   any, with fin_late_us              a FIN is not looked at for a while, as if it were on a
 *                                      long way; usher-load looks at once
 *   any, over IPv6                     loopback has one address there (outsider_may_come)
 *
 * Thread: the only one of the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/bytes.h"
#include "harness/usherd.h"
#include "load/outcome.h"
#include "load/role.h"

struct load;

/* The clients of one role. */
struct load_group {
	const struct load_role *role;
	uint64_t clients;
	uint64_t connected;
	uint64_t counts[LOAD_OUTCOME_COUNT];
	uint64_t sent;        /* requests that were sent whole */
	uint64_t holding;     /* clients that hold now */
	uint64_t fins_idle;   /* the server's FIN came between two requests, or to the silent */
	uint64_t fins_after;  /* the server's FIN came after an answer that said close */
	int64_t first_fin_us; /* of fins_idle; monotonic */
	int64_t last_fin_us;
	uint64_t fins_at_once; /* the most of fins_idle within ten milliseconds */
	uint64_t fins_lately;  /* since the last ten milliseconds began */
	int64_t lately_us;
	int64_t first_refused_us; /* monotonic */
	bool is_spawning;
};

struct load_options {
	struct endpoint endpoint;
	uint64_t seed;
	/* A FIN is seen so long after it came, as over a path of that length: until
	 * then the client may send its next request. */
	int64_t fin_late_us;
};

/* Owned by the test's end. */
struct load *load_new(const struct load_options *);
/* Ends all loads with their clients, after a test. */
void load_end_all(void);

/* `count` clients who connect at once. The group is owned by the load. */
struct load_group *load_add(struct load *, const struct load_role *, unsigned count);

/* A client every `every_us`, until the first is refused once the drain began. */
struct load_group *load_add_steadily(struct load *, const struct load_role *, int64_t every_us);

/* Runs the clients until `is_so` says yes. Fails the test when something was lost
 * meanwhile, or after the wire tests' deadline: `what` was waited for. */
void load_run_until(
    struct load *, bool (*is_so)(const struct load *, void *arg), void *arg, const char *what);

/* The server is about to be told: from now on a refused connection is not a
 * failure, and those who held go on. */
void load_drain_begins(struct load *);

/* Runs until no client is left. Who is left after `patience_us` timed out. */
void load_run_to_end(struct load *, int64_t patience_us);

/* How often that outcome was, in all groups. */
uint64_t load_count(const struct load *, enum load_outcome);

/* Fails the test if any request had another outcome than to be answered whole,
 * or to be refused after the drain began. */
void load_expect_nothing_lost(struct load *);

/* A line for each group, and the first complaints. */
void load_describe(const struct load *, struct bytes *);

/* --- Conditions for load_run_until ------------------------------------------- */

/* All clients of the group `arg` are in the midst of their first request, where
 * their role has them hold. */
bool load_all_hold(const struct load *, void *arg);
/* All clients of the group `arg` have sent a request whole. */
bool load_all_sent(const struct load *, void *arg);
/* All clients of the group `arg` have been answered at least once, on average. */
bool load_all_answered(const struct load *, void *arg);

#ifndef WIRE_HARNESS
#define load_run_until(...) (WIRE_HERE(), (load_run_until)(__VA_ARGS__))
#define load_expect_nothing_lost(...) (WIRE_HERE(), (load_expect_nothing_lost)(__VA_ARGS__))
#endif
