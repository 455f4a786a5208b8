/* SPDX-License-Identifier: MIT
 *
 * conn: birth of a connection, libevent's callbacks, and the one place where its
 * state is written. Endings are conn_end.c's, bytes are conn_io.c's.
 */
#include "net/conn.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

/* Bits of the states that each state may move to. */
#define TO(state) (1u << CONN_##state)
static const unsigned legal_moves[CONN_STATES] = {
	[CONN_NEW] = TO(BUSY) | TO(IDLE) | TO(CLOSED),
	[CONN_BUSY] = TO(IDLE) | TO(FLUSHING) | TO(CLOSED),
	[CONN_IDLE] = TO(BUSY) | TO(FLUSHING) | TO(CLOSED),
	[CONN_FLUSHING] = TO(LINGERING) | TO(CLOSED),
	[CONN_LINGERING] = TO(CLOSED),
	[CONN_CLOSED] = 0,
};
#undef TO

static const char *const state_names[CONN_STATES] = {
	[CONN_NEW] = "new",
	[CONN_BUSY] = "busy",
	[CONN_IDLE] = "idle",
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
	    conn->origin->service->ops->name, conn_state_name(conn->state), conn_state_name(to),
	    to >= CONN_FLUSHING ? " (" : "",
	    to >= CONN_FLUSHING ? ending_label(conn->ending.cause) : "",
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
		list_remove(&conn->link);
		set->counts[conn->state]--;
	}
	conn->state = to;
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
	if (conn->has_peer_fin)
		conn_finish(conn, ENDING_CLIENT_CLOSED);
}

int64_t
conn_now_us(const struct conn *conn)
{
	return conn->set->now_us;
}

bool
conn_is_draining(const struct conn *conn)
{
	return conn->set->is_draining || conn->origin->is_draining;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);

	(void)bev;
	conn->set->now_us = clock_monotonic_us();
	conn_input_arrived(conn);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);

	(void)bev;
	conn->set->now_us = clock_monotonic_us();
	if (conn_output_length(conn) == 0)
		conn_output_emptied(conn);
}

/* libevent reports a write that took nothing, which for sendfile(2) is a full
 * socket or a file that shrank, as the end of writing; conn_write_out tells which. */
static void
retry_write(struct conn *conn)
{
	conn_write_out(conn);
	if (conn->state != CONN_CLOSED && conn_output_length(conn) == 0)
		conn_output_emptied(conn);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *conn = checked_cast(arg, struct conn, CONN_MAGIC);
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	conn->set->now_us = clock_monotonic_us();
	if (what & BEV_EVENT_ERROR)
		conn_failed(
		    conn, error, what & BEV_EVENT_READING ? ENDING_READ_ERROR : ENDING_WRITE_ERROR);
	else if (what & BEV_EVENT_READING)
		conn_peer_fin(conn);
	else
		retry_write(conn);
}

static int
build_bufferevent(struct conn *conn, int fd)
{
	/* Without BEV_OPT_CLOSE_ON_FREE: libevent would close a turn later. */
	conn->bev = bufferevent_socket_new(conn->set->base, fd, 0);
	if (!conn->bev)
		return -ENOMEM;
	/* Output is written at once by conn_flush; EV_WRITE is for leftovers. By
	 * itself libevent writes 16 KiB a turn, which would cut a long packet. */
	(void)bufferevent_disable(conn->bev, EV_WRITE);
	(void)bufferevent_set_max_single_write(conn->bev, EV_SSIZE_MAX);
	bufferevent_setcb(conn->bev, on_read, on_write, on_event, conn);
	return reader_init(conn);
}

static struct conn *
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
	conn->id = set->next_id;
	conn->opened_us = set->now_us;
	list_init(&conn->link);
	deadline_init(&conn->deadline);
	if (build_bufferevent(conn, fd) == 0)
		return conn;
	if (conn->bev)
		bufferevent_free(conn->bev);
	(void)close(fd);
	free(conn);
	return NULL;
}

static void
count_unborn(struct conn_set *set)
{
	struct ending ending = { .cause = ENDING_OUT_OF_MEMORY };

	ending_count(&set->tally, &ending);
}

int
conn_open(struct conn_set *set, struct conn_origin *origin, int fd, const struct sockaddr *address,
    socklen_t address_len)
{
	struct conn *conn;

	set->accepted++;
	set->now_us = clock_monotonic_us();
	conn = conn_new(set, origin, fd);
	if (!conn) {
		count_unborn(set);
		return -ENOMEM;
	}
	set->next_id += set->id_stride;
	set->open++;
	origin->open_count++;
	peer_init(&conn->peer, fd, address, address_len);
	if (set->wants_details)
		conn->ending.queued_ms = sockinfo_queued_ms(fd);
	conn_move(conn, CONN_BUSY);
	if (origin->service->ops->open(conn) != 0) {
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
		return -ENOMEM;
	}
	conn->has_opened = true;
	/* A client's first bytes often wait already, always so with
	 * TCP_DEFER_ACCEPT; a connection of one request never sees epoll(7) then. */
	reader_pull(conn);
	if (conn->state != CONN_CLOSED)
		conn_update_reading(conn);
	return 0;
}
