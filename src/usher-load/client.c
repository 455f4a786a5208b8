/* SPDX-License-Identifier: MIT */
#include "usher-load/client.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/panic.h"
#include "usher-load/worker.h"

/* Until a Unix socket whose queue was full is tried again. */
#define QUEUE_FULL_US 1000

void
client_change(struct client *client, enum client_state state)
{
	client->state = (uint8_t)state;
	client->state_began_ns = client->worker->now_ns;
}

static void
wait_us(struct client *client, int64_t us)
{
	struct timeval wait = { .tv_sec = us / CLOCK_SECOND_US, .tv_usec = us % CLOCK_SECOND_US };

	(void)event_add(&client->timer, &wait);
}

/* --- Birth -------------------------------------------------------------- */

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct client *client = checked_cast(arg, struct client, CLIENT_MAGIC);

	(void)fd;
	(void)events;
	client->worker->now_ns = clock_monotonic_ns();
	if (client->state == CLIENT_OPEN)
		client_resume(client);
	else
		client_start(client);
}

void
client_init(
    struct client *client, struct worker *worker, const struct plan_target *target, bool is_keeper)
{
	client->magic = CLIENT_MAGIC;
	client->fd = -1;
	client->worker = worker;
	client->target = target;
	client->is_keeper = is_keeper;
	list_init(&client->free);
	(void)evtimer_assign(&client->timer, worker->base, on_timer, client);
}

void
client_start(struct client *client)
{
	int result;

	must(client->fd < 0);
	if (client->state != CLIENT_CONNECTING)
		client_change(client, CLIENT_CONNECTING);
	result = client_connect(client);
	if (result == -EAGAIN &&
	    client->worker->now_ns - client->state_began_ns <
		client->worker->plan->connect_timeout_ns) {
		wait_us(client, QUEUE_FULL_US);
		return;
	}
	if (result < 0) {
		client_connect_failed(client, -result);
		return;
	}
	client_watch(client);
	if (result == 0)
		client_connected(client);
	else
		(void)event_add(&client->writing, NULL);
}

void
client_connected(struct client *client)
{
	struct worker *worker = client->worker;

	worker->now_ns = clock_monotonic_ns();
	worker->last_open_ns = worker->now_ns;
	result_count_connect(&worker->result, client->state_began_ns, worker->now_ns);
	client_change(client, CLIENT_OPEN);
	client->failures = 0;
	client->first = 0;
	client->has_asked = false;
	client->is_write_shut = false;
	client->is_reset_seen = false;
	client->is_dismissed = false;
	client_begin_answer(client);
	if (event_add(&client->reading, NULL) != 0)
		client_end(client, OUTCOME_OWN_FAILURE, OUTCOME_OWN_FAILURE);
	else
		client_next(client);
}

/* --- Requests ----------------------------------------------------------- */

static void
begin_request(struct client *client, int64_t due_ns)
{
	struct worker *worker = client->worker;
	struct client_slot *slot = client_slot(client, client->in_flight, worker->plan->pipeline);

	slot->due_ns = due_ns;
	slot->sent_ns = worker->now_ns;
	slot->first_byte_ns = 0;
	if (worker->plan->echo_bytes > 0)
		slot->echo_at = (uint32_t)random_below(&worker->random, ECHO_PLACES);
	else
		slot->request = request_mix_pick(&client->target->mix, &worker->random);
	client->in_flight++;
	client->unsent++;
	client->has_asked = true;
	worker->in_flight++;
	if (client->in_flight == 1)
		client_begin_answer(client);
}

bool
client_has_room(const struct client *client)
{
	if (client->state != CLIENT_OPEN || client->is_write_shut ||
	    client->in_flight >= client->worker->plan->pipeline)
		return false;
	if (client->is_keeper || client->worker->plan->is_close)
		return !client->has_asked;
	return true;
}

void
client_next(struct client *client)
{
	struct worker *worker = client->worker;
	int64_t due_ns;

	while (client_has_room(client) && worker_take_request(worker, &due_ns))
		begin_request(client, due_ns);
	if (client->unsent > 0)
		client_send(client);
	if (client->state != CLIENT_OPEN)
		return;
	if (client->in_flight == 0 && worker_has_no_more(worker))
		client_end(client, OUTCOME_CLOSED, OUTCOME_CLOSED);
	else if (worker->plan->rate > 0 && client_has_room(client) && !worker->is_stopping)
		worker_offer(worker, client);
}

/* Most often there is nothing to read, and it goes on at once. The rest tells of an ending,
 * which would make the request that follows a loss of the client's own making. */
void
client_resume(struct client *client)
{
	if (client_receive(client, false))
		client_next(client);
}

/* Between an answer and the next request. */
void
client_think(struct client *client)
{
	struct worker *worker = client->worker;
	int64_t least_ns = worker->plan->think_least_ns;
	int64_t spread_ns = worker->plan->think_most_ns - least_ns;
	int64_t think_ns = least_ns;

	if (worker->plan->think_most_ns == 0 || worker->is_stopping) {
		client_next(client);
		return;
	}
	if (client->in_flight > 0 || evtimer_pending(&client->timer, NULL))
		return;
	if (spread_ns > 0)
		think_ns += (int64_t)random_below(&worker->random, (uint64_t)spread_ns + 1);
	wait_us(client, think_ns / 1000);
}
