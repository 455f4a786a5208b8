/* SPDX-License-Identifier: MIT
 *
 * emigration: connections are looked at every few milliseconds, and those are taken that
 * happen to be between two requests, which under load is most of them: a request that
 * waits unread in the socket goes along, and so does one of which a part was read. A loop has one
 * batch on its way at a time, so the successor is never given more than it takes.
 */
#include "server/emigration.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/immigration.h"
#include "server/loop.h"
#include "server/moving.h"

#define STEP_US (5 * 1000)
/* Requests that are answered within this are no reason to wait. */
#define CALM_US (100 * 1000)
#define SEE_OUT_US (100 * 1000)
/* How long the queue of a socket that the successor does not have is looked after. */
#define QUEUE_US (200 * 1000)
/* Input beyond it waits for the next batch. */
#define INPUT_MAX (HANDOVER_MESSAGE_MAX / 2)

/* --- The main thread ------------------------------------------------------------------ */

void
emigrants_free(struct emigrants *emigrants)
{
	if (!emigrants)
		return;
	for (uint32_t i = 0; i < emigrants->batch.count; i++) {
		emigrants->batch.items[i].passport.fd = emigrants->fds[i];
		passport_done(&emigrants->batch.items[i].passport);
	}
	free(emigrants);
}

struct emigration_order *
emigration_order_new(size_t count)
{
	struct emigration_order *order =
	    calloc(1, sizeof(*order) + count * sizeof(order->listeners[0]));

	if (order)
		order->count = count;
	return order;
}

bool
emigration_is_empty(const struct loop *loop)
{
	return !atomic_load(&loop->emigration.outbox) &&
	    (atomic_load(&loop->emigration.is_empty) || loop_has_ended(loop));
}

void
emigration_order(struct loop *loop, struct emigration_order *order)
{
	free(atomic_exchange(&loop->emigration.order, order));
	loop_tell(loop, LOOP_EMIGRATE);
}

void
emigration_revoke(struct loop *loop)
{
	free(atomic_exchange(&loop->emigration.order, NULL));
	loop_tell(loop, LOOP_STAY);
}

struct emigrants *
emigration_collect(struct loop *loop)
{
	return atomic_exchange(&loop->emigration.outbox, NULL);
}

/* --- A batch -------------------------------------------------------------------------- */

static bool
is_served(const struct emigration *emigration, const struct conn *conn, size_t *ret_index)
{
	const struct loop *loop = emigration->loop;

	for (size_t i = 0; i < loop->listener_count; i++) {
		if (conn->origin != &loop->listeners[i]->origin)
			continue;
		*ret_index = i;
		return i < emigration->followed->count &&
		    emigration->followed->listeners[i].is_served;
	}
	return false;
}

static bool
take_share(struct emigration *emigration)
{
	atomic_size_t *quota = emigration->followed->quota;
	size_t left;

	if (!quota)
		return true;
	left = atomic_load(quota);
	while (left > 0)
		if (atomic_compare_exchange_weak(quota, &left, left - 1))
			return true;
	emigration->is_spent = true;
	return false;
}

static void
give_share_back(const struct emigration *emigration)
{
	if (emigration->followed->quota)
		(void)atomic_fetch_add(emigration->followed->quota, 1);
}

/* Returns the bytes of input that go along. */
static size_t
take_aboard(struct emigration *emigration, struct emigrants *emigrants, struct conn *conn)
{
	struct handover_batch *batch = &emigrants->batch;
	struct handover_connection *item = &batch->items[batch->count];
	size_t index;

	if (!is_served(emigration, conn, &index) || !take_share(emigration))
		return 0;
	if (conn_emigrate(conn, &item->passport) != 0) {
		give_share_back(emigration);
		return 0;
	}
	item->loop = (uint16_t)emigration->loop->index;
	item->at = emigration->loop->listeners[index]->socket.address;
	emigrants->fds[batch->count++] = item->passport.fd;
	item->passport.fd = -1;
	emigration->given++;
	return item->passport.input_len;
}

static void
take_listed(struct emigration *emigration, struct emigrants *emigrants, enum conn_state state,
    size_t *input)
{
	struct conn_set *conns = &emigration->loop->conns;
	struct list_link *link;
	struct list_link *following;

	list_foreach_safe (link, following, &conns->lists[state]) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (emigrants->batch.count == HANDOVER_BATCH_MAX || *input > INPUT_MAX)
			return;
		*input += take_aboard(emigration, emigrants, conn);
	}
}

