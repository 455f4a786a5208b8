/* SPDX-License-Identifier: MIT */
#include "server/immigration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "server/loop.h"
#include "server/overload.h"
#include "server/serving.h"

/* Of one whose listener is gone so much is read at the end, at most. */
#define UNREAD_BYTES 4096
#define UNREAD_READS 16

struct immigrant {
	struct address at; /* of the listener that it came by */
	struct passport passport;
};

struct immigrants {
	struct immigrants *next;
	size_t count;
	struct immigrant items[HANDOVER_BATCH_MAX];
};

static void
free_all(struct immigrants *immigrants)
{
	while (immigrants) {
		struct immigrants *next = immigrants->next;

		for (size_t i = 0; i < immigrants->count; i++)
			passport_done(&immigrants->items[i].passport);
		free(immigrants);
		immigrants = next;
	}
}

/* --- On the main thread --------------------------------------------------------------- */

static int
fill(struct immigrant *immigrant, const struct handover_connection *connection)
{
	const struct passport *passport = &connection->passport;
	char *input = NULL;

	if (passport->input_len > 0) {
		input = malloc(passport->input_len);
		if (!input)
			return -ENOMEM;
		memcpy(input, passport->input, passport->input_len);
	}
	immigrant->at = connection->at;
	immigrant->passport = *passport;
	immigrant->passport.input = input;
	return 0;
}

static void
push(struct loop *loop, struct immigrants *immigrants)
{
	struct immigration *immigration = &loop->immigration;

	immigrants->next = atomic_load(&immigration->waiting);
	while (!atomic_compare_exchange_weak(&immigration->waiting, &immigrants->next, immigrants))
		;
	loop_tell(loop, LOOP_IMMIGRATE);
}

/* A batch comes from one loop, so it goes to one. */
int
immigration_send(const struct serving *serving, const struct handover_batch *batch, int *fds)
{
	struct immigrants *immigrants = calloc(1, sizeof(*immigrants));

	if (!immigrants)
		return -ENOMEM;
	for (uint32_t i = 0; i < batch->count; i++) {
		if (fill(&immigrants->items[i], &batch->items[i]) != 0) {
			free_all(immigrants);
			return -ENOMEM;
		}
		immigrants->count++;
	}
	for (uint32_t i = 0; i < batch->count; i++) {
		immigrants->items[i].passport.fd = fds[i];
		fds[i] = -1;
	}
	push(serving->loops[batch->count > 0 ? batch->items[0].loop % serving->loop_count : 0],
	    immigrants);
	return 0;
}

/* --- On the loop's -------------------------------------------------------------------- */

static struct listener *
find_listener(const struct loop *loop, const struct address *at)
{
	for (size_t i = 0; i < loop->listener_count; i++) {
		struct listener *listener = loop->listeners[i];

		if (address_equals(&listener->socket.address, at) &&
		    listener->origin.service->ops->park)
			return listener;
	}
	return NULL;
}

/* Our FIN; what is unread would make a reset of the close(2). */
static void
part_from(struct passport *passport)
{
	char unread[UNREAD_BYTES];

	(void)shutdown(passport->fd, SHUT_WR);
	for (int i = 0; i < UNREAD_READS; i++)
		if (recv(passport->fd, unread, sizeof(unread), MSG_DONTWAIT) <= 0)
			break;
	passport_done(passport);
}

/* Where the listener is gone, by a reload in the meantime, its peer is told by our FIN. */
static void
take_one(struct loop *loop, struct immigrant *immigrant)
{
	struct listener *listener = find_listener(loop, &immigrant->at);

	if (!listener) {
		log_warning("a connection that was handed over is closed: its listener is gone");
		part_from(&immigrant->passport);
		return;
	}
	(void)!conn_immigrate(&loop->conns, &listener->origin, &immigrant->passport);
}

void
immigration_return(struct loop *loop, struct handover_batch *batch, int *fds)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		struct passport *passport = &batch->items[i].passport;
		struct immigrant immigrant = { batch->items[i].at, *passport };

		immigrant.passport.fd = fds[i];
		fds[i] = -1;
		passport->input = NULL;
		passport->input_len = 0;
		take_one(loop, &immigrant);
	}
}

static struct immigrants *
in_order(struct immigrants *latest)
{
	struct immigrants *first = NULL;

	while (latest) {
		struct immigrants *next = latest->next;

		latest->next = first;
		first = latest;
		latest = next;
	}
	return first;
}

void
immigration_take(struct loop *loop)
{
	struct immigrants *all = in_order(atomic_exchange(&loop->immigration.waiting, NULL));

	for (struct immigrants *batch = all; batch; batch = batch->next)
		for (size_t i = 0; i < batch->count; i++)
			take_one(loop, &batch->items[i]);
	free_all(all);
	overload_weigh(loop);
}

void
immigration_done(struct immigration *immigration)
{
	free_all(atomic_exchange(&immigration->waiting, NULL));
}
