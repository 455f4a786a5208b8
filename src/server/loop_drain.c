/* SPDX-License-Identifier: MIT
 *
 * loop_drain: the way out of a loop. The steps, in order, are the functions
 * announce, stop_accepting, finish, see_out_idle and loop_drain_cut; `advance`
 * takes the one after the other.
 *
 * Idle connections are not closed at once: the next request of a client may be
 * on its way already, and a FIN that crosses it loses the request however clean
 * the FIN is. So each gets a grace in which one more request is answered, with
 * `Connection: close`; in the second half of it those that stayed silent get
 * our FIN, a few at a time, so that their reconnects do not come as one wave.
 * Whose answer takes longer than that gets as long afterwards, from when it has
 * arrived.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
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

static void
move_after(struct loop *loop, int64_t wait_us)
{
	const struct timeval wait = { .tv_sec = wait_us / CLOCK_SECOND_US,
		.tv_usec = wait_us % CLOCK_SECOND_US };

	if (event_add(loop->drain.timer, &wait) != 0)
		log_error("loop %u: no memory for a timer of the drain", loop->index);
}

static void
enter(struct loop *loop, enum drain_step step, int64_t lasts_us)
{
	struct loop_drain *drain = &loop->drain;
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
announce(struct loop *loop)
{
	enter(loop, DRAIN_ANNOUNCE, loop->config->drain.notice_us);
	move_after(loop, loop->config->drain.notice_us);
}

static void
stop_accepting(struct loop *loop)
{
	enter(loop, DRAIN_STOP_ACCEPTING, HANDSHAKE_WAIT_US);
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_drain_begin(loop->listeners[i]);
	move_after(loop, 0);
}

static void
accept_the_queue(struct loop *loop)
{
	for (size_t i = 0; i < loop->listener_count; i++)
		(void)listener_drain_queue(loop->listeners[i]);
}

static bool
is_in_handshake(const struct loop *loop)
{
	if (clock_monotonic_us() - loop->drain.step_began_us >= HANDSHAKE_MAX_US)
		return false;
	for (size_t i = 0; i < loop->listener_count; i++)
		if (loop->listeners[i]->socket.fd >= 0 &&
		    half_open_count(&loop->listeners[i]->socket) > 0)
			return true;
	return false;
}

/* A queue that could not be accepted, for want of descriptors, keeps its listener
 * open until connections have ended. */
static void
close_empty_listeners(struct loop *loop)
{
	for (size_t i = 0; i < loop->listener_count; i++)
		if (!listener_has_waiting(loop->listeners[i]))
			listener_drain_end(loop->listeners[i]);
}

static bool
is_listening(const struct loop *loop)
{
	for (size_t i = 0; i < loop->listener_count; i++)
		if (loop->listeners[i]->socket.fd >= 0)
			return true;
	return false;
}

static void
finish(struct loop *loop)
{
	close_empty_listeners(loop);
	enter(loop, DRAIN_GRACE, loop->config->drain.idle_grace_us);
	loop->drain.grace_began_us = clock_monotonic_us();
	conn_set_drain(&loop->conns, NULL);
	move_after(loop, loop->config->drain.idle_grace_us / 2);
}

/* Of the idle connections as many as are due now, if all are to be seen out
 * evenly until the step ends. */
static void
see_out_idle(struct loop *loop)
{
	int64_t now_us = clock_monotonic_us();
	int64_t left_us = loop->drain.step_until_us - now_us;
	int64_t grace_us = loop->config->drain.idle_grace_us / 2;
	size_t idle = loop->conns.counts[CONN_IDLE];
	size_t batches = left_us > FIN_STEP_US ? (size_t)(left_us / FIN_STEP_US) : 1;

	conn_set_finish_idle(&loop->conns,
	    &(struct conn_grace){
		NULL, (idle + batches - 1) / batches, loop->drain.grace_began_us, grace_us },
	    ENDING_DRAINED);
	if (left_us <= 0 && loop->drain.step == DRAIN_GRACE)
		enter(loop, DRAIN_WAIT, 0);
}

