/* SPDX-License-Identifier: MIT
 *
 * handover_faults: a library to preload: of the calls by which an upgrade's processes speak
 * with each other every second fails, sendmsg(2) with each error in turn by which the
 * kernel says that it cannot now, recvmsg(2) by EINTR and EAGAIN.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static const int send_errors[] = { EINTR, EAGAIN, ENOBUFS, ETOOMANYREFS };
/* Without descriptors, of which answers to clients are a case, too. */
static const int plain_errors[] = { EINTR, EAGAIN, ENOBUFS };
static const int receive_errors[] = { EINTR, EAGAIN };
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
look_up(const char *name, void *ret_function)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(ret_function, &symbol, sizeof(symbol));
}

__attribute__((visibility("default"))) ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	static unsigned calls;
	static __typeof__(&sendmsg) found;

	if (!found)
		look_up("sendmsg", &found);
	if (++calls % 2 == 0) {
		errno = message->msg_controllen > 0 ? send_errors[calls / 2 % COUNT(send_errors)]
						    : plain_errors[calls / 2 % COUNT(plain_errors)];
		return -1;
	}
	return found(fd, message, flags);
}

__attribute__((visibility("default"))) ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	static unsigned calls;
	static __typeof__(&recvmsg) found;

	if (!found)
		look_up("recvmsg", &found);
	if (++calls % 2 == 0) {
		errno = receive_errors[calls / 2 % COUNT(receive_errors)];
		return -1;
	}
	return found(fd, message, flags);
}
