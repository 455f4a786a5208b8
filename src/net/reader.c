/* SPDX-License-Identifier: MIT
 *
 * reader: from the socket to the protocol.
 *
 * A bufferevent reads for itself at most 4 KiB at a time, asks FIONREAD before
 * each read, and takes memory for each; and where message boundaries count
 * (SOCK_SEQPACKET), what a read does not take of a packet is lost (recv(2)). So
 * the reading is done here, into one buffer that all connections of the loop
 * share. The protocol finds the bytes by conn_input_…; what it leaves moves to the
 * input of a bufferevent, made for it, whose read callback hands on what comes then.
 *
 * A packet of no bytes reads like the peer's FIN, and is passed over.
 *
 * Edges: epoll(7) puts a descriptor that it has reported back on its list, and asks the
 * socket once more whether there is anything, which costs a thirtieth of a small request.
 * With EPOLLET it does not; then bytes that a read leaves in the kernel are not reported
 * until further ones come. A read that takes less than there is room for has left none,
 * with a few exceptions: the FIN behind the bytes, an urgent mark among them (tcp(7)), a
 * signal; and a RST behind them, which libevent does not tell from bytes: who writes finds
 * it, but who lingers does not write. So a connection begins with edges where its protocol
 * takes whole requests, and goes over to levels, for good, as soon as one read was not the
 * whole of what was wanted, or it lingers: reader_level. Adding a descriptor to epoll(7)
 * looks at it, so nothing is missed then.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"
#include "net/uncancelled.h"

/* Of a stream in one turn, so that one connection does not keep the others
 * waiting. A packet is read whole. */
#define STREAM_READ_MAX ((size_t)16 * 1024)

/* Bytes that stay beyond the callback move to a place of the connection's own. */
static int
keep(struct conn *conn, struct slice bytes)
{
	struct evbuffer *input;
	int result = conn_buffer(conn);

	if (result != 0)
		return result;
	input = conn_input(conn);
	(void)evbuffer_unfreeze(input, 0);
	result = evbuffer_add(input, bytes.data, bytes.len);
	(void)evbuffer_freeze(input, 0);
	return result == 0 ? 0 : -ENOMEM;
}

static void
keep_rest(struct conn *conn)
{
	struct conn_set *set = conn->set;

	if (!conn_has_fresh(conn))
		return;
	set->fresh_owner = NULL;
	if (conn_is_open(conn) && keep(conn, set->fresh) != 0)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
}

static void
take(struct conn *conn, struct slice bytes)
{
	struct conn_set *set = conn->set;

	conn->bytes_in += bytes.len;
	set->bytes_in += bytes.len;
	if (conn_wake(conn) != 0) {
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
		return;
	}
	if (conn_input_length(conn) == 0) {
		set->fresh = bytes;
		set->fresh_owner = conn;
	} else if (keep(conn, bytes) != 0) {
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
		return;
	}
	if (conn->bev)
		bufferevent_trigger(conn->bev, EV_READ, 0);
	else
		conn_input_arrived(conn);
	keep_rest(conn);
	conn_recount(conn);
}

void
reader_feed(struct conn *conn, struct slice bytes)
{
	struct conn_set *set = conn->set;

	must(bytes.len <= CONN_SCRATCH_BYTES);
	memcpy(set->scratch, bytes.data, bytes.len);
	take(conn, (struct slice){ set->scratch, bytes.len });
}

/* A read of no bytes is the peer's FIN where that has come and nothing is left that
 * stood before it; else it was a packet without any. */
static bool
is_at_fin(const struct conn *conn)
{
	if (!conn->origin->keeps_messages)
		return true;
	return sockinfo_peer(conn->fd, NULL) != SOCKINFO_PEER_OPEN &&
	    sockinfo_unread(conn->fd) == 0;
}

