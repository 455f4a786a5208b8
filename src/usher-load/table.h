/* SPDX-License-Identifier: MIT
 *
 * table: the end of a run for people: what was done, how long it took, what
 * became of every request and connection, and with a command in mid-run how it
 * was before, during and after. Some forty lines, 80 columns.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdio.h>

#include "usher-load/report.h"

/* 0, or a negative errno: the stream did not take it all. Flushes. */
int table_write(FILE *, const struct report *) __attribute__((warn_unused_result));
