/* SPDX-License-Identifier: MIT
 *
 * conn_limits: what a connection may take of what others need too: connections and
 * requests of its address, memory, and the time of who waits for a slow client.
 * Which limits there are is conn_set's; whether the server is overloaded the
 * floor above decides (server/overload).
 */
#include <errno.h>
#include <event2/buffer.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

/* A bufferevent with its two buffers and what malloc(3) adds. */
#define BUFFER_BYTES 1024

/* When memory will be free again nobody knows. */
#define RETRY_SECONDS 1

/* --- Addresses --------------------------------------------------------------- */

int
conn_limits_enter(struct conn *conn)
{
	struct conn_set *set = conn->set;

	if (!set->addresses || !address_limits_are_set(&set->limits.addresses))
		return 0;
	return address_table_enter(
	    set->addresses, &conn->peer, &set->limits.addresses, set->now_us, &conn->address);
}

void
conn_limits_leave(struct conn *conn)
{
	struct conn_set *set = conn->set;

	set->turned_away -= conn->is_turned_away;
	set->held_bytes -= conn->held;
	conn->held = 0;
	if (conn->address)
		address_table_leave(
		    set->addresses, conn->address, set->limits.addresses.remembered, set->now_us);
	conn->address = NULL;
}

enum conn_admission
conn_admit_request(struct conn *conn, uint64_t *ret_retry_s)
{
	struct conn_set *set = conn->set;
	uint64_t wait_s;

	if (set->sheds_requests) {
		set->refusals.requests_overload++;
		*ret_retry_s = RETRY_SECONDS;
		return CONN_OVERLOADED;
	}
	if (!conn->address || set->limits.addresses.requests_per_second == 0)
		return CONN_ADMITTED;
	wait_s = address_entry_ask(conn->address, &set->limits.addresses, set->now_us);
	if (wait_s == 0)
		return CONN_ADMITTED;
	set->refusals.requests_rate++;
	set->refusals.last = conn->peer;
	*ret_retry_s = wait_s;
	return CONN_TOO_MANY_REQUESTS;
}

void
conn_turn_away(struct conn *conn)
{
	const struct protocol_ops *ops = conn->ops;

	conn->is_turned_away = true;
	conn->set->turned_away++;
	if (ops->turn_away)
		ops->turn_away(conn);
	conn_finish(conn, ENDING_OVERLOADED);
}

/* --- Memory ---------------------------------------------------------------- */

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Files, and bodies that the cache holds, are in the output without being memory of the
 * connection's; `kept` is what was copied into it. */
void
conn_count_memory(struct conn *conn)
{
	const size_t output = conn_buffered_output(conn);
	size_t held = 0;

	if (conn->state == CONN_CLOSED)
		return;
	if (output == 0)
		conn->kept = 0;
	if (conn->bev)
		held = BUFFER_BYTES + evbuffer_get_length(conn_input(conn)) +
		    lesser(output, conn->kept);
	held = lesser(held, UINT32_MAX);
	conn->set->held_bytes += held - conn->held;
	conn->held = (uint32_t)held;
}

/* --- Rates ----------------------------------------------------------------- */

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

/* At the end of a window. A wait that began within it is judged at the end of the next,
 * so each has between one window and two. */
static void
judge(struct conn *conn, uint64_t least)
{
	const bool was_rated = conn->is_rated;
	const uint64_t before = conn->rate_mark;

	conn->is_rated = waits_for_client(conn);
	if (!conn->is_rated)
		return;
	conn->rate_mark = bytes_moved(conn);
	if (was_rated && conn->rate_mark - before < least)
		end_too_slow(conn);
}

/* Ending one moves it to the end of another list, or of none. */
static void
judge_listed(struct conn_set *set, enum conn_state state, uint64_t least)
{
	struct list_link *link;
	struct list_link *following;

	list_foreach_safe (link, following, &set->lists[state])
		judge(list_entry(link, struct conn, link), least);
}

static void
judge_all(struct conn_set *set)
{
	const struct conn_limits *limits = &set->limits;
	const int64_t past_us = set->now_us - set->rated_us;
	const uint64_t least = limits->min_rate * (uint64_t)past_us / CLOCK_SECOND_US;

	if (limits->min_rate == 0 || past_us < limits->rate_window_us)
		return;
	/* FLUSHING first: whoever is answered 408 now has not been judged as that. */
	judge_listed(set, CONN_FLUSHING, least);
	judge_listed(set, CONN_BUSY, least);
	set->rated_us = set->now_us;
}

/* libevent sends what is left over without telling before it is all gone. */
static void
recount_listed(struct conn_set *set, enum conn_state state)
{
	struct list_link *link;

	list_foreach (link, &set->lists[state])
		conn_recount(list_entry(link, struct conn, link));
}

void
conn_set_look(struct conn_set *set)
{
	set->now_us = clock_monotonic_us();
	judge_all(set);
	recount_listed(set, CONN_BUSY);
	recount_listed(set, CONN_FLUSHING);
}
