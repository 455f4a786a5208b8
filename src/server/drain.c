/* SPDX-License-Identifier: MIT
 *
 * drain: the steps, in order, are the functions announce, stop_accepting, finish,
 * see_out_idle and drain_cut; `advance` takes the one after the other.
 *
 * Idle connections are not closed at once: the next request of a client may be
 * on its way already, and a FIN that crosses it loses the request however clean
 * the FIN is. So each gets a grace in which one more request is answered, with
 * `Connection: close`; in the second half of it those that stayed silent get
 * our FIN, a few at a time, so that their reconnects do not come as one wave.
 * Whose answer takes longer than that gets as long afterwards, from when it has
 * arrived.
 */
#include "server/drain.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "net/half_open.h"
#include "net/sockinfo.h"
#include "server/loop.h"

/* Between two looks at a queue in which handshakes may still complete; how long
 * they are given, even if none is seen, since one answered with a SYN cookie is
 * not; and how long at most: a SYN-ACK is sent again after a second, and after
 * two more. */
#define QUEUE_STEP_US (10 * 1000)
#define HANDSHAKE_WAIT_US (100 * 1000)
#define HANDSHAKE_MAX_US (3500 * 1000)

/* Between two batches of FINs for idle connections. */
#define FIN_STEP_US (10 * 1000)

/* Between two looks at those who are to have their grace later. */
#define FAR_STEP_US (100 * 1000)

#define NAMED_MAX 20 /* connections named one by one when they are cut */

/* --- Whose drain it is ---------------------------------------------------------- */

static size_t
count_listeners(const struct drain *drain)
{
	return drain->is_whole ? drain->loop->listener_count : drain->listener_count;
}

static struct listener *
listener_at(const struct drain *drain, size_t index)
{
	return drain->is_whole ? drain->loop->listeners[index] : drain->listeners[index];
}

/* Calls `apply` for the connections that drain, by their origins. */
const char *
drain_step_name(enum drain_step step)
{
	static const char *const names[DRAIN_DONE + 1] = {
		[DRAIN_NONE] = "none",
		[DRAIN_ANNOUNCE] = "announce",
		[DRAIN_STOP_ACCEPTING] = "stop_accepting",
		[DRAIN_GRACE] = "grace",
		[DRAIN_WAIT] = "wait",
		[DRAIN_DONE] = "done",
	};

	must(step <= DRAIN_DONE);
	return names[step];
}

static void
each_origin(const struct drain *drain, void (*apply)(const struct drain *, struct conn_origin *of))
{
	if (drain->is_whole) {
		apply(drain, NULL);
		return;
	}
	for (size_t i = 0; i < drain->listener_count; i++)
		apply(drain, &drain->listeners[i]->origin);
}

static const struct config_drain *
lengths(const struct drain *drain)
{
	return &drain->loop->services->generation->config->drain;
}

static void
move_after(struct drain *drain, int64_t wait_us)
{
	const struct timeval wait = { .tv_sec = wait_us / CLOCK_SECOND_US,
		.tv_usec = wait_us % CLOCK_SECOND_US };

	if (event_add(drain->timer, &wait) != 0)
		log_error("loop %u: no memory for a timer of the drain", drain->loop->index);
}

static void
enter(struct drain *drain, enum drain_step step, int64_t lasts_us)
{
	int64_t now_us = clock_monotonic_us();

	if (drain->step != DRAIN_NONE)
		drain->step_us[drain->step] = now_us - drain->step_began_us;
	drain->step = step;
	drain->step_began_us = now_us;
	drain->step_until_us = now_us + lasts_us;
	drain->total_us = now_us - drain->began_us;
}

/* --- The steps ---------------------------------------------------------------- */

/* Readiness says no from now on; everything is still served. */
static void
announce(struct drain *drain)
{
	enter(drain, DRAIN_ANNOUNCE, lengths(drain)->notice_us);
	move_after(drain, lengths(drain)->notice_us);
}

static void
stop_accepting(struct drain *drain)
{
	enter(drain, DRAIN_STOP_ACCEPTING, HANDSHAKE_WAIT_US);
	for (size_t i = 0; i < count_listeners(drain); i++)
		listener_drain_begin(listener_at(drain, i));
	move_after(drain, 0);
}

