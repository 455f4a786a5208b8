/* SPDX-License-Identifier: MIT
 *
 * client: a non-blocking socket and the bytes that came from it. Talking is here;
 * listening is in expect.c.
 */
#include "client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "client_private.h"
#include "seen.h"

/* Nothing can be sent for so long: the way to the peer is full. */
#define FULL_MS 200

static struct list_link all = { &all, &all };

static int
open_socket(const struct endpoint *endpoint, int receive_buffer)
{
	int domain = endpoint->address.any.sa_family;
	int fd = socket(domain, endpoint->type | SOCK_CLOEXEC, endpoint->protocol);
	int one = 1;

	if (fd < 0)
		wire_fail("socket: %s", strerror(errno));
	if (receive_buffer > 0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (domain != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

struct client *
wire_connect_to(const struct endpoint *endpoint, int receive_buffer)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		abort();
	client->fd = open_socket(endpoint, receive_buffer);
	list_append(&all, &client->link);
	if (connect(client->fd, &endpoint->address.any, endpoint->address.len) < 0)
		wire_fail("connect: %s", strerror(errno));
	return client;
}

bool
wire_is_refused(const struct endpoint *endpoint)
{
	int fd = open_socket(endpoint, 0);
	bool is_refused = connect(fd, &endpoint->address.any, endpoint->address.len) < 0 &&
	    (errno == ECONNREFUSED || errno == ENOENT);

	(void)close(fd);
	return is_refused;
}

struct client *
wire_connect_narrow(struct usherd *usherd, const char *listener, int bytes)
{
	struct endpoint endpoint = usherd_endpoint(usherd, listener);

	return wire_connect_to(&endpoint, bytes);
}

struct client *
wire_connect(struct usherd *usherd, const char *listener)
{
	return wire_connect_narrow(usherd, listener, 0);
}

void
client_close(struct client *client)
{
	list_remove(&client->link);
	(void)close(client->fd);
	bytes_free(&client->input);
	response_done(&client->response);
	free(client);
}

void
client_reset(struct client *client)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	client_close(client);
}

void
client_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all)
		client_close(list_entry(link, struct client, link));
}

int
client_fd(const struct client *client)
{
	return client->fd;
}

bool
client_is_reset(const struct client *client)
{
	return client->is_reset;
}

struct bytes *
client_input(struct client *client)
{
	return &client->input;
}

/* Waits for `events` at most until `deadline_us`; what happened. */
static short
wait_for(const struct client *client, short events, int64_t deadline_us)
{
	struct pollfd fds = { client->fd, events, 0 };
	int64_t left_us = deadline_us - clock_monotonic_us();

	if (left_us <= 0 || poll(&fds, 1, (int)(left_us / 1000 + 1)) <= 0)
		wire_fail("nothing happened on the connection in time; unread input: %.2000s",
		    bytes_string(&client->input));
	return fds.revents;
}

bool
client_take(struct client *client)
{
	ssize_t got = recv(client->fd, bytes_reserve(&client->input, 262144), 262144, MSG_DONTWAIT);

	if (got > 0)
		client->input.len += (size_t)got;
	else if (got == 0)
		client->is_at_fin = true;
	else if (errno != EAGAIN && errno != EINTR)
		client->is_reset = true;
	client->input.data[client->input.len] = '\0';
	return got > 0;
}

bool
client_fill(struct client *client)
{
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	size_t before = client->input.len;

	while (client->input.len == before && !client->is_at_fin) {
		if (!client_take(client) && !client->is_at_fin && !client->is_reset)
			(void)wait_for(client, POLLIN, deadline_us);
		if (client->is_reset)
			wire_fail("the connection was reset; unread input: %.2000s",
			    bytes_string(&client->input));
	}
	return client->input.len > before;
}

/* One attempt at sending: how many bytes went. */
static size_t
send_once(struct client *client, const char *data, size_t len)
{
	ssize_t sent = send(client->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		wire_fail("sending failed: %s; unread input: %.2000s", strerror(errno),
		    bytes_string(&client->input));
	return sent > 0 ? (size_t)sent : 0;
}

void
send_bytes(struct client *client, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		size_t sent = send_once(client, at, len);
		short events = client->is_at_fin ? POLLOUT : POLLOUT | POLLIN;

		at += sent;
		len -= sent;
		if (len > 0 && sent == 0 &&
		    wait_for(client, events, clock_monotonic_us() + WIRE_DEADLINE_US) & POLLIN)
			(void)client_take(client);
	}
}

void
send_text(struct client *client, const char *text)
{
	send_bytes(client, text, strlen(text));
}

/* Waits until usherd has read what was sent, or has said something. */
static void
wait_until_read(struct client *client)
{
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct pollfd fds = { client->fd, POLLIN, 0 };

	while (!peer_has_read_all(client->fd)) {
		if (clock_monotonic_us() > deadline_us)
			wire_fail("usherd does not read what was sent");
		if (poll(&fds, 1, 1) > 0 && !client_take(client))
			return;
	}
}

void
send_pieces(struct client *client, const char *data, size_t len, size_t piece)
{
	while (len > 0 && !client->is_at_fin) {
		size_t now = len < piece ? len : piece;

		send_bytes(client, data, now);
		data += now;
		len -= now;
		wait_until_read(client);
	}
}

void
send_each_byte(struct client *client, const char *data, size_t len)
{
	send_pieces(client, data, len, 1);
}

void
send_cut_at(struct client *client, const char *data, size_t len, size_t cut)
{
	send_bytes(client, data, cut);
	wait_until_read(client);
	send_bytes(client, data + cut, len - cut);
}

size_t
send_some(struct client *client, const char *data, size_t len)
{
	size_t total = 0;
	struct pollfd fds = { client->fd, POLLOUT, 0 };

	while (total < len && poll(&fds, 1, FULL_MS) > 0)
		total += send_once(client, data + total, len - total);
	return total;
}

void
half_close(struct client *client)
{
	if (shutdown(client->fd, SHUT_WR) < 0)
		wire_fail("shutdown: %s", strerror(errno));
}
