/* SPDX-License-Identifier: MIT
 *
 * conn_end: the single way out. Every ending enters by conn_finish or
 * conn_abort, passes end_now, and is freed by the reaper after the turn; but one that
 * goes on in another process (net/passport) leaves without an end of its own.
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
#include <unistd.h>

#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

static void
begin_ending(struct conn *conn, enum ending_cause cause)
{
	conn->cause = cause;
	deadline_disarm(&conn->deadline);
}

static void
wait_to_write(struct conn *conn)
{
	conn->progress_mark = conn_bytes_out(conn);
	deadline_arm(&conn->set->deadlines, &conn->deadline, DEADLINE_WRITE, conn->set->now_us);
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

/* As of the last look at the peer. */
static bool
has_unread(const struct conn *conn)
{
	return conn->has_input && sockinfo_unread(conn->fd) > 0;
}

/* Close(2) answers unread input with a RST (RFC 9112 9.6) and sends our FIN where
 * there is none; the peer's may wait unread, and is then the first. Returns whether
 * a RST will be sent. */
static bool
foresee_close(struct conn *conn)
{
	bool will_reset;

	if (conn->is_broken)
		return false;
	if (!conn->has_looked)
		conn_look_at_peer(conn);
	if (conn->reset_received)
		return false;
	will_reset = !conn->has_peer_fin && has_unread(conn);
	if (will_reset && !ending_is_fault(conn->cause))
		conn->cause = ENDING_RESET_BY_US;
	if (!will_reset && conn->first_fin == ENDING_NO_FIN)
		conn->first_fin = ENDING_FIN_OURS;
	return will_reset;
}

static void
make_record(struct conn *conn, struct ending *ret_ending)
{
	const size_t unsent = conn_output_length(conn);

	*ret_ending = (struct ending){
		.bytes_in = conn->bytes_in,
		.bytes_unsent = unsent,
		.bytes_out = conn->bytes_queued - unsent,
		.requests = conn->requests,
		.age_us = conn->set->now_us - conn->opened_us,
		.queued_ms = conn->queued_ms,
	};
	if (conn->set->wants_details)
		ask_kernel(conn, ret_ending);
}

/* The only way to CLOSED. No callback comes after it; the descriptor goes at once,
 * for what was written last may wait for the FIN, or stays open for who has it now. */
static void
leave(struct conn *conn, const struct ending *ending, bool is_closed)
{
	struct conn_set *set = conn->set;

	gather_drop(conn);
	if (conn_has_fresh(conn))
		set->fresh_owner = NULL;
	conn_limits_leave(conn);
	conn_move(conn, CONN_CLOSED);
	if (conn->bev)
		(void)bufferevent_disable(conn->bev, EV_WRITE);
	(void)event_del(&conn->reader);
	if (is_closed)
		(void)close(conn->fd);
	conn->fd = -1;
	conn->ending = *ending;
	set->open--;
	ending_count(&set->tally, &conn->ending);
	event_active(set->reaper, EV_TIMEOUT, 0);
	set->ops->ended(conn, &conn->ending, set->arg);
}

static void
end_now(struct conn *conn)
{
	struct ending ending;

	deadline_disarm(&conn->deadline);
	make_record(conn, &ending);
	ending.reset_sent = foresee_close(conn);
	ending.cause = conn->cause;
	ending.first_fin = conn->first_fin;
	ending.reset_received = conn->reset_received;
	leave(conn, &ending, true);
}

void
conn_leave_open(struct conn *conn)
{
	struct ending ending;

	begin_ending(conn, ENDING_HANDED_OVER);
	make_record(conn, &ending);
	ending.cause = conn->cause;
	leave(conn, &ending, false);
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
	conn_write_out(conn);
	if (conn->state != CONN_FLUSHING)
		return;
	if (conn_output_length(conn) == 0) {
		conn_flushed(conn);
		return;
	}
	wait_to_write(conn);
	conn_update_reading(conn);
}

void
conn_abort(struct conn *conn, enum ending_cause cause)
{
	if (conn->state == CONN_CLOSED)
		return;
	/* What was finished before the fault is not lost by it. */
	if (conn->deferred != 0 && !conn->is_broken)
		(void)gather_send(conn, 0);
	/* The first fault is why it went wrong; what follows comes of it. */
	if (conn_is_open(conn) || (ending_is_fault(cause) && !ending_is_fault(conn->cause)))
		begin_ending(conn, cause);
	end_now(conn);
}

