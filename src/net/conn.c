/* SPDX-License-Identifier: MIT
 *
 * conn: birth of a connection, and the one place where its state is written.
 * Endings are conn_end.c's, bytes conn_io.c's, libevent's callbacks reader.c's and
 * conn_buffer.c's.
 */
#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

/* Bits of the states that each state may move to. */
#define TO(state) (1u << CONN_##state)
static const unsigned legal_moves[CONN_STATES] = {
	[CONN_NEW] = TO(BUSY) | TO(IDLE) | TO(PARKED) | TO(CLOSED),
	[CONN_BUSY] = TO(IDLE) | TO(FLUSHING) | TO(CLOSED),
	[CONN_IDLE] = TO(BUSY) | TO(PARKED) | TO(FLUSHING) | TO(CLOSED),
	[CONN_PARKED] = TO(BUSY) | TO(FLUSHING) | TO(CLOSED),
	[CONN_FLUSHING] = TO(LINGERING) | TO(CLOSED),
	[CONN_LINGERING] = TO(CLOSED),
	[CONN_CLOSED] = 0,
};
#undef TO

static const char *const state_names[CONN_STATES] = {
	[CONN_NEW] = "new",
	[CONN_BUSY] = "busy",
	[CONN_IDLE] = "idle",
	[CONN_PARKED] = "parked",
	[CONN_FLUSHING] = "flushing",
	[CONN_LINGERING] = "lingering",
	[CONN_CLOSED] = "closed",
};

const char *
conn_state_name(enum conn_state state)
{
	must(state < CONN_STATES);
	return state_names[state];
}

static void
trace_move(const struct conn *conn, enum conn_state to)
{
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));

	peer_put(&peer, &conn->peer);
	log_debug("c%llu %s %s: %s -> %s%s%s%s", (unsigned long long)conn->id, text_string(&peer),
	    conn->ops->name, conn_state_name(conn->state), conn_state_name(to),
	    to >= CONN_FLUSHING ? " (" : "", to >= CONN_FLUSHING ? ending_label(conn->cause) : "",
	    to >= CONN_FLUSHING ? ")" : "");
}

void
conn_move(struct conn *conn, enum conn_state to)
{
	struct conn_set *set = conn->set;

	must(legal_moves[conn->state] >> to & 1);
	if (log_get_level() >= LOG_LEVEL_DEBUG)
		trace_move(conn, to);
	if (conn->state != CONN_NEW) {
		conn_unlist(conn);
		set->counts[conn->state]--;
	}
	conn->state = to;
	conn->is_rated = false;
	set->counts[to]++;
	list_append(&set->lists[to], &conn->link);
}

void
conn_set_busy(struct conn *conn)
{
	if (conn->state == CONN_IDLE)
		conn_move(conn, CONN_BUSY);
}

void
conn_set_idle(struct conn *conn)
{
	if (conn->state != CONN_BUSY)
		return;
	conn->idle_us = conn_is_draining(conn) ? CONN_IDLE_UNKNOWN : conn->set->now_us;
	conn_move(conn, CONN_IDLE);
	conn_set_expect_parking(conn->set);
	if (conn->has_peer_fin)
		conn_finish(conn, ENDING_CLIENT_CLOSED);
}

void
conn_change_protocol(struct conn *conn, const struct protocol_ops *ops)
{
	conn->ops = ops;
	if (!ops->takes_whole)
		reader_level(conn);
}

int64_t
conn_now_us(const struct conn *conn)
{
	return conn->set->now_us;
}

void
conn_set_look_at_clock(struct conn_set *set)
{
	set->now_us = clock_monotonic_us();
	set->now_turn = set->turns;
}

int64_t
conn_look_at_clock(struct conn *conn)
{
	conn_set_look_at_clock(conn->set);
	return conn->set->now_us;
}

bool
conn_is_draining(const struct conn *conn)
{
	return conn->set->is_draining || conn->origin->is_draining;
}

/* Loops meet once for so many connections. */
#define IDS_BLOCK 256

static uint64_t
take_id(struct conn_set *set)
{
	if (set->next_id == set->ids_until) {
		set->next_id = atomic_fetch_add(set->ids, IDS_BLOCK) + 1;
		set->ids_until = set->next_id + IDS_BLOCK;
	}
	return set->next_id++;
}

struct conn *
conn_new(struct conn_set *set, struct conn_origin *origin, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		(void)close(fd);
		return NULL;
	}
	conn->magic = CONN_MAGIC;
	conn->fd = fd;
	conn->set = set;
	conn->origin = origin;
	conn->ops = origin->service->ops;
	conn->id = take_id(set);
	conn->opened_us = set->now_us;
	list_init(&conn->link);
	deadline_init(&conn->deadline);
	reader_init(conn);
	return conn;
}

/* Its address has as many as it may: it never becomes a connection. */
static int
refuse(struct conn *conn, int error)
{
	const bool has_unread = sockinfo_unread(conn->fd) > 0;
	const struct ending ending = {
		.cause = error == -EDQUOT ? ENDING_ADDRESS_LIMIT : ENDING_OUT_OF_MEMORY,
		.first_fin = has_unread ? ENDING_NO_FIN : ENDING_FIN_OURS,
		.reset_sent = has_unread,
	};

	ending_count(&conn->set->tally, &ending);
	conn->set->refusals.last = conn->peer;
	(void)close(conn->fd);
	conn->magic = 0;
	free(conn);
	return error;
}

/* One that is over goes at once: nobody but the caller is on the stack. */
static void
begin(struct conn *conn)
{
	/* A client's first bytes often wait already, always so with
	 * TCP_DEFER_ACCEPT; a connection of one request never sees epoll(7) then. */
	if (conn->set->is_overloaded)
		conn_turn_away(conn);
	else
		(void)reader_pull(conn);
	if (conn->state != CONN_CLOSED)
		conn_update_reading(conn);
	if (conn->state == CONN_CLOSED)
		conn_set_reap(conn->set, conn);
}

int
conn_open(struct conn_set *set, struct conn_origin *origin, int fd, const struct sockaddr *address,
    socklen_t address_len)
{
	const struct ending unborn = { .cause = ENDING_OUT_OF_MEMORY };
	struct conn *conn;
	int result;

	set->accepted++;
	set->now_us = clock_monotonic_us();
	conn = conn_new(set, origin, fd);
	if (!conn) {
		ending_count(&set->tally, &unborn);
		return -ENOMEM;
	}
	peer_init(&conn->peer, fd, address, address_len);
	result = conn_limits_enter(conn);
	if (result != 0)
		return refuse(conn, result);
	set->open++;
	origin->open_count++;
	if (set->wants_details)
		conn->queued_ms = sockinfo_queued_ms(fd);
	conn_move(conn, CONN_BUSY);
	if (!set->is_overloaded) {
		if (conn->ops->open(conn) != 0) {
			conn_abort(conn, ENDING_OUT_OF_MEMORY);
			return -ENOMEM;
		}
		conn->has_opened = true;
	}
	begin(conn);
	return 0;
}
