/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

static struct timespec
read_clock(clockid_t id)
{
	struct timespec now;

	/* Both clocks exist on every Linux, so the result says nothing. */
	(void)clock_gettime(id, &now);
	return now;
}

static int64_t
read_clock_us(clockid_t id)
{
	struct timespec now = read_clock(id);

	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_ns(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);

	return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t
clock_wall_us(void)
{
	return read_clock_us(CLOCK_REALTIME);
}
