/* SPDX-License-Identifier: MIT
 *
 * uncancelled: recv(2), send(2) and sendmsg(2) as the kernel has them.
 *
 * In a process of several threads libc makes them cancellation points: an atomic
 * instruction before each call and one after it, which is a hundredth and a half of the
 * cost of a small request. No thread here is ever cancelled (pthread_cancel(3)), so the
 * calls that each request makes go past that, by syscall(2). Where a sanitizer is to see
 * what they read and write, they are libc's.
 *
 * Parameters, results and errors: those of recv(2), send(2) and sendmsg(2).
 * Thread: any.
 */
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define UNCANCELLED_IS_LIBC
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(SYS_recvfrom) || \
    !defined(SYS_sendto) || !defined(SYS_sendmsg)
#define UNCANCELLED_IS_LIBC
#endif

static inline ssize_t
uncancelled_recv(int fd, void *bytes, size_t len, int flags)
{
#ifdef UNCANCELLED_IS_LIBC
	return recv(fd, bytes, len, flags);
#else
	return syscall(SYS_recvfrom, fd, bytes, len, flags, NULL, NULL);
#endif
}

static inline ssize_t
uncancelled_send(int fd, const void *bytes, size_t len, int flags)
{
#ifdef UNCANCELLED_IS_LIBC
	return send(fd, bytes, len, flags);
#else
	return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
#endif
}

static inline ssize_t
uncancelled_sendmsg(int fd, const struct msghdr *message, int flags)
{
#ifdef UNCANCELLED_IS_LIBC
	return sendmsg(fd, message, flags);
#else
	return syscall(SYS_sendmsg, fd, message, flags);
#endif
}
