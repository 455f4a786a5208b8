/* SPDX-License-Identifier: MIT
 *
 * csv: the time line as comma-separated values (RFC 4180, but lines end in
 * LF alone, as Unix tools want them) with a head, a row for
 * each slot, numbers plain. The columns are the same for every run: each outcome
 * has one, whether it occurred or not.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdio.h>

#include "usher-load/report.h"

/* 0, or a negative errno: the stream did not take it all. Flushes. */
int csv_write(FILE *, const struct report *) __attribute__((warn_unused_result));