static void
advance(struct loop *loop)
{
	bool is_over = clock_monotonic_us() >= loop->drain.step_until_us;

	loop_publish(loop);
	switch (loop->drain.step) {
	case DRAIN_ANNOUNCE:
		stop_accepting(loop);
		return;
	case DRAIN_STOP_ACCEPTING:
		accept_the_queue(loop);
		if (is_over && !is_in_handshake(loop))
			finish(loop);
		else
			move_after(loop, QUEUE_STEP_US);
		break;
	case DRAIN_GRACE:
	case DRAIN_WAIT:
		accept_the_queue(loop);
		close_empty_listeners(loop);
		see_out_idle(loop);
		move_after(loop, loop->drain.step == DRAIN_GRACE ? FIN_STEP_US : FAR_STEP_US);
		break;
	case DRAIN_NONE:
	case DRAIN_DONE:
		break;
	}
	loop_drain_check(loop);
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
	    (unsigned long long)conn->id, text_string(&peer), conn->origin->service->ops->name,
	    conn->origin->listener, conn_state_name(conn->state),
	    (long long)((clock_monotonic_us() - conn->opened_us) / CLOCK_SECOND_US),
	    (unsigned long long)conn->requests, conn_output_length(conn),
	    sockinfo_unacknowledged(conn->fd), path.state);
}

void
loop_drain_cut(struct loop *loop, enum ending_cause cause)
{
	size_t named = 0;

	/* The loop's last turn may hear of a stop that comes too late. */
	if (loop->drain.step == DRAIN_DONE)
		return;
	/* Who waits in a queue is lost as well: accepted, he is counted. */
	accept_the_queue(loop);
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_drain_end(loop->listeners[i]);
	conn_set_foreach(&loop->conns, NULL, name_one, &named);
	if (named > NAMED_MAX)
		log_warning("cut: … and %zu more", named - NAMED_MAX);
	if (loop->drain.step == DRAIN_NONE) {
		loop->drain.began_us = clock_monotonic_us();
		loop->drain.before = loop->conns.tally;
	}
	enter(loop, DRAIN_WAIT, 0);
	loop->drain.cut += conn_set_abort_all(&loop->conns, NULL, cause);
	loop_drain_check(loop);
}

/* --- The frame ---------------------------------------------------------------- */

void
loop_drain_check(struct loop *loop)
{
	if (loop->drain.step < DRAIN_GRACE || loop->drain.step == DRAIN_DONE)
		return;
	if (loop->conns.open > 0 || is_listening(loop))
		return;
	enter(loop, DRAIN_DONE, 0);
	(void)event_del(loop->drain.deadline);
	(void)event_base_loopexit(loop->base, NULL);
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
	struct loop *loop = arg;

	(void)fd;
	(void)events;
	log_warning("loop %u: drain.deadline is reached with %zu connections open", loop->index,
	    loop->conns.open);
	loop_drain_cut(loop, ENDING_DRAIN_DEADLINE);
}

void
loop_drain_begin(struct loop *loop)
{
	int64_t deadline_us = loop->config->drain.notice_us + loop->config->drain.deadline_us;
	const struct timeval deadline = { .tv_sec = deadline_us / CLOCK_SECOND_US,
		.tv_usec = deadline_us % CLOCK_SECOND_US };

	if (loop->drain.step != DRAIN_NONE)
		return;
	loop->drain.began_us = clock_monotonic_us();
	loop->drain.before = loop->conns.tally;
	(void)event_add(loop->drain.deadline, &deadline);
	announce(loop);
}

int
loop_drain_init(struct loop *loop)
{
	loop->drain.timer = evtimer_new(loop->base, on_timer, loop);
	loop->drain.deadline = evtimer_new(loop->base, on_deadline, loop);
	return loop->drain.timer && loop->drain.deadline ? 0 : -ENOMEM;
}

void
loop_drain_done(struct loop *loop)
{
	if (loop->drain.timer)
		event_free(loop->drain.timer);
	if (loop->drain.deadline)
		event_free(loop->drain.deadline);
}
