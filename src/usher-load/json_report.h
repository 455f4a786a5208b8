/* SPDX-License-Identifier: MIT
 *
 * json_report: a run as one JSON object (RFC 8259) for programs. All numbers are
 * plain; a key that ends in _us holds microseconds, in _s seconds, in
 * _per_s a rate. What was not measured is absent, not 0.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdio.h>

#include "usher-load/report.h"

/* 0, or a negative errno: the stream did not take it all. Flushes. */
int json_report_write(FILE *, const struct report *) __attribute__((warn_unused_result));
