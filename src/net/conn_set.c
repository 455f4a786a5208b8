/* SPDX-License-Identifier: MIT
 *
 * conn_set: lists, reaper and walks. A walk may end connections, which takes
 * them off the list that is walked; so each step looks at the list's first link
 * again, or at a link that was read before the step.
 */
#include "net/conn_set.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"
#include "net/sockinfo.h"

void
conn_set_reap(struct conn_set *set, struct conn *conn)
{
	list_remove(&conn->link);
	set->counts[CONN_CLOSED]--;
	conn_free(conn);
}

void
conn_set_reap_all(struct conn_set *set)
{
	struct list_link *first;

	while ((first = list_first(&set->lists[CONN_CLOSED])) != NULL)
		conn_set_reap(set, list_entry(first, struct conn, link));
}

static void
on_reap(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	conn_set_reap_all(arg);
}

static void
on_expired(struct deadline *deadline, void *arg)
{
	struct conn_set *set = arg;

	set->now_us = clock_monotonic_us();
	set->events++;
	conn_expired(list_entry(deadline, struct conn, deadline), deadline->kind);
}

static void
free_members(struct conn_set *set)
{
	if (set->reaper)
		event_free(set->reaper);
	if (set->parker)
		event_free(set->parker);
	if (set->rating.timer)
		event_free(set->rating.timer);
	pressure_done(&set->pressure);
	free(set->scratch);
	gather_done(&set->gather);
}

int
conn_set_init(struct conn_set *set, struct event_base *base, const struct conn_set_options *options)
{
	*set = (struct conn_set){ .base = base,
		.limits = options->limits,
		.next_id = 1,
		.defers_from = 1,
		.ids_until = options->ids ? 1 : UINT64_MAX,
		.ids = options->ids,
		.wants_details = options->wants_details,
		.addresses = options->addresses,
		.ops = options->ops,
		.arg = options->arg,
		.now_us = clock_monotonic_us() };
	for (int state = 0; state < CONN_STATES; state++)
		list_init(&set->lists[state]);
	set->scratch = malloc(CONN_SCRATCH_BYTES);
	set->reaper = event_new(base, -1, 0, on_reap, set);
	set->parker = conn_set_new_parker(set);
	set->rating.timer = conn_set_new_rater(set);
	pressure_init(&set->pressure);
	if (gather_init(&set->gather) == 0 && set->scratch && set->reaper && set->parker &&
	    set->rating.timer &&
	    deadlines_init(&set->deadlines, base, options->deadline_us, on_expired, set) == 0)
		return 0;
	free_members(set);
	return -ENOMEM;
}

void
conn_set_done(struct conn_set *set)
{
	(void)conn_set_abort_all(set, NULL, ENDING_STOPPED);
	conn_set_reap_all(set);
	deadlines_done(&set->deadlines);
	free_members(set);
	must(set->open == 0);
}

static bool
is_one_of(const struct conn *conn, const struct conn_origin *of)
{
	return !of || conn->origin == of;
}

/* Telling a protocol may move its connection to the end of the list that is
 * walked, so the walk ends at the link that was last when it began. */
static void
tell_drain(struct list_link *head, const struct conn_origin *of)
{
	struct list_link *last = head->prev;
	struct list_link *link = head->next;

	while (link != head) {
		struct list_link *following = link->next;
		struct conn *conn = list_entry(link, struct conn, link);
		bool was_last = link == last;

		if (is_one_of(conn, of))
			conn->ops->drain(conn);
		if (was_last)
			return;
		link = following;
	}
}

/* A connection is idle as soon as the kernel has taken the answer, which its peer
 * may go on receiving for long: the grace begins when it is seen to have all. */
static bool
has_received_all(struct conn *conn)
{
	if (sockinfo_unacknowledged(conn->fd) > 0)
		conn->idle_us = CONN_IDLE_UNKNOWN;
	else if (conn->idle_us == CONN_IDLE_UNKNOWN)
		conn->idle_us = conn->set->now_us;
	return conn->idle_us != CONN_IDLE_UNKNOWN;
}