static void
accept_the_queue(struct drain *drain)
{
	for (size_t i = 0; i < count_listeners(drain); i++)
		(void)listener_drain_queue(listener_at(drain, i));
}

static bool
is_in_handshake(const struct drain *drain)
{
	if (clock_monotonic_us() - drain->step_began_us >= HANDSHAKE_MAX_US)
		return false;
	for (size_t i = 0; i < count_listeners(drain); i++) {
		const struct listen_socket *socket = &listener_at(drain, i)->socket;

		if (socket->fd >= 0 && half_open_count(socket) > 0)
			return true;
	}
	return false;
}

/* A queue that could not be accepted, for want of descriptors, keeps its listener
 * open until connections have ended. */
static void
close_empty_listeners(struct drain *drain)
{
	for (size_t i = 0; i < count_listeners(drain); i++)
		if (!listener_has_waiting(listener_at(drain, i)))
			listener_drain_end(listener_at(drain, i));
}

static bool
is_listening(const struct drain *drain)
{
	for (size_t i = 0; i < count_listeners(drain); i++)
		if (listener_at(drain, i)->socket.fd >= 0)
			return true;
	return false;
}

static void
tell_connections(const struct drain *drain, struct conn_origin *of)
{
	conn_set_drain(&drain->loop->conns, of);
}

static void
finish(struct drain *drain)
{
	close_empty_listeners(drain);
	enter(drain, DRAIN_GRACE, lengths(drain)->idle_grace_us);
	drain->grace_began_us = clock_monotonic_us();
	each_origin(drain, tell_connections);
	move_after(drain, lengths(drain)->idle_grace_us / 2);
}

/* Of the idle connections as many as are due now, if all are to be seen out
 * evenly until the step ends. */
static void
finish_due(const struct drain *drain, struct conn_origin *of)
{
	int64_t left_us = drain->step_until_us - clock_monotonic_us();
	size_t batches = left_us > FIN_STEP_US ? (size_t)(left_us / FIN_STEP_US) : 1;
	size_t idle = conn_set_count_idle(&drain->loop->conns, of);
	const struct conn_grace grace = { .of = of,
		.most = (idle + batches - 1) / batches,
		.since_us = drain->grace_began_us,
		.grace_us = lengths(drain)->idle_grace_us / 2 };

	conn_set_finish_idle(&drain->loop->conns, &grace, ENDING_DRAINED);
}

static void
see_out_idle(struct drain *drain)
{
	each_origin(drain, finish_due);
	if (clock_monotonic_us() >= drain->step_until_us && drain->step == DRAIN_GRACE)
		enter(drain, DRAIN_WAIT, 0);
}

static void
advance(struct drain *drain)
{
	bool is_over = clock_monotonic_us() >= drain->step_until_us;

	loop_publish(drain->loop);
	switch (drain->step) {
	case DRAIN_ANNOUNCE:
		stop_accepting(drain);
		return;
	case DRAIN_STOP_ACCEPTING:
		accept_the_queue(drain);
		if (is_over && !is_in_handshake(drain))
			finish(drain);
		else
			move_after(drain, QUEUE_STEP_US);
		break;
	case DRAIN_GRACE:
	case DRAIN_WAIT:
		accept_the_queue(drain);
		close_empty_listeners(drain);
		see_out_idle(drain);
		move_after(drain, drain->step == DRAIN_GRACE ? FIN_STEP_US : FAR_STEP_US);
		break;
	case DRAIN_NONE:
	case DRAIN_DONE:
		break;
	}
	if (drain->is_whole)
		drain_check(drain);
	else
		drain->on_moved(drain);
}

static void
name_one(const struct conn *conn, void *arg)
{
	size_t *named = arg;
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));
	struct sockinfo_path path = { .state = "not TCP" };

	if ((*named)++ >= NAMED_MAX)
		return;
	peer_put(&peer, &conn->peer);
	(void)!sockinfo_path(conn->fd, &path);
	log_warning("cut: c%llu %s, %s on listener %s: %s, open for %lld s, request %llu, %zu "
		    "bytes unsent, %zu unacknowledged, %s",
	    (unsigned long long)conn->id, text_string(&peer), conn->ops->name,
	    conn->origin->listener, conn_state_name(conn->state),
	    (long long)((clock_monotonic_us() - conn->opened_us) / CLOCK_SECOND_US),
	    (unsigned long long)conn->requests, conn_output_length(conn),
	    sockinfo_unacknowledged(conn->fd), path.state);
}

