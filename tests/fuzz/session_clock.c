/* SPDX-License-Identifier: MIT */
#include "session_clock.h"

#include <time.h>

#include "base/clock.h"

/* Monotonic time begins an hour after the boot; the wall's where it really stands. */
static int64_t monotonic_us = 3600 * CLOCK_SECOND_US;
static int64_t wall_us;

void
session_clock_pass(int64_t us)
{
	monotonic_us += us;
	wall_us = clock_wall_us() + us;
}

void
session_clock_step_wall(int64_t us)
{
	wall_us = clock_wall_us() + us;
}

int64_t
clock_monotonic_us(void)
{
	return monotonic_us;
}

int64_t
clock_monotonic_ns(void)
{
	return monotonic_us * 1000;
}

int64_t
clock_wall_us(void)
{
	if (wall_us == 0)
		wall_us = (int64_t)time(NULL) * CLOCK_SECOND_US;
	return wall_us;
}