void
conn_set_drain(struct conn_set *set, struct conn_origin *of)
{
	struct list_link *link;

	set->now_us = clock_monotonic_us();
	if (of)
		of->is_draining = true;
	else
		set->is_draining = true;
	for (int state = CONN_IDLE; state <= CONN_PARKED; state++) {
		list_foreach (link, &set->lists[state])
			if (is_one_of(list_entry(link, struct conn, link), of))
				(void)has_received_all(list_entry(link, struct conn, link));
	}
	tell_drain(&set->lists[CONN_BUSY], of);
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
has_had_grace(struct conn *conn, const struct conn_grace *grace)
{
	const int64_t now_us = conn->set->now_us;
	struct sockinfo_path path;
	int64_t silent_us;

	if (!has_received_all(conn) || sockinfo_unread(conn->fd) > 0)
		return false;
	silent_us = lesser(now_us - conn->idle_us, now_us - grace->since_us);
	if (silent_us < grace->grace_us)
		return false;
	if (sockinfo_path(conn->fd, &path) != 0)
		return true;
	silent_us = lesser(silent_us, (int64_t)path.last_ack_ms * 1000);
	return silent_us >= grace->grace_us &&
	    silent_us >= (int64_t)path.rtt_us * CONN_GRACE_ROUND_TRIPS;
}

/* Of one list; returns how many more may be. */
static size_t
finish_listed(
    struct list_link *head, const struct conn_grace *grace, size_t most, enum ending_cause cause)
{
	struct list_link *link;
	struct list_link *following;

	/* Finishing one may end a lingering one, but never another idle one. */
	list_foreach_safe (link, following, head) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (most == 0)
			break;
		if (!is_one_of(conn, grace->of) || !has_had_grace(conn, grace))
			continue;
		conn_finish(conn, cause);
		most--;
	}
	return most;
}

void
conn_set_finish_idle(struct conn_set *set, const struct conn_grace *grace, enum ending_cause cause)
{
	size_t left = grace->most;

	set->now_us = clock_monotonic_us();
	left = finish_listed(&set->lists[CONN_PARKED], grace, left, cause);
	(void)finish_listed(&set->lists[CONN_IDLE], grace, left, cause);
}

static size_t
count_in(const struct conn_set *set, enum conn_state state, const struct conn_origin *of)
{
	struct list_link *link;
	size_t count = 0;

	list_foreach (link, &set->lists[state])
		count += list_entry(link, struct conn, link)->origin == of;
	return count;
}

size_t
conn_set_count_idle(const struct conn_set *set, const struct conn_origin *of)
{
	if (!of)
		return set->counts[CONN_IDLE] + set->counts[CONN_PARKED];
	return count_in(set, CONN_IDLE, of) + count_in(set, CONN_PARKED, of);
}

void
conn_set_foreach(const struct conn_set *set, const struct conn_origin *of,
    void (*visit)(const struct conn *, void *arg), void *arg)
{
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++) {
		struct list_link *link;

		list_foreach (link, &set->lists[state])
			if (is_one_of(list_entry(link, struct conn, link), of))
				visit(list_entry(link, struct conn, link), arg);
	}
}

/* To abort one may free nothing of the others: that is the reaper's. */
static size_t
abort_listed(struct list_link *head, const struct conn_origin *of, enum ending_cause cause)
{
	struct list_link *link;
	struct list_link *following;
	size_t aborted = 0;

	list_foreach_safe (link, following, head) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (!is_one_of(conn, of))
			continue;
		conn_abort(conn, cause);
		aborted++;
	}
	return aborted;
}

size_t
conn_set_abort_all(struct conn_set *set, const struct conn_origin *of, enum ending_cause cause)
{
	size_t aborted = 0;

	set->now_us = clock_monotonic_us();
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		aborted += abort_listed(&set->lists[state], of, cause);
	return aborted;
}

void
conn_set_move(struct conn_set *set, struct conn_origin *from, struct conn_origin *to)
{
	must(from->service->ops == to->service->ops);
	for (int state = CONN_BUSY; state <= CONN_CLOSED; state++) {
		struct list_link *link;

		list_foreach (link, &set->lists[state]) {
			struct conn *conn = list_entry(link, struct conn, link);

			if (conn->origin != from)
				continue;
			conn->origin = to;
			from->open_count--;
			to->open_count++;
		}
	}
}

void
conn_set_adjust(struct conn_set *set, const struct conn_limits *limits,
    const int64_t deadline_us[DEADLINE_KINDS], bool wants_details)
{
	set->now_us = clock_monotonic_us();
	set->limits = *limits;
	if (set->counts[CONN_IDLE] > 0)
		conn_set_expect_parking(set);
	set->wants_details = wants_details;
	for (int kind = 0; kind < DEADLINE_KINDS; kind++)
		deadlines_set_length(
		    &set->deadlines, (enum deadline_kind)kind, deadline_us[kind], set->now_us);
}
