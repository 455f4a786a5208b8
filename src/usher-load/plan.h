/* SPDX-License-Identifier: MIT
 *
 * plan: what a run does, worked out from the options before it begins: targets
 * resolved, requests made, times in nanoseconds, every contradiction refused.
 *
 * Owns its requests. It does not change while the run goes on, so all threads read it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/text.h"
#include "net/transport.h"
#include "usher-load/options.h"
#include "usher-load/request.h"
#include "usher-load/source.h"
#include "usher-load/target.h"

#define PLAN_TARGETS_MAX 16

struct plan_target {
	const struct transport *transport; /* static */
	struct address address;
	char authority[TARGET_AUTHORITY_MAX]; /* as the URL names it */
	char host[TARGET_AUTHORITY_MAX];      /* likewise, or "unix:…" */
	struct request_mix mix;
};

struct plan {
	struct plan_target targets[PLAN_TARGETS_MAX];
	size_t target_count;
	struct source_list sources;

	unsigned threads;
	unsigned connections;  /* in all, without the idle ones */
	unsigned idle;         /* in all */
	unsigned pipeline;     /* requests in flight on a connection */
	uint64_t max_requests; /* in all; 0: no limit */
	int64_t duration_ns;   /* 0: no limit */
	int64_t timeout_ns;
	int64_t connect_timeout_ns;

	double rate; /* in all, a second; 0: closed loop */
	bool is_poisson;
	uint64_t seed;
	int64_t think_least_ns;
	int64_t think_most_ns; /* 0: none */

	bool is_close;
	uint64_t slow_read;  /* bytes a second; 0: no limit */
	uint64_t slow_write; /* likewise */
	size_t echo_bytes;   /* 0: HTTP */

	bool expects_status;
	bool expects_body;
	bool expects_no_loss;
	const char *during; /* borrowed; or NULL */
	int64_t during_at_ns;
	int64_t settle_ns;
};

/* 0, or a negative errno with a sentence. `ret_exit` is then EXIT_USAGE or EXIT_CANNOT. */
int plan_make(struct plan *, const struct options *, int *ret_exit, struct text *ret_error)
    __attribute__((warn_unused_result));
void plan_done(struct plan *);
