/* SPDX-License-Identifier: MIT
 *
 * usherd: the daemon under test: started with a configuration, asked through its
 * log, ended by a signal.
 *
 * The program is the one that the environment variable USHERD names. A daemon
 * that a test leaves running is ended after the test with SIGTERM, once the test's
 * clients are closed; it must then have ended with status 0, a last line that says
 * "drained" and "no reset sent", and without a word of a panic or a sanitizer.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <sys/types.h>

#include "base/address.h"
#include "failure.h"

struct usherd;

/* How long a verb waits for what it expects. */
#define WIRE_DEADLINE_US (INT64_C(20) * 1000000)

/* Starts usherd with the configuration `text` (in which @dir@ is replaced) and
 * waits until it is ready. Owned by the test's end. */
struct usherd *usherd_start(const char *text);
/* Starts it with `args` instead, a list that ends in NULL, and waits likewise. */
struct usherd *usherd_start_with(const char *const *args);

void usherd_signal(struct usherd *, int signal_number);
/* Waits for its end, which has to be an exit with `status`. */
void usherd_expect_exit(struct usherd *, int status);
/* Waits for its end after a drain that lost nothing: status 0, and the log's last
 * line says so. */
void usherd_expect_clean_end(struct usherd *);
/* Like both: SIGTERM, then the clean end. */
void usherd_stop(struct usherd *);

/* Waits for a line of the log that holds `text`. */
void usherd_expect_log(struct usherd *, const char *text);
/* Waits for `count` lines of the log that hold `text`. */
void usherd_expect_log_times(struct usherd *, const char *text, unsigned count);
/* No line of the log so far may hold `text`. */
void usherd_refute_log(struct usherd *, const char *text);
/* Waits for a line on standard output that holds `text`. */
void usherd_expect_output(struct usherd *, const char *text);
/* Log, standard output, so far: valid until the next call. */
const char *usherd_log(struct usherd *);
const char *usherd_output(struct usherd *);
/* The last line of the log, without its end. Valid until the next call. */
const char *usherd_last_line(struct usherd *);
/* The last line of the log holds `text`. */
void usherd_expect_last_line(struct usherd *, const char *text);

/* Where `listener` listens, as the log says, and as what. */
struct endpoint {
	struct address address;
	int type;     /* of socket(2) */
	int protocol; /* of socket(2) */
};
struct endpoint usherd_endpoint(struct usherd *, const char *listener);
/* The name of the listener that the log names at `index`; valid until the next call. */
const char *usherd_listener_name(struct usherd *, unsigned index);
pid_t usherd_pid(const struct usherd *);
/* A line of /proc/PID/status in KiB: "VmRSS", "VmHWM". */
long usherd_memory_kib(const struct usherd *, const char *name);

/* Runs the program to its end with `args`. Valid until the next call. */
struct outcome {
	int status; /* of the exit, or -1 */
	const char *out;
	const char *err;
};
struct outcome usherd_run(const char *const *args);
#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Writes the logs of all daemons of the test to standard error. */
void usherd_show_logs(void);
/* After a test: see above. */
void usherd_end_all(void);
/* Fails if `log` tells of a panic or of a sanitizer's finding. */
void usherd_check_log(const char *log);

#ifndef WIRE_HARNESS
#define usherd_start(...) (WIRE_HERE(), (usherd_start)(__VA_ARGS__))
#define usherd_start_with(...) (WIRE_HERE(), (usherd_start_with)(__VA_ARGS__))
#define usherd_signal(...) (WIRE_HERE(), (usherd_signal)(__VA_ARGS__))
#define usherd_expect_exit(...) (WIRE_HERE(), (usherd_expect_exit)(__VA_ARGS__))
#define usherd_expect_clean_end(...) (WIRE_HERE(), (usherd_expect_clean_end)(__VA_ARGS__))
#define usherd_stop(...) (WIRE_HERE(), (usherd_stop)(__VA_ARGS__))
#define usherd_expect_log(...) (WIRE_HERE(), (usherd_expect_log)(__VA_ARGS__))
#define usherd_expect_log_times(...) (WIRE_HERE(), (usherd_expect_log_times)(__VA_ARGS__))
#define usherd_refute_log(...) (WIRE_HERE(), (usherd_refute_log)(__VA_ARGS__))
#define usherd_expect_output(...) (WIRE_HERE(), (usherd_expect_output)(__VA_ARGS__))
#define usherd_expect_last_line(...) (WIRE_HERE(), (usherd_expect_last_line)(__VA_ARGS__))
#define usherd_run(...) (WIRE_HERE(), (usherd_run)(__VA_ARGS__))
#endif
