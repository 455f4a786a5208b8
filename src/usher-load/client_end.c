/* SPDX-License-Identifier: MIT
 *
 * client_end: how a connection ends, as the client saw it, and what that means
 * for each request in flight: whether a byte of its answer had come, whether it had
 * been sent at all. One function ends a connection; all others find out why.
 */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "usher-load/client.h"
#include "usher-load/worker.h"

/* Between two attempts, while they fail: doubles from the first to the last. */
#define RETRY_FIRST_US 10000
#define RETRY_DOUBLINGS 4

/* --- Again -------------------------------------------------------------- */

static void
wait_to_retry(struct client *client)
{
	unsigned doublings =
	    client->failures < RETRY_DOUBLINGS ? client->failures : RETRY_DOUBLINGS;
	struct timeval wait = { .tv_usec = RETRY_FIRST_US << doublings };

	client_change(client, CLIENT_WAITING);
	(void)event_add(&client->timer, &wait);
}

/* After the loop's turn, so that a server that ends every connection at once does not have
 * us go deeper and deeper. */
static void
wait_for_turn(struct client *client)
{
	static const struct timeval at_once = { .tv_sec = 0 };

	client_change(client, CLIENT_WAITING);
	(void)event_add(&client->timer, &at_once);
}

static void
begin_again(struct client *client, bool is_orderly)
{
	if (worker_has_no_more(client->worker)) {
		client_change(client, CLIENT_RETIRED);
		worker_retired(client->worker);
	} else if (client->failures > 0 || client->is_keeper) {
		wait_to_retry(client);
	} else if (is_orderly) {
		client_start(client);
	} else {
		wait_for_turn(client);
	}
}

/* --- The end ------------------------------------------------------------ */

static void
close_socket(struct client *client)
{
	worker_withdraw(client->worker, client);
	client_unwatch(client);
	(void)event_del(&client->timer);
	(void)close(client->fd);
	client->fd = -1;
}

/* Each request in flight has an outcome now, but for those of which not a byte was sent. */
static void
settle_requests(struct client *client, enum outcome outcome, enum outcome others)
{
	struct worker *worker = client->worker;
	const unsigned ring = worker->plan->pipeline;

	for (unsigned i = 0; i < client->in_flight; i++) {
		const struct client_slot *slot = client_slot(client, i, ring);
		unsigned sent = client->in_flight - client->unsent;

		if (i > sent || (i == sent && client->sent_bytes == 0))
			worker_return_request(worker);
		else
			result_count_request(&worker->result, i == 0 ? outcome : others,
			    slot->sent_ns, worker->now_ns);
		worker_ended_request(worker);
	}
	client->in_flight = 0;
	client->unsent = 0;
	client->sent_bytes = 0;
}

static void
end_with(struct client *client, enum outcome connection, enum outcome first, enum outcome others)
{
	struct worker *worker = client->worker;

	settle_requests(client, first, others);
	close_socket(client);
	result_count_connection(&worker->result, connection, true, worker->now_ns);
	begin_again(client, connection == OUTCOME_CLOSED);
}

void
client_end(struct client *client, enum outcome connection, enum outcome requests)
{
	end_with(client, connection, requests, requests);
}

/* --- Why ---------------------------------------------------------------- */

/* Something of a request was sent, and its answer is still owed. */
static bool
is_owed(const struct client *client)
{
	return client->in_flight > client->unsent || client->sent_bytes > 0;
}

void
client_fin(struct client *client)
{
	if (client->in_flight > 0 && answer_end(&client->answer) == ANSWER_DONE)
		client_answered(client);
	if (client->state == CLIENT_LEAVING && client->in_flight == 0 && !client->is_dismissed)
		client_end(client, OUTCOME_CLOSED, OUTCOME_CLOSED);
	else if (!is_owed(client))
		client_end(client, OUTCOME_FIN_IDLE, OUTCOME_FIN_BEFORE_ANSWER);
	else if (client->answer.has_bytes)
		end_with(client, OUTCOME_FIN_IN_ANSWER, OUTCOME_FIN_IN_ANSWER,
		    OUTCOME_FIN_BEFORE_ANSWER);
	else
		client_end(client, OUTCOME_FIN_BEFORE_ANSWER, OUTCOME_FIN_BEFORE_ANSWER);
}

void
client_broke(struct client *client, int error)
{
	if (error == ETIMEDOUT)
		client_end(client, OUTCOME_TIMEOUT, OUTCOME_TIMEOUT);
	else if (!is_owed(client))
		client_end(client, OUTCOME_RESET_IDLE, OUTCOME_RESET_BEFORE_ANSWER);
	else if (client->answer.has_bytes)
		end_with(client, OUTCOME_RESET_IN_ANSWER, OUTCOME_RESET_IN_ANSWER,
		    OUTCOME_RESET_BEFORE_ANSWER);
	else
		client_end(client, OUTCOME_RESET_BEFORE_ANSWER, OUTCOME_RESET_BEFORE_ANSWER);
}

void
client_connect_failed(struct client *client, int error)
{
	struct worker *worker = client->worker;

	if (client->fd >= 0)
		close_socket(client);
	result_count_connection(
	    &worker->result, client_connect_outcome(error), false, worker->now_ns);
	client->failures++;
	begin_again(client, false);
}

/* --- Given up ----------------------------------------------------------- */

void
client_retire(struct client *client)
{
	if (client->state == CLIENT_OPEN && client->in_flight == 0) {
		client_end(client, OUTCOME_CLOSED, OUTCOME_CLOSED);
		return;
	}
	if (client->state != CLIENT_WAITING && client->state != CLIENT_CONNECTING)
		return;
	/* An attempt that was not finished is none. */
	(void)event_del(&client->timer);
	if (client->fd >= 0)
		close_socket(client);
	client_change(client, CLIENT_RETIRED);
	worker_retired(client->worker);
}

void
client_abandon(struct client *client)
{
	client_retire(client);
	if (client->state != CLIENT_RETIRED)
		client_end(client, client->in_flight > 0 ? OUTCOME_UNFINISHED : OUTCOME_CLOSED,
		    OUTCOME_UNFINISHED);
}

static void
check_connecting(struct client *client, int64_t waited_ns)
{
	if (client->fd >= 0 && waited_ns > client->worker->plan->connect_timeout_ns)
		client_connect_failed(client, ETIMEDOUT);
}

void
client_check_time(struct client *client, int64_t now_ns)
{
	const struct plan *plan = client->worker->plan;
	const int64_t waited_ns = now_ns - client->state_began_ns;

	if (client->state == CLIENT_CONNECTING)
		check_connecting(client, waited_ns);
	else if (client->in_flight > 0 &&
	    now_ns - client->slots[client->first].sent_ns > plan->timeout_ns)
		client_end(client, OUTCOME_TIMEOUT, OUTCOME_TIMEOUT);
	else if (client->state == CLIENT_LEAVING && waited_ns > CLIENT_LEAVE_NS)
		client_end(client, OUTCOME_CLOSED, OUTCOME_FIN_BEFORE_ANSWER);
}
