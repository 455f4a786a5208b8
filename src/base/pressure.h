/* SPDX-License-Identifier: MIT
 *
 * pressure: whether memory is short, as the kernel has it: the share of time in
 * which some task waited for memory (PSI, Documentation/accounting/psi.rst), of
 * this process's control group, or of the machine where that is not told.
 *
 * Owns a descriptor, opened at the beginning, so that a sandbox that comes later
 * does not matter.
 *
 * Thread: whoever owns it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pressure {
	int fd;           /* owned; -1: the kernel does not tell */
	int64_t until_us; /* what was read last counts until then (monotonic) */
	bool is_high;
};

/* Per cent of the last ten seconds from which on memory is short. */
#define PRESSURE_HIGH_PERCENT 10

/* Never fails: where nothing is told, memory is never short. */
void pressure_init(struct pressure *);
/* The same, reading `path`. */
void pressure_init_at(struct pressure *, const char *path);
void pressure_done(struct pressure *);

/* Looks again at most once a second. */
bool pressure_is_high(struct pressure *, int64_t now_us);