ssize_t
reader_pull(struct conn *conn)
{
	struct conn_set *set = conn->set;
	const bool is_packet = conn->origin->keeps_messages;
	/* With MSG_TRUNC the kernel tells a packet's real length. */
	ssize_t size = uncancelled_recv(conn->fd, set->scratch,
	    is_packet ? CONN_SCRATCH_BYTES : STREAM_READ_MAX, is_packet ? MSG_TRUNC : 0);

	if (set->turns == 0 || set->now_turn != set->turns || !conn->ops->takes_whole)
		conn_set_look_at_clock(set);
	set->events++;
	if (size > (ssize_t)CONN_SCRATCH_BYTES)
		conn_finish(conn, ENDING_TOO_LARGE);
	else if (size > 0)
		take(conn, (struct slice){ set->scratch, (size_t)size });
	else if (size == 0 && is_at_fin(conn))
		conn_peer_fin(conn);
	else if (size < 0 && errno != EAGAIN && errno != EINTR)
		conn_failed(conn, errno, ENDING_READ_ERROR);
	if (set->gather.pieces_count == GATHER_DEFERRED_MAX)
		conn_set_end_turn(set);
	return size;
}

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)reader_pull(checked_cast(arg, struct conn, CONN_MAGIC));
}

/* Whether a read of `size` bytes may have left something, or ended for another reason. */
static bool
may_be_more(ssize_t size, short events)
{
	return size < 0 || size == (ssize_t)STREAM_READ_MAX || (size > 0 && (events & EV_CLOSED));
}

static void
on_edge(evutil_socket_t fd, short events, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);

	(void)fd;
	if (may_be_more(reader_pull(conn), events))
		reader_level(conn);
}

static bool
wants_edges(const struct conn *conn)
{
	return conn->ops->takes_whole && !conn->origin->keeps_messages &&
	    !conn->origin->abort_on_peer_fin && !conn->is_write_enabled;
}

static void
assign(struct conn *conn, short events, event_callback_fn callback)
{
	must(event_assign(&conn->reader, conn->set->base, conn->fd, events, callback, conn) == 0);
}

void
reader_init(struct conn *conn)
{
	if (wants_edges(conn))
		assign(conn, EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, on_edge);
	else
		assign(conn, EV_READ | EV_PERSIST, on_readable);
}

static bool
has_edges(const struct conn *conn)
{
	return event_get_callback(&conn->reader) == on_edge;
}

void
reader_level(struct conn *conn)
{
	bool is_reading;

	if (conn->state == CONN_CLOSED || !has_edges(conn))
		return;
	is_reading = event_pending(&conn->reader, EV_READ, NULL);
	(void)event_del(&conn->reader);
	assign(conn, EV_READ | EV_PERSIST, on_readable);
	if (is_reading && event_add(&conn->reader, NULL) != 0)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
}

/* Poll(2) knows of what stands behind an urgent mark; SIOCINQ does not. */
bool
reader_find_rest(struct conn *conn)
{
	bool has_input = false;

	if (!has_edges(conn))
		return false;
	(void)sockinfo_peer(conn->fd, &has_input);
	if (!has_input)
		return false;
	reader_level(conn);
	return true;
}

/* While nothing is read: the peer has ended its side, or both, or has only sent
 * more. */
static void
on_change(evutil_socket_t fd, short events, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);
	enum sockinfo_peer peer = sockinfo_peer(fd, NULL);

	(void)events;
	conn->set->now_us = clock_monotonic_us();
	if (peer == SOCKINFO_PEER_RESET)
		conn_failed(conn, ECONNRESET, ENDING_READ_ERROR);
	else if (peer == SOCKINFO_PEER_FIN)
		conn_abort(conn, ENDING_PEER_LEFT);
}

/* libevent reports a RST as readable and writable, not as EV_CLOSED. Input that
 * waits would be readable for ever, so only the change counts (EV_ET). Where
 * writing is waited for, the bufferevent hears of the RST, and one descriptor does
 * not go with both triggers. */
static short
change_events(const struct conn *conn)
{
	return conn->is_write_enabled ? EV_CLOSED | EV_PERSIST
				      : EV_READ | EV_CLOSED | EV_ET | EV_PERSIST;
}

static void
wait_for(struct conn *conn, short events, event_callback_fn callback)
{
	(void)event_del(&conn->reader);
	if (event_get_events(&conn->reader) != events)
		assign(conn, events, callback);
}

int
reader_enable(struct conn *conn, bool is_wanted)
{
	if (!conn->origin->abort_on_peer_fin)
		return is_wanted ? event_add(&conn->reader, NULL) : event_del(&conn->reader);
	/* Input that waits hides the FIN behind it from a read, but not from epoll. */
	if (is_wanted)
		wait_for(conn, EV_READ | EV_PERSIST, on_readable);
	else
		wait_for(conn, change_events(conn), on_change);
	if (!is_wanted && (conn->has_peer_fin || !conn_is_open(conn)))
		return 0;
	return event_add(&conn->reader, NULL);
}
