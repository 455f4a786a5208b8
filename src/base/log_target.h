/* SPDX-License-Identifier: MIT
 *
 * log_target: where the lines of base/log go, and what stands before a message
 * there: standard error in three forms, a syslog daemon, or a file.
 *
 * Owns the descriptor of a socket or file. Used by log.c alone, under its lock.
 */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "base/outlet.h"
#include "base/text.h"

/* Bytes of the longest path of a file or socket, with its NUL. */
#define LOG_TARGET_PATH_MAX 4096

enum log_form {
	LOG_FORM_PLAIN,   /* time, level, message */
	LOG_FORM_COLOUR,  /* the same on a terminal */
	LOG_FORM_JOURNAL, /* priority, message */
	LOG_FORM_SYSLOG   /* a datagram as syslog(3) sends it */
};

struct log_target {
	enum log_form form;
	bool is_file;
	char path[LOG_TARGET_PATH_MAX]; /* of the file, or of syslog's socket */
	struct outlet outlet;           /* but for syslog */
	int syslog_fd;                  /* -1: not connected */
	int64_t syslog_retry_us;        /* no further attempt to connect until then */
};

/* 0, or -EINVAL: it is none of the forms that log.h lists. */
int log_target_check(const char *name) __attribute__((warn_unused_result));

/* Standard error; the form by what it is. Cannot fail. */
void log_target_open_stderr(struct log_target *);
/* 0, or a negative errno with a sentence; the target then is not open. */
int log_target_open(struct log_target *, const char *name, struct text *ret_error)
    __attribute__((warn_unused_result));
void log_target_close(struct log_target *);

/* As log_reopen. */
int
log_target_reopen(struct log_target *, struct text *ret_error) __attribute__((warn_unused_result));

/* Begins a line with what stands before the message. */
void log_target_put_prefix(const struct log_target *, struct text *line, enum log_level);

/* Writes a line, to which it adds a newline where the target wants one: there is room
 * for that byte behind the text. False when the line is lost. */
bool log_target_write(struct log_target *, struct text *line);