static void
cut_connections(const struct drain *drain, struct conn_origin *of)
{
	struct conn_set *conns = &drain->loop->conns;
	size_t named = 0;

	conn_set_foreach(conns, of, name_one, &named);
	if (named > NAMED_MAX)
		log_warning("cut: … and %zu more", named - NAMED_MAX);
}

static void
cut_listeners(struct drain *drain, enum ending_cause cause)
{
	struct loop *loop = drain->loop;
	size_t count = 0;

	if (drain->is_whole)
		count = conn_set_abort_all(&loop->conns, NULL, cause);
	for (size_t i = 0; i < drain->listener_count; i++)
		count += conn_set_abort_all(&loop->conns, &drain->listeners[i]->origin, cause);
	drain->cut += count;
	/* The report at the end is about all that was cut since the server drains. */
	if (!drain->is_whole && loop->drain.step != DRAIN_NONE)
		loop->drain.cut += count;
}

void
drain_cut(struct drain *drain, enum ending_cause cause)
{
	/* The loop's last turn may hear of a stop that comes too late. */
	if (drain->step == DRAIN_DONE)
		return;
	/* Who waits in a queue is lost as well: accepted, he is counted. */
	accept_the_queue(drain);
	for (size_t i = 0; i < count_listeners(drain); i++)
		listener_drain_end(listener_at(drain, i));
	each_origin(drain, cut_connections);
	/* An emigration has begun before. */
	if (drain->step == DRAIN_NONE && drain->began_us == 0)
		drain->began_us = clock_monotonic_us();
	enter(drain, DRAIN_WAIT, 0);
	cut_listeners(drain, cause);
	if (drain->is_whole)
		drain_check(drain);
}

/* --- The frame ---------------------------------------------------------------- */

bool
drain_is_over(const struct drain *drain)
{
	if (drain->step < DRAIN_GRACE || is_listening(drain))
		return false;
	if (drain->is_whole)
		return drain->loop->conns.open == 0;
	for (size_t i = 0; i < drain->listener_count; i++)
		if (drain->listeners[i]->origin.open_count > 0)
			return false;
	return true;
}

void
drain_check(struct drain *drain)
{
	if (drain->step == DRAIN_DONE || !drain_is_over(drain) || loop_is_retiring(drain->loop))
		return;
	enter(drain, DRAIN_DONE, 0);
	(void)event_del(drain->deadline);
	(void)event_base_loopexit(drain->loop->base, NULL);
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	advance(arg);
}

static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
	struct drain *drain = arg;

	(void)fd;
	(void)events;
	log_warning("loop %u: drain.deadline is reached with %zu connections open",
	    drain->loop->index, drain->loop->conns.open);
	drain_cut(drain, ENDING_DRAIN_DEADLINE);
}

void
drain_begin(struct drain *drain)
{
	int64_t deadline_us = lengths(drain)->notice_us + lengths(drain)->deadline_us;
	const struct timeval deadline = { .tv_sec = deadline_us / CLOCK_SECOND_US,
		.tv_usec = deadline_us % CLOCK_SECOND_US };

	if (drain->step != DRAIN_NONE)
		return;
	drain->began_us = clock_monotonic_us();
	(void)event_add(drain->deadline, &deadline);
	if (drain->is_whole)
		announce(drain);
	else
		stop_accepting(drain);
}

int
drain_init(struct drain *drain, struct loop *loop, struct event_base *base)
{
	drain->loop = loop;
	drain->timer = evtimer_new(base, on_timer, drain);
	drain->deadline = evtimer_new(base, on_deadline, drain);
	return drain->timer && drain->deadline ? 0 : -ENOMEM;
}

void
drain_done(struct drain *drain)
{
	if (drain->timer)
		event_free(drain->timer);
	if (drain->deadline)
		event_free(drain->deadline);
}
