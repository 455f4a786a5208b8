/* SPDX-License-Identifier: MIT */
#include "server/retirement.h"

#include <stdlib.h>

#include "base/panic.h"
#include "net/conn_set.h"
#include "net/listener.h"
#include "server/loop.h"
#include "server/services.h"

/* Who serves the address of a listener that leaves. */
static struct listener *
find_heir(const struct loop *loop, const struct listener *leaving)
{
	for (size_t i = 0; i < loop->listener_count; i++) {
		struct listener *listener = loop->listeners[i];

		if (address_equals(&listener->socket.address, &leaving->socket.address) &&
		    listener->origin.keeps_messages == leaving->origin.keeps_messages &&
		    listener->origin.service->ops == leaving->origin.service->ops)
			return listener;
	}
	return NULL;
}

/* And what was counted: figures of an address do not go backwards. */
static void
hand_on(struct retirement *retirement)
{
	struct loop *loop = retirement->drain.loop;

	for (size_t i = 0; i < retirement->count; i++) {
		struct listener *leaving = retirement->listeners[i];
		struct listener *heir = find_heir(loop, leaving);

		if (!heir)
			continue;
		listener_move_counts(leaving, heir);
		if (leaving->origin.open_count > 0)
			conn_set_move(&loop->conns, &leaving->origin, &heir->origin);
	}
}

static void
on_moved(struct drain *drain)
{
	struct retirement *retirement = list_entry(drain, struct retirement, drain);
	struct loop *loop = drain->loop;

	hand_on(retirement);
	loop_note_leaving(loop);
	if (!drain_is_over(drain))
		return;
	retirement_free(retirement);
	/* The whole loop may have waited for that. */
	drain_check(&loop->drain);
}

struct retirement *
retirement_new(struct loop *loop, size_t most)
{
	struct retirement *retirement = calloc(1, sizeof(*retirement));

	if (!retirement)
		return NULL;
	list_init(&retirement->link);
	retirement->listeners = calloc(most, sizeof(struct listener *));
	if (retirement->listeners && drain_init(&retirement->drain, loop, loop->base) == 0) {
		retirement->drain.listeners = retirement->listeners;
		retirement->drain.on_moved = on_moved;
		return retirement;
	}
	retirement_free(retirement);
	return NULL;
}

void
retirement_add(struct retirement *retirement, struct listener *listener)
{
	retirement->listeners[retirement->count++] = listener;
	retirement->drain.listener_count = retirement->count;
}

void
retirement_begin(struct retirement *retirement, struct services *services)
{
	retirement->services = services;
	services->holders++;
	list_append(&retirement->drain.loop->retirements, &retirement->link);
	hand_on(retirement);
	drain_begin(&retirement->drain);
}

void
retirement_free(struct retirement *retirement)
{
	if (!retirement)
		return;
	list_remove(&retirement->link);
	for (size_t i = 0; i < retirement->count; i++)
		listener_free(retirement->listeners[i]);
	if (retirement->services)
		retirement->services->holders--;
	drain_done(&retirement->drain);
	free(retirement->listeners);
	free(retirement);
}
