/* SPDX-License-Identifier: MIT */
#include "server/keeping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/sockinfo.h"
#include "server/emigration.h"
#include "server/immigration.h"
#include "server/ledger.h"
#include "server/loop.h"
#include "server/store.h"

/* The most bytes that the name of a connection has, with what stands between two. */
#define NAME_BYTES ((size_t)8)
/* Beyond it there is no room in such a name. */
#define BATCHES_MAX UINT32_C(0xffff)

_Static_assert(HANDOVER_BATCH_MAX <= 253, "a batch goes with one message of the manager's");

/* --- Beginning -------------------------------------------------------------------- */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A socket unit's socket is the manager's, as one in its store is. */
static bool
is_kept(const struct store *store, const struct listen_socket *socket)
{
	return socket->fd < 0 || socket->is_inherited ||
	    store_has(store, sockinfo_cookie(socket->fd));
}

static struct emigration_order *
make_order(struct keeping *keeping, unsigned loop)
{
	const struct bindings *bindings = &keeping->serving->bindings;
	struct emigration_order *order =
	    calloc(1, sizeof(*order) + bindings->count * sizeof(order->listeners[0]));

	if (!order)
		return NULL;
	order->quota = &keeping->quota;
	order->is_patient = true;
	order->count = bindings->count;
	for (size_t i = 0; i < bindings->count; i++) {
		const bool is_surplus = loop >= bindings->loops;
		const struct listen_socket *socket =
		    &bindings->items[i].sockets[is_surplus ? 0 : loop];

		order->listeners[i].is_served = is_kept(keeping->store, socket);
		order->listeners[i].is_taken = is_surplus || order->listeners[i].is_served;
	}
	return order;
}

static int
put_ledger(struct keeping *keeping)
{
	char name[STORE_NAME_MAX];

	keeping->ledger = ledger_new();
	if (keeping->ledger < 0)
		return keeping->ledger;
	return store_name_put(STORE_LEDGER, 0, "", name)
	    ? store_put(keeping->store, name, &keeping->ledger, 1, false)
	    : -EINVAL;
}

static int
order_all(struct keeping *keeping)
{
	const struct serving *serving = keeping->serving;
	struct emigration_order *orders[SERVING_ALL_MAX];

	for (unsigned i = 0; i < serving->started; i++) {
		orders[i] = make_order(keeping, i);
		if (orders[i])
			continue;
		while (i-- > 0)
			free(orders[i]);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < serving->started; i++)
		emigration_order(serving->loops[i], orders[i]);
	return 0;
}

int
keeping_begin(struct keeping *keeping, size_t most)
{
	const size_t names = store_names_bytes(keeping->store);
	int result;

	if (!keeping->store->is_there)
		return -ENOTCONN;
	atomic_store(&keeping->quota, least(most, (STORE_NAMES_BYTES_MAX - names) / NAME_BYTES));
	result = put_ledger(keeping);
	if (result == 0)
		result = order_all(keeping);
	keeping->is_under_way = result == 0;
	return result;
}

/* --- Batches ---------------------------------------------------------------------- */

static bool
name_batch(uint32_t number, char *room)
{
	return store_name_put(STORE_CONNECTIONS, number, "", room);
}

static int
put_batch(struct keeping *keeping, const struct emigrants *emigrants)
{
	char name[STORE_NAME_MAX];
	int result = -ENOSPC;

	if (keeping->batches < BATCHES_MAX && name_batch(keeping->batches, name))
		result = ledger_append(keeping->ledger, emigrants);
	if (result == 0)
		result =
		    store_put(keeping->store, name, emigrants->fds, emigrants->batch.count, true);
	return result;
}

/* What comes back is idle, and nothing more leaves: it drains. */
static void
take_back(struct keeping *keeping, unsigned loop)
{
	struct emigrants *emigrants = keeping->waiting[loop];

	keeping->waiting[loop] = NULL;
	if (!emigrants)
		return;
	atomic_store(&keeping->quota, 0);
	if (immigration_send(keeping->serving, &emigrants->batch, emigrants->fds) != 0)
		log_error("no memory for connections that come back");
	/* Whichever loop they go to: it is looked at again. */
	for (unsigned i = 0; i < keeping->serving->started; i++)
		atomic_store(&keeping->serving->loops[i]->emigration.is_empty, false);
	emigrants_free(emigrants);
	loop_tell(keeping->serving->loops[loop], LOOP_EMIGRATE);
}

