/* SPDX-License-Identifier: MIT */
#include "server/adoption.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "server/binding.h"
#include "server/descriptors.h"
#include "server/loop.h"
#include "server/moving.h"
#include "server/retirement.h"
#include "server/services.h"

/* Where more than this part of limits.connections is idle, parking comes sooner. */
#define UNPARKED_PART 4

/* --- On the main thread ------------------------------------------------------------ */

static int
make_new(struct adoption *adoption, struct adopted *item, const struct binding *binding,
    const struct service *service)
{
	struct listen_socket none = binding->sockets[0];
	const struct listen_socket *socket = &none;

	none.fd = -1;
	none.inode = 0;
	if (item->passing)
		socket = &item->passing->socket;
	else if (!adoption->is_surplus)
		socket = &binding->sockets[adoption->place];
	item->is_new = true;
	item->listener = loop_make_listener(adoption->loop, binding->config, socket, service);
	return item->listener ? 0 : -ENOMEM;
}

/* A socket goes on with its listener, or, where that spoke another protocol, with
 * a new one: the connections of the old one cannot change theirs. */
static int
make_item(struct adoption *adoption, struct adopted *item, const struct binding *binding)
{
	const struct service *service = services_for(adoption->services, binding->config);
	struct listener *kept = NULL;

	if (binding->fate == BINDING_KEPT && adoption->loop->listener_count > 0)
		kept = adoption->loop->listeners[binding->before];
	/* A loop that becomes surplus keeps no socket. */
	if (!kept || adoption->is_surplus != kept->is_placeholder)
		return make_new(adoption, item, binding, service);
	if (kept->origin.service->ops != service->ops) {
		item->passing = kept;
		return make_new(adoption, item, binding, service);
	}
	item->listener = kept;
	return listener_settings_init(&item->settings, binding->config, service,
	    binding->sockets[adoption->is_surplus ? 0 : adoption->place].backlog);
}

static int
make_items(struct adoption *adoption, const struct bindings *bindings)
{
	adoption->items = calloc(bindings->count + 1, sizeof(*adoption->items));
	adoption->listeners = calloc(bindings->count + 1, sizeof(*adoption->listeners));
	if (!adoption->items || !adoption->listeners)
		return -ENOMEM;
	for (size_t i = 0; i < bindings->count; i++) {
		adoption->count++;
		if (make_item(adoption, &adoption->items[i], &bindings->items[i]) != 0)
			return -ENOMEM;
		adoption->listeners[i] = adoption->items[i].listener;
	}
	return 0;
}

static bool
stays(const struct adoption *adoption, const struct listener *listener)
{
	for (size_t i = 0; i < adoption->count; i++)
		if (adoption->listeners[i] == listener)
			return true;
	return false;
}

static int
make_retirement(struct adoption *adoption)
{
	const struct loop *loop = adoption->loop;
	size_t leaving = 0;

	for (size_t i = 0; i < loop->listener_count; i++)
		leaving += !stays(adoption, loop->listeners[i]);
	if (leaving == 0)
		return 0;
	adoption->retirement = retirement_new(adoption->loop, leaving);
	return adoption->retirement ? 0 : -ENOMEM;
}

static int
make_log(struct adoption *adoption)
{
	struct log_file *file = &adoption->services->generation->connections;

	if (!file->is_open)
		return 0;
	if (conn_log_init(&adoption->connections, &file->outlet,
		&adoption->services->generation->config->log.connection_fields) != 0)
		return -ENOMEM;
	adoption->has_connections = true;
	return 0;
}

static int
make_peers(struct adoption *adoption, struct loop *const *loops)
{
	adoption->peers = calloc(adoption->loops, sizeof(struct loop *));
	if (!adoption->peers)
		return -ENOMEM;
	memcpy(adoption->peers, loops, adoption->loops * sizeof(struct loop *));
	return 0;
}

struct adoption *
adoption_new(struct loop *const *loops, unsigned place, struct generation *generation,
    const struct bindings *bindings, struct text *ret_error)
{
	struct loop *loop = loops[place];
	const struct handler_health health = loop_health(loop);
	struct adoption *adoption = calloc(1, sizeof(*adoption));

	if (adoption) {
		adoption->loop = loop;
		adoption->loops = bindings->loops;
		adoption->place = place;
		adoption->is_surplus = place >= bindings->loops;
		adoption->services = services_new(generation, &health, &loop->figures, ret_error);
		if (!adoption->services) {
			adoption_free(adoption);
			return NULL;
		}
	}
	if (adoption && make_peers(adoption, loops) == 0 && make_items(adoption, bindings) == 0 &&
	    make_retirement(adoption) == 0 && make_log(adoption) == 0)
		return adoption;
	text_put_format(ret_error, "loop %u: no memory", loop->index);
	adoption_free(adoption);
	return NULL;
}

