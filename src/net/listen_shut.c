/* SPDX-License-Identifier: MIT
 *
 * listen_shut: keeps newcomers off a listening socket while those that it has, in its queue
 * or in the midst of the handshake, stay. listener_drain.c has what it is for.
 *
 * An MPTCP listener takes no filter. It is bound to an interface that does not
 * exist instead: then no SYN finds it, and newcomers are refused, while a
 * handshake that has begun belongs to no interface and goes on. What was measured
 * stands in docs/drain.md.
 */
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/listen_socket.h"

/* Of the byte of TCP flags (RFC 9293 3.1): SYN 0x02, ACK 0x10. */
#define TCP_FLAGS_OFFSET 13
#define TCP_SYN_AND_ACK 0x12
#define TCP_SYN_ONLY 0x02

/* Linux has had it since 5.0; older headers lack the number. */
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#define NO_INTERFACE INT_MAX

static bool
is_tcp(int fd)
{
	int domain = AF_UNIX;
	int protocol = 0;
	socklen_t len = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) != 0)
		return false;
	return domain != AF_UNIX && protocol != IPPROTO_SCTP;
}

static int
attach_syn_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_OFFSET),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN_AND_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN_ONLY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int
bind_to_interface(int fd, int index)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index));
}

/* Whom TCP_DEFER_ACCEPT keeps waiting has shaken hands and would be reset: the
 * kernel asks him for his ACK again, which now completes the handshake. */
static void
stop_deferring(int fd)
{
	const int off = 0;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &off, sizeof(off));
}

int
listen_socket_shut(int fd)
{
	if (!is_tcp(fd))
		return -EOPNOTSUPP;
	stop_deferring(fd);
	if (attach_syn_filter(fd) == 0 || bind_to_interface(fd, NO_INTERFACE) == 0)
		return 0;
	return -errno;
}

void
listen_socket_reopen(int fd)
{
	const int ignored = 0;
	int index = 0;
	socklen_t len = sizeof(index);

	if (!is_tcp(fd))
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored));
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &len) == 0 &&
	    index == NO_INTERFACE)
		(void)bind_to_interface(fd, 0);
}

void
listen_socket_admit(int fd)
{
	const int ignored = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored));
}