/* Whether there is a batch now. */
static bool
make_batch(struct emigration *emigration)
{
	struct conn_set *conns = &emigration->loop->conns;
	struct emigrants *emigrants;
	size_t input = 0;

	if (atomic_load(&emigration->outbox) ||
	    conns->counts[CONN_IDLE] + conns->counts[CONN_PARKED] + conns->counts[CONN_BUSY] == 0)
		return false;
	emigrants = calloc(1, sizeof(*emigrants));
	if (!emigrants)
		return false;
	conns->now_us = clock_monotonic_us();
	take_listed(emigration, emigrants, CONN_PARKED, &input);
	take_listed(emigration, emigrants, CONN_IDLE, &input);
	take_listed(emigration, emigrants, CONN_BUSY, &input);
	if (emigrants->batch.count == 0) {
		free(emigrants);
		return false;
	}
	atomic_store(&emigration->outbox, emigrants);
	return true;
}

/* --- What stays ------------------------------------------------------------------------ */

static void
drain_origin(struct conn_set *conns, struct listener *listener)
{
	if (!listener->origin.is_draining)
		conn_set_drain(conns, &listener->origin);
}

/* A socket that the successor has is left alone: its queue is shared. */
static void
stop_listener(struct emigration *emigration, size_t index)
{
	const struct emigration_order *order = emigration->followed;
	struct listener *listener = emigration->loop->listeners[index];
	const bool can_go = index < order->count && order->listeners[index].is_served &&
	    listener->origin.service->ops->park;

	if (index < order->count && order->listeners[index].is_taken)
		listener_pause(listener, LISTENER_PAUSE_HANDED);
	else
		listener_drain_begin(listener);
	if (!can_go)
		drain_origin(&emigration->loop->conns, listener);
}

static void
stop_accepting(struct emigration *emigration)
{
	for (size_t i = 0; i < emigration->loop->listener_count; i++)
		stop_listener(emigration, i);
}

/* Those who cannot leave are waited for longest. */
static void
stop_streams(struct emigration *emigration)
{
	const struct loop *loop = emigration->loop;

	for (size_t i = 0; i < loop->listener_count; i++)
		if (!loop->listeners[i]->origin.service->ops->park)
			stop_listener(emigration, i);
}

/* No further connection can leave. */
static void
drain_rest(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;

	for (size_t i = 0; i < loop->listener_count; i++)
		drain_origin(&loop->conns, loop->listeners[i]);
}

/* The queue of a socket that nobody else has, until it is empty. */
static void
close_others(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;
	const bool is_over = clock_monotonic_us() - emigration->began_us > QUEUE_US;

	for (size_t i = 0; i < loop->listener_count; i++) {
		struct listener *listener = loop->listeners[i];

		if (listener->pause & LISTENER_PAUSE_HANDED)
			continue;
		(void)listener_drain_queue(listener);
		if (is_over && !listener_has_waiting(listener))
			listener_drain_end(listener);
	}
}

static void
see_out(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;
	const int64_t now_us = clock_monotonic_us();

	if (now_us - emigration->seen_out_us < SEE_OUT_US)
		return;
	emigration->seen_out_us = now_us;
	loop_publish(loop);
	for (size_t i = 0; i < loop->listener_count; i++) {
		const struct conn_grace grace = { .of = &loop->listeners[i]->origin,
			.most = SIZE_MAX,
			.since_us = emigration->began_us,
			.grace_us = loop->services->generation->config->drain.idle_grace_us / 2 };

		if (grace.of->is_draining)
			conn_set_finish_idle(&loop->conns, &grace, ENDING_DRAINED);
	}
}

static bool
is_listening_alone(const struct loop *loop)
{
	for (size_t i = 0; i < loop->listener_count; i++)
		if (loop->listeners[i]->socket.fd >= 0 &&
		    !(loop->listeners[i]->pause & LISTENER_PAUSE_HANDED))
			return true;
	return false;
}

/* --- Steps ------------------------------------------------------------------------------ */

void
emigration_abandon(struct loop *loop)
{
	for (size_t i = 0; i < loop->listener_count; i++)
		if (loop->listeners[i]->pause & LISTENER_PAUSE_HANDED)
			listener_abandon(loop->listeners[i]);
}

static bool
is_overdue(const struct emigration *emigration)
{
	return clock_monotonic_us() - emigration->began_us >
	    emigration->loop->services->generation->config->drain.deadline_us;
}

static void
cut(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;

	log_warning("loop %u: drain.deadline is reached with %zu connections that were not handed "
		    "over",
	    loop->index, loop->conns.open);
	emigration_abandon(loop);
	drain_cut(&loop->drain, ENDING_DRAIN_DEADLINE);
}

static void
arm(struct emigration *emigration)
{
	const struct timeval step = { .tv_usec = STEP_US };

	if (event_add(emigration->timer, &step) != 0)
		log_error("loop %u: no memory for a timer of the upgrade", emigration->loop->index);
}

