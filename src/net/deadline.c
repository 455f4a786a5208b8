/* SPDX-License-Identifier: MIT
 *
 * deadline: queues by length, one timer.
 *
 * The timer is lazy: arming a later deadline never moves it, so it may fire and
 * find nothing due, which costs one turn in the length of the shortest kind.
 */
#include "net/deadline.h"

#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/panic.h"

static void
arm_timer(struct deadlines *deadlines, int64_t at_us, int64_t now_us)
{
	int64_t wait_us = at_us > now_us ? at_us - now_us : 0;
	struct timeval wait = { .tv_sec = wait_us / CLOCK_SECOND_US,
		.tv_usec = wait_us % CLOCK_SECOND_US };

	if (event_add(deadlines->timer, &wait) == 0)
		deadlines->timer_at_us = at_us;
}

static void
expire_queue(struct deadlines *deadlines, struct list_link *queue, int64_t now_us)
{
	struct list_link *first;

	while ((first = list_first(queue)) != NULL) {
		struct deadline *deadline = list_entry(first, struct deadline, link);

		if (deadline->at_us > now_us)
			return;
		list_remove(first);
		deadlines->on_expired(deadline, deadlines->arg);
	}
}

static int64_t
earliest_us(const struct deadlines *deadlines)
{
	int64_t earliest = INT64_MAX;

	for (int kind = 0; kind < DEADLINE_KINDS; kind++) {
		struct list_link *first = list_first(&deadlines->queues[kind]);

		if (first && list_entry(first, struct deadline, link)->at_us < earliest)
			earliest = list_entry(first, struct deadline, link)->at_us;
	}
	return earliest;
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct deadlines *deadlines = arg;
	int64_t now_us = clock_monotonic_us();
	int64_t next_us;

	(void)fd;
	(void)events;
	deadlines->timer_at_us = INT64_MAX;
	for (int kind = 0; kind < DEADLINE_KINDS; kind++)
		expire_queue(deadlines, &deadlines->queues[kind], now_us);
	next_us = earliest_us(deadlines);
	if (next_us < deadlines->timer_at_us)
		arm_timer(deadlines, next_us, now_us);
}

int
deadlines_init(struct deadlines *deadlines, struct event_base *base,
    const int64_t length_us[DEADLINE_KINDS], void (*on_expired)(struct deadline *, void *arg),
    void *arg)
{
	for (int kind = 0; kind < DEADLINE_KINDS; kind++) {
		list_init(&deadlines->queues[kind]);
		deadlines->length_us[kind] = length_us[kind];
	}
	deadlines->on_expired = on_expired;
	deadlines->arg = arg;
	deadlines->timer_at_us = INT64_MAX;
	deadlines->timer = evtimer_new(base, on_timer, deadlines);
	return deadlines->timer ? 0 : -ENOMEM;
}

void
deadlines_done(struct deadlines *deadlines)
{
	for (int kind = 0; kind < DEADLINE_KINDS; kind++)
		must(list_is_empty(&deadlines->queues[kind]));
	event_free(deadlines->timer);
	deadlines->timer = NULL;
}

static void
forget_all(struct list_link *queue)
{
	struct list_link *first;

	while ((first = list_first(queue)) != NULL)
		list_remove(first);
}

void
deadlines_set_length(
    struct deadlines *deadlines, enum deadline_kind kind, int64_t length_us, int64_t now_us)
{
	struct list_link *queue = &deadlines->queues[kind];
	const int64_t longer_us = length_us - deadlines->length_us[kind];
	struct list_link *link;
	int64_t next_us;

	deadlines->length_us[kind] = length_us;
	if (length_us == 0)
		forget_all(queue);
	list_foreach (link, queue)
		list_entry(link, struct deadline, link)->at_us += longer_us;
	next_us = earliest_us(deadlines);
	if (next_us < deadlines->timer_at_us)
		arm_timer(deadlines, next_us, now_us);
}

void
deadline_init(struct deadline *deadline)
{
	list_init(&deadline->link);
	deadline->at_us = 0;
	deadline->kind = DEADLINE_IDLE;
}

void
deadline_arm(
    struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind, int64_t now_us)
{
	list_remove(&deadline->link);
	if (deadlines->length_us[kind] == 0)
		return;
	deadline->kind = kind;
	deadline->at_us = now_us + deadlines->length_us[kind];
	list_append(&deadlines->queues[kind], &deadline->link);
	if (deadline->at_us < deadlines->timer_at_us)
		arm_timer(deadlines, deadline->at_us, now_us);
}

static int64_t
time_of(struct list_link *link)
{
	return list_entry(link, struct deadline, link)->at_us;
}

/* The link behind which a deadline of `at_us` stands. */
static struct list_link *
find_place(struct list_link *queue, struct list_link *from, int64_t at_us)
{
	while (from->next != queue && time_of(from->next) <= at_us)
		from = from->next;
	while (from != queue && time_of(from) > at_us)
		from = from->prev;
	return from;
}

void
deadline_restore(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind,
    int64_t at_us, const struct deadline *before)
{
	struct list_link *queue = &deadlines->queues[kind];
	struct list_link *from = queue->prev;

	list_remove(&deadline->link);
	if (deadlines->length_us[kind] == 0 || at_us == 0)
		return;
	if (before && before->kind == kind && deadline_is_armed(before))
		from = before->link.next->prev;
	deadline->kind = kind;
	deadline->at_us = at_us;
	/* To append it before what follows its place is to put it there. */
	list_append(find_place(queue, from, at_us)->next, &deadline->link);
	if (at_us < deadlines->timer_at_us)
		arm_timer(deadlines, at_us, clock_monotonic_us());
}

void
deadline_disarm(struct deadline *deadline)
{
	list_remove(&deadline->link);
}

bool
deadline_is_armed(const struct deadline *deadline)
{
	return !list_is_empty(&deadline->link);
}
