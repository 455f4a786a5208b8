/* SPDX-License-Identifier: MIT
 *
 * errors: what is wrong with a configuration, collected so that an operator sees
 * all of it at once.
 *
 * Owns the text of each line. Whoever loads a configuration makes one of these,
 * hands it down, and prints or logs the lines: nothing in config/ does.
 *
 * A line reads `FILE:LINE: [SECTION TITLE] KEY: what is wrong`, with the parts
 * that do not apply left out. Lines of one file are kept in the order of the
 * file, whichever was found first.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Lines kept; those beyond are counted in `left_out`. */
#define CONFIG_ERRORS_MAX 64

struct config_error {
	char *text;      /* owned; printable, without a newline */
	char *file;      /* owned; NULL where no file is to blame */
	unsigned line;   /* 0: the file as a whole */
	bool is_warning; /* the configuration can be used all the same */
};

struct config_errors {
	struct config_error items[CONFIG_ERRORS_MAX];
	size_t count;
	size_t left_out;    /* did not fit, or there was no memory for them */
	size_t fault_count; /* of all, kept or left out, those that are no warnings */
};

/* What a line is about. */
struct config_subject {
	struct config_place place;
	const char *section; /* "listener web", say; NULL or "" at the top of a file */
	const char *key;     /* or NULL */
};

void config_errors_init(struct config_errors *);
void config_errors_done(struct config_errors *);

/* Adds a line, cut where it would be longer than 1 KiB. Control characters are
 * shown as '?'. The file name is copied, so that `errors` may outlive the
 * configuration it speaks of. */
void config_errors_add(struct config_errors *errors, const struct config_subject *subject,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a warning. */
void config_errors_warn(struct config_errors *errors, const struct config_subject *subject,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
