/* SPDX-License-Identifier: MIT
 *
 * table_phases: the part of the table that compares a run before, during and after
 * the command in its midst.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdio.h>

#include "usher-load/report.h"

/* Errors are the stream's to keep. */
void table_write_phases(FILE *, const struct report *);
