/* SPDX-License-Identifier: MIT
 *
 * metrics_text: families, samples and labels in the two exposition formats, which differ
 * in little: OpenMetrics names a counter's family without _total, and ends with a line
 * that says so. What the families are is metrics.c's.
 *
 * Owns nothing. Thread: whoever owns the builder.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "handler/metrics.h"

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM, METRICS_INFO };

struct metrics_text {
	struct text *text; /* borrowed */
	enum metrics_format format;
	const char *family; /* borrowed: of the last begin; without _total */
	enum metrics_kind kind;
};

/* Begins a family; its samples follow. `name` is without _total and _info. */
void metrics_begin(struct metrics_text *, enum metrics_kind, const char *name, const char *help);

/* Labels are pairs of name and value, ended by a name that is NULL; values are escaped, and
 * what is not UTF-8 in them is replaced. */
struct metrics_label {
	const char *name;
	const char *value;
};
#define METRICS_LABELS(...) ((const struct metrics_label[]){ __VA_ARGS__, { NULL, NULL } })
#define METRICS_NO_LABELS ((const struct metrics_label[]){ { NULL, NULL } })

void metrics_u64(struct metrics_text *, const struct metrics_label *, uint64_t value);
void metrics_seconds(struct metrics_text *, const struct metrics_label *, int64_t us);

/* A sample of a histogram: `suffix` "_bucket", "_sum" or "_count". */
void metrics_u64_of(
    struct metrics_text *, const char *suffix, const struct metrics_label *, uint64_t value);
void metrics_seconds_of(
    struct metrics_text *, const char *suffix, const struct metrics_label *, int64_t us);

/* A family of one sample without labels. */
void metrics_single(
    struct metrics_text *, enum metrics_kind, const char *name, const char *help, uint64_t value);
void metrics_single_seconds(
    struct metrics_text *, enum metrics_kind, const char *name, const char *help, int64_t us);

void metrics_end(struct metrics_text *);
