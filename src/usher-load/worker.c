/* SPDX-License-Identifier: MIT
 *
 * worker: the loop's life: what it is made of, what it is told, what it looks after
 * now and then, how it ends.
 */
#include "usher-load/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"

/* Between two looks at what has waited too long. */
#define TICK_LONGEST_NS INT64_C(100000000)
#define TICK_SHORTEST_NS INT64_C(1000000)
/* Clients that begin in one turn of the loop, so that those who have begun do not wait for
 * all. */
#define BEGIN_TOGETHER 32

/* --- The end ------------------------------------------------------------ */

void
worker_retired(struct worker *worker)
{
	if (--worker->alive == 0)
		(void)event_base_loopbreak(worker->base);
}

static void
each_client(struct worker *worker, void (*what)(struct client *))
{
	for (size_t i = 0; i < worker->client_count; i++) {
		struct client *client = worker_client(worker, i);

		if (client->state != CLIENT_RETIRED)
			what(client);
	}
}

static void
stop(struct worker *worker)
{
	if (worker->is_stopping)
		return;
	worker_end_schedule(worker);
	worker->is_stopping = true;
	each_client(worker, client_retire);
}

/* Those with nothing to do hold their connections until somebody tells them. */
static void
on_over(evutil_socket_t fd, short events, void *arg)
{
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);

	(void)fd;
	(void)events;
	worker->now_ns = clock_monotonic_ns();
	if (worker->requests_left == 0 && worker->in_flight == 0)
		stop(worker);
}

void
worker_ended_request(struct worker *worker)
{
	worker->in_flight--;
	if (worker->has_limit && worker->requests_left == 0 && worker->in_flight == 0)
		event_active(&worker->over, EV_TIMEOUT, 0);
}

static void
quit(struct worker *worker)
{
	stop(worker);
	each_client(worker, client_abandon);
}

static void
hear(unsigned bits, void *arg)
{
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);

	worker->now_ns = clock_monotonic_ns();
	if (bits & WORKER_DURING)
		result_enter_phase(&worker->result, PHASE_DURING, worker->now_ns);
	if (bits & WORKER_AFTER)
		result_enter_phase(&worker->result, PHASE_AFTER, worker->now_ns);
	if (bits & WORKER_STOP)
		stop(worker);
	if (bits & WORKER_QUIT)
		quit(worker);
}

/* --- The beginning ------------------------------------------------------ */

static void
on_begin(evutil_socket_t fd, short events, void *arg)
{
	static const struct timeval at_once = { .tv_sec = 0 };
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);
	const size_t until = worker->begun + BEGIN_TOGETHER;

	(void)fd;
	(void)events;
	worker->now_ns = clock_monotonic_ns();
	for (; worker->begun < until && worker->begun < worker->client_count; worker->begun++) {
		struct client *client = worker_client(worker, worker->begun);

		/* Those who wait for their turn may have been sent home meanwhile. */
		if (client->state == CLIENT_WAITING)
			client_start(client);
	}
	if (worker->begun < worker->client_count)
		(void)event_add(&worker->begin, &at_once);
}

/* --- Now and then ------------------------------------------------------- */

/* The loop was so late for its own timer: as late it is for everybody's bytes. */
static void
note_delay(struct worker *worker)
{
	int64_t delay_ns = worker->now_ns - worker->next_tick_ns;

	if (delay_ns > worker->result.loop_delay_ns)
		worker->result.loop_delay_ns = delay_ns;
	worker->next_tick_ns = worker->now_ns + worker->tick_ns;
}

/* A run without a duration would try for ever where nobody listens. */
static bool
is_hopeless(struct worker *worker)
{
	if (worker->result.timeline.open > 0)
		worker->last_open_ns = worker->now_ns;
	return worker->plan->duration_ns == 0 &&
	    worker->now_ns - worker->last_open_ns > worker->plan->connect_timeout_ns;
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);

	(void)fd;
	(void)events;
	worker->now_ns = clock_monotonic_ns();
	note_delay(worker);
	live_publish(&worker->live, &worker->result, worker->in_flight);
	for (size_t i = 0; i < worker->client_count; i++)
		client_check_time(worker_client(worker, i), worker->now_ns);
	if (is_hopeless(worker))
		stop(worker);
}

/* --- Life ------------------------------------------------------------------ */

static uint64_t
share(uint64_t whole, unsigned parts, unsigned number)
{
	return whole / parts + (number < whole % parts ? 1 : 0);
}

/* Clients of all threads take the targets in turn. */
static void
init_clients(struct worker *worker, size_t connections)
{
	const struct plan *plan = worker->plan;

	for (size_t i = 0; i < worker->client_count; i++) {
		size_t target = (i * plan->threads + worker->number) % plan->target_count;

		client_init(
		    worker_client(worker, i), worker, &plan->targets[target], i >= connections);
	}
}

