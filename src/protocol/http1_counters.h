/* SPDX-License-Identifier: MIT
 *
 * http1_counters: what the requests of a loop add up to: by class of status, by
 * method, by duration. Plain numbers in the loop's own memory; the loop owns them,
 * so that they outlive a reload, and copies them for whoever asks.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdint.h>

#include "http/method.h"

/* Durations are counted in buckets with these upper bounds (included), and a last
 * one for all that is longer. A request that is answered at once, from memory,
 * falls into the first. */
#define HTTP1_DURATION_BOUNDS 16
#define HTTP1_DURATION_BUCKETS (HTTP1_DURATION_BOUNDS + 1)
extern const int64_t http1_duration_bounds_us[HTTP1_DURATION_BOUNDS];

#define HTTP1_METHOD_COUNT (HTTP_METHOD_OTHER + 1)
#define HTTP1_CLASS_COUNT 6

struct http1_counters {
	uint64_t begun;    /* requests whose first byte has come */
	uint64_t requests; /* of these, those that are over, answered or not */
	/* by method (of a head that was never read whole: OTHER), and by the first digit of
	 * the status (0: ended without an answer) */
	uint64_t by[HTTP1_METHOD_COUNT][HTTP1_CLASS_COUNT];
	uint64_t untimed;     /* of these, those whose duration is not counted yet */
	uint64_t duration_us; /* from the first byte to the end of the answer */
	uint64_t by_duration[HTTP1_DURATION_BUCKETS];
};

/* Counts a request that is over, and then how long it took; of those that were answered
 * in one go, `count` at a time. */
void http1_counters_count(struct http1_counters *, int status, enum http_method method);
void http1_counters_time(struct http1_counters *, int64_t duration_us, uint64_t count);

/* "none", "1xx" … "5xx". */
const char *http1_class_name(int status_class);

/* All of one class, all of one method. */
uint64_t http1_counters_of_class(const struct http1_counters *, int status_class);
uint64_t http1_counters_of_method(const struct http1_counters *, enum http_method);

void http1_counters_add(struct http1_counters *sum, const struct http1_counters *);
