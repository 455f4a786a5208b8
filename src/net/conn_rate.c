/* SPDX-License-Identifier: MIT
 *
 * conn_rate: limits.min_rate. Once a second a round begins, in which each connection
 * whose client is waited for is looked at: some of them in a turn of the loop, and the
 * next ones a little later, for to ask the kernel about thousands at once would keep all
 * others waiting. Whoever has been waited for over a whole window is judged.
 */
#include <event2/event.h>

#include "base/clock.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

/* Connections in a turn, each a system call at most; and the time to the next turn. */
#define TURN_MAX 128
#define PAUSE_US (10 * 1000)

/* What has come from the client, and what it has acknowledged: the kernel may take a
 * long answer at once, and deliver it for minutes. */
static uint64_t
bytes_moved(const struct conn *conn)
{
	return conn->bytes_in + conn_bytes_out(conn) - sockinfo_unacknowledged(conn->fd);
}

static bool
waits_for_client(const struct conn *conn)
{
	if (!deadline_is_armed(&conn->deadline))
		return false;
	switch (conn->deadline.kind) {
	case DEADLINE_HEAD:
	case DEADLINE_BODY:
	case DEADLINE_WRITE:
		return true;
	default:
		return false;
	}
}

static void
end_too_slow(struct conn *conn)
{
	const struct protocol_ops *ops = conn->ops;

	if (conn->deadline.kind != DEADLINE_WRITE && conn_is_open(conn) && ops->too_slow)
		ops->too_slow(conn);
	else
		conn_abort(conn, ENDING_TOO_SLOW);
}

static void
mark(struct conn *conn, uint64_t moved, uint32_t now_ms)
{
	conn->is_rated = true;
	conn->rate_mark = moved;
	conn->rated_ms = now_ms;
}

/* The window begins with the first look at a wait, and the next one where it ends. */
static void
judge(struct conn *conn, const struct conn_limits *limits)
{
	const uint32_t now_ms = (uint32_t)(conn->set->now_us / 1000);
	const uint32_t past_ms = now_ms - conn->rated_ms;
	uint64_t moved;

	if (!waits_for_client(conn)) {
		conn->is_rated = false;
		return;
	}
	if (conn->is_rated && past_ms < limits->rate_window_us / 1000)
		return;
	moved = bytes_moved(conn);
	if (conn->is_rated && moved - conn->rate_mark < limits->min_rate * past_ms / 1000)
		end_too_slow(conn);
	else
		mark(conn, moved, now_ms);
}

static void
begin_list(struct conn_set *set, enum conn_state state)
{
	set->rating.state = state;
	set->rating.left = set->counts[state];
	set->rating.next = set->lists[state].next;
}

/* NULL: the round is over. Those who joined a list since it was begun wait for the next
 * round, or it would not end where connections come and go. */
static struct conn *
take_next(struct conn_set *set)
{
	struct conn_rating *rating = &set->rating;
	struct list_link *link;

	while (rating->left == 0 || rating->next == &set->lists[rating->state]) {
		if (rating->state == CONN_BUSY) {
			rating->next = NULL;
			return NULL;
		}
		begin_list(set, CONN_BUSY);
	}
	link = rating->next;
	rating->left--;
	rating->next = link->next;
	return list_entry(link, struct conn, link);
}

static void
go_on(struct conn_set *set)
{
	static const struct timeval pause = { .tv_usec = PAUSE_US };
	struct conn *conn;

	set->now_us = clock_monotonic_us();
	for (unsigned i = 0; i < TURN_MAX; i++) {
		conn = set->limits.min_rate > 0 ? take_next(set) : NULL;
		if (!conn) {
			set->rating.next = NULL;
			return;
		}
		judge(conn, &set->limits);
	}
	/* Without memory for it the round ends here, and the next one begins in a second. */
	if (event_add(set->rating.timer, &pause) != 0)
		set->rating.next = NULL;
}

static void
on_pause_over(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	go_on(arg);
}

struct event *
conn_set_new_rater(struct conn_set *set)
{
	return evtimer_new(set->base, on_pause_over, set);
}

void
conn_set_rate(struct conn_set *set)
{
	if (set->rating.next)
		return;
	begin_list(set, CONN_FLUSHING);
	go_on(set);
}
