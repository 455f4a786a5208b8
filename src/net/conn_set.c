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

static void
reap(struct conn_set *set)
{
	struct list_link *first;

	while ((first = list_first(&set->lists[CONN_CLOSED])) != NULL) {
		list_remove(first);
		set->counts[CONN_CLOSED]--;
		conn_free(list_entry(first, struct conn, link));
	}
}

static void
on_reap(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	reap(arg);
}

static void
on_expired(struct deadline *deadline, void *arg)
{
	struct conn_set *set = arg;

	set->now_us = clock_monotonic_us();
	conn_expired(list_entry(deadline, struct conn, deadline), deadline->kind);
}

static void
free_members(struct conn_set *set)
{
	if (set->reaper)
		event_free(set->reaper);
	free(set->scratch);
	gather_done(&set->gather);
}

int
conn_set_init(struct conn_set *set, struct event_base *base, const struct conn_set_options *options)
{
	*set = (struct conn_set){ .base = base,
		.limits = options->limits,
		.next_id = options->first_id,
		.id_stride = options->id_stride,
		.wants_details = options->wants_details,
		.ops = options->ops,
		.arg = options->arg,
		.now_us = clock_monotonic_us() };
	for (int state = 0; state < CONN_STATES; state++)
		list_init(&set->lists[state]);
	set->scratch = malloc(CONN_SCRATCH_BYTES);
	set->reaper = event_new(base, -1, 0, on_reap, set);
	if (gather_init(&set->gather) == 0 && set->scratch && set->reaper &&
	    deadlines_init(&set->deadlines, base, options->deadline_us, on_expired, set) == 0)
		return 0;
	free_members(set);
	return -ENOMEM;
}

void
conn_set_done(struct conn_set *set)
{
	(void)conn_set_abort_all(set, ENDING_STOPPED);
	reap(set);
	deadlines_done(&set->deadlines);
	free_members(set);
	must(set->open == 0);
}

/* Telling a protocol may move its connection to the end of the list that is
 * walked, so the walk ends at the link that was last when it began. */
static void
tell_drain(struct list_link *head)
{
	struct list_link *last = head->prev;
	struct list_link *link = head->next;

	while (link != head) {
		struct list_link *following = link->next;
		struct conn *conn = list_entry(link, struct conn, link);
		bool was_last = link == last;

		conn->origin->service->ops->drain(conn);
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
conn_set_drain(struct conn_set *set)
{
	struct list_link *link;

	set->now_us = clock_monotonic_us();
	set->is_draining = true;
	list_foreach (link, &set->lists[CONN_IDLE])
		(void)has_received_all(list_entry(link, struct conn, link));
	tell_drain(&set->lists[CONN_BUSY]);
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
has_had_grace(struct conn *conn, int64_t since_us, int64_t grace_us)
{
	const int64_t now_us = conn->set->now_us;
	struct sockinfo_path path;
	int64_t silent_us;

	if (!has_received_all(conn) || sockinfo_unread(conn->fd) > 0)
		return false;
	silent_us = lesser(now_us - conn->idle_us, now_us - since_us);
	if (silent_us < grace_us)
		return false;
	if (sockinfo_path(conn->fd, &path) != 0)
		return true;
	silent_us = lesser(silent_us, (int64_t)path.last_ack_ms * 1000);
	return silent_us >= grace_us && silent_us >= (int64_t)path.rtt_us * CONN_GRACE_ROUND_TRIPS;
}

size_t
conn_set_finish_idle(
    struct conn_set *set, size_t most, int64_t since_us, int64_t grace_us, enum ending_cause cause)
{
	struct list_link *link;
	struct list_link *following;

	set->now_us = clock_monotonic_us();
	/* Finishing one may end a lingering one, but never another idle one. */
	list_foreach_safe (link, following, &set->lists[CONN_IDLE]) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (most == 0)
			break;
		if (!has_had_grace(conn, since_us, grace_us))
			continue;
		conn_finish(conn, cause);
		most--;
	}
	return set->counts[CONN_IDLE];
}

void
conn_set_foreach(
    const struct conn_set *set, void (*visit)(const struct conn *, void *arg), void *arg)
{
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++) {
		struct list_link *link;

		list_foreach (link, &set->lists[state])
			visit(list_entry(link, struct conn, link), arg);
	}
}

size_t
conn_set_abort_all(struct conn_set *set, enum ending_cause cause)
{
	size_t aborted = 0;

	set->now_us = clock_monotonic_us();
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++) {
		struct list_link *first;

		while ((first = list_first(&set->lists[state])) != NULL) {
			conn_abort(list_entry(first, struct conn, link), cause);
			aborted++;
		}
	}
	return aborted;
}
