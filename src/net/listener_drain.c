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
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/listener.h"

/* Of the byte of TCP flags (RFC 9293 3.1): SYN 0x02, ACK 0x10. */
#define TCP_FLAGS_OFFSET 13
#define TCP_SYN_AND_ACK 0x12
#define TCP_SYN_ONLY 0x02

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

void
listener_drain_begin(struct listener *listener)
{
	if (listener->socket.fd < 0 || !listener->acceptor)
		return;
	listen_socket_unlink(&listener->socket);
	if (!is_tcp(listener))
		return;
	listener->has_filter = attach_syn_filter(listener->socket.fd) == 0;
	if (!listener->has_filter)
		log_warning("listener %s: no SYN filter (%s): who joins the queue in the last "
			    "instant may be refused",
		    listener->name, strerror(errno));
}

/* A socket accepted from a filtered listener has inherited the filter, which
 * would drop a SYN of its own connection only; it is taken off all the same. */
static void
welcome(struct listener *listener, int fd, const struct sockaddr *address, socklen_t len)
{
	int ignored = 0;

	if (listener->has_filter)
		(void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored));
	listener->accepted++;
	(void)!conn_open(listener->conns, &listener->origin, fd, address, len);
}

static int
accept_one(const struct listener *listener, struct sockaddr_storage *address, socklen_t *len)
{
	int fd;

	do {
		*len = sizeof(*address);
		fd = accept4(listener->socket.fd, (struct sockaddr *)address, len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPERM));
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
		welcome(listener, fd, (const struct sockaddr *)&address, len);
		count++;
	}
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		log_warning(
		    "listener %s: accept while draining: %s", listener->name, strerror(errno));
	return count;
}

void
listener_drain_end(struct listener *listener)
{
	if (listener->acceptor)
		evconnlistener_free(listener->acceptor);
	listener->acceptor = NULL;
	if (listener->socket.fd >= 0)
		(void)close(listener->socket.fd);
	listener->socket.fd = -1;
}
