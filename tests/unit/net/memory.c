/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool is_failing;
static size_t left;
static size_t refused;
static size_t taken;

static bool
is_refused(void)
{
	if (!is_failing || left > 0) {
		taken++;
		left -= is_failing;
		return false;
	}
	refused++;
	errno = ENOMEM;
	return true;
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __real_calloc(count, size);
}

static void *
allocate(size_t size)
{
	return is_refused() ? NULL : malloc(size);
}

static void *
reallocate(void *old, size_t size)
{
	return is_refused() ? NULL : realloc(old, size);
}

void
memory_take_over(void)
{
	event_set_mem_functions(allocate, reallocate, free);
}

void
memory_fail_after(size_t count)
{
	is_failing = true;
	left = count;
}

void
memory_heal(void)
{
	is_failing = false;
}

size_t
memory_refused(void)
{
	return refused;
}

size_t
memory_taken(void)
{
	return taken;
}
