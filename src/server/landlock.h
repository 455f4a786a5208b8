/* SPDX-License-Identifier: MIT
 *
 * landlock: a list of what of the file system this process may touch, which it then
 * imposes on itself for good (landlock(7)). By number, since the C library has no
 * names for these calls; what the kernel's version does not know is left out.
 *
 * Owns the descriptor of the list. Thread: the main one, before there are others: they
 * inherit it.
 */
#pragma once

#include <stdint.h>

/* What is permitted beneath a directory, or to a file: a set of bits. */
enum landlock_right {
	LANDLOCK_READ = 1,    /* files and lists of directories */
	LANDLOCK_WRITE = 2,   /* files that are there */
	LANDLOCK_MAKE = 4,    /* create and remove files and sockets */
	LANDLOCK_EXECUTE = 8, /* programs */
};

struct landlock {
	int fd;           /* -1: this kernel has none */
	int version;      /* of the kernel's interface */
	uint64_t handled; /* rights that are denied unless allowed */
	unsigned paths;   /* allowed so far */
};

/* 0; -ENOSYS or -EOPNOTSUPP where the kernel has none, or it is switched off; another
 * negative errno. */
int landlock_open(struct landlock *) __attribute__((warn_unused_result));

/* Allows `rights` for `path` and what stands beneath it. What does not exist is passed
 * over. 0, or a negative errno. */
int landlock_allow(struct landlock *, const char *path, unsigned rights)
    __attribute__((warn_unused_result));

/* From now on nothing else is permitted, to this thread and those it starts. It takes
 * no_new_privs (prctl(2)). 0, or a negative errno. */
int landlock_enforce(struct landlock *) __attribute__((warn_unused_result));

void landlock_close(struct landlock *);
