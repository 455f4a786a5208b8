/* SPDX-License-Identifier: MIT */
#include "server/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/adoption.h"
#include "server/moving.h"
#include "server/retirement.h"

/* Between two warnings of lines that were lost. */
#define LOST_LINES_PERIOD_US (10 * CLOCK_SECOND_US)

/* --- Called by the floor below -------------------------------------------- */

static void
on_accepted(struct listener *listener, void *arg)
{
	(void)listener;
	overload_weigh(arg);
}

static void
on_conn_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	struct loop *loop = arg;

	if (log_get_level() >= LOG_LEVEL_DEBUG)
		conn_log_trace(conn, ending);
	if (loop->has_connections)
		conn_log_put(&loop->connections, conn, ending);
	if (loop->guest && loop->guest->ended)
		loop->guest->ended(conn, ending, loop->guest->arg);
	overload_weigh(loop);
	drain_check(&loop->drain);
}

static const struct conn_set_ops conn_ops = { .ended = on_conn_ended };

static bool
is_live(void *arg)
{
	(void)arg;
	return true;
}

static bool
is_ready(void *arg)
{
	const struct loop *loop = arg;

	return loop->drain.step == DRAIN_NONE;
}

/* --- Building --------------------------------------------------------------- */

static int
init_conns(struct loop *loop, const struct loop_options *options)
{
	const struct conn_set_options conns = {
		.ids = options->ids,
		.addresses = options->addresses,
		.ops = &conn_ops,
		.arg = loop,
	};

	return conn_set_init(&loop->conns, loop->base, &conns);
}

static void
close_connections_log(struct loop *loop)
{
	conn_log_flush(&loop->connections);
	loop->lost_before += loop->connections.lines.lost_lines;
	conn_log_done(&loop->connections);
}

void
loop_take_connections_log(struct loop *loop, const struct conn_log *log)
{
	if (loop->has_connections)
		close_connections_log(loop);
	loop->has_connections = log != NULL;
	if (log)
		loop->connections = *log;
}

static void
flush_access_log(struct services *services)
{
	if (services->has_access)
		access_log_flush(&services->access);
}

static void
flush_logs(struct loop *loop)
{
	struct list_link *link;

	list_foreach (link, &loop->old_services)
		flush_access_log(list_entry(link, struct services, link));
	if (loop->services)
		flush_access_log(loop->services);
	if (loop->has_connections)
		conn_log_flush(&loop->connections);
}

/* A full disk loses lines, never requests; but not in silence. */
static void
warn_of_lost_lines(struct loop *loop)
{
	const uint64_t lost = loop_lost_lines(loop);
	const int64_t now_us = loop->conns.now_us;

	if (lost == loop->lost_lines || now_us < loop->lost_until_us)
		return;
	log_warning("%llu lines of the access and connections' logs could not be written since "
		    "the last such warning: is the disk full, or does nobody read the pipe?",
	    (unsigned long long)(lost - loop->lost_lines));
	loop->lost_lines = lost;
	loop->lost_until_us = now_us + LOST_LINES_PERIOD_US;
}

/* The generation that these served goes with the last of its users. */
static void
free_unused_services(struct loop *loop)
{
	struct list_link *link;
	struct list_link *following;

	list_foreach_safe (link, following, &loop->old_services) {
		struct services *services = list_entry(link, struct services, link);

		if (services_are_in_use(services))
			continue;
		if (services->has_access)
			access_log_flush(&services->access);
		loop->lost_before += services->access.lines.lost_lines;
		log_debug("loop %u: no request of generation %u is left", loop->index,
		    services->generation->number);
		services_free(services);
	}
}

void
loop_publish(struct loop *loop)
{
	atomic_store(&loop->counts.heartbeat_us, clock_monotonic_us());
	atomic_store(&loop->counts.open, loop->conns.open);
	for (int state = 0; state < CONN_STATES; state++)
		atomic_store(&loop->counts.by_state[state], loop->conns.counts[state]);
}

