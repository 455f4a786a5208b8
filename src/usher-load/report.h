/* SPDX-License-Identifier: MIT
 *
 * report: a finished run, as the outputs take it: what was asked for, the command
 * in its midst, and what was gathered. Each output (table, JSON, CSV, plot) is
 * made from this and nothing else.
 *
 * Owns nothing: everything is borrowed and has to live until the output is
 * written. Thread: any, after all threads of the run have ended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "usher-load/result.h"

/* The command of --during. */
struct report_command {
	const char *line; /* NULL: there was none */
	int64_t began_ns; /* CLOCK_MONOTONIC; 0: the run ended before its time came */
	int64_t ended_ns; /* 0: it had not ended when the run did */
	int exit_status;  /* its exit status, where signal is 0 */
	int signal;       /* what ended it, or 0 */
};

struct report {
	const char *version;
	const char *target; /* the URLs, or what stands for them; may hold any byte */
	uint64_t threads;
	uint64_t connections;
	uint64_t idle_connections; /* kept beside */
	uint64_t pipeline;         /* requests in flight on a connection, at most */
	uint64_t rate;             /* requests per second in all; 0: closed loop */
	const char *arrivals;      /* with a rate: "constant", "poisson" */
	bool is_close;             /* a connection for each request */
	bool was_interrupted;      /* by the user, before its time */
	int64_t began_wall_us;     /* CLOCK_REALTIME */
	struct report_command command;
	const struct result *result;  /* of all threads, added */
	const struct measures *whole; /* result_finish gave it */
};

/* The quantiles that table, JSON and plot show. */
struct report_quantile {
	double quantile;
	const char *name;    /* "p99.9" */
	const char *percent; /* "99.9" */
};
#define REPORT_QUANTILES 7
extern const struct report_quantile report_quantiles[REPORT_QUANTILES];

/* Whether `count` times say anything about that quantile: at least one of them
 * lies beyond it. */
bool report_quantile_is_known(double quantile, uint64_t count);

/* Answers per second of a phase; 0 where it had no time. */
double report_per_second(uint64_t count, int64_t duration_ns);

/* The phase of a slot, in time since the run began: `during`, if more than a fiftieth of
 * it is, or if all of that phase lies in it. */
enum phase report_phase_of(const struct report *, int64_t from_ns, int64_t until_ns);

/* What the latency of a run means: from the moment that its schedule named, where it
 * has one; else from the request's first byte. */
const struct histogram *report_latency(const struct report *, const struct measures *);

/* What a reader of the figures has to know, foremost where the client itself could
 * not keep up: whole sentences, at most REPORT_NOTES_MAX. The i-th, from 0, is
 * added to `ret_note`; false when there is none. */
#define REPORT_NOTES_MAX 9
#define REPORT_NOTE_SIZE 512 /* room enough for one */
bool report_note(const struct report *, unsigned i, struct text *ret_note);
