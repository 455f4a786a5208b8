/* SPDX-License-Identifier: MIT
 *
 * rig: runs that never were: results of a few threads, filled by rule, so that
 * every output can be made without a server and is the same each time.
 *
 * Thread: a test is a process.
 */
#pragma once

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../suite.h"
#include "usher-load/report.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define RIG_BEGAN_NS INT64_C(5000000000)
#define RIG_SECOND_NS INT64_C(1000000000)

/* Numbers without order, the same in each run (splitmix64). */
uint64_t rig_random(uint64_t *state);
/* A latency as a server's are: most near `median_ns`, a few far above. */
int64_t rig_latency_ns(uint64_t *state, int64_t median_ns);

struct rig_run {
	unsigned threads;
	unsigned seconds;
	unsigned per_second; /* requests, of each thread */
	bool has_schedule;
	bool has_command; /* in the middle third, and it costs requests */
};

/* A finished run. To be given back with rig_done. */
struct rig {
	struct result result;
	struct measures *whole;
	struct report report;
};
void rig_init(struct rig *, const struct rig_run *);
/* A run of which nothing was measured. */
void rig_init_empty(struct rig *);
/* After the test changed `result`: brings `whole` up to date. */
void rig_refresh(struct rig *);
void rig_done(struct rig *);

/* What `write` writes of the report, terminated; freed by the caller. */
char *rig_output(int (*write)(FILE *, const struct report *), const struct report *);
