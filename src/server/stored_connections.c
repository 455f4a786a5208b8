/* SPDX-License-Identifier: MIT
 *
 * stored_connections: the ledger says what each connection is, and immigration brings them to
 * the loops. They leave the store at once then: as long as the manager holds one, its
 * peer does not hear of our close(2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/immigration.h"
#include "server/ledger.h"
#include "server/serving.h"
#include "server/store.h"
#include "server/stored_private.h"

/* --- By the ledger ---------------------------------------------------------------- */

/* Connections in the order of their cookies. */
struct lookup {
	struct stored_item **items; /* owned */
	size_t count;
};

static int
by_cookie(const void *a, const void *b)
{
	const struct stored_item *const *one = a;
	const struct stored_item *const *other = b;

	return ((*one)->cookie > (*other)->cookie) - ((*one)->cookie < (*other)->cookie);
}

static int
make_lookup(const struct stored *stored, struct lookup *lookup)
{
	lookup->count = 0;
	lookup->items = calloc(stored->count + 1, sizeof(*lookup->items));
	if (!lookup->items)
		return -ENOMEM;
	for (size_t i = 0; i < stored->count; i++)
		if (stored->items[i].kind == STORE_CONNECTIONS)
			lookup->items[lookup->count++] = &stored->items[i];
	qsort(lookup->items, lookup->count, sizeof(*lookup->items), by_cookie);
	return 0;
}

/* Once: what was put there twice is NULL the second time. */
static struct stored_item *
look_up(const struct lookup *lookup, uint64_t cookie)
{
	size_t first = 0;
	size_t end = lookup->count;

	while (first < end) {
		const size_t middle = first + (end - first) / 2;

		if (lookup->items[middle]->cookie < cookie)
			first = middle + 1;
		else
			end = middle;
	}
	if (first == lookup->count || lookup->items[first]->cookie != cookie ||
	    lookup->items[first]->fd < 0)
		return NULL;
	return lookup->items[first];
}

/* Those that are there still, as a batch of their own. */
static void
bring(struct stored *stored, const struct serving *serving, const struct lookup *lookup,
    struct ledger_record *record)
{
	struct handover_batch *batch = &record->message.batch;
	int fds[HANDOVER_BATCH_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < batch->count; i++) {
		struct stored_item *item = look_up(lookup, record->cookies[i]);

		if (!item)
			continue;
		batch->items[count] = batch->items[i];
		fds[count++] = item->fd;
		item->fd = -1;
	}
	batch->count = count;
	if (count > 0 && immigration_send(serving, batch, fds) != 0) {
		log_error("no memory for connections of the service manager's store");
		for (uint32_t i = 0; i < count; i++)
			(void)close(fds[i]);
		count = 0;
	}
	stored->came += count;
}

static void
bring_all(struct stored *stored, const struct serving *serving, const struct lookup *lookup,
    int ledger, struct ledger_record *record)
{
	size_t len = 0;
	char *bytes = ledger_read(ledger, &len);
	struct slice rest = { bytes, len };
	int result;

	while ((result = ledger_next(&rest, record)) == 0)
		bring(stored, serving, lookup, record);
	if (result != -ENOENT || !bytes)
		log_warning("what is said of the connections in the service manager's store "
			    "cannot be read%s",
		    len > rest.len ? " to its end" : "");
	free(bytes);
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

/* What nobody knows: its peer hears our FIN. */
static void
close_unknown(struct stored *stored)
{
	for (size_t i = 0; i < stored->count; i++) {
		struct stored_item *item = &stored->items[i];

		if (item->kind != STORE_CONNECTIONS || item->fd < 0)
			continue;
		(void)shutdown(item->fd, SHUT_WR);
		(void)close(item->fd);
		item->fd = -1;
		stored->closed++;
	}
}

/* Sockets of listeners stay; descriptors of one name stand side by side, mostly. */
static void
clear(const struct stored *stored, const struct store *store)
{
	const char *before = "";

	for (size_t i = 0; i < stored->count; i++) {
		const struct stored_item *item = &stored->items[i];

		if (item->kind == STORE_LISTENER || item->is_guest ||
		    strcmp(item->name, before) == 0)
			continue;
		store_remove(store, item->name);
		before = item->name;
	}
}

static void
bring_everybody(struct stored *stored, const struct serving *serving, struct ledger_record *record)
{
	struct lookup lookup;

	if (make_lookup(stored, &lookup) != 0)
		return;
	for (size_t i = 0; i < stored->count; i++) {
		struct stored_item *item = &stored->items[i];

		if (item->kind == STORE_LEDGER && item->fd >= 0)
			bring_all(stored, serving, &lookup, item->fd, record);
		else if (item->is_guest && item->fd >= 0)
			bring_guest(serving, item, &record->message.batch);
	}
	free(lookup.items);
}

void
stored_settle(struct stored *stored, const struct serving *serving, const struct store *store)
{
	struct ledger_record *record;

	if (stored->count == 0)
		return;
	record = malloc(sizeof(*record));
	if (record)
		bring_everybody(stored, serving, record);
	free(record);
	close_unknown(stored);
	clear(stored, store);
	log_info("took %zu connections and %zu listening sockets out of the service manager's "
		 "store; closed %zu descriptors that nobody knows",
	    stored->came, stored->took, stored->closed);
	stored_done(stored);
}
