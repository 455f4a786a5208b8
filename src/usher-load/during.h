/* SPDX-License-Identifier: MIT
 *
 * during: the command of --during: started in mid-run by sh -c, its end awaited.
 *
 * What it prints to standard output goes to standard error, so that it does not
 * mix with the results.
 *
 * Owns the process until its end. Thread: main.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "usher-load/report.h"

struct during {
	pid_t pid; /* 0: does not run */
	struct report_command report;
};

/* Starts the command. 0, or a negative errno. */
int during_start(struct during *, const char *command) __attribute__((warn_unused_result));
/* After SIGCHLD: true when the command has ended now. */
bool during_has_ended(struct during *);
/* The run is over: ends it with SIGTERM, if it still runs. Does not wait for it. */
void during_stop(struct during *);
