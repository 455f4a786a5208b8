/* SPDX-License-Identifier: MIT
 *
 * openat2: loaded before usherd by bench/profile, for valgrind 3.19 does not know
 * openat2(2) and answers ENOSYS. Opens by openat(2) in its place: without the
 * kernel's checks, which is good for nothing but to count instructions.
 *
 * Takes over syscall(3), of which usherd uses nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...);

__attribute__((visibility("default"))) long
syscall(long number, ...)
{
	const struct open_how *how;
	const char *path;
	va_list rest;
	int directory;

	if (number != SYS_openat2) {
		errno = ENOSYS;
		return -1;
	}
	va_start(rest, number);
	directory = va_arg(rest, int);
	path = va_arg(rest, const char *);
	how = va_arg(rest, const struct open_how *);
	va_end(rest);
	return openat(directory, path, (int)how->flags, (mode_t)how->mode);
}
