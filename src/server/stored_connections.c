/* SPDX-License-Identifier: MIT
 *
 * stored_connections: connections come out of the carriers, and immigration brings them to the
 * loops. The carriers leave the store then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/handover_link.h"
#include "server/immigration.h"
#include "server/serving.h"
#include "server/store.h"
#include "server/stored_private.h"

/* --- Out of a carrier ------------------------------------------------------------- */

/* 0 where more may come. */
static int
unload(struct stored *stored, const struct serving *serving, int carrier,
    struct handover_letter *letter)
{
	int result = handover_receive(carrier, letter);

	if (result != 0)
		return result;
	if (letter->message.type == HANDOVER_CONNECTIONS)
		result = immigration_send(serving, &letter->message.batch, letter->fds);
	else
		result = -EPROTO;
	if (result == 0)
		stored->came += letter->message.batch.count;
	handover_letter_close(letter);
	return result;
}

/* Its end is that nobody writes to it any more. */
static void
unload_all(struct stored *stored, const struct serving *serving, struct stored_item *item,
    struct handover_letter *letter)
{
	int result;

	while ((result = unload(stored, serving, item->fd, letter)) == 0)
		;
	if (result != -ECONNRESET && result != -EAGAIN)
		log_warning("\"%s\" of the service manager's store: connections are lost: %s",
		    item->name, strerror(-result));
	(void)close(item->fd);
	item->fd = -1;
}

/* --- Out of a queue that is closed ------------------------------------------------ */

static void
describe(struct handover_connection *connection, const struct stored_item *guest)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(peer);
	const int64_t now_us = clock_monotonic_us();

	(void)getpeername(guest->fd, (struct sockaddr *)&peer, &len);
	*connection = (struct handover_connection){ .at = guest->address };
	connection->passport.fd = -1;
	connection->passport.opened_us = now_us;
	connection->passport.idle_us = now_us;
	peer_init(&connection->passport.peer, guest->fd, (const struct sockaddr *)&peer, len);
}

static void
bring_guest(const struct serving *serving, struct stored_item *guest, struct handover_batch *room)
{
	room->count = 1;
	describe(&room->items[0], guest);
	if (immigration_send(serving, room, &guest->fd) != 0)
		log_error("no memory for a client who waited at a socket that is closed");
}

/* --- The end ---------------------------------------------------------------------- */

/* Sockets of listeners stay. */
static void
clear(const struct stored *stored, const struct store *store)
{
	for (size_t i = 0; i < stored->count; i++) {
		const struct stored_item *item = &stored->items[i];

		if (item->kind != STORE_LISTENER && !item->is_guest)
			store_remove(store, item->name);
	}
}

static void
bring_everybody(
    struct stored *stored, const struct serving *serving, struct handover_letter *letter)
{
	for (size_t i = 0; i < stored->count; i++) {
		struct stored_item *item = &stored->items[i];

		if (item->kind == STORE_CARRIER && item->fd >= 0)
			unload_all(stored, serving, item, letter);
		else if (item->is_guest && item->fd >= 0)
			bring_guest(serving, item, &letter->message.batch);
	}
}

void
stored_settle(struct stored *stored, const struct serving *serving, const struct store *store)
{
	struct handover_letter *letter;

	if (stored->count == 0)
		return;
	letter = malloc(sizeof(*letter));
	if (letter)
		bring_everybody(stored, serving, letter);
	free(letter);
	clear(stored, store);
	store_wait(store);
	log_info("took %zu connections and %zu listening sockets out of the service manager's "
		 "store; closed %zu descriptors that nobody knows",
	    stored->came, stored->took, stored->closed);
	stored_done(stored);
}