static void
measure_work(struct loop *loop)
{
	const int64_t busy_us = loop_busy_us();
	const int64_t now_us = clock_monotonic_us();

	if (loop->busy_at_us > 0 && now_us > loop->busy_at_us)
		atomic_store(&loop->counts.busy,
		    (unsigned)((busy_us - loop->busy_us) * 1000 / (now_us - loop->busy_at_us)));
	loop->busy_us = busy_us;
	loop->busy_at_us = now_us;
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)events;
	/* Answers do not wait for the housekeeping. */
	conn_set_end_turn(&loop->conns);
	flush_logs(loop);
	warn_of_lost_lines(loop);
	log_tick();
	conn_set_rate(&loop->conns);
	overload_tick(loop);
	free_unused_services(loop);
	measure_work(loop);
	loop_publish(loop);
	moving_balance(loop);
}

bool
loop_is_retiring(const struct loop *loop)
{
	struct list_link *link;

	list_foreach (link, &loop->retirements) {
		const struct retirement *retirement = list_entry(link, struct retirement, link);

		for (size_t i = 0; i < retirement->count; i++)
			if (retirement->listeners[i]->socket.fd >= 0)
				return true;
	}
	return false;
}

void
loop_note_leaving(struct loop *loop)
{
	if (!atomic_load(&loop->is_leaving) || loop_is_retiring(loop))
		return;
	atomic_store(&loop->is_leaving, false);
	loop->on_news(loop->arg);
}

static void
stop(struct loop *loop)
{
	struct list_link *link;

	moving_close(loop);
	list_foreach (link, &loop->retirements)
		drain_cut(&list_entry(link, struct retirement, link)->drain, ENDING_STOPPED);
	if (loop->emigration.followed)
		emigration_abandon(loop);
	else if (loop->drain.step == DRAIN_NONE)
		loop->tally_before = loop->conns.tally;
	drain_cut(&loop->drain, ENDING_STOPPED);
}

static void
drain(struct loop *loop)
{
	if (loop->drain.step != DRAIN_NONE)
		return;
	moving_close(loop);
	loop->tally_before = loop->conns.tally;
	drain_begin(&loop->drain);
}

static void
adopt(struct loop *loop)
{
	struct adoption *adoption = atomic_load(&loop->adoption);

	if (!adoption)
		return;
	adoption_take(adoption);
	free_unused_services(loop);
	atomic_store(&loop->is_leaving, loop_is_retiring(loop));
	atomic_store(&loop->adoption, NULL);
}

static void
on_told(unsigned requests, void *arg)
{
	struct loop *loop = arg;

	/* Whatever is told meets connections that have had their answers. */
	conn_set_end_turn(&loop->conns);
	if (requests & LOOP_ADOPT) {
		adopt(loop);
		loop->on_news(loop->arg);
	}
	if (requests & LOOP_IMMIGRATE)
		immigration_take(loop);
	if (requests & LOOP_STAY)
		emigration_cancel(loop);
	if (requests & LOOP_EMIGRATE)
		emigration_go_on(loop);
	if (requests & LOOP_LEAVE)
		emigration_leave(loop);
	if (requests & LOOP_CONNECTIONS_COME)
		moving_take(loop);
	if (requests & LOOP_STOP)
		stop(loop);
	else if (requests & LOOP_DRAIN)
		drain(loop);
	if (requests & LOOP_SNAPSHOT)
		loop_answer_figures(loop);
	if (requests & LOOP_CONNECTIONS)
		loop_answer_page(loop);
}

static struct event_base *
new_base(void)
{
	struct event_config *options = event_config_new();
	struct event_base *base;

	if (!options)
		return NULL;
	/* A base is touched by its own thread alone. */
	(void)event_config_set_flag(options, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(options);
	event_config_free(options);
	return base;
}

static int
start_tick(struct loop *loop)
{
	const struct timeval second = { .tv_sec = 1, .tv_usec = 0 };

	loop->tick = event_new(loop->base, -1, EV_PERSIST, on_tick, loop);
	return loop->tick && event_add(loop->tick, &second) == 0 ? 0 : -ENOMEM;
}

struct handler_health
loop_health(struct loop *loop)
{
	return (struct handler_health){ is_live, is_ready, loop };
}

/* What of a half-built loop there is, loop_free knows by the order here. */
static int
build(struct loop *loop)
{
	int result = bell_init(&loop->bell, loop->base, on_told, loop);

	if (result == 0)
		result = start_tick(loop);
	if (result == 0)
		result = drain_init(&loop->drain, loop, loop->base);
	if (result == 0)
		result = emigration_init(&loop->emigration, loop);
	loop->parting = moving_new_timer(loop);
	if (!loop->parting)
		result = -ENOMEM;
	if (result == 0 && loop->guest && loop->guest->made)
		result = loop->guest->made(loop, loop->guest->arg);
	loop->has_guest = result == 0 && loop->guest;
	return result;
}

struct loop *
loop_new(const struct loop_options *options, struct text *ret_error)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop) {
		loop->index = options->index;
		loop->loops = 1;
		loop->on_news = options->on_news;
		loop->arg = options->arg;
		loop->guest = options->guest;
		loop->bell.fd = -1;
		loop->drain.is_whole = true;
		mailbox_init(&loop->mailbox);
		list_init(&loop->old_services);
		list_init(&loop->retirements);
		loop->base = new_base();
	}
	if (!loop || !loop->base || init_conns(loop, options) != 0) {
		text_put_format(ret_error, "loop %u: no memory", options->index);
		if (loop && loop->base)
			event_base_free(loop->base);
		if (loop)
			mailbox_done(&loop->mailbox);
		free(loop);
		return NULL;
	}
	if (build(loop) == 0)
		return loop;
	text_put_format(ret_error, "loop %u: no memory or descriptors", options->index);
	loop_free(loop);
	return NULL;
}