void
conn_expect_no_more(struct conn *conn)
{
	conn->expects_no_more = true;
}

void
conn_look_at_peer(struct conn *conn)
{
	bool has_input;
	enum sockinfo_peer peer = sockinfo_peer(conn->fd, &has_input);

	conn->has_input = has_input;
	if (peer == SOCKINFO_PEER_FIN && conn->first_fin == ENDING_NO_FIN)
		conn->first_fin = ENDING_FIN_PEERS;
	conn->reset_received |= peer == SOCKINFO_PEER_RESET;
}

/* The peer can send nothing that would be unread at the close. */
static bool
needs_no_linger(const struct conn *conn)
{
	if (conn->has_peer_fin)
		return true;
	if (!conn->expects_no_more && conn->first_fin != ENDING_FIN_PEERS)
		return false;
	return !has_unread(conn);
}

/* At the limit, the connection that has lingered the longest makes room. In a
 * drain there is no limit but their number, which grows no more. */
static void
make_room_to_linger(struct conn_set *set)
{
	struct list_link *oldest;

	if (set->is_draining || set->counts[CONN_LINGERING] < set->limits.lingering)
		return;
	oldest = list_first(&set->lists[CONN_LINGERING]);
	if (oldest)
		conn_abort(list_entry(oldest, struct conn, link), ENDING_LINGER_OVERFLOW);
}

void
conn_flushed(struct conn *conn)
{
	must(conn->state == CONN_FLUSHING);
	if (!conn->has_peer_fin)
		conn_look_at_peer(conn);
	if (conn->reset_received) {
		conn_failed(conn, ECONNRESET, ENDING_RESET_BY_PEER);
		return;
	}
	/* close(2) sends the FIN as well, so only who lingers needs shutdown(2). */
	if (needs_no_linger(conn)) {
		conn->has_looked = true;
		end_now(conn);
		return;
	}
	if (shutdown(conn->fd, SHUT_WR) != 0) {
		conn_failed(conn, errno == ENOTCONN ? ECONNRESET : errno, ENDING_WRITE_ERROR);
		return;
	}
	if (conn->first_fin == ENDING_NO_FIN)
		conn->first_fin = ENDING_FIN_OURS;
	make_room_to_linger(conn->set);
	conn_move(conn, CONN_LINGERING);
	conn->linger_mark = conn->bytes_in;
	deadline_arm(&conn->set->deadlines, &conn->deadline, DEADLINE_LINGER, conn->set->now_us);
	conn_update_reading(conn);
	/* What comes now is thrown away, so no write would find out that the peer has reset
	 * the connection behind it. */
	reader_level(conn);
}

void
conn_discard_input(struct conn *conn)
{
	conn_input_drain(conn, conn_input_length(conn));
	/* Until our FIN is out it is the write deadline that bounds the ending:
	 * to stop reading earlier could cost the peer its answer. */
	if (conn->state != CONN_LINGERING)
		return;
	if (conn->bytes_in - conn->linger_mark > conn->set->limits.linger_bytes)
		conn_abort(conn, ENDING_LINGER_OVERFLOW);
}

void
conn_peer_fin(struct conn *conn)
{
	conn->has_peer_fin = true;
	if (conn->first_fin == ENDING_NO_FIN)
		conn->first_fin = ENDING_FIN_PEERS;
	conn_update_reading(conn);
	if (conn->state == CONN_LINGERING)
		end_now(conn);
	else if (conn->state == CONN_IDLE || conn->state == CONN_PARKED)
		conn_finish(conn, ENDING_CLIENT_CLOSED);
	else if (conn->state == CONN_BUSY && conn->origin->abort_on_peer_fin)
		conn_abort(conn, ENDING_PEER_LEFT);
	else if (conn->state == CONN_BUSY)
		conn->ops->peer_fin(conn);
}

static void
write_expired(struct conn *conn)
{
	if (conn_bytes_out(conn) > conn->progress_mark)
		wait_to_write(conn);
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
	else if (conn->state == CONN_IDLE && reader_find_rest(conn))
		conn_wait(conn, kind);
	else if (conn->state == CONN_PARKED)
		conn_finish(conn, ENDING_IDLE_TIMEOUT);
	else
		conn->ops->expired(conn, kind);
}

void
conn_free(struct conn *conn)
{
	must(conn->state == CONN_CLOSED);
	if (conn->has_opened)
		conn->ops->closed(conn, &conn->ending);
	conn_unbuffer(conn);
	conn->origin->open_count--;
	conn->magic = 0;
	free(conn);
}
