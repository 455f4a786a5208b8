/* SPDX-License-Identifier: MIT
 *
 * file_load: a small file of the operator's, read whole at the start.
 *
 * Thread: any.
 */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Reads the regular file at `path`, of up to `max_bytes`. The bytes belong to the caller,
 * freed with free(3); an empty file gives a pointer too. NULL where it cannot be read, is no
 * regular file, or is larger: `ret_error` then says so, with the path. */
char *file_load(const char *path, size_t max_bytes, size_t *ret_len, struct text *ret_error)
    __attribute__((warn_unused_result));