/* Those who were busy are through: so are those who are now, soon, if that was soon. */
static bool
is_calm(struct emigration *emigration)
{
	const struct conn_set *conns = &emigration->loop->conns;
	const int64_t now_us = clock_monotonic_us();
	const bool was_soon = now_us - emigration->marked_us <= CALM_US;

	if (!patience_is_over(&emigration->patience, conns))
		return false;
	patience_done(&emigration->patience);
	emigration->marked_us = now_us;
	return was_soon || patience_init(&emigration->patience, conns) != 0;
}

/* Whether it is to serve as before still: for half of the time that there is at most. */
static bool
is_waited_for(struct emigration *emigration)
{
	const int64_t most_us =
	    emigration->loop->services->generation->config->drain.deadline_us / 2;

	return clock_monotonic_us() - emigration->began_us < most_us && !is_calm(emigration);
}

static bool
is_done(const struct loop *loop)
{
	return loop->conns.open == 0 && !is_listening_alone(loop) && !loop_is_retiring(loop) &&
	    !atomic_load(&loop->immigration.waiting);
}

/* False: it is at its end, in bad order. */
static bool
go_on(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;

	if (make_batch(emigration))
		loop->on_news(loop->arg);
	if (emigration->is_spent)
		drain_rest(emigration);
	close_others(emigration);
	see_out(emigration);
	if (is_done(loop)) {
		if (!atomic_exchange(&emigration->is_empty, true))
			loop->on_news(loop->arg);
	} else if (is_overdue(emigration)) {
		cut(emigration);
		return false;
	}
	return true;
}

static void
advance(struct emigration *emigration)
{
	struct loop *loop = emigration->loop;

	if (!emigration->followed || loop->drain.step != DRAIN_NONE)
		return;
	if (emigration->is_waiting && !is_waited_for(emigration)) {
		emigration->is_waiting = false;
		stop_accepting(emigration);
	}
	if (!emigration->is_waiting && !go_on(emigration))
		return;
	arm(emigration);
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	advance(arg);
}

static void
begin(struct emigration *emigration, struct emigration_order *order)
{
	struct loop *loop = emigration->loop;

	if (emigration->followed || loop->drain.step != DRAIN_NONE) {
		free(order);
		return;
	}
	emigration->followed = order;
	emigration->began_us = clock_monotonic_us();
	emigration->given = 0;
	loop->tally_before = loop->conns.tally;
	loop->drain.began_us = emigration->began_us;
	emigration->is_spent = false;
	emigration->marked_us = emigration->began_us;
	emigration->is_waiting =
	    order->is_patient && patience_init(&emigration->patience, &loop->conns) == 0;
	moving_close(loop);
	if (emigration->is_waiting)
		stop_streams(emigration);
	else
		stop_accepting(emigration);
}

void
emigration_go_on(struct loop *loop)
{
	struct emigration_order *order = atomic_exchange(&loop->emigration.order, NULL);

	if (order)
		begin(&loop->emigration, order);
	advance(&loop->emigration);
}

static void
take_back(struct emigration *emigration)
{
	struct emigrants *emigrants = atomic_exchange(&emigration->outbox, NULL);

	if (!emigrants)
		return;
	immigration_return(emigration->loop, &emigrants->batch, emigrants->fds);
	emigrants_free(emigrants);
}

void
emigration_cancel(struct loop *loop)
{
	struct emigration *emigration = &loop->emigration;

	if (!emigration->followed || loop->drain.step != DRAIN_NONE)
		return;
	take_back(emigration);
	patience_done(&emigration->patience);
	free(emigration->followed);
	emigration->followed = NULL;
	atomic_store(&emigration->is_empty, false);
	(void)event_del(emigration->timer);
	loop->drain.began_us = 0;
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_resume(loop->listeners[i], LISTENER_PAUSE_HANDED);
	moving_open(loop);
}

void
emigration_leave(struct loop *loop)
{
	if (loop->drain.step != DRAIN_NONE)
		return;
	emigration_abandon(loop);
	drain_cut(&loop->drain, ENDING_DRAINED);
}

int
emigration_init(struct emigration *emigration, struct loop *loop)
{
	emigration->loop = loop;
	emigration->timer = evtimer_new(loop->base, on_timer, emigration);
	return emigration->timer ? 0 : -ENOMEM;
}

void
emigration_done(struct emigration *emigration)
{
	if (emigration->timer)
		event_free(emigration->timer);
	patience_done(&emigration->patience);
	free(atomic_exchange(&emigration->order, NULL));
	free(emigration->followed);
	emigrants_free(atomic_exchange(&emigration->outbox, NULL));
}
