/* SPDX-License-Identifier: MIT
 *
 * server_store: the service manager keeps descriptors for the next process, if it is set
 * to; then a signal that says so makes the way out a restart (keeping.h).
 */
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "server/server_private.h"

/* --- What stands there while it serves -------------------------------------------------- */

static void
on_whole(bool is_held, void *arg)
{
	struct server *server = arg;

	server->store.is_there = is_held;
	if (!is_held)
		log_warning("the service manager's store does not take %zu listening sockets: "
			    "they do not survive a crash; raise FileDescriptorStoreMax=",
		    server->store.count);
}

static void
let_stand(struct server *server)
{
	store_sync(&server->store, &server->serving.bindings, NULL);
	server->store.is_there = false;
	(void)!store_ask(&server->store, server->base, on_whole, server);
}

static void
on_found(bool is_held, void *arg)
{
	struct server *server = arg;

	server->has_store = is_held;
	if (!is_held) {
		log_debug("the service manager keeps no descriptors");
		return;
	}
	let_stand(server);
	log_info("the service manager keeps %zu listening sockets for the next process",
	    server->store.count);
}

void
server_find_store(struct server *server)
{
	if (server->notify.fd >= 0 && !server->is_draining)
		(void)!store_ask(&server->store, server->base, on_found, server);
}

void
server_sync_store(struct server *server)
{
	if (server->has_store && !server->is_draining)
		let_stand(server);
}

/* The manager hears only of the main process what is to be done with it. */
void
server_leave_store(struct server *server, const bool *taken)
{
	if (server->has_store)
		store_sync(&server->store, &server->serving.bindings, taken);
	server->has_store = false;
}

void
server_clear_store(struct server *server)
{
	if (server->has_store)
		store_clear(&server->store);
	server->has_store = false;
}

/* --- The way out ------------------------------------------------------------------------ */

static bool
is_restart(const struct server *server, int number)
{
	const struct config_store *config = &server->serving.generation->config->store;

	return number == SIGQUIT || (number == SIGTERM && config->on_term == CONFIG_ON_TERM_KEEP);
}

bool
server_begin_keeping(struct server *server, int number)
{
	const struct config_store *config = &server->serving.generation->config->store;

	if (!is_restart(server, number) || !server->has_store ||
	    upgrade_is_under_way(server->upgrade) ||
	    keeping_begin(&server->keeping, (size_t)config->connections) != 0)
		return false;
	server->is_draining = true;
	notify_send(&server->notify, "STOPPING=1\nSTATUS=leaving for a restart");
	inheritance_leave(&server->serving.inheritance);
	upgrade_cancel(server->upgrade);
	admin_note_drain(server->admin);
	reload_cancel(server->reload);
	departure_begin(&server->departure, server->base, &server->serving, &server->notify);
	return true;
}
