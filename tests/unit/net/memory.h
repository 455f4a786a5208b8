/* SPDX-License-Identifier: MIT
 *
 * memory: makes allocations fail, libevent's and calloc(3)'s of the code under test.
 *
 * Programs that include this are linked with --wrap=calloc.
 *
 * Thread: a test is a process.
 */
#pragma once

#include <stddef.h>

/* Takes over libevent's allocations: before anything else is called of it. */
void memory_take_over(void);

/* The allocation after the next `count` ones fails, and all that follow. */
void memory_fail_after(size_t count);

/* All goes well again. */
void memory_heal(void);

/* Allocations that were refused, and granted, so far. */
size_t memory_refused(void);
size_t memory_taken(void);