struct listener *
loop_make_listener(struct loop *loop, const struct config_listener *config,
    const struct listen_socket *socket, const struct service *service)
{
	return listener_new(config, socket, &loop->conns, service, on_accepted, loop);
}

static void
free_retirements(struct loop *loop)
{
	struct list_link *first;

	while ((first = list_first(&loop->retirements)) != NULL)
		retirement_free(list_entry(first, struct retirement, link));
}

static void
free_services(struct loop *loop)
{
	struct list_link *first;

	while ((first = list_first(&loop->old_services)) != NULL)
		services_free(list_entry(first, struct services, link));
	services_free(loop->services);
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	conn_set_done(&loop->conns);
	adoption_free(atomic_load(&loop->adoption));
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_free(loop->listeners[i]);
	free(loop->listeners);
	free_retirements(loop);
	free_services(loop);
	if (loop->has_connections)
		conn_log_done(&loop->connections);
	if (loop->has_guest && loop->guest->gone)
		loop->guest->gone(loop, loop->guest->arg);
	drain_done(&loop->drain);
	emigration_done(&loop->emigration);
	immigration_done(&loop->immigration);
	loop_mail_done(&loop->mail);
	mailbox_done(&loop->mailbox);
	free(loop->peers);
	if (loop->parting)
		event_free(loop->parting);
	if (loop->tick)
		event_free(loop->tick);
	bell_done(&loop->bell);
	event_base_free(loop->base);
	free(loop);
}

/* --- Running ---------------------------------------------------------------- */

static void *
run(void *arg)
{
	struct loop *loop = arg;

	if (loop->has_guest && loop->guest->begun)
		loop->guest->begun(loop, loop->guest->arg);
	if (loop_take_turns(loop) != 0)
		log_error("loop %u: the event loop failed: %s", loop->index, strerror(errno));
	moving_close(loop);
	conn_set_reap_all(&loop->conns);
	if (loop->has_guest && loop->guest->over)
		loop->guest->over(loop, loop->guest->arg);
	flush_logs(loop);
	loop_answer_figures(loop);
	atomic_store(&loop->has_ended, true);
	loop->on_news(loop->arg);
	return NULL;
}

bool
loop_has_ended(const struct loop *loop)
{
	return atomic_load(&loop->has_ended);
}

int
loop_start(struct loop *loop)
{
	int result;

	atomic_store(&loop->counts.heartbeat_us, clock_monotonic_us());
	result = -pthread_create(&loop->thread, NULL, run, loop);

	loop->is_running = result == 0;
	return result;
}

void
loop_hand_over(struct loop *loop, struct adoption *adoption)
{
	must(loop_has_taken(loop));
	atomic_store(&loop->adoption, adoption);
	if (loop->is_running)
		bell_ring(&loop->bell, LOOP_ADOPT);
	else
		adopt(loop);
}

bool
loop_has_taken(const struct loop *loop)
{
	return atomic_load(&loop->adoption) == NULL || loop_has_ended(loop);
}

void
loop_tell(struct loop *loop, enum loop_request request)
{
	bell_ring(&loop->bell, request);
}

void
loop_join(struct loop *loop)
{
	must(pthread_join(loop->thread, NULL) == 0);
}
