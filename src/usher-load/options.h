/* SPDX-License-Identifier: MIT
 *
 * options: the command line, as values. One table (options_table.c) is the truth
 * for getopt_long(3) and for --help; the manual page and the completion are
 * compared with it by a test.
 *
 * Owns nothing: strings are those of argv. What the values mean together is
 * usher-load/plan's question.
 *
 * Thread: main.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define OPTIONS_HEADERS_MAX 64
#define OPTIONS_URLS_MAX 64
#define OPTIONS_SOURCES_MAX 64

struct options {
	const char *urls[OPTIONS_URLS_MAX];
	size_t url_count;

	/* how much */
	uint64_t connections;
	uint64_t threads;
	int64_t duration_us; /* 0: not given */
	uint64_t requests;   /* 0: not given */
	uint64_t rate;       /* per second in all; 0: closed loop */
	const char *arrivals;
	uint64_t seed;

	/* how */
	uint64_t pipeline;
	const char *think; /* "MIN-MAX" or one duration */
	bool is_close;
	uint64_t idle;
	uint64_t slow_read;  /* bytes a second; 0: as fast as it goes */
	uint64_t slow_write; /* likewise */
	int64_t timeout_us;
	int64_t connect_timeout_us; /* 0: as timeout_us */

	/* what */
	const char *method;
	const char *headers[OPTIONS_HEADERS_MAX];
	size_t header_count;
	const char *body_file;
	const char *request_file;
	uint64_t echo_bytes; /* 0: HTTP */

	/* where */
	const char *transport;
	const char *sources[OPTIONS_SOURCES_MAX];
	size_t source_count;
	bool allow_remote;

	/* what for */
	const char *expect_status;
	const char *expect_body;
	bool expect_no_loss;
	const char *during;
	int64_t during_at_us; /* 0: not given */
	int64_t settle_us;

	/* out */
	bool is_latency; /* --latency: as wrk */
	const char *json;
	const char *csv;
	const char *plot;
	bool is_quiet;
};

/* Reads argv. -1 to go on, or an exit status: what had to be said was said. */
int options_read(struct options *, int argc, char **argv) __attribute__((warn_unused_result));

/* Says what is wrong with the command line, on standard error. EXIT_USAGE. */
int options_complain(const char *sentence);
