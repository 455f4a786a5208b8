/* SPDX-License-Identifier: MIT
 *
 * reader_state: what the two halves of reader share: reader.c walks files,
 * sections and includes, reader_keys.c keys and their values.
 *
 * Functions that return bool return false when the rest of the file makes no
 * sense any more, after they reported why.
 */
#pragma once

#include <stdbool.h>

#include "config/errors.h"
#include "config/outline.h"
#include "config/scan.h"
#include "config/source.h"

struct open_file {
	const char *name; /* borrowed from the outline */
	struct source source;
	struct scan scan;
	struct open_file *includer; /* NULL for the first */
};

struct reader {
	struct outline *outline;
	struct config_errors *errors;
	struct open_file *file; /* the one being read */
	unsigned depth;         /* of includes */
	size_t section_count;
	bool is_out_of_memory;
};

struct scan_token reader_next(struct reader *);
bool reader_is_value(const struct scan_token *);

/* Appends the token to the outline's text. */
void reader_put(struct reader *, const struct scan_token *);

/* Reports what is wrong on a line of the file being read, within `node`. */
void reader_report(struct reader *, const struct outline_node *node, unsigned line, const char *key,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Reports that `token` stands where `expected` is due; `key`, or NULL, as in
 * reader_report. Returns false. */
bool reader_report_token(struct reader *, const struct outline_node *node,
    const struct scan_token *token, const char *key, const char *expected);

/* Reports that `name` is no `what`, and suggests what it was meant to be. */
void reader_report_unknown(struct reader *, const struct outline_node *node, unsigned line,
    const char *name, const char *what);

/* Reads the value after `sign`, = or +=, that was found after `name`; `key_name`
 * is its text. */
bool reader_read_assignment(struct reader *, struct outline_node *node,
    const struct scan_token *name, const char *key_name, const struct scan_token *sign);
