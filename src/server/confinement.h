/* SPDX-License-Identifier: MIT
 *
 * confinement: which paths a configuration needs, as the rules of a Landlock: its
 * roots, the files that it names, its logs, its sockets, and the runtime directory.
 *
 * Owns nothing but the rules. Thread: the main one.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "config/errors.h"
#include "server/landlock.h"

/* Beside what the configuration names. */
struct confinement_files {
	const char *report;  /* file of the drain's report, or NULL */
	const char *program; /* what a successor is started from */
};

/* Rules for `config`, not yet in force. 0, or a negative errno with a sentence; -EOPNOTSUPP or
 * -ENOSYS where the kernel has no Landlock. */
int confinement_make(struct landlock *ret_landlock, const struct config *,
    const struct confinement_files *, struct text *ret_error) __attribute__((warn_unused_result));

/* Adds an error for each root of `config` that exists and may be read, but not by this
 * process: it confined itself before a reload brought it. 0, or -EINVAL. Any thread. */
int confinement_check(const struct config *, struct config_errors *errors)
    __attribute__((warn_unused_result));
