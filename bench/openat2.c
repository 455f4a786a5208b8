/* SPDX-License-Identifier: MIT
 *
 * openat2: loaded before usherd by bench/profile, for valgrind 3.19 does not know
 * openat2(2) and answers ENOSYS. Opens by openat(2) in its place: without the
 * kernel's checks, which is good for nothing but to count instructions.
 *
 * Takes over syscall(3), and hands on what is not openat2(2): recvfrom(2) and sendto(2),
 * with six arguments each.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define ARGUMENTS 6

typedef long syscall_fn(long number, ...);

long syscall(long number, ...);

static long
open_anyhow(const long arguments[ARGUMENTS])
{
	const struct open_how *how = (const struct open_how *)arguments[2];

	return openat(
	    (int)arguments[0], (const char *)arguments[1], (int)how->flags, (mode_t)how->mode);
}

static syscall_fn *
find_real(void)
{
	void *found = dlsym(RTLD_NEXT, "syscall");
	syscall_fn *real;

	memcpy(&real, &found, sizeof(real));
	return real;
}

__attribute__((visibility("default"))) long
syscall(long number, ...)
{
	static syscall_fn *real;
	long arguments[ARGUMENTS];
	va_list rest;

	va_start(rest, number);
	for (int i = 0; i < ARGUMENTS; i++)
		arguments[i] = va_arg(rest, long);
	va_end(rest);
	if (number == SYS_openat2)
		return open_anyhow(arguments);
	if (!real)
		real = find_real();
	return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
	    arguments[5]);
}
