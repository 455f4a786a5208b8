/* SPDX-License-Identifier: MIT
 *
 * sized: structs that a program hands over, of which it says how many bytes its headers
 * know. A program that was built with older headers gives fewer members than there are now:
 * those that it does not know are as if it had left them out.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The bytes of `type` up to and with the last member that no program can do without. */
#define SIZED_LEAST(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

/* Copies `given`, whose first member is its size, over the `size` bytes at `room`, which are
 * zero beyond it then. False: it has fewer bytes than `least`, or more than are known here;
 * nothing is copied. NULL `given` is none. */
static inline bool
sized_copy(void *room, size_t size, const void *given, size_t least)
{
	size_t known;

	if (!given)
		return false;
	memcpy(&known, given, sizeof(known));
	if (known < least || known > size)
		return false;
	memset(room, 0, size);
	memcpy(room, given, known);
	return true;
}
