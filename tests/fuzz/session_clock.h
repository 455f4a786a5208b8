/* SPDX-License-Identifier: MIT
 *
 * session_clock: base/clock in a session: a clock that stands still but where a test lets
 * time pass, so that the same input meets the same deadlines each time it is tried. The
 * linker finds it before that of base.
 *
 * Thread: one.
 */
#pragma once

#include <stdint.h>

/* Both clocks go on by so many microseconds. */
void session_clock_pass(int64_t us);
/* Somebody sets the wall's clock, forwards or backwards. */
void session_clock_step_wall(int64_t us);
