/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/admin.h"
#include "server/upgrade_private.h"
#include "version.h"

/* --- What is offered -------------------------------------------------------------------- */

static void
describe(struct handover_offer *offer, const struct binding *binding, unsigned loop)
{
	const struct listen_socket *socket = &binding->sockets[loop];
	struct handover_socket *said = &offer->socket;

	*offer = (struct handover_offer){ .fd = socket->fd };
	said->loop = (uint16_t)loop;
	said->kind = HANDOVER_LISTENER;
	(void)snprintf(said->name, sizeof(said->name), "%s", binding->config->name);
	(void)snprintf(said->transport, sizeof(said->transport), "%s", socket->transport->name);
	said->asked = binding->asked;
	said->bound = socket->address;
	said->is_shared = socket->is_inherited;
	said->device = (uint64_t)socket->device;
	said->inode = (uint64_t)socket->inode;
}

/* Loop by loop in the order of the bindings; those of the admin service last. */
int
upgrade_make_offers(struct upgrade *upgrade)
{
	const struct serving *serving = upgrade->options.serving;
	const size_t most = serving->bindings.count * serving->loop_count + ADMIN_SOCKETS_MAX;

	if (most > HANDOVER_SOCKETS_MAX)
		return -E2BIG;
	upgrade->offers = calloc(most, sizeof(*upgrade->offers));
	if (!upgrade->offers)
		return -ENOMEM;
	upgrade->offer_count = 0;
	upgrade->offers_sent = 0;
	for (unsigned loop = 0; loop < serving->loop_count; loop++)
		for (size_t i = 0; i < serving->bindings.count; i++)
			describe(&upgrade->offers[upgrade->offer_count++],
			    &serving->bindings.items[i], loop);
	upgrade->offer_count +=
	    admin_offer(upgrade->options.admin, upgrade->offers + upgrade->offer_count);
	return 0;
}

/* --- Sending ------------------------------------------------------------------------------ */

static int
send_hello(struct upgrade *upgrade)
{
	struct handover_message message = { .type = HANDOVER_HELLO };

	message.hello.pid = (uint32_t)getpid();
	message.hello.sockets = (uint32_t)upgrade->offer_count;
	(void)snprintf(
	    message.hello.program, sizeof(message.hello.program), "usherd %s", USHER_VERSION);
	return handover_send(upgrade->link, &message, NULL, 0);
}

static int
send_offers(struct upgrade *upgrade)
{
	int result = 0;

	if (upgrade->offers_sent == 0) {
		result = send_hello(upgrade);
		upgrade->offers_sent += result == 0;
	}
	while (result == 0 && upgrade->offers_sent <= upgrade->offer_count) {
		const struct handover_offer *offer = &upgrade->offers[upgrade->offers_sent - 1];
		struct handover_message message = { .type = HANDOVER_SOCKET,
			.socket = offer->socket };

		result = handover_send(upgrade->link, &message, &offer->fd, 1);
		upgrade->offers_sent += result == 0;
	}
	return result;
}

static int
send_batches(struct upgrade *upgrade)
{
	struct handover_message message = { .type = HANDOVER_CONNECTIONS };
	int result = 0;

	for (unsigned i = 0; i < upgrade->options.serving->started && result == 0; i++) {
		struct sending *sending = &upgrade->sending[i];

		if (!sending->emigrants || sending->is_sent)
			continue;
		message.batch = sending->emigrants->batch;
		result = handover_send(
		    upgrade->link, &message, sending->emigrants->fds, message.batch.count);
		sending->is_sent = result == 0;
	}
	return result;
}

/* What the link takes now; the rest when it takes more. A link that is broken is heard of by
 * who reads it. */
void
upgrade_send_all(struct upgrade *upgrade)
{
	int result = send_offers(upgrade);

	if (result == 0)
		result = send_batches(upgrade);
	if (result == -EAGAIN)
		(void)event_add(upgrade->writing, NULL);
	else if (result != 0 && result != -ECONNRESET)
		log_error("upgrade: %s", strerror(-result));
}

/* --- Connections ------------------------------------------------------------------------- */

void
upgrade_collect(struct upgrade *upgrade)
{
	const struct serving *serving = upgrade->options.serving;

	for (unsigned i = 0; i < serving->started; i++) {
		struct sending *sending = &upgrade->sending[i];

		if (sending->emigrants)
			continue;
		sending->emigrants = emigration_collect(serving->loops[i]);
		if (sending->emigrants)
			sending->emigrants->batch.number = ++upgrade->batches;
	}
}

bool
upgrade_is_empty(const struct upgrade *upgrade)
{
	const struct serving *serving = upgrade->options.serving;

	for (unsigned i = 0; i < serving->started; i++)
		if (upgrade->sending[i].emigrants || !emigration_is_empty(serving->loops[i]))
			return false;
	return true;
}

void
upgrade_note_taken(struct upgrade *upgrade, uint64_t number)
{
	const struct serving *serving = upgrade->options.serving;

	for (unsigned i = 0; i < serving->started; i++) {
		struct sending *sending = &upgrade->sending[i];

		if (!sending->is_sent || sending->emigrants->batch.number != number)
			continue;
		emigrants_free(sending->emigrants);
		*sending = (struct sending){ NULL, false };
		loop_tell(serving->loops[i], LOOP_EMIGRATE);
		return;
	}
}

/* Descriptors that it may have got are duplicates: ours are the connections. */
static void
take_back(struct upgrade *upgrade, unsigned loop)
{
	struct sending *sending = &upgrade->sending[loop];

	if (!sending->emigrants)
		return;
	if (immigration_send(
		upgrade->options.serving, &sending->emigrants->batch, sending->emigrants->fds) != 0)
		log_error("upgrade: no memory for connections that come back");
	emigrants_free(sending->emigrants);
	*sending = (struct sending){ NULL, false };
}

void
upgrade_take_back(struct upgrade *upgrade)
{
	struct serving *serving = upgrade->options.serving;

	/* What a loop has collected itself it has back by LOOP_STAY. */
	for (unsigned i = 0; i < serving->started; i++) {
		emigration_revoke(serving->loops[i]);
		take_back(upgrade, i);
	}
}

static bool
is_taken(const struct upgrade *upgrade, const struct handover_ready *ready, size_t binding,
    bool anywhere, unsigned loop)
{
	const struct serving *serving = upgrade->options.serving;

	/* A loop that is surplus listens nowhere. */
	if (!anywhere && loop >= serving->loop_count)
		return true;
	if (!anywhere)
		return ready->taken[loop * serving->bindings.count + binding];
	for (unsigned i = 0; i < serving->loop_count; i++)
		if (ready->taken[i * serving->bindings.count + binding])
			return true;
	return false;
}

int
upgrade_order_loop(struct upgrade *upgrade, const struct handover_ready *ready, unsigned loop)
{
	const struct serving *serving = upgrade->options.serving;
	const size_t count = serving->bindings.count;
	struct emigration_order *order = emigration_order_new(count);

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		order->listeners[i].is_taken = is_taken(upgrade, ready, i, false, loop);
		order->listeners[i].is_served = is_taken(upgrade, ready, i, true, loop);
	}
	emigration_order(serving->loops[loop], order);
	return 0;
}
