/* SPDX-License-Identifier: MIT
 *
 * listener_queue: sampling. The kernel keeps no record of how long a queue was, so
 * it is looked at when it is about to shrink: in each turn of the loop in which
 * somebody is accepted. What was full between two turns is seen in the drops.
 */
#include "net/listener_queue.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/listener.h"
#include "net/sockinfo.h"

#define WARNING_PERIOD_US (60 * CLOCK_SECOND_US)

/* `waited`: how many were in it at the moment that is looked at. */
static void
note(struct listener_queue *queue, const struct sockinfo_queue *seen, uint32_t waited)
{
	queue->is_known = true;
	queue->length = seen->length;
	queue->limit = seen->backlog;
	if (waited > queue->peak)
		queue->peak = waited;
	if (waited > queue->recent_peak)
		queue->recent_peak = waited;
	if (waited >= seen->backlog)
		queue->full++;
}

void
listener_queue_at_accept(struct listener *listener)
{
	struct listener_queue *queue = &listener->queue;
	const uint64_t turn = listener->conns->turns;
	struct sockinfo_queue seen;

	if (queue->turn == turn)
		return;
	queue->turn = turn;
	/* The one who was just accepted was in it. */
	if (sockinfo_queue_length(listener->socket.fd, &seen) == 0)
		note(queue, &seen, seen.length + 1);
}

static bool
is_near_limit(const struct listener_queue *queue)
{
	return (uint64_t)queue->recent_peak * 5 > (uint64_t)queue->limit * 4;
}

/* The next power of two above twice the peak: the queue is then half empty at such
 * a moment. */
static uint32_t
wanted_backlog(uint32_t peak)
{
	uint32_t wanted = 16;

	while (wanted < 2 * (uint64_t)peak && wanted < (UINT32_C(1) << 16))
		wanted *= 2;
	return wanted > UINT16_MAX ? UINT16_MAX : wanted;
}

static void
warn(const struct listener *listener)
{
	const struct listener_queue *queue = &listener->queue;
	const uint32_t wanted = wanted_backlog(queue->recent_peak);
	const uint32_t most = listen_socket_somaxconn();
	char room[64] = "";
	struct text also = text_over(room, sizeof(room));

	if (most > 0 && most < wanted)
		text_put_format(&also, ", and net.core.somaxconn as well (now %" PRIu32 ")", most);
	log_warning("listener %s: %" PRIu32 " clients waited in an accept queue of %" PRIu32
		    " (full %" PRIu64 " times, %" PRIu32 " dropped so far): raise backlog to "
		    "%" PRIu32 "%s, or add loops",
	    listener->name, queue->recent_peak, queue->limit, queue->full, queue->drops, wanted,
	    text_string(&also));
}

static void
warn_if_due(struct listener *listener)
{
	struct listener_queue *queue = &listener->queue;
	const int64_t now_us = clock_monotonic_us();

	if (!is_near_limit(queue))
		return;
	if (queue->warned_us != 0 && now_us - queue->warned_us < WARNING_PERIOD_US)
		return;
	warn(listener);
	queue->warned_us = now_us;
	queue->recent_peak = 0;
}

void
listener_queue_look(struct listener *listener)
{
	struct sockinfo_queue seen;

	if (listener->socket.fd < 0) {
		listener->queue.length = 0;
		return;
	}
	if (sockinfo_queue(listener->socket.fd, &seen) != 0)
		return;
	note(&listener->queue, &seen, seen.length);
	listener->queue.drops = seen.drops;
	warn_if_due(listener);
}

uint64_t
listener_queue_drops(const struct listener_queue *queue)
{
	return queue->more_drops + queue->drops - queue->moved_drops;
}

void
listener_queue_move_counts(struct listener_queue *from, struct listener_queue *to)
{
	to->more_drops += listener_queue_drops(from);
	to->full += from->full;
	from->more_drops = 0;
	from->moved_drops = from->drops;
	from->full = 0;
}
