/* SPDX-License-Identifier: MIT
 *
 * packet: reading from a socket that keeps message boundaries (SOCK_SEQPACKET).
 *
 * A bufferevent reads at most 4 KiB at a time, and what a read does not take of
 * a packet is lost (recv(2), MSG_TRUNC). So these connections are read here: a
 * whole packet into the bufferevent's input, one packet a turn, and none while
 * output is pending, so that the answers to two packets never become one.
 *
 * A packet of no bytes cannot be told from the peer's FIN and is taken for it.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"

static ssize_t
read_packet(struct conn *conn, size_t size)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	struct evbuffer_iovec room;
	ssize_t got = -1;

	(void)evbuffer_unfreeze(input, 0);
	errno = ENOMEM;
	if (evbuffer_reserve_space(input, (ev_ssize_t)size, &room, 1) == 1) {
		got = recv(conn->fd, room.iov_base, size, 0);
		room.iov_len = got > 0 ? (size_t)got : 0;
		(void)evbuffer_commit_space(input, &room, 1);
	}
	(void)evbuffer_freeze(input, 0);
	return got;
}

static void
on_packet(evutil_socket_t fd, short events, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);
	char byte;
	/* With MSG_TRUNC the kernel tells the packet's real length. */
	ssize_t size = recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_TRUNC);

	(void)events;
	conn->set->now_us = clock_monotonic_us();
	if (size > 0)
		size = read_packet(conn, (size_t)size);
	if (size > 0)
		conn_input_arrived(conn);
	else if (size == 0)
		conn_peer_fin(conn);
	else if (errno == ENOMEM)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
	else if (errno != EAGAIN && errno != EINTR)
		conn_failed(conn, errno, ENDING_READ_ERROR);
}

int
packet_reader_init(struct conn *conn)
{
	conn->packets = event_new(conn->set->base, conn->fd, EV_READ | EV_PERSIST, on_packet, conn);
	return conn->packets ? 0 : -ENOMEM;
}

int
packet_reader_enable(struct conn *conn, bool is_wanted)
{
	return is_wanted ? event_add(conn->packets, NULL) : event_del(conn->packets);
}
