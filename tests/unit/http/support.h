/* SPDX-License-Identifier: MIT
 *
 * support: what the tests of floor 1 share: slices of an exact length, their
 * comparison, and the frame of a test program.
 *
 * Thread: a test is a process.
 */
#pragma once

#include "base/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define ABSENT ((struct slice){ NULL, 0 })

#define EXACT_MAX 32
static char *exact_copies[EXACT_MAX];

/* Tear-down of a test case that calls exact or exact_bytes. */
static inline void
exact_free(void)
{
	for (int i = 0; i < EXACT_MAX; i++)
		free(exact_copies[i]);
}

/* A copy in a heap block of exactly `len` bytes, so that AddressSanitizer sees
 * a read beyond it. At most EXACT_MAX in a test. */
static inline struct slice
exact_bytes(const char *bytes, size_t len)
{
	int i = 0;

	while (i < EXACT_MAX && exact_copies[i])
		i++;
	ck_assert_int_lt(i, EXACT_MAX);
	exact_copies[i] = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(exact_copies[i]);
	if (len > 0)
		memcpy(exact_copies[i], bytes, len);
	return (struct slice){ exact_copies[i], len };
}

/* The same of a string; NULL gives the absent slice. */
static inline struct slice
exact(const char *string)
{
	return string ? exact_bytes(string, strlen(string)) : ABSENT;
}

/* `slice` is `expected`; NULL: is absent. */
static inline void
assert_slice(struct slice slice, const char *expected)
{
	if (!expected) {
		ck_assert_ptr_null(slice.data);
		return;
	}
	ck_assert_msg(slice.len == strlen(expected) && memcmp(slice.data, expected, slice.len) == 0,
	    "is \"%.*s\", not \"%s\"", (int)slice.len, slice.data, expected);
}

/* The next of a sequence that looks random and is always the same. */
static inline unsigned
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33);
}
