/* SPDX-License-Identifier: MIT
 *
 * log: one line for the operator, on standard error, to syslog, or in a file.
 *
 * On standard error under the service manager (JOURNAL_STREAM is set and matches,
 * see systemd.exec(5)) a line starts with its priority, `<6>`, which the journal
 * reads (sd-daemon(3)); otherwise with the time and the level's name. A line is
 * one write(2), so lines of several threads never mix. What a peer sends is
 * escaped by whoever logs it.
 *
 * A message that comes again, with none in between, is counted, and how often it
 * came is told before the next other message, or after ten seconds. Nobody waits
 * for a log: what cannot be written at once is lost, counted, and told once it can.
 *
 * The level, the target and the last message are the program's only mutable
 * globals. A message is one line: control characters in it are shown as '?'. A
 * line above 2 KiB is cut, with an ellipsis. errno is left as it was.
 *
 * Thread: any; log_open, log_set_target and log_reopen the main one.
 */
#pragma once

#include <stdarg.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,   /* something of ours failed */
	LOG_LEVEL_WARNING, /* it will fail, or loses something, unless somebody acts */
	LOG_LEVEL_INFO,    /* the life of the server */
	LOG_LEVEL_DEBUG    /* the life of each connection */
};

struct text;

/* Lines above `level` are left out from now on. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* The level of that name ("error", "warning", "info", "debug"), or -1. */
int log_level_from_name(const char *name);
const char *log_level_name(enum log_level level);

/* Standard error is the target from now on, and the form of its lines is chosen anew. The
 * first line of a process does the same where there is no target yet. */
void log_open(void);

/* Whether `target` is one that log_set_target knows: "stderr", "syslog" (the socket
 * /dev/log), "syslog:PATH" (another such socket), or the absolute path of a file. */
int log_check_target(const char *target) __attribute__((warn_unused_result));

/* Lines go to `target` from now on. 0, or a negative errno with a sentence; then
 * they go where they went. -EINVAL: it is no target. */
int log_set_target(const char *target, struct text *ret_error) __attribute__((warn_unused_result));

/* Opens a log file again, after a rotation moved it; on failure the old one goes
 * on being written. 1: done; 0: the target is no file; or a negative errno with a
 * sentence. */
int log_reopen(struct text *ret_error) __attribute__((warn_unused_result));

/* The descriptor of the log file, or -1. */
int log_file_descriptor(void);

/* The path of the log file, or NULL where the target is another. Valid until the
 * target changes. */
const char *log_file_path(void);

void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_at_v(enum log_level level, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Tells of repeated messages when their time has come: call about once a second. */
void log_tick(void);

/* Tells of repeated messages now: call before the end. */
void log_flush(void);

/* Lines that could not be written, so far. */
uint64_t log_lost_lines(void);

/* Spares the evaluation of the arguments when the level is off. */
#define log_if(level, ...)                            \
	do {                                          \
		if ((level) <= log_get_level())       \
			log_at((level), __VA_ARGS__); \
	} while (0)

#define log_error(...) log_if(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_if(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_if(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_if(LOG_LEVEL_DEBUG, __VA_ARGS__)
