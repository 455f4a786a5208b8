/* SPDX-License-Identifier: MIT
 *
 * conn_end: the single way out. Every ending enters by conn_finish or
 * conn_abort, passes end_now, and is freed by the reaper after the turn.
 *
 * Why the steps: closing a socket that holds unread input makes the kernel send
 * a RST, which can destroy the last answer on its way (RFC 9112 9.6). So our FIN
 * goes first, and what still comes is read and thrown away until the peer's FIN.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

static void
begin_ending(struct conn *conn, enum ending_cause cause)
{
	conn->ending.cause = cause;
	conn_wait_nothing(conn);
}

static void
ask_kernel(const struct conn *conn, struct ending *ending)
{
	struct sockinfo_path path;

	ending->bytes_unacknowledged = sockinfo_unacknowledged(conn->fd);
	if (sockinfo_path(conn->fd, &path) != 0)
		return;
	ending->rtt_us = path.rtt_us;
	ending->retransmits = path.retransmits;
}

static void
settle_record(struct conn *conn)
{
	struct ending *ending = &conn->ending;

	ending->bytes_in = conn->bytes_in;
	ending->bytes_unsent = conn_output_length(conn);
	ending->bytes_out = conn->bytes_queued - ending->bytes_unsent;
	ending->requests = conn->requests;
	ending->age_us = conn->set->now_us - conn->opened_us;
	if (conn->set->wants_details)
		ask_kernel(conn, ending);
	if (ending->reset_received || conn->has_peer_fin || sockinfo_unread(conn->fd) == 0)
		return;
	ending->reset_sent = true;
	if (!ending_is_fault(ending->cause))
		ending->cause = ENDING_RESET_BY_US;
}

/* The only way to CLOSED. The descriptor goes with the reaper; until then no
 * callback comes. */
static void
end_now(struct conn *conn)
{
	struct conn_set *set = conn->set;

	conn_wait_nothing(conn);
	settle_record(conn);
	conn_move(conn, CONN_CLOSED);
	(void)bufferevent_disable(conn->bev, EV_READ | EV_WRITE);
	if (conn->packets)
		(void)event_del(conn->packets);
	set->open--;
	ending_count(&set->tally, &conn->ending);
	event_active(set->reaper, EV_TIMEOUT, 0);
	set->ops->ended(conn, &conn->ending, set->arg);
}

void
conn_finish(struct conn *conn, enum ending_cause cause)
{
	if (!conn_is_open(conn))
		return;
	begin_ending(conn, cause);
	conn_move(conn, CONN_FLUSHING);
	conn->pause = 0;
	conn_discard_input(conn);
	conn_flush(conn);
	if (conn->state != CONN_FLUSHING)
		return;
	if (conn_output_length(conn) == 0) {
		conn_flushed(conn);
		return;
	}
	conn_update_reading(conn);
	conn_wait(conn, DEADLINE_WRITE);
}

void
conn_abort(struct conn *conn, enum ending_cause cause)
{
	if (conn->state == CONN_CLOSED)
		return;
	if (conn_is_open(conn) || ending_is_fault(cause))
		begin_ending(conn, cause);
	end_now(conn);
}

void
conn_expect_no_more(struct conn *conn)
{
	conn->expects_no_more = true;
}

/* The peer can send nothing that would be unread at the close. */
static bool
needs_no_linger(const struct conn *conn)
{
	if (conn->has_peer_fin)
		return true;
	return conn->expects_no_more && sockinfo_unread(conn->fd) == 0;
}

/* At the limit, the connection that has lingered the longest makes room. */
static void
make_room_to_linger(struct conn_set *set)
{
	struct list_link *oldest;

	if (set->counts[CONN_LINGERING] < set->limits.lingering)
		return;
	oldest = list_first(&set->lists[CONN_LINGERING]);
	if (oldest)
		conn_abort(list_entry(oldest, struct conn, link), ENDING_LINGER_OVERFLOW);
}

void
conn_flushed(struct conn *conn)
{
	must(conn->state == CONN_FLUSHING);
	if (conn->ending.first_fin == ENDING_NO_FIN)
		conn->ending.first_fin = ENDING_FIN_OURS;
	conn->has_our_fin = true;
	/* close(2) sends the FIN as well, so only who lingers needs shutdown(2). */
	if (needs_no_linger(conn)) {
		end_now(conn);
		return;
	}
	if (shutdown(conn->fd, SHUT_WR) != 0) {
		conn_failed(conn, errno == ENOTCONN ? ECONNRESET : errno, ENDING_WRITE_ERROR);
		return;
	}
	make_room_to_linger(conn->set);
	conn_move(conn, CONN_LINGERING);
	conn_wait(conn, DEADLINE_LINGER);
	conn_update_reading(conn);
}

void
conn_discard_input(struct conn *conn)
{
	size_t length = conn->input_seen;

	conn->discarded += length;
	conn_input_drain(conn, length);
	if (conn->discarded > conn->set->limits.linger_bytes)
		conn_abort(conn, ENDING_LINGER_OVERFLOW);
}

void
conn_peer_fin(struct conn *conn)
{
	conn->has_peer_fin = true;
	if (conn->ending.first_fin == ENDING_NO_FIN)
		conn->ending.first_fin = ENDING_FIN_PEERS;
	if (conn->packets)
		conn_update_reading(conn);
	if (conn->state == CONN_LINGERING)
		end_now(conn);
	else if (conn->state == CONN_IDLE)
		conn_finish(conn, ENDING_CLIENT_CLOSED);
	else if (conn->state == CONN_BUSY && conn->origin->abort_on_peer_fin)
		conn_abort(conn, ENDING_PEER_LEFT);
	else if (conn->state == CONN_BUSY)
		conn->origin->service->ops->peer_fin(conn);
}

static void
write_expired(struct conn *conn)
{
	if (conn_bytes_out(conn) > conn->progress_mark)
		conn_wait(conn, DEADLINE_WRITE);
	else
		conn_abort(conn, ENDING_WRITE_TIMEOUT);
}

void
conn_expired(struct conn *conn, enum deadline_kind kind)
{
	if (kind == DEADLINE_LINGER)
		conn_abort(conn, ENDING_LINGER_EXPIRED);
	else if (kind == DEADLINE_WRITE)
		write_expired(conn);
	else
		conn->origin->service->ops->expired(conn, kind);
}

void
conn_free(struct conn *conn)
{
	must(conn->state == CONN_CLOSED);
	if (conn->has_opened)
		conn->origin->service->ops->closed(conn, &conn->ending);
	if (conn->packets)
		event_free(conn->packets);
	bufferevent_free(conn->bev);
	conn->origin->open_count--;
	conn->magic = 0;
	free(conn);
}
