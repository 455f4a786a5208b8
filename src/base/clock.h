/* SPDX-License-Identifier: MIT
 *
 * clock: the two times that usher reads, in microseconds; for measuring what is
 * short also in nanoseconds.
 *
 * Monotonic time measures; wall time is for people (log lines, Date). Both cost
 * a few tens of nanoseconds (vDSO, clock_gettime(2)) and cannot fail.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#define CLOCK_SECOND_US INT64_C(1000000)
#define CLOCK_SECOND_NS INT64_C(1000000000)

/* Microseconds of CLOCK_MONOTONIC: never steps back. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);

/* Microseconds since the Epoch, CLOCK_REALTIME: may step when an operator or
 * NTP sets the clock, so never used for a deadline. */
int64_t clock_wall_us(void);
