/* SPDX-License-Identifier: MIT
 *
 * metrics: the figures for Prometheus: its text format 0.0.4, or OpenMetrics 1.0.0.
 * docs/admin.md lists the families.
 *
 * No label has values that a client can choose: listeners, loops, causes, classes,
 * methods and states are all of them.
 *
 * Pure. Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "handler/snapshot.h"

enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS };

/* The format that the value of Accept prefers (RFC 9110 12.5.1); absent: text. */
enum metrics_format metrics_negotiate(struct slice accept);
/* Its media type. */
struct slice metrics_type(enum metrics_format);

void metrics_put(struct text *, const struct snapshot *, enum metrics_format);
