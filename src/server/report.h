/* SPDX-License-Identifier: MIT
 *
 * report: the proof at the end of a drain: how many connections ended and why,
 * what was cut, whether a reset was sent, and how long each step took; one line
 * for the log and one JSON object for programs.
 *
 * Owns nothing. Thread: the main one, after the loops have ended.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "net/ending.h"
#include "server/loop.h"

struct report {
	struct ending_tally tally; /* of the drain alone */
	uint64_t cut;
	int64_t step_us[DRAIN_DONE]; /* the longest of the loops, by step */
	int64_t total_us;
};

/* Adds what a loop has to report. */
void report_add(struct report *, const struct loop *);

/* The last line of the log: a warning where a connection was cut or reset. */
void report_log(const struct report *);

/* Writes the object to the file `path`, replacing it whole (rename(2)). 0, or a
 * negative errno with a sentence. */
int report_write(const struct report *, const char *path, struct text *ret_error)
    __attribute__((warn_unused_result));
