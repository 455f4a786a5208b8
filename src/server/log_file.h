/* SPDX-License-Identifier: MIT
 *
 * log_file: where the access log or the connections' log is written to: standard
 * output, or a file that is opened for appending. Opening it again after a rotation
 * puts the new file into the same outlet, so no loop has to be told.
 *
 * Owns its descriptor, unless that is standard output. Thread: the main one; the
 * outlet any.
 */
#pragma once

#include <stdbool.h>

#include "base/outlet.h"
#include "base/text.h"

struct log_file {
	const char *path; /* borrowed; NULL: standard output */
	bool is_open;
	struct outlet outlet; /* valid while it is open */
};

/* `path` "-" is standard output. 0, or a negative errno with a sentence. */
int log_file_open(struct log_file *, const char *path, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Opens the path once more; on failure the old file goes on being written. 0, or
 * a negative errno with a sentence. */
int log_file_reopen(struct log_file *, struct text *ret_error) __attribute__((warn_unused_result));

/* The process ends: see outlet_end. Without effect on one that is not open. */
void log_file_end(struct log_file *);

/* Without effect on one that is not open. */
void log_file_close(struct log_file *);
