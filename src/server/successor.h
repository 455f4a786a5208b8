/* SPDX-License-Identifier: MIT
 *
 * successor: starts the process that is to take this one's place.
 *
 * Owns nothing. Thread: the main one.
 */
#pragma once

#include <sys/types.h>

struct successor {
	const char *program;
	char *const *arguments;
	char *const *environment;
	int link;      /* descriptors of this process that it is given */
	int stderr_fd; /* its standard error, until it serves */
};

/* 0, or a negative errno of posix_spawn(3): -EACCES where this process may not execute it
 * (Landlock). */
int successor_start(const struct successor *, pid_t *ret_pid) __attribute__((warn_unused_result));

/* Ends it if it has not ended by itself, and says how it ended: "exited with status 1". */
void successor_end(pid_t pid, char *room, size_t size);
