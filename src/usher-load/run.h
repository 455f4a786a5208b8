/* SPDX-License-Identifier: MIT
 *
 * run: a load from its first connection to its last: the workers' threads, the
 * time, the signals, the command in its midst, the progress line.
 *
 *   begin ── before ── command ── during ── settled ── after ── duration over
 *                                                                 │ no further request
 *                                                                 ▼
 *                                             answers in flight arrive, or time out ── end
 *
 * Owns its workers. Thread: main.
 */
#pragma once

#include <stdbool.h>

#include "usher-load/plan.h"
#include "usher-load/report.h"
#include "usher-load/result.h"

struct run_outcome {
	struct result result; /* of all threads; the caller's to free (result_done) */
	struct report_command command;
	bool was_interrupted;
	int64_t began_wall_us;
};

/* Performs the plan. 0, or a negative errno with a sentence. */
int run_perform(const struct plan *, bool is_quiet, struct run_outcome *ret_outcome,
    struct text *ret_error) __attribute__((warn_unused_result));
