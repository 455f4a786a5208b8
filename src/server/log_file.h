/* SPDX-License-Identifier: MIT
 *
 * log_file: the descriptor that the access log or the connections' log is written
 * to: standard output or a file, opened for appending. Opening it again after a
 * rotation puts the new file under the same descriptor (dup3(2)), so no loop has to
 * be told.
 *
 * Owns its descriptor. Thread: the main one; the descriptor itself any.
 */
#pragma once

#include "base/text.h"

struct log_file {
	const char *path; /* borrowed; NULL: standard output */
	int fd;
};

/* `path` "-" is standard output. 0, or a negative errno with a sentence. */
int log_file_open(struct log_file *, const char *path, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Opens the path once more; on failure the old file goes on being written. 0, or
 * a negative errno with a sentence. */
int log_file_reopen(struct log_file *, struct text *ret_error) __attribute__((warn_unused_result));

void log_file_close(struct log_file *);
