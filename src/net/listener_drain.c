/* SPDX-License-Identifier: MIT
 *
 * listener_drain: how a listener stops without losing who waits in its queue.
 *
 * close(2) and shutdown(2) on a listening socket reset everyone in its queue. So
 * first nobody new may join: a classic BPF filter (socket(7), SO_ATTACH_FILTER)
 * drops each SYN without ACK and lets the rest pass, so that half-open
 * handshakes complete while a newcomer's SYN is answered by nothing; it is sent
 * again a second later and then meets a closed port, or a successor. Then the
 * queue is accepted until it is empty, and only then is the socket closed.
 *
 * An inherited socket is no stranger's to close the door of: whoever holds it, too,
 * keeps its queue, and a filter would outlive us. Its queue is accepted once.
 *
 * An MPTCP listener takes no filter. It is bound to an interface that does not
 * exist instead: then no SYN finds it, and newcomers are refused, while a
 * handshake that has begun belongs to no interface and goes on. What was measured
 * stands in docs/drain.md.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/listener.h"

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
is_tcp(const struct listener *listener)
{
	return listener->socket.transport->domain != AF_UNIX &&
	    listener->socket.transport->protocol != IPPROTO_SCTP;
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
bind_to_no_interface(int fd)
{
	const int index = NO_INTERFACE;

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

void
listener_drain_begin(struct listener *listener)
{
	const int fd = listener->socket.fd;

	if (fd < 0 || !listener->acceptor)
		return;
	if (listener->socket.is_inherited) {
		(void)listener_drain_queue(listener);
		listener_drain_end(listener);
		return;
	}
	listen_socket_unlink(&listener->socket);
	if (!is_tcp(listener))
		return;
	stop_deferring(fd);
	listener->has_filter = attach_syn_filter(fd) == 0;
	if (!listener->has_filter && bind_to_no_interface(fd) != 0)
		log_warning("listener %s: no SYN filter (%s): who joins the queue in the last "
			    "instant may be refused",
		    listener->name, strerror(errno));
}

static int
accept_one(const struct listener *listener, struct sockaddr_storage *address, socklen_t *len)
{
	int fd;

	do {
		*len = sizeof(*address);
		fd = accept4(listener->socket.fd, (struct sockaddr *)address, len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd;
}

size_t
listener_drain_queue(struct listener *listener)
{
	struct sockaddr_storage address;
	socklen_t len;
	size_t count = 0;
	int fd;

	if (listener->socket.fd < 0)
		return 0;
	while ((fd = accept_one(listener, &address, &len)) >= 0) {
		listener_welcome(listener, fd, (const struct sockaddr *)&address, len);
		count++;
	}
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		listener_log_failure(listener, errno);
	return count;
}

bool
listener_has_waiting(const struct listener *listener)
{
	struct pollfd queue = { .fd = listener->socket.fd, .events = POLLIN };

	return queue.fd >= 0 && poll(&queue, 1, 0) == 1 && (queue.revents & POLLIN);
}

void
listener_drain_end(struct listener *listener)
{
	if (listener->acceptor)
		evconnlistener_free(listener->acceptor);
	listener->acceptor = NULL;
	if (listener->socket.fd < 0)
		return;
	/* The file goes before the socket: what has our inode's number is ours. */
	listen_socket_unlink(&listener->socket);
	(void)close(listener->socket.fd);
	listener->socket.fd = -1;
}
