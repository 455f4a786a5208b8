/* SPDX-License-Identifier: MIT
 *
 * conn_limits: what a connection may take of what others need too: connections and
 * requests of its address, and memory. How slow it may be is conn_rate.c's. Which
 * limits there are is conn_set's; whether the server is overloaded the floor above
 * decides (server/overload).
 */
#include <errno.h>
#include <event2/buffer.h>

#include "net/conn_private.h"

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
