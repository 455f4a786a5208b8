/* SPDX-License-Identifier: MIT
 *
 * log: one line for the operator, on standard error.
 *
 * Under the service manager (JOURNAL_STREAM is set and matches, see
 * systemd.exec(5)) a line starts with its priority, `<6>`, which the journal
 * reads (sd-daemon(3)); otherwise with the time and the level's name. A line is
 * one write(2), so lines of several threads never mix. What a peer sends is
 * escaped by whoever logs it.
 *
 * The level and the form of the lines are the program's only mutable globals.
 * A message is one line: control characters in it are shown as '?'. A line above
 * 2 KiB is cut, with an ellipsis. errno is left as it was.
 *
 * Thread: any.
 */
#pragma once

enum log_level {
	LOG_LEVEL_ERROR,   /* something of ours failed */
	LOG_LEVEL_WARNING, /* it will fail, or loses something, unless somebody acts */
	LOG_LEVEL_INFO,    /* the life of the server */
	LOG_LEVEL_DEBUG    /* the life of each connection */
};

/* Lines above `level` are left out from now on. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* The level of that name ("error", "warning", "info", "debug"), or -1. */
int log_level_from_name(const char *name);
const char *log_level_name(enum log_level level);

/* Chooses the form of the lines: call once, early in main. */
void log_open(void);

void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

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