static int
make_clients(struct worker *worker)
{
	const struct plan *plan = worker->plan;
	size_t connections = share(plan->connections, plan->threads, worker->number);

	worker->client_bytes = sizeof(struct client) + plan->pipeline * sizeof(struct client_slot);
	worker->client_count = connections + share(plan->idle, plan->threads, worker->number);
	worker->alive = worker->client_count;
	worker->clients = calloc(worker->client_count, worker->client_bytes);
	worker->scratch = malloc(WORKER_SCRATCH_BYTES);
	worker->gather = malloc(WORKER_GATHER_BYTES);
	if (!worker->clients || !worker->scratch || !worker->gather)
		return -ENOMEM;
	init_clients(worker, connections);
	return 0;
}

/* Nobody else uses the base, so it needs no lock. */
static struct event_base *
make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (!config)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* A tenth of the shortest patience. */
static int
make_tick(struct worker *worker)
{
	const struct plan *plan = worker->plan;
	int64_t shortest_ns = plan->timeout_ns < plan->connect_timeout_ns
	    ? plan->timeout_ns
	    : plan->connect_timeout_ns;
	struct timeval interval;

	worker->tick_ns = shortest_ns / 10;
	if (worker->tick_ns > TICK_LONGEST_NS)
		worker->tick_ns = TICK_LONGEST_NS;
	if (worker->tick_ns < TICK_SHORTEST_NS)
		worker->tick_ns = TICK_SHORTEST_NS;
	(void)evtimer_assign(&worker->begin, worker->base, on_begin, worker);
	(void)event_assign(&worker->over, worker->base, -1, 0, on_over, worker);
	interval = (struct timeval){ .tv_usec = worker->tick_ns / 1000 };
	(void)event_assign(&worker->tick, worker->base, -1, EV_PERSIST, on_tick, worker);
	return event_add(&worker->tick, &interval) == 0 ? 0 : -ENOMEM;
}

static int
make_parts(struct worker *worker, int64_t began_ns)
{
	int result = make_clients(worker);

	if (result == 0)
		result =
		    result_init(&worker->result, began_ns, CLOCK_SECOND_NS, worker->plan->rate > 0);
	if (result == 0)
		result = worker_begin_schedule(worker, began_ns);
	if (result == 0)
		result = make_tick(worker);
	if (result == 0)
		result = bell_init(&worker->bell, worker->base, hear, worker);
	return result;
}

int
worker_init(struct worker *worker, const struct plan *plan, const struct echo_pattern *pattern,
    unsigned number, int64_t began_ns, struct bell *done)
{
	int result = -ENOMEM;

	*worker = (struct worker){
		.magic = WORKER_MAGIC,
		.number = number,
		.plan = plan,
		.pattern = pattern,
		.base = make_base(),
		.has_limit = plan->max_requests > 0,
		.requests_left = share(plan->max_requests, plan->threads, number),
		.due_fd = -1,
		.next_source = number,
		.bell.fd = -1,
		.done = done,
	};
	list_init(&worker->free);
	live_init(&worker->live);
	random_seed(&worker->random, plan->seed * 1000003 + number);
	if (worker->base)
		result = make_parts(worker, began_ns);
	if (result != 0)
		worker_done(worker);
	return result;
}

static void *
run(void *arg)
{
	struct worker *worker = checked_cast(arg, struct worker, WORKER_MAGIC);

	worker->now_ns = clock_monotonic_ns();
	worker->next_tick_ns = worker->now_ns + worker->tick_ns;
	worker->last_open_ns = worker->now_ns;
	event_active(&worker->begin, EV_TIMEOUT, 0);
	(void)event_base_dispatch(worker->base);
	result_end(&worker->result, clock_monotonic_ns());
	live_publish(&worker->live, &worker->result, worker->in_flight);
	atomic_store(&worker->has_ended, true);
	bell_ring(worker->done, 1);
	return NULL;
}

/* Signals are main's. */
int
worker_start(struct worker *worker)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, run, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker->has_thread = error == 0;
	return -error;
}

void
worker_join(struct worker *worker)
{
	if (worker->has_thread)
		(void)pthread_join(worker->thread, NULL);
	worker->has_thread = false;
}

void
worker_done(struct worker *worker)
{
	bell_done(&worker->bell);
	if (worker->due_fd >= 0)
		(void)close(worker->due_fd);
	if (worker->base)
		event_base_free(worker->base);
	result_done(&worker->result);
	live_done(&worker->live);
	free(worker->clients);
	free(worker->scratch);
	free(worker->gather);
	worker->magic = 0;
}
