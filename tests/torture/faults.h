/* SPDX-License-Identifier: MIT
 *
 * faults: makes allocations and system calls fail, one at a time or each a little.
 *
 * The functions of the same names are put in the place of libc's: malloc(3) and its
 * kind by the linker for our code (--wrap) and by event_set_mem_functions for
 * libevent's; system calls for both, because a program's symbols come before those
 * of its libraries.
 *
 * Thread: one.
 */
#pragma once

#include <stdbool.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_MEMORY,      /* an allocation gives NULL */
	FAULT_READ,        /* read, readv, recv, recvmsg fail with `error` */
	FAULT_WRITE,       /* write, writev, send, sendmsg, sendfile likewise */
	FAULT_FILE,        /* openat2, fstat, fstatat, pread, fdopendir, readdir likewise */
	FAULT_EPOLL,       /* epoll_ctl likewise */
	FAULT_EPOLL_WAIT,  /* epoll_wait likewise */
	FAULT_SOCKET,      /* shutdown, getsockopt, setsockopt, ioctl, poll likewise */
	FAULT_READ_SHORT,  /* reads give a byte at a time, all of them */
	FAULT_WRITE_SHORT, /* writes take a byte at a time, all of them */
	FAULT_KINDS
};

/* From now on the `nth` call of that kind, counted from 1, fails: once. */
void faults_begin(enum fault_kind, int error, unsigned nth);
/* Calls fail only between armed and not. */
void faults_arm(bool);
/* No more. True when the call came, and failed. */
bool faults_end(void);

/* Before anything of libevent's is called. */
void faults_init(void);
