/* SPDX-License-Identifier: MIT
 *
 * connect: the socket of a client, and what the kernel says of the attempt.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/transport.h"
#include "usher-load/client.h"
#include "usher-load/worker.h"

/* A receive buffer that a slow reader's server feels. */
#define SLOW_RECEIVE_BYTES 4096

static bool
is_ip(const struct address *address)
{
	return address->any.sa_family != AF_UNIX;
}

static void
set_option(int fd, int level, int name, int value)
{
	/* What a transport does not have (MPTCP, SCTP) it does without. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static int
bind_source(struct worker *worker, int fd)
{
	const struct source_list *sources = &worker->plan->sources;
	const struct address *source;

	if (sources->count == 0)
		return 0;
	source = &sources->addresses[worker->next_source++ % sources->count];
	/* The port is chosen at connect(2), when the target is known: more fit (ip(7)). */
	set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind(fd, &source->any, source->len) == 0 ? 0 : -errno;
}

static int
prepare(struct client *client)
{
	const struct plan *plan = client->worker->plan;

	if (plan->slow_read > 0)
		set_option(client->fd, SOL_SOCKET, SO_RCVBUF, SLOW_RECEIVE_BYTES);
	if (!is_ip(&client->target->address))
		return 0;
	set_option(client->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return bind_source(client->worker, client->fd);
}

static int
begin(struct client *client)
{
	const struct address *address = &client->target->address;
	int result = prepare(client);

	if (result != 0)
		return result;
	if (connect(client->fd, &address->any, address->len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	/* On the loopback the handshake is done by now. */
	result = client_connect_result(client);
	return result < 0 ? result : !result;
}

int
client_connect(struct client *client)
{
	char room[1];
	struct text unused = text_over(room, sizeof(room));
	int result = transport_socket(client->target->transport, &client->target->address, &unused);

	if (result < 0)
		return result;
	client->fd = result;
	result = begin(client);
	if (result < 0) {
		(void)close(client->fd);
		client->fd = -1;
	}
	return result;
}

int
client_connect_result(const struct client *client)
{
	struct pollfd ready = { .fd = client->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (poll(&ready, 1, 0) != 1)
		return 0;
	if (!(ready.revents & (POLLERR | POLLHUP)))
		return 1;
	if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	return error == 0 ? 1 : -error;
}

enum outcome
client_connect_outcome(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT: /* a Unix socket without its file */
		return OUTCOME_REFUSED;
	case ETIMEDOUT:
	case EAGAIN:
		return OUTCOME_CONNECT_TIMEOUT;
	case EADDRNOTAVAIL:
	case EADDRINUSE: /* bind(2), where the port is chosen there */
		return OUTCOME_NO_PORTS;
	case EMFILE:
	case ENFILE:
		return OUTCOME_NO_DESCRIPTORS;
	case ENOMEM:
	case ENOBUFS:
		return OUTCOME_OWN_FAILURE;
	default:
		return OUTCOME_CONNECT_FAILED;
	}
}
