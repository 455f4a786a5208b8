/* SPDX-License-Identifier: MIT
 *
 * faults: each function asks whether it is its turn, and else does what it is
 * there for.
 */
#include "faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/panic.h"

static struct {
	enum fault_kind kind;
	int error;
	unsigned left; /* calls until the one that fails */
	bool is_armed;
	bool has_failed;
} now;

void
faults_begin(enum fault_kind kind, int error, unsigned nth)
{
	now.kind = kind;
	now.error = error;
	now.left = nth;
	now.has_failed = false;
}

void
faults_arm(bool is_armed)
{
	now.is_armed = is_armed;
}

bool
faults_end(void)
{
	now.kind = FAULT_NONE;
	return now.has_failed;
}

/* Whether this call is to fail. */
static bool
is_hit(enum fault_kind kind)
{
	if (!now.is_armed || now.kind != kind || now.left == 0 || --now.left > 0)
		return false;
	now.has_failed = true;
	errno = now.error;
	return true;
}

static bool
is_short(enum fault_kind kind)
{
	return now.is_armed && now.kind == kind;
}

static void
look_up(const char *name, void *ret_function)
{
	void *function = dlsym(RTLD_NEXT, name);

	must(function);
	memcpy(ret_function, &function, sizeof(function));
}

/* --- Memory ---------------------------------------------------------------- */

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
char *__real_strdup(const char *);
char *__real_strndup(const char *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
char *__wrap_strdup(const char *);
char *__wrap_strndup(const char *, size_t);

/* libevent 2.1.12 lets go of a file that it never took where it has no memory for a
 * piece of it; so net/conn_io asks for as much just before, and lets it go. What has
 * just been there is not failed. */
#define PROBE_BYTES 1024
static bool was_probed;

void *
__wrap_malloc(size_t size)
{
	if (was_probed) {
		was_probed = false;
		return __real_malloc(size);
	}
	return is_hit(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	if (is_hit(FAULT_MEMORY))
		return NULL;
	was_probed = now.is_armed && count == 1 && size == PROBE_BYTES;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_hit(FAULT_MEMORY) ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *string)
{
	return is_hit(FAULT_MEMORY) ? NULL : __real_strdup(string);
}

char *
__wrap_strndup(const char *string, size_t size)
{
	return is_hit(FAULT_MEMORY) ? NULL : __real_strndup(string, size);
}

/* libevent says what failed, hundreds of times. */
static void
on_libevent_log(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

void
faults_init(void)
{
	event_set_log_callback(on_libevent_log);
	event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
}

/* --- System calls ---------------------------------------------------------- */

/* libevent has to find them, too. */
#pragma GCC visibility push(default)

/* `found`: the function that would have been called. */
#define REAL(name)                        \
	static __typeof__(&(name)) found; \
	if (!found)                       \
	look_up(#name, &found)

/* An eventfd that is readable can be read; nothing else is read or written by so many. */
#define EVENTFD_BYTES 8

ssize_t
read(int fd, void *bytes, size_t len)
{
	REAL(read);
	if (len == EVENTFD_BYTES)
		return found(fd, bytes, len);
	return is_hit(FAULT_READ) ? -1 : found(fd, bytes, is_short(FAULT_READ_SHORT) ? 1 : len);
}

ssize_t
recv(int fd, void *bytes, size_t len, int flags)
{
	REAL(recv);
	return is_hit(FAULT_READ)
	    ? -1
	    : found(fd, bytes, is_short(FAULT_READ_SHORT) && len > 0 ? 1 : len, flags);
}

ssize_t
readv(int fd, const struct iovec *pieces, int count)
{
	struct iovec one = { pieces[0].iov_base, 1 };

	REAL(readv);
	if (is_hit(FAULT_READ))
		return -1;
	return is_short(FAULT_READ_SHORT) ? found(fd, &one, 1) : found(fd, pieces, count);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	REAL(write);
	if (len == EVENTFD_BYTES)
		return found(fd, bytes, len);
	return is_hit(FAULT_WRITE) ? -1 : found(fd, bytes, is_short(FAULT_WRITE_SHORT) ? 1 : len);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	REAL(send);
	return is_hit(FAULT_WRITE)
	    ? -1
	    : found(fd, bytes, is_short(FAULT_WRITE_SHORT) && len > 0 ? 1 : len, flags);
}

ssize_t
writev(int fd, const struct iovec *pieces, int count)
{
	struct iovec one = { pieces[0].iov_base, 1 };

	REAL(writev);
	if (is_hit(FAULT_WRITE))
		return -1;
	return is_short(FAULT_WRITE_SHORT) ? found(fd, &one, 1) : found(fd, pieces, count);
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	REAL(recvmsg);
	return is_hit(FAULT_READ) ? -1 : found(fd, message, flags);
}

/* The first byte of the first piece that has any. */
static ssize_t
send_byte(int fd, const struct msghdr *message, int flags)
{
	for (size_t i = 0; i < message->msg_iovlen; i++)
		if (message->msg_iov[i].iov_len > 0)
			return send(fd, message->msg_iov[i].iov_base, 1, flags);
	return 0;
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	REAL(sendmsg);
	if (is_hit(FAULT_WRITE))
		return -1;
	return is_short(FAULT_WRITE_SHORT) ? send_byte(fd, message, flags)
					   : found(fd, message, flags);
}

ssize_t
sendfile(int out, int in, off_t *offset, size_t len)
{
	REAL(sendfile);
	return is_hit(FAULT_WRITE)
	    ? -1
	    : found(out, in, offset, is_short(FAULT_WRITE_SHORT) && len > 100 ? 100 : len);
}

/* We say off_t and mean 64 bits, which the headers make another name of; libevent means
 * the name as it stands. */
ssize_t sendfile_of_libevent(int out, int in, long *offset, size_t len) __asm__("sendfile");
int fstat_of_libevent(int fd, struct stat *stat) __asm__("fstat");

ssize_t
sendfile_of_libevent(int out, int in, long *offset, size_t len)
{
	off_t at = *offset;
	ssize_t sent = sendfile(out, in, &at, len);

	*offset = (long)at;
	return sent;
}

int
fstat_of_libevent(int fd, struct stat *stat)
{
	return fstat(fd, stat);
}

int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	REAL(epoll_ctl);
	/* To leave cannot fail: the kernel needs no memory for it. */
	if (operation != EPOLL_CTL_DEL && is_hit(FAULT_EPOLL))
		return -1;
	return found(epoll, operation, fd, event);
}

int
shutdown(int fd, int how)
{
	REAL(shutdown);
	return is_hit(FAULT_SOCKET) ? -1 : found(fd, how);
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	REAL(poll);
	return is_hit(FAULT_SOCKET) ? -1 : found(fds, count, timeout_ms);
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *value;

	REAL(ioctl);
	va_start(arguments, request);
	value = va_arg(arguments, void *);
	va_end(arguments);
	return is_hit(FAULT_SOCKET) ? -1 : found(fd, request, value);
}

int
epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
	REAL(epoll_wait);
	return is_hit(FAULT_EPOLL_WAIT) ? -1 : found(epoll, events, most, timeout_ms);
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	REAL(getsockopt);
	return is_hit(FAULT_SOCKET) ? -1 : found(fd, level, name, value, len);
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	REAL(setsockopt);
	return is_hit(FAULT_SOCKET) ? -1 : found(fd, level, name, value, len);
}

int
fstat(int fd, struct stat *stat)
{
	REAL(fstat);
	return is_hit(FAULT_FILE) ? -1 : found(fd, stat);
}

int
fstatat(int fd, const char *path, struct stat *stat, int flags)
{
	REAL(fstatat);
	return is_hit(FAULT_FILE) ? -1 : found(fd, path, stat, flags);
}

ssize_t
pread(int fd, void *bytes, size_t len, off_t offset)
{
	REAL(pread);
	return is_hit(FAULT_FILE)
	    ? -1
	    : found(fd, bytes, is_short(FAULT_READ_SHORT) && len > 0 ? 1 : len, offset);
}

struct dirent *
readdir(DIR *directory)
{
	REAL(readdir);
	return is_hit(FAULT_FILE) ? NULL : found(directory);
}

DIR *
fdopendir(int fd)
{
	REAL(fdopendir);
	return is_hit(FAULT_FILE) ? NULL : found(fd);
}

/* openat2(2) has no function of its own; recv(2) and send(2) are called past theirs where
 * no sanitizer has to see them (net/uncancelled.h). */
static bool
is_hit_by_number(long number)
{
	switch (number) {
	case SYS_recvfrom:
		return is_hit(FAULT_READ);
	case SYS_sendto:
	case SYS_sendmsg:
		return is_hit(FAULT_WRITE);
	default:
		return is_hit(FAULT_FILE);
	}
}

static bool
is_short_by_number(long number)
{
	return (number == SYS_recvfrom && is_short(FAULT_READ_SHORT)) ||
	    (number == SYS_sendto && is_short(FAULT_WRITE_SHORT));
}

long
syscall(long number, ...)
{
	va_list arguments;
	long values[6];

	REAL(syscall);
	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		values[i] = va_arg(arguments, long);
	va_end(arguments);
	if (is_hit_by_number(number))
		return -1;
	if (is_short_by_number(number) && values[2] > 0)
		values[2] = 1;
	return found(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#pragma GCC visibility pop
