/* SPDX-License-Identifier: MIT
 *
 * panic: asserts that are always compiled in.
 *
 * For what can only be a mistake of ours: a broken invariant, an object of the
 * wrong kind behind a `void *`. Never for input, never for the failure of a
 * system call, never for lack of memory.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

/* Ends the process when `condition` is false, naming the place. */
#define must(condition)                                           \
	do {                                                      \
		if (__builtin_expect(!(condition), 0))            \
			panic_at(__FILE__, __LINE__, #condition); \
	} while (0)

/* The object behind a callback's `void *`, or a panic where it is another
 * kind of object or was freed. The type's first member is `uint32_t magic`. */
#define checked_cast(pointer, type, expected_magic) \
	((type *)panic_check_magic((pointer), (expected_magic), __FILE__, __LINE__, #type))

/* Writes `file:line: what` to standard error and aborts. Does not return. */
_Noreturn void panic_at(const char *file, int line, const char *what);

/* Slow path of checked_cast: does not return. */
_Noreturn void panic_magic(const void *object, const char *file, int line, const char *type);

static inline void *
panic_check_magic(void *object, uint32_t expected, const char *file, int line, const char *type)
{
	if (__builtin_expect(!object || *(const uint32_t *)object != expected, 0))
		panic_magic(object, file, line, type);
	return object;
}
