/* SPDX-License-Identifier: MIT
 *
 * netns: a network namespace for this process and those it starts, in which
 * nobody else sends a packet: what its counters say, the test has caused.
 *
 * Thread: the only one of the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Moves this process into a new network namespace with loopback up; as root
 * alone, otherwise within a user namespace of its own (user_namespaces(7)).
 * False with a sentence in `ret_reason` where that is not allowed. */
bool netns_enter(char *ret_reason, size_t size) __attribute__((warn_unused_result));

/* Sets net.NAME of the namespace (sysctl(8) with slashes); false where the kernel
 * does not have it or does not allow it. */
bool netns_set(const char *name, const char *value) __attribute__((warn_unused_result));
