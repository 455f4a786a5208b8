/* SPDX-License-Identifier: MIT
 *
 * accept_faults: a library to preload: every third accept4(2) fails, with each error
 * in turn that a machine out of something, or a client that left, can cause.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static const int errors[] = { EMFILE, ENFILE, ECONNABORTED, ENOBUFS, ENOMEM, EPERM, EPROTO, EINTR };
#define ERRORS (sizeof(errors) / sizeof(errors[0]))

__attribute__((visibility("default"))) int
accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	static __thread unsigned calls;
	static __typeof__(&accept4) found;
	void *symbol;

	if (!found) {
		symbol = dlsym(RTLD_NEXT, "accept4");
		memcpy(&found, &symbol, sizeof(found));
	}
	calls++;
	if (calls % 3 == 0) {
		errno = errors[calls / 3 % ERRORS];
		return -1;
	}
	return found(fd, address, len, flags);
}
