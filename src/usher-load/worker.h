/* SPDX-License-Identifier: MIT
 *
 * worker: one thread of a load: an event loop, its clients, its share of the
 * requests or of the rate, and what it measures.
 *
 * Workers share nothing while they run but the plan, which does not change. They
 * hear of the others by a bell, and once in a while show what they have so far
 * (live) for the progress line.
 *
 * Owns its clients. Thread: its own, but for what is marked.
 */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "server/bell.h"
#include "usher-load/client.h"
#include "usher-load/echo.h"
#include "usher-load/live.h"
#include "usher-load/pacer.h"
#include "usher-load/plan.h"
#include "usher-load/random.h"
#include "usher-load/result.h"

#define WORKER_MAGIC 0x574f524bu
#define WORKER_SCRATCH_BYTES (256 * 1024)
#define WORKER_GATHER_BYTES (64 * 1024)

/* What a worker is told. */
enum worker_bell {
	WORKER_STOP = 1,   /* begin no request; end when all are answered */
	WORKER_QUIT = 2,   /* end at once */
	WORKER_DURING = 4, /* the phases of --during */
	WORKER_AFTER = 8
};

struct worker {
	uint32_t magic;
	unsigned number;
	const struct plan *plan;            /* borrowed */
	const struct echo_pattern *pattern; /* borrowed */
	struct event_base *base;
	struct result result;
	char *scratch; /* owned: what is read */
	char *gather;  /* owned: what is sent together */
	void *clients; /* owned: client_count of them, see worker_client */
	size_t client_count;
	size_t client_bytes; /* of one of them */
	size_t alive;        /* clients not RETIRED */
	size_t begun;        /* clients that were started, from the first on */
	struct event begin;  /* the next of them */

	bool has_limit;
	uint64_t requests_left; /* where has_limit */
	int64_t last_open_ns;   /* when a connection was seen open */
	bool is_stopping;
	int64_t now_ns;
	uint64_t in_flight;
	struct random_state random;
	size_t next_source;

	struct pacer pacer;    /* open loop */
	struct list_link free; /* clients that could send */
	int due_fd;            /* timerfd: the next request is due; -1: closed loop */
	bool is_due_armed;
	struct event due;
	struct event over; /* activated when the last request has ended */

	struct event tick;
	int64_t tick_ns;      /* between two ticks */
	int64_t next_tick_ns; /* when it should come */

	struct bell bell;
	struct bell *done;     /* borrowed: rung when it has ended */
	atomic_bool has_ended; /* before that */
	pthread_t thread;
	bool has_thread;
	struct live live; /* how it goes, for the progress line */
};

/* --- Main's ----------------------------------------------------------------- */

/* Worker `number` of the plan, whose run begins at `began_ns`; at its end it rings
 * `done`. 0, or a negative errno. */
int worker_init(struct worker *, const struct plan *, const struct echo_pattern *, unsigned number,
    int64_t began_ns, struct bell *done) __attribute__((warn_unused_result));
/* Begins its thread. 0, or a negative errno. */
int worker_start(struct worker *) __attribute__((warn_unused_result));
/* Waits for its end; then its result is the caller's to read. */
void worker_join(struct worker *);
void worker_done(struct worker *);

/* --- Its own --------------------------------------------------------------------- */

/* schedule.c: the open loop, where the plan has a rate. 0, or a negative errno. */
int worker_begin_schedule(struct worker *, int64_t began_ns) __attribute__((warn_unused_result));
/* No further request will be begun: what was due and was not sent is counted. */
void worker_end_schedule(struct worker *);

/* --- The clients' ------------------------------------------------------------- */

/* A request may be begun now: true, and when it was due. */
bool worker_take_request(struct worker *, int64_t *ret_due_ns);
/* A request that was taken was not sent, not a byte of it. */
void worker_return_request(struct worker *);
/* There will be no request any more for the caller. */
bool worker_has_no_more(const struct worker *);
/* The client could send, but nothing is due. */
void worker_offer(struct worker *, struct client *);
void worker_withdraw(struct worker *, struct client *);
/* A request has ended: perhaps it was the last. */
void worker_ended_request(struct worker *);
/* The client wants no socket any more. */
void worker_retired(struct worker *);

static inline struct client *
worker_client(const struct worker *worker, size_t index)
{
	return (struct client *)(void *)((char *)worker->clients + index * worker->client_bytes);
}
