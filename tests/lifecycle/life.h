/* SPDX-License-Identifier: MIT
 *
 * life: the frame around the lifecycle tests: each test in a network namespace of
 * its own, usherd with a report, and what has to be true of its end.
 *
 * Where no namespace can be made the whole program is skipped: it says why and
 * exits with 77.
 *
 * Thread: the only one of the process.
 */
#pragma once

#include "counters.h"
#include "harness/json.h"
#include "harness/wire.h"
#include "load/load.h"

/* As wire_case, and each test runs in a namespace of its own. */
TCase *life_case(Suite *suite, const char *name, int timeout_s);

/* As wire_run, or 77 with a line that says why. Frees the suite. */
int life_run(Suite *suite);

/* Starts usherd with the configuration `text` and `-R @dir@/report.json`. */
struct usherd *life_start(const char *text);

/* Stops the process (SIGSTOP) and waits until it stands still. */
void life_freeze(struct usherd *);
void life_thaw(struct usherd *);

/* Waits for the end of a drain that lost nothing: status 0, the log's last line,
 * the report, and both say the same. */
void life_expect_whole_end(struct usherd *);

/* The report of the drain, which has to be valid. Valid until the test's end. */
struct slice life_report(void);
/* How many connections ended by that cause, as the report says. */
uint64_t life_report_cause(const char *label);

/* The connections' log, @dir@/connections.log: each line valid. */
#define CONNECTIONS_LOG "log { connections = \"@dir@/connections.log\" access_format = off }\n"
struct life_lines {
	struct bytes text;
	size_t count;
};
struct life_lines life_connections(void);
/* Line number `at`, counted from 0. */
struct slice life_line(const struct life_lines *, size_t at);

#ifndef WIRE_HARNESS
#define life_start(...) (WIRE_HERE(), (life_start)(__VA_ARGS__))
#define life_expect_whole_end(...) (WIRE_HERE(), (life_expect_whole_end)(__VA_ARGS__))
#endif
