/* SPDX-License-Identifier: MIT
 *
 * load: makes a struct config, from a file or from nothing.
 *
 * A file goes through three steps. `reader` reads it and what it includes, checks
 * names, brackets and strings, and notes the line of each key in an `outline`;
 * libconfuse (`tree`) reads the values; `fill` converts them by the table of keys
 * into the struct. What only the whole can tell (two listeners on one address, a
 * directory that is missing) is `check`'s.
 *
 * Nothing here logs, binds, or changes anything outside the process.
 *
 * Thread: one load at a time in a process: the lexer of libconfuse has static
 * state. Free a configuration on any thread.
 */
#pragma once

#include <stddef.h>

#include "config/config.h"
#include "config/errors.h"

/* Bounds on what a file may hold; each has its message. */
#define CONFIG_FILE_BYTES_MAX ((size_t)1 << 20)
#define CONFIG_INCLUDE_DEPTH_MAX 8
#define CONFIG_FILES_MAX 256
#define CONFIG_SECTIONS_MAX 4096
#define CONFIG_NAME_MAX 255 /* bytes of a name, prefix or status in quotes */

/* Reads the file at `path`. On success, 0 and a configuration that the caller
 * frees with config_free; `errors` may have got warnings. Otherwise
 * `ret_config` is untouched, and:
 *   -EINVAL  the file is wrong; every error that was found is in `errors`;
 *   -ENOMEM  no memory;
 *   another  the file `path` cannot be read (-ENOENT, -EACCES, -EISDIR …);
 *            `errors` has the sentence. */
int config_load(const char *path, struct config **ret_config, struct config_errors *errors)
    __attribute__((warn_unused_result));

/* The configuration without a file: one listener on 127.0.0.1:8080, which
 * serves the files of `directory`, or a page of welcome where that is NULL. All
 * else is at its default. The caller frees it. 0, or -ENOMEM. */
int config_default(const char *directory, struct config **ret_config)
    __attribute__((warn_unused_result));

/* Replaces all listeners of `config` by one for each of the `count` addresses
 * (see address_split), named as its address. They serve what the first
 * listener did, or the first service where there was none; all else of them is
 * at its default. No addresses: nothing is changed. 0, -ENOMEM, or -EINVAL with
 * the reasons in `errors`; `config` is unchanged on failure. */
int config_listen_on(struct config *config, const char *const *addresses, size_t count,
    struct config_errors *errors) __attribute__((warn_unused_result));

/* Frees the configuration whole. NULL is allowed. */
void config_free(struct config *config);
