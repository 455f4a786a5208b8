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
 * Newcomers are kept off by listen_shut.c. What was measured stands in docs/drain.md.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/listener.h"

void
listener_drain_begin(struct listener *listener)
{
	const int fd = listener->socket.fd;
	int result;

	if (fd < 0 || !listener->acceptor)
		return;
	if (listener->socket.is_inherited) {
		(void)listener_drain_queue(listener);
		listener_drain_end(listener);
		return;
	}
	listen_socket_unlink(&listener->socket);
	listener->has_filter = true;
	result = listen_socket_shut(fd);
	if (result != 0 && result != -EOPNOTSUPP)
		log_warning("listener %s: no SYN filter (%s): who joins the queue in the last "
			    "instant may be refused",
		    listener->name, strerror(-result));
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
