/* SPDX-License-Identifier: MIT
 *
 * generation: a configuration that serves or served, with the log files that it
 * names. A reload makes a new one; the old one lives until its last user leaves: a
 * loop with a request in progress that began under it.
 *
 * Owns the configuration and the log files. Thread: held and released on any; the
 * rest on the main one.
 */
#pragma once

#include <stdatomic.h>

#include "base/text.h"
#include "config/config.h"
#include "server/log_file.h"

struct generation {
	unsigned number; /* from 1 */
	atomic_uint users;
	atomic_uint *living;   /* borrowed: how many there are in the process */
	struct config *config; /* owned */
	struct log_file access;
	struct log_file connections;
};

/* Opens the log files of `config`, which is taken, on failure too. The caller holds
 * it. NULL with a sentence in `ret_error`. */
struct generation *generation_new(struct config *config, unsigned number, atomic_uint *living,
    struct text *ret_error) __attribute__((warn_unused_result));

struct generation *generation_hold(struct generation *);

/* Frees it where the caller was the last to hold it. NULL is allowed. */
void generation_release(struct generation *);
