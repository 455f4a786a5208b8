/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

static int calls_left;
static bool has_fired;

void
faults_arm(int nth)
{
	calls_left = nth;
	has_fired = false;
}

bool
faults_disarm(void)
{
	calls_left = 0;
	return has_fired;
}

static bool
fails(int error)
{
	if (calls_left == 0 || --calls_left > 0)
		return false;
	has_fired = true;
	errno = error;
	return true;
}

/* A function, how it fails, and with which errno. Meson compiles everything with 64-bit file
 * offsets, which on glibc leads to the names with 64 (feature_test_macros(7)). */
#define WRAPPED(X)                                                                                \
	X(void *, malloc, (size_t size), (size), NULL, ENOMEM)                                    \
	X(void *, calloc, (size_t count, size_t size), (count, size), NULL, ENOMEM)               \
	X(void *, realloc, (void *old, size_t size), (old, size), NULL, ENOMEM)                   \
	X(char *, strdup, (const char *string), (string), NULL, ENOMEM)                           \
	X(int, fstat64, (int fd, struct stat *to), (fd, to), -1, EIO)                             \
	X(int, stat64, (const char *path, struct stat *to), (path, to), -1, EIO)                  \
	X(int, fstatat64, (int fd, const char *path, struct stat *to, int flags),                 \
	    (fd, path, to, flags), -1, EIO)                                                       \
	X(ssize_t, read, (int fd, void *to, size_t len), (fd, to, len), -1, EIO)                  \
	X(ssize_t, pread64, (int fd, void *to, size_t len, off_t at), (fd, to, len, at), -1, EIO) \
	X(DIR *, fdopendir, (int fd), (fd), NULL, ENOMEM)                                         \
	X(struct dirent *, readdir64, (DIR * directory), (directory), NULL, EIO)                  \
	X(ssize_t, getrandom, (void *to, size_t len, unsigned flags), (to, len, flags), -1, EAGAIN)

#define X(type, name, parameters, arguments, failure, error) \
	type __real_##name parameters;                       \
	type __wrap_##name parameters;                       \
	type __wrap_##name parameters                        \
	{                                                    \
		if (fails(error))                            \
			return failure;                      \
		return __real_##name arguments;              \
	}
WRAPPED(X)
#undef X

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* Nothing under test creates files. */
int
__wrap_open64(const char *path, int flags, ...)
{
	if (fails(EMFILE))
		return -1;
	return __real_open64(path, flags);
}

/* As openat2(2) is called. */
long
__wrap_syscall(long number, ...)
{
	va_list arguments;
	long fd;
	const char *path;
	void *how;
	size_t size;

	va_start(arguments, number);
	fd = va_arg(arguments, int);
	path = va_arg(arguments, const char *);
	how = va_arg(arguments, void *);
	size = va_arg(arguments, size_t);
	va_end(arguments);
	if (fails(EMFILE))
		return -1;
	return __real_syscall(number, fd, path, how, size);
}
