/* SPDX-License-Identifier: MIT
 *
 * server_store: the service manager keeps descriptors for the next process, if it is set
 * to; then a signal that says so makes the way out a restart (keeping.h).
 */
#include <signal.h>

#include "base/log.h"
#include "server/server_private.h"

/* --- What stands there while it serves -------------------------------------------------- */

static void
on_whole(bool is_held, void *arg)
{
	const struct server *server = arg;

	if (!is_held)
		log_warning("the service manager's store does not take %zu listening sockets: "
			    "they do not survive a crash; raise FileDescriptorStoreMax=",
		    server->store.count);
}

static void
let_stand(struct server *server)
{
	store_sync(&server->store, &server->serving.bindings, NULL);
	(void)!store_ask(&server->store, server->base, on_whole, server);
}

static void
on_found(bool is_held, void *arg)
{
	struct server *server = arg;

	server->keeps = is_held ? SERVER_KEEPS : SERVER_KEEPS_NOTHING;
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
	server->keeps = SERVER_KEEPS_NOTHING;
	if (server->is_draining || store_ask(&server->store, server->base, on_found, server) != 0)
		return;
	server->keeps = SERVER_KEEPS_PERHAPS;
}

void
server_sync_store(struct server *server)
{
	if (server->keeps == SERVER_KEEPS && !server->is_draining)
		let_stand(server);
}

/* The manager hears only of the main process what is to be done with it. */
void
server_leave_store(struct server *server, const bool *taken)
{
	if (server->keeps == SERVER_KEEPS)
		store_sync(&server->store, &server->serving.bindings, taken);
	store_forget_question(&server->store);
	server->keeps = SERVER_KEEPS_NOTHING;
}

void
server_clear_store(struct server *server)
{
	if (server->keeps != SERVER_KEEPS_NOTHING)
		store_clear(&server->store);
	store_forget_question(&server->store);
	server->keeps = SERVER_KEEPS_NOTHING;
}

/* --- The way out ------------------------------------------------------------------------ */

static bool
is_restart(const struct server *server, int number)
{
	const struct config_store *config = &server->serving.generation->config->store;

	return number == SIGQUIT || (number == SIGTERM && config->on_term == CONFIG_ON_TERM_KEEP);
}

/* Whether there is a store need not be known yet: what is asked now is the same. */
static bool
begin_keeping(struct server *server)
{
	const struct config_store *config = &server->serving.generation->config->store;

	if (server->keeps == SERVER_KEEPS_NOTHING)
		return false;
	store_sync(&server->store, &server->serving.bindings, NULL);
	return keeping_begin(&server->keeping, (size_t)config->connections) == 0;
}

void
server_note_refused(void *arg)
{
	struct server *server = arg;

	log_warning("the service manager does not keep what there is: draining");
	departure_done(&server->departure);
	server_begin_drain(server);
}

bool
server_begin_keeping(struct server *server, int number)
{
	if (!is_restart(server, number) || upgrade_is_under_way(server->upgrade))
		return false;
	reload_cancel(server->reload);
	if (!begin_keeping(server))
		return false;
	server->is_draining = true;
	notify_insist(&server->notify, "STOPPING=1\nSTATUS=leaving for a restart");
	inheritance_leave(&server->serving.inheritance);
	admin_note_drain(server->admin);
	departure_begin(
	    &server->departure, server->base, &server->serving, &server->notify, "leaving");
	return true;
}