void
adoption_free(struct adoption *adoption)
{
	if (!adoption)
		return;
	for (size_t i = 0; i < adoption->count; i++) {
		struct adopted *item = &adoption->items[i];

		listener_settings_done(&item->settings);
		if (!item->is_new || !item->listener)
			continue;
		listener_forget_socket(item->listener);
		listener_free(item->listener);
	}
	retirement_free(adoption->retirement);
	if (adoption->has_connections)
		conn_log_done(&adoption->connections);
	services_free(adoption->services);
	free(adoption->peers);
	free(adoption->listeners);
	free(adoption->items);
	free(adoption);
}

/* --- On the loop's ------------------------------------------------------------------- */

/* Before the listeners change: who goes, and takes his connections along. */
static void
dismiss(struct adoption *adoption)
{
	struct loop *loop = adoption->loop;

	for (size_t i = 0; i < loop->listener_count; i++)
		if (!stays(adoption, loop->listeners[i]))
			retirement_add(adoption->retirement, loop->listeners[i]);
}

static void
take_listeners(struct adoption *adoption)
{
	struct loop *loop = adoption->loop;

	for (size_t i = 0; i < adoption->count; i++) {
		struct adopted *item = &adoption->items[i];

		if (item->passing)
			listener_pass_socket(item->passing, item->listener);
		if (item->is_new)
			listener_start(item->listener);
		else
			listener_adopt(item->listener, &item->settings);
	}
	free(loop->listeners);
	loop->listeners = adoption->listeners;
	loop->listener_count = adoption->count;
}

static void
take_peers(struct adoption *adoption)
{
	struct loop *loop = adoption->loop;

	free(loop->peers);
	loop->peers = adoption->peers;
	loop->peer_count = adoption->loops;
	loop->loops = adoption->loops;
	loop->is_surplus = adoption->is_surplus;
}

static size_t
share(int64_t whole, unsigned parts)
{
	int64_t part = (whole + parts - 1) / parts;

	return part > 0 ? (size_t)part : 1;
}

static void
deadlines_of(const struct config_timeouts *timeouts, int64_t ret_us[DEADLINE_KINDS])
{
	ret_us[DEADLINE_IDLE] = timeouts->idle_us;
	ret_us[DEADLINE_HEAD] = timeouts->head_us;
	ret_us[DEADLINE_BODY] = timeouts->body_us;
	ret_us[DEADLINE_WRITE] = timeouts->write_us;
	ret_us[DEADLINE_LINGER] = timeouts->linger_us;
}

/* Of an address all loops know together. */
static struct address_limits
addresses_of(const struct config_limits *limits)
{
	return (struct address_limits){
		.connections = (uint64_t)limits->connections_per_address,
		.requests_per_second = (uint64_t)limits->requests_per_second_per_address,
		.burst = (uint64_t)limits->request_burst,
		.prefix_v6 = (unsigned)limits->address_prefix_v6,
		.remembered = (size_t)limits->remembered_addresses,
	};
}

/* Limits and deadlines of the loop's services are in force from now on. */
static void
adjust(struct loop *loop)
{
	const struct config *config = loop->services->generation->config;
	const struct conn_limits limits = {
		.linger_bytes = (uint64_t)config->limits.linger_bytes,
		.lingering = share(config->limits.lingering, loop->loops),
		.park_us = config->timeouts.park_us,
		.unparked = share(config->limits.connections, loop->loops) / UNPARKED_PART,
		.min_rate = (uint64_t)config->limits.min_rate,
		.rate_window_us = config->limits.min_rate_window_us,
		.addresses = addresses_of(&config->limits),
		.reserved_fd = descriptors_first_reserved(),
	};
	const struct overload_limits overload = {
		.connections = share(config->limits.connections, loop->loops),
		.lingering = limits.lingering,
		.memory = config->limits.memory > 0 ? share(config->limits.memory, loop->loops) : 0,
		.turns_away = config->limits.overload == CONFIG_OVERLOAD_503,
	};
	int64_t deadline_us[DEADLINE_KINDS];

	deadlines_of(&config->timeouts, deadline_us);
	conn_set_adjust(&loop->conns, &limits, deadline_us, loop->has_connections);
	overload_set(loop, &overload);
}

void
adoption_take(struct adoption *adoption)
{
	struct loop *loop = adoption->loop;
	struct services *before = loop->services;

	/* What was given to the loop meant the listeners that it has still. */
	moving_close(loop);
	if (adoption->retirement)
		dismiss(adoption);
	loop->services = adoption->services;
	loop_take_connections_log(loop, adoption->has_connections ? &adoption->connections : NULL);
	take_listeners(adoption);
	take_peers(adoption);
	adjust(loop);
	if (before)
		list_append(&loop->old_services, &before->link);
	if (adoption->retirement)
		retirement_begin(adoption->retirement, before);
	moving_open(loop);
	free(adoption->items);
	free(adoption);
}
