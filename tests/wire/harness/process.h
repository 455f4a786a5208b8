/* SPDX-License-Identifier: MIT
 *
 * process: a program started by a test, with its outputs in files of the test's
 * directory. It dies with the test, however the test ends.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "output.h"

/* The most arguments of a program, with its name. */
#define PROCESS_MAX_ARGS 32

struct process {
	pid_t pid; /* 0 once it was waited for */
	int pidfd;
	int status; /* as of waitpid(2), once pid is 0 */
	struct output *out;
	struct output *err;
};

/* Starts `program` (a path, or a name on PATH) with `args`, a list that ends in
 * NULL and in which @dir@ is replaced. `tag` names the files of its outputs. */
void process_start(struct process *, const char *program, const char *const *args, const char *tag);

/* Waits until it has ended. False when `deadline_us` (of clock_monotonic_us) came
 * first. */
bool process_wait(struct process *, int64_t deadline_us);

/* Kills it if it still runs, and frees everything. */
void process_done(struct process *);

/* "exit status 0", "signal 6 (Aborted)": of a process that was waited for.
 * Valid until the next call. */
const char *process_status_text(const struct process *);
/* The exit status, or -1 when a signal ended it. */
int process_exit_status(const struct process *);
