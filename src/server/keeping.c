/* SPDX-License-Identifier: MIT */
#include "server/keeping.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/sockinfo.h"
#include "server/emigration.h"
#include "server/handover_link.h"
#include "server/immigration.h"
#include "server/loop.h"
#include "server/store.h"

/* What a carrier's queue may hold, which the kernel doubles: less than net.core.wmem_max is by
 * default, so that it is the same everywhere. */
#define CARRIER_BYTES (128 * 1024)

/* --- Beginning -------------------------------------------------------------------- */

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
	struct emigration_order *order = emigration_order_new(bindings->count);

	if (!order)
		return NULL;
	order->quota = &keeping->quota;
	order->is_patient = true;
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

static int
put_end(struct keeping *keeping, int end)
{
	char name[STORE_NAME_MAX];

	if (!store_name_put(STORE_CARRIER, keeping->carriers, "", name))
		return -EINVAL;
	return store_put(keeping->store, name, &end, 1, false);
}

/* What was sent by the one before stays in its queue, which the manager holds. */
static int
make_carrier(struct keeping *keeping)
{
	const int bytes = CARRIER_BYTES;
	int ends[2];
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return -errno;
	(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	result = put_end(keeping, ends[1]);
	(void)close(ends[1]);
	if (result != 0) {
		(void)close(ends[0]);
		return result;
	}
	if (keeping->carrier >= 0)
		(void)close(keeping->carrier);
	keeping->carrier = ends[0];
	keeping->is_fresh = true;
	return 0;
}

static void
remove_carrier(struct keeping *keeping)
{
	char name[STORE_NAME_MAX];

	if (store_name_put(STORE_CARRIER, keeping->carriers, "", name))
		store_remove(keeping->store, name);
}

/* The carrier was the last that was put there: with it the listening sockets are held. */
static void
on_begun(bool is_held, void *arg)
{
	struct keeping *keeping = arg;

	keeping->is_under_way = is_held && order_all(keeping) == 0;
	if (keeping->is_under_way)
		return;
	remove_carrier(keeping);
	keeping->on_refused(keeping->arg);
}

int
keeping_begin(struct keeping *keeping, size_t most)
{
	int result = make_carrier(keeping);

	atomic_store(&keeping->quota, most);
	return result == 0 ? store_ask(keeping->store, keeping->base, on_begun, keeping) : result;
}

/* --- Batches ---------------------------------------------------------------------- */

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
	log_warning("the service manager's store has no room for more connections: the others are "
		    "drained; is FileDescriptorStoreMax= large enough?");
	keeping->is_full = true;
	remove_carrier(keeping);
	for (unsigned i = 0; i < keeping->serving->started; i++)
		take_back(keeping, i);
}

static void
on_answer(bool is_held, void *arg)
{
	struct keeping *keeping = arg;

	keeping->is_asking = false;
	if (!is_held)
		take_all_back(keeping);
	keeping_check(keeping);
}

/* False: it takes no more. */
static bool
send_batch(struct keeping *keeping, unsigned loop)
{
	struct emigrants *emigrants = keeping->waiting[loop];
	struct handover_message message = { .type = HANDOVER_CONNECTIONS };

	message.batch = emigrants->batch;
	if (handover_send(keeping->carrier, &message, emigrants->fds, message.batch.count) != 0)
		return false;
	keeping->is_fresh = false;
	keeping->kept += message.batch.count;
	keeping->waiting[loop] = NULL;
	emigrants_free(emigrants);
	loop_tell(keeping->serving->loops[loop], LOOP_EMIGRATE);
	return true;
}

/* All that the loop has; false: something waits for another carrier. */
static bool
send_from(struct keeping *keeping, unsigned loop)
{
	for (;;) {
		if (!keeping->waiting[loop])
			keeping->waiting[loop] = emigration_collect(keeping->serving->loops[loop]);
		if (!keeping->waiting[loop])
			return true;
		if (keeping->is_full)
			take_back(keeping, loop);
		else if (!send_batch(keeping, loop))
			return false;
	}
}

static bool
send_all(struct keeping *keeping)
{
	for (unsigned i = 0; i < keeping->serving->started; i++)
		if (!send_from(keeping, i))
			return false;
	return true;
}

/* What an empty one does not take, none does. */
static void
ask_for_carrier(struct keeping *keeping)
{
	if (!keeping->is_fresh) {
		keeping->carriers++;
		keeping->is_asking = make_carrier(keeping) == 0 &&
		    store_ask(keeping->store, keeping->base, on_answer, keeping) == 0;
	}
	if (!keeping->is_asking)
		take_all_back(keeping);
}

/* --- The end ---------------------------------------------------------------------- */

static bool
is_empty(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->started; i++)
		if (!emigration_is_empty(serving->loops[i]))
			return false;
	return true;
}

void
keeping_check(struct keeping *keeping)
{
	if (!keeping->is_under_way || keeping->is_asking || keeping->is_leaving)
		return;
	if (!send_all(keeping)) {
		ask_for_carrier(keeping);
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
keeping_init(struct keeping *keeping, struct store *store, struct serving *serving,
    struct event_base *base, void (*on_refused)(void *arg), void *arg)
{
	keeping->store = store;
	keeping->serving = serving;
	keeping->base = base;
	keeping->on_refused = on_refused;
	keeping->arg = arg;
	keeping->carrier = -1;
}

void
keeping_done(struct keeping *keeping)
{
	for (unsigned i = 0; i < SERVING_ALL_MAX; i++)
		emigrants_free(keeping->waiting[i]);
	if (keeping->serving && keeping->carrier >= 0)
		(void)close(keeping->carrier);
	keeping->carrier = -1;
}
