/* SPDX-License-Identifier: MIT
 *
 * conn_park: PARKED. A connection that has been idle for a while gives back what
 * it can do without: its bufferevent and the protocol's state. What stays is the
 * descriptor, the address, the counters, the deadline and the event that waits for
 * the next byte, which nothing can miss, for it is the same event as before.
 *
 * A timer, armed while connections are idle, looks at the list of the idle, which
 * is in the order in which they became so: it stops at the first whose time has not
 * come. Under pressure (more of them than limits.unparked, or memory that is short)
 * their time is a fraction of what it is otherwise.
 */
#include <event2/event.h>
#include <malloc.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"

/* Under pressure a connection is parked after this part of the time. */
#define HASTE 8
/* How often the timer looks: twice in the time to wait, within these bounds. */
#define LOOK_SOONEST_US (10 * 1000)
#define LOOK_LATEST_US CLOCK_SECOND_US

static bool
can_park(const struct conn *conn)
{
	return conn->ops->park && conn->pause == 0 && !conn->has_peer_fin &&
	    !conn_is_draining(conn) && conn->idle_us != CONN_IDLE_UNKNOWN &&
	    conn_input_length(conn) == 0 && conn_output_length(conn) == 0;
}

bool
conn_park(struct conn *conn)
{
	if (conn->state != CONN_IDLE || !can_park(conn))
		return false;
	if (!conn->ops->park(conn))
		return false;
	must(conn->protocol_state == NULL);
	conn_unbuffer(conn);
	conn_move(conn, CONN_PARKED);
	conn->set->parked++;
	(void)reader_find_rest(conn);
	return conn->state == CONN_PARKED;
}

int
conn_wake(struct conn *conn)
{
	int result;

	if (conn->state != CONN_PARKED)
		return 0;
	result = conn->ops->wake(conn);
	if (result == 0)
		conn_move(conn, CONN_BUSY);
	return result;
}

/* Those who are due, the longest idle first. */
static bool
park_since(struct conn_set *set, int64_t until_us)
{
	struct list_link *link;
	struct list_link *following;
	bool has_parked = false;

	list_foreach_safe (link, following, &set->lists[CONN_IDLE]) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (conn->idle_us > until_us)
			break;
		has_parked |= conn_park(conn);
	}
	return has_parked;
}

void
conn_set_park(struct conn_set *set)
{
	const int64_t park_us = set->limits.park_us;
	const bool is_short = set->is_short || pressure_is_high(&set->pressure, set->now_us);
	const bool is_crowded = set->counts[CONN_IDLE] > set->limits.unparked;
	const int64_t wait_us = is_short || is_crowded ? park_us / HASTE : park_us;

	if (park_us == 0)
		return;
	/* What was given back is not to stay with malloc(3) where it is short. */
	if (park_since(set, set->now_us - wait_us) && is_short)
		(void)malloc_trim(0);
}

static void
arm_parker(struct conn_set *set)
{
	int64_t look_us = set->limits.park_us / HASTE / 2;
	struct timeval wait = { .tv_sec = 0 };

	if (look_us < LOOK_SOONEST_US)
		look_us = LOOK_SOONEST_US;
	if (look_us > LOOK_LATEST_US)
		look_us = LOOK_LATEST_US;
	wait.tv_sec = look_us / CLOCK_SECOND_US;
	wait.tv_usec = look_us % CLOCK_SECOND_US;
	/* Without memory for it nothing is parked, until the next becomes idle. */
	set->is_parker_armed = event_add(set->parker, &wait) == 0;
}

void
conn_set_expect_parking(struct conn_set *set)
{
	if (set->limits.park_us > 0 && !set->is_parker_armed)
		arm_parker(set);
}

static void
on_parker(evutil_socket_t fd, short events, void *arg)
{
	struct conn_set *set = arg;

	(void)fd;
	(void)events;
	set->is_parker_armed = false;
	set->now_us = clock_monotonic_us();
	conn_set_park(set);
	if (set->limits.park_us > 0 && set->counts[CONN_IDLE] > 0)
		arm_parker(set);
}

struct event *
conn_set_new_parker(struct conn_set *set)
{
	return evtimer_new(set->base, on_parker, set);
}