static void
take_all_back(struct keeping *keeping)
{
	char name[STORE_NAME_MAX];

	log_warning("the service manager did not take what was to be kept: the rest is drained; "
		    "is FileDescriptorStoreMax= large enough?");
	for (uint32_t i = keeping->first_batch; i < keeping->batches; i++)
		if (name_batch(i, name))
			store_remove(keeping->store, name);
	for (unsigned i = 0; i < keeping->serving->started; i++)
		take_back(keeping, i);
}

/* Ours are closed: the connections are the store's alone. */
static void
give_up(struct keeping *keeping)
{
	for (unsigned i = 0; i < keeping->serving->started; i++) {
		if (!keeping->waiting[i])
			continue;
		keeping->kept += keeping->waiting[i]->batch.count;
		emigrants_free(keeping->waiting[i]);
		keeping->waiting[i] = NULL;
		loop_tell(keeping->serving->loops[i], LOOP_EMIGRATE);
	}
}

static void
on_answer(bool is_held, void *arg)
{
	struct keeping *keeping = arg;

	keeping->is_asking = false;
	if (is_held)
		give_up(keeping);
	else
		take_all_back(keeping);
	keeping_check(keeping);
}

/* Whether something is on its way now. */
static bool
put_all(struct keeping *keeping)
{
	bool is_any = false;

	keeping->first_batch = keeping->batches;
	for (unsigned i = 0; i < keeping->serving->started; i++) {
		struct emigrants *emigrants = emigration_collect(keeping->serving->loops[i]);

		if (!emigrants)
			continue;
		keeping->waiting[i] = emigrants;
		if (put_batch(keeping, emigrants) == 0)
			keeping->batches++;
		else
			take_back(keeping, i);
		is_any = true;
	}
	return is_any;
}

/* --- The end ---------------------------------------------------------------------- */

static bool
is_empty(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->started; i++) {
		const struct loop *loop = serving->loops[i];

		if (!loop_has_ended(loop) &&
		    (atomic_load(&loop->emigration.outbox) ||
			!atomic_load(&loop->emigration.is_empty)))
			return false;
	}
	return true;
}

void
keeping_check(struct keeping *keeping)
{
	if (!keeping->is_under_way || keeping->is_asking || keeping->is_leaving)
		return;
	if (put_all(keeping)) {
		keeping->is_asking =
		    store_ask(keeping->store, keeping->base, on_answer, keeping) == 0;
		if (!keeping->is_asking)
			take_all_back(keeping);
		return;
	}
	if (!is_empty(keeping->serving))
		return;
	keeping->is_leaving = true;
	serving_tell(keeping->serving, LOOP_LEAVE);
}

/* By whatever cause they ended in the end. */
static uint64_t
count_drained(const struct serving *serving)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < serving->started; i++) {
		const struct loop *loop = serving->loops[i];

		for (int cause = 0; cause < ENDING_CAUSE_COUNT; cause++)
			if (cause != ENDING_HANDED_OVER)
				count += loop->conns.tally.by_cause[cause] -
				    loop->tally_before.by_cause[cause];
	}
	return count;
}

void
keeping_report(const struct keeping *keeping)
{
	if (!keeping->is_under_way)
		return;
	log_info("kept %zu connections and %zu listening sockets for the next process; %llu "
		 "drained",
	    keeping->kept, keeping->store->count,
	    (unsigned long long)count_drained(keeping->serving));
}

/* --- Frame ------------------------------------------------------------------------ */

void
keeping_init(
    struct keeping *keeping, struct store *store, struct serving *serving, struct event_base *base)
{
	keeping->store = store;
	keeping->serving = serving;
	keeping->base = base;
	keeping->ledger = -1;
}

void
keeping_done(struct keeping *keeping)
{
	for (unsigned i = 0; i < SERVING_ALL_MAX; i++)
		emigrants_free(keeping->waiting[i]);
	if (keeping->serving && keeping->ledger >= 0)
		(void)close(keeping->ledger);
	keeping->ledger = -1;
}
