/* SPDX-License-Identifier: MIT
 *
 * figures: what a server tells of itself while it serves, on any thread: loops come and go
 * and sockets change with a reload, so what is told stands under a lock.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/panic.h"
#include "server/serving.h"

/* Who reads takes it, too. */
static pthread_mutex_t *
lock_of(const struct usher_server *server)
{
	union {
		const pthread_mutex_t *read;
		pthread_mutex_t *any;
	} lock = { .read = &server->lock };

	return lock.any;
}

static void
lock(const struct usher_server *server)
{
	must(pthread_mutex_lock(lock_of(server)) == 0);
}

static void
unlock(const struct usher_server *server)
{
	must(pthread_mutex_unlock(lock_of(server)) == 0);
}

/* --- Loops ------------------------------------------------------------------------------ */

void
api_add_loop(struct usher_server *server, struct usher_loop *loop)
{
	lock(server);
	list_append(&server->loops, &loop->link);
	unlock(server);
}

void
api_remove_loop(struct usher_loop *loop)
{
	lock(loop->server);
	list_remove(&loop->link);
	unlock(loop->server);
}

static void
add_loop(struct usher_server_figures *sum, const struct loop *loop)
{
	const struct loop_counts *counts = &loop->counts;

	sum->open += atomic_load(&counts->open);
	sum->busy += atomic_load(&counts->by_state[CONN_BUSY]);
	sum->idle +=
	    atomic_load(&counts->by_state[CONN_IDLE]) + atomic_load(&counts->by_state[CONN_PARKED]);
	sum->ending += atomic_load(&counts->by_state[CONN_FLUSHING]) +
	    atomic_load(&counts->by_state[CONN_LINGERING]);
}

int
usher_server_figures(const struct usher_server *server, struct usher_server_figures *figures)
{
	struct usher_server_figures sum = { .size = sizeof(sum) };
	struct list_link *link;

	if (!server || !figures || figures->size == 0 || figures->size > sizeof(sum))
		return api_refuse(USHER_INVALID, __func__, "there is no server, or no size");
	if (!atomic_load(&server->server))
		return api_refuse(USHER_WRONG_STATE, __func__, "the server is not started");
	lock(server);
	list_foreach (link, &server->loops)
		add_loop(&sum, list_entry(link, struct usher_loop, link)->loop);
	unlock(server);
	sum.size = figures->size;
	memcpy(figures, &sum, figures->size);
	return 0;
}

/* --- Addresses -------------------------------------------------------------------------- */

/* A host name may have made several bindings of one listener: the first counts. */
static void
find_address(const struct serving *serving, size_t index, struct address *ret_address)
{
	const struct config *config = serving->generation->config;
	const struct loop *loop = serving->loops[0];

	for (size_t i = 0; i < serving->bindings.count; i++)
		if (serving->bindings.items[i].config == &config->listeners[index]) {
			*ret_address = loop->listeners[i]->socket.address;
			return;
		}
}

int
api_take_addresses(struct usher_server *server)
{
	const struct serving *serving = server_serving(atomic_load(&server->server));
	const size_t count = serving->generation->config->listener_count;
	struct address *addresses = calloc(count > 0 ? count : 1, sizeof(*addresses));

	if (!addresses)
		return USHER_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		find_address(serving, i, &addresses[i]);
	lock(server);
	free(server->addresses);
	server->addresses = addresses;
	server->address_count = count;
	unlock(server);
	return 0;
}

int
api_copy_out(const struct text *text, char *buffer, size_t size)
{
	size_t len;

	if (size == 0)
		return (int)text->len;
	len = text->len < size ? text->len : size - 1;
	memcpy(buffer, text->data, len);
	buffer[len] = '\0';
	return (int)text->len;
}

int
usher_server_address(const struct usher_server *server, size_t index, char *buffer, size_t size)
{
	char room[ADDRESS_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));
	bool is_found;

	if (!server || (!buffer && size > 0))
		return api_refuse(USHER_INVALID, __func__, "there is no server, or no buffer");
	if (!atomic_load(&server->server))
		return api_refuse(USHER_WRONG_STATE, __func__, "the server is not started");
	lock(server);
	is_found = index < server->address_count;
	if (is_found)
		address_put(&text, &server->addresses[index]);
	unlock(server);
	return is_found ? api_copy_out(&text, buffer, size) : USHER_NOT_FOUND;
}
