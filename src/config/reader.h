/* SPDX-License-Identifier: MIT
 *
 * reader: reads a configuration file, and those it includes, into an outline.
 *
 * Checks what needs no values: brackets, strings, names of keys and sections,
 * titles, what is given twice, includes. Whatever is wrong is reported and left
 * out of the outline's text; so libconfuse, which gives up at the first mistake
 * and counts lines wrongly after a comment, never sees one.
 *
 * Called by load. Thread: any.
 */
#pragma once

#include "config/errors.h"
#include "config/outline.h"

/* Reads the file at `path` into `outline`, which outline_init made. 0, with what
 * is wrong in `errors` if anything is; or, with `outline` half made, -ENOMEM or
 * the error of source_read for `path` itself, which is in `errors` too. */
int reader_read(const char *path, struct outline *outline, struct config_errors *errors)
    __attribute__((warn_unused_result));
