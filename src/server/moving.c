/* SPDX-License-Identifier: MIT */
#include "server/moving.h"

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/balance.h"
#include "server/loop.h"

/* Between two looks of a surplus loop for connections that can go. */
#define PARTING_STEP_US (20 * 1000)
/* A loop whose heartbeat is older than that is given nothing. */
#define HEARTBEAT_MAX_US (3 * CLOCK_SECOND_US)

/* --- Taking --------------------------------------------------------------------------- */

static void
take(struct loop *loop, bool is_last)
{
	struct letter letters[MAILBOX_MAX];
	const size_t count = mailbox_take(&loop->mailbox, letters, is_last);
	const struct conn *before = NULL;

	loop->conns.now_us = clock_monotonic_us();
	for (size_t i = 0; i < count; i++) {
		must(letters[i].listener < loop->listener_count);
		conn_attach(&loop->conns, &loop->listeners[letters[i].listener]->origin,
		    letters[i].conn, before);
		before = letters[i].conn;
	}
	if (count == 0)
		return;
	log_debug("loop %u: %zu connections have come from other loops", loop->index, count);
	overload_weigh(loop);
	loop_publish(loop);
}

void
moving_take(struct loop *loop)
{
	take(loop, false);
}

void
moving_close(struct loop *loop)
{
	take(loop, true);
}

/* --- Giving --------------------------------------------------------------------------- */

/* The place of its listener; listener_count where that has retired. */
static size_t
place_of(const struct loop *loop, const struct conn *conn)
{
	size_t place = 0;

	while (place < loop->listener_count && &loop->listeners[place]->origin != conn->origin)
		place++;
	return place;
}

/* From the end of the list of `state`, where those stand that became so last, at most
 * `most` connections. Returns how many went. */
static size_t
give_of(struct loop *loop, struct loop *to, enum conn_state state, size_t most)
{
	struct list_link *head = &loop->conns.lists[state];
	struct list_link *link = head->prev;
	size_t looked_at = loop->conns.counts[state];
	size_t given = 0;

	/* To park one moves it to another list, and nothing else moves. */
	for (; link != head && given < most && looked_at > 0; looked_at--) {
		struct conn *conn = list_entry(link, struct conn, link);
		const struct letter letter = { conn, place_of(loop, conn) };

		link = link->prev;
		if (letter.listener == loop->listener_count || !conn_detach(conn))
			continue;
		mailbox_put(&to->mailbox, letter);
		given++;
	}
	return given;
}

static size_t
give(struct loop *loop, struct loop *to, size_t most)
{
	size_t room = mailbox_lock(&to->mailbox, loop->services->generation->number);
	size_t given;

	if (room > most)
		room = most;
	given = give_of(loop, to, CONN_PARKED, room);
	if (loop->is_surplus) {
		given += give_of(loop, to, CONN_IDLE, room - given);
		given += give_of(loop, to, CONN_BUSY, room - given);
	}
	mailbox_unlock(&to->mailbox);
	if (given == 0)
		return 0;
	loop_tell(to, LOOP_CONNECTIONS_COME);
	log_debug("loop %u: gave %zu connections to loop %u", loop->index, given, to->index);
	return given;
}

/* --- Balance -------------------------------------------------------------------------- */

static struct balance_load
load_of(struct loop *loop)
{
	return (struct balance_load){ .busy = atomic_load(&loop->counts.busy),
		.open = atomic_load(&loop->counts.open) };
}

static bool
is_alive(const struct loop *loop, int64_t now_us)
{
	return !loop_has_ended(loop) &&
	    now_us - atomic_load(&loop->counts.heartbeat_us) < HEARTBEAT_MAX_US;
}

/* To the one that differs most. */
void
moving_balance(struct loop *loop)
{
	const struct balance_load mine = load_of(loop);
	struct loop *neediest = NULL;
	size_t most = 0;

	if (loop->is_surplus || loop->drain.step != DRAIN_NONE)
		return;
	for (unsigned i = 0; i < loop->peer_count; i++) {
		struct loop *peer = loop->peers[i];
		const struct balance_load theirs = load_of(peer);
		const size_t share = balance_share(&mine, &theirs);

		if (peer == loop || share <= most || !is_alive(peer, loop->conns.now_us))
			continue;
		most = share;
		neediest = peer;
	}
	if (neediest)
		(void)give(loop, neediest, most);
}

/* --- A surplus loop ------------------------------------------------------------------- */

static void
step_after(struct loop *loop)
{
	const struct timeval step = { .tv_usec = PARTING_STEP_US };

	if (event_add(loop->parting, &step) != 0)
		log_error(
		    "loop %u: no memory for a timer: its connections stay with it", loop->index);
}

/* Each of the others gets as many in its turn. */
static void
give_all(struct loop *loop)
{
	const struct conn_set *conns = &loop->conns;
	const size_t share = conns->open / loop->peer_count + 1;

	for (unsigned i = 0; i < loop->peer_count && conns->open > 0; i++) {
		struct loop *peer = loop->peers[(loop->next_peer + i) % loop->peer_count];

		if (is_alive(peer, conns->now_us))
			(void)give(loop, peer, share);
	}
	loop->next_peer++;
}

static void
end_if_empty(struct loop *loop)
{
	if (loop->conns.open > 0 || !list_is_empty(&loop->retirements))
		return;
	/* The report at the end is about those who were there when the server drained. */
	loop->tally_before = loop->conns.tally;
	loop->has_parted = true;
	(void)event_base_loopexit(loop->base, NULL);
}

static void
on_parting(evutil_socket_t fd, short events, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)events;
	if (!loop->is_surplus || loop->drain.step != DRAIN_NONE)
		return;
	loop->conns.now_us = clock_monotonic_us();
	give_all(loop);
	end_if_empty(loop);
	step_after(loop);
}

struct event *
moving_new_timer(struct loop *loop)
{
	return evtimer_new(loop->base, on_parting, loop);
}

void
moving_open(struct loop *loop)
{
	if (loop->drain.step != DRAIN_NONE)
		return;
	if (loop->is_surplus)
		step_after(loop);
	else
		mailbox_open(&loop->mailbox, loop->services->generation->number);
}
