/* SPDX-License-Identifier: MIT
 *
 * privileges: what the process gives up once it is bound: the user root, every
 * capability, the right to gain others (no_new_privs), and the rest of the file system
 * (Landlock). Each has its key, and the log says what was done.
 *
 * The log files are given to the user before, so that they can be opened again after a
 * rotation.
 *
 * Owns nothing. Thread: the main one, before there are others: credentials and rules
 * are a thread's own (credentials(7)).
 */
#pragma once

#include "base/text.h"
#include "config/config.h"

struct confinement_files;
struct log_file;

/* Does what `config` says. `logs` are the `log_count` open log files; `files` as in
 * confinement_make. 0, or a negative errno with a sentence: nobody should serve then. */
int privileges_drop(const struct config *, struct log_file *const *logs, unsigned log_count,
    const struct confinement_files *files, struct text *ret_error)
    __attribute__((warn_unused_result));
