/* SPDX-License-Identifier: MIT
 *
 * result: all that one thread of usher-load gathers, and how threads merge.
 *
 * A thread has one, records into it while it runs and touches nothing else; when
 * all threads have ended, the results are added to one, which the outputs show.
 *
 * Times are nanoseconds of CLOCK_MONOTONIC (clock_monotonic_ns).
 *
 * Phases. With a command in mid-run (--during) a run has three: before, during
 * and after; without one it stays in the first. What a request was part of is
 * decided when it ends: a request that crossed a border belongs to `during`,
 * because it felt the command. Since some commands return before anything has
 * happened (`nginx -s reload`), `during` should end only some time after the
 * command did: whoever calls result_enter_phase decides.
 *
 * Owns its memory. Thread: its owner's, until the thread has ended.
 */
#pragma once

#include <stdint.h>

#include "usher-load/histogram.h"
#include "usher-load/outcome.h"
#include "usher-load/timeline.h"

enum phase { PHASE_BEFORE, PHASE_DURING, PHASE_AFTER, PHASE_COUNT };
const char *phase_name(enum phase); /* "before", "during", "after" */

#define RESULT_STATUS_MAX 599 /* RFC 9110 15: three digits, 100 to 599 */

/* What was measured in one phase. All zeros is nothing. */
struct measures {
	struct outcome_tally outcomes;
	struct histogram connect;    /* connect(2) to the finished handshake */
	struct histogram first_byte; /* request sent to the answer's first byte */
	struct histogram total;      /* request sent to the answer's last byte */
	struct histogram corrected;  /* the same from the moment the schedule named; see below */
	struct histogram lag;        /* see result_record_lag */
	uint64_t statuses[RESULT_STATUS_MAX + 1]; /* of whole answers; 0: not HTTP */
	uint64_t bytes_in;                        /* given to us by the kernel, heads included */
	uint64_t bytes_out;                       /* taken by the kernel */
	int64_t duration_ns;
};

void measures_add(struct measures *sum, const struct measures *part);

struct result {
	struct measures *phases;  /* owned: PHASE_COUNT of them */
	struct measures *current; /* borrowed from phases */
	struct timeline timeline;
	bool has_schedule; /* open loop: requests are due at times of their own */
	enum phase phase;
	int64_t began_ns;
	int64_t ended_ns;
	int64_t phase_began_ns[PHASE_COUNT]; /* 0: never entered */
	uint64_t due;        /* requests that the schedule wanted by now; 0 without one */
	uint64_t never_sent; /* of these: still waiting for a connection at the end */
	int64_t cpu_user_us; /* of the thread (getrusage(2), RUSAGE_THREAD) */
	int64_t cpu_system_us;
	int64_t loop_delay_ns; /* the latest that the thread's loop was for a timer of its own */
};

/* Times of one request. */
struct request_times {
	int64_t due_ns;        /* when the schedule wanted it; ignored without a schedule */
	int64_t sent_ns;       /* when its first byte was given to the kernel */
	int64_t first_byte_ns; /* of the answer */
	int64_t ended_ns;      /* the answer's last byte, or when its outcome was known */
};

/* A result of a run that begins at `began_ns`, which is the same for all threads, with
 * a time line in slots of `slot_ns`. 0, or -ENOMEM. */
int result_init(struct result *, int64_t began_ns, int64_t slot_ns, bool has_schedule)
    __attribute__((warn_unused_result));
void result_done(struct result *);

/* The run passes to a later phase. */
void result_enter_phase(struct result *, enum phase, int64_t now_ns);
/* The run ends: what was measured until `now_ns` counts. Also reads the thread's
 * CPU time, so the thread itself has to call it. */
void result_end(struct result *, int64_t now_ns);

/* Adds what another thread gathered; both have ended. `part` is not to be used
 * after but for result_done. 0, or -ENOMEM: everything but the time line was added. */
int result_add(struct result *sum, struct result *part) __attribute__((warn_unused_result));
/* All threads' results were added: sums the phases into `ret_whole`, which is written
 * over, and finishes the time line. Once. */
void result_finish(struct result *, struct measures *ret_whole);

/* ---- On the hot path: a few nanoseconds each, no allocation but once a slot. ---- */

/* The phase of what began at `began_ns` and ends now. */
static inline struct measures *
result_measures(struct result *result, int64_t began_ns)
{
	if (__builtin_expect(began_ns < result->phase_began_ns[result->phase], 0))
		return &result->phases[PHASE_DURING];
	return result->current;
}

/* An answer came whole: ANSWERED, WRONG_STATUS or WRONG_BODY. `status` is that of
 * HTTP, or 0. */
static inline void
result_count_answer(
    struct result *result, enum outcome outcome, const struct request_times *times, unsigned status)
{
	struct measures *measures = result_measures(result, times->sent_ns);
	struct timeline_slot *slot = timeline_at(&result->timeline, times->ended_ns);
	int64_t total_ns = times->ended_ns - times->sent_ns;
	unsigned bucket = histogram_bucket(total_ns);

	measures->outcomes.requests[outcome]++;
	measures->statuses[status <= RESULT_STATUS_MAX ? status : 0]++;
	histogram_record(&measures->first_byte, times->first_byte_ns - times->sent_ns);
	histogram_record_in(&measures->total, bucket, total_ns);
	if (result->has_schedule) {
		int64_t corrected_ns = times->ended_ns - times->due_ns;

		bucket = histogram_bucket(corrected_ns);
		histogram_record_in(&measures->corrected, bucket, corrected_ns);
	}
	slot->requests[outcome]++;
	slot->latency.buckets[bucket]++;
}

/* A request ended without a whole answer, or was never answered. */
static inline void
result_count_request(struct result *result, enum outcome outcome, int64_t sent_ns, int64_t now_ns)
{
	result_measures(result, sent_ns)->outcomes.requests[outcome]++;
	timeline_at(&result->timeline, now_ns)->requests[outcome]++;
}

/* A handshake was finished: the connection is open from now on. */
static inline void
result_count_connect(struct result *result, int64_t connect_began_ns, int64_t now_ns)
{
	histogram_record(
	    &result_measures(result, connect_began_ns)->connect, now_ns - connect_began_ns);
	timeline_change_open(&result->timeline, now_ns, 1);
	result->timeline.current->connects++;
}

/* A connection ended, or could not be made (`was_open` false). Once for each. */
static inline void
result_count_connection(struct result *result, enum outcome outcome, bool was_open, int64_t now_ns)
{
	result->current->outcomes.connections[outcome]++;
	timeline_change_open(&result->timeline, now_ns, was_open ? -1 : 0);
	result->timeline.current->connections[outcome]++;
}

/* Bytes that passed the socket, in either direction. */
static inline void
result_count_bytes(struct result *result, uint64_t bytes_in, uint64_t bytes_out, int64_t now_ns)
{
	struct timeline_slot *slot = timeline_at(&result->timeline, now_ns);

	result->current->bytes_in += bytes_in;
	result->current->bytes_out += bytes_out;
	slot->bytes_in += bytes_in;
	slot->bytes_out += bytes_out;
}

/* How late the client was by its own doing: from the moment at which a request was due
 * *and* a connection was free for it, to the moment it was sent. What a request waits
 * for a free connection is the server's doing and stands in `corrected` alone. */
static inline void
result_record_lag(struct result *result, int64_t lag_ns)
{
	histogram_record(&result->current->lag, lag_ns);
}
