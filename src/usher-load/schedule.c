/* SPDX-License-Identifier: MIT
 *
 * schedule: who gets the next request, and when. In a closed loop whoever asks
 * gets one. In an open loop a request is due at its own time; a free client takes
 * it then, or else the next client that becomes free. Part of the worker.
 */
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "usher-load/worker.h"

/* --- Requests ----------------------------------------------------------- */

bool
worker_has_no_more(const struct worker *worker)
{
	return worker->is_stopping || (worker->has_limit && worker->requests_left == 0);
}

bool
worker_take_request(struct worker *worker, int64_t *ret_due_ns)
{
	if (worker_has_no_more(worker))
		return false;
	*ret_due_ns = worker->now_ns;
	if (worker->due_fd >= 0) {
		*ret_due_ns = pacer_due_ns(&worker->pacer);
		if (*ret_due_ns > worker->now_ns)
			return false;
		pacer_advance(&worker->pacer);
		worker->result.due++;
	}
	if (worker->has_limit)
		worker->requests_left--;
	return true;
}

void
worker_return_request(struct worker *worker)
{
	if (worker->has_limit)
		worker->requests_left++;
	if (worker->due_fd >= 0)
		worker->result.never_sent++;
}

/* --- The schedule ------------------------------------------------------- */

static void
arm_due(struct worker *worker)
{
	int64_t due_ns = pacer_due_ns(&worker->pacer);
	struct itimerspec at = { .it_value = { .tv_sec = due_ns / CLOCK_SECOND_NS,
				     .tv_nsec = due_ns % CLOCK_SECOND_NS } };

	if (worker->is_due_armed || list_is_empty(&worker->free))
		return;
	worker->is_due_armed = timerfd_settime(worker->due_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0;
}

void
worker_offer(struct worker *worker, struct client *client)
{
	if (!client->is_offered) {
		client->is_offered = true;
		client->free_since_ns = worker->now_ns;
		list_append(&worker->free, &client->free);
	}
	arm_due(worker);
}

void
worker_withdraw(struct worker *worker, struct client *client)
{
	(void)worker;
	client->is_offered = false;
	list_remove(&client->free);
}

/* How late it is for a request that was due while the client was free. */
static void
record_lag(struct worker *worker, const struct client *client)
{
	int64_t since_ns = pacer_due_ns(&worker->pacer);

	if (client->free_since_ns > since_ns)
		since_ns = client->free_since_ns;
	result_record_lag(&worker->result, worker->now_ns - since_ns);
}

static void
give_due(struct worker *worker)
{
	struct list_link *link;

	while ((link = list_first(&worker->free)) != NULL && !worker_has_no_more(worker) &&
	    pacer_due_ns(&worker->pacer) <= worker->now_ns) {
		struct client *client = list_entry(link, struct client, free);

		record_lag(worker, client);
		worker_withdraw(worker, client);
		client_resume(client);
		worker->now_ns = clock_monotonic_ns();
	}
	if (!worker_has_no_more(worker))
		arm_due(worker);
}

static void
on_due(evutil_socket_t fd, short events, void *arg)
{
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);
	uint64_t count;

	(void)events;
	/* Read, so that it is not readable for ever. */
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		panic_at(__FILE__, __LINE__, "a timerfd can be read");
	worker->now_ns = clock_monotonic_ns();
	worker->is_due_armed = false;
	give_due(worker);
}

/* --- Begin and end ------------------------------------------------------ */

int
worker_begin_schedule(struct worker *worker, int64_t began_ns)
{
	const struct plan *plan = worker->plan;

	if (plan->rate == 0)
		return 0;
	pacer_init(&worker->pacer, began_ns, plan->rate / plan->threads,
	    (double)worker->number / plan->threads, plan->is_poisson, plan->seed + worker->number);
	worker->due_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (worker->due_fd < 0)
		return -errno;
	(void)event_assign(
	    &worker->due, worker->base, worker->due_fd, EV_READ | EV_PERSIST, on_due, worker);
	return event_add(&worker->due, NULL) == 0 ? 0 : -ENOMEM;
}

void
worker_end_schedule(struct worker *worker)
{
	uint64_t missed;

	if (worker->due_fd < 0 || worker_has_no_more(worker))
		return;
	/* What became due and found no client free. */
	missed = pacer_skip_until(&worker->pacer, worker->now_ns);
	worker->result.due += missed;
	worker->result.never_sent += missed;
}
