/* SPDX-License-Identifier: MIT */
#include "server/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"

/* Between two warnings of lines that were lost. */
#define LOST_LINES_PERIOD_US (10 * CLOCK_SECOND_US)

/* --- Called by the floor below -------------------------------------------- */

/* At the limit the kernel's queue holds the rest. */
static void
on_accepted(struct listener *listener, void *arg)
{
	struct loop *loop = arg;

	(void)listener;
	if (loop->conns.open < loop->most_connections)
		return;
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_pause(loop->listeners[i], LISTENER_PAUSE_CONNECTIONS);
}

static void
trace_ending(const struct conn *conn, const struct ending *ending)
{
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));

	peer_put(&peer, &conn->peer);
	log_debug("c%llu %s ended: %s; first FIN: %s%s%s; %llu requests, %llu bytes in, "
		  "%llu out, %llu unsent, %lld ms",
	    (unsigned long long)conn->id, text_string(&peer), ending_sentence(ending->cause),
	    ending_first_fin_name(ending->first_fin), ending->reset_sent ? "; reset sent" : "",
	    ending->reset_received ? "; reset received" : "", (unsigned long long)ending->requests,
	    (unsigned long long)ending->bytes_in, (unsigned long long)ending->bytes_out,
	    (unsigned long long)ending->bytes_unsent, (long long)(ending->age_us / 1000));
}

static void
on_conn_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	struct loop *loop = arg;

	if (log_get_level() >= LOG_LEVEL_DEBUG)
		trace_ending(conn, ending);
	if (loop->has_connections)
		conn_log_put(&loop->connections, conn, ending);
	if (loop->conns.open < loop->most_connections)
		for (size_t i = 0; i < loop->listener_count; i++)
			listener_resume(loop->listeners[i], LISTENER_PAUSE_CONNECTIONS);
	loop_drain_check(loop);
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

static size_t
share(int64_t whole, unsigned parts)
{
	int64_t part = (whole + parts - 1) / parts;

	return part > 0 ? (size_t)part : 1;
}

static int
init_conns(struct loop *loop, const struct loop_options *options)
{
	const struct config_timeouts *timeouts = &options->config->timeouts;
	const struct config_limits *limits = &options->config->limits;
	const struct conn_set_options conns = {
		.limits = { .linger_bytes = (uint64_t)limits->linger_bytes,
		    .lingering = share(limits->lingering, options->loops) },
		.deadline_us = { [DEADLINE_IDLE] = timeouts->idle_us,
		    [DEADLINE_HEAD] = timeouts->head_us,
		    [DEADLINE_BODY] = timeouts->body_us,
		    [DEADLINE_WRITE] = timeouts->write_us,
		    [DEADLINE_LINGER] = timeouts->linger_us },
		.first_id = options->index + 1,
		.id_stride = options->loops,
		.wants_details = options->connections_fd >= 0,
		.ops = &conn_ops,
		.arg = loop,
	};

	loop->most_connections = share(limits->connections, options->loops);
	return conn_set_init(&loop->conns, loop->base, &conns);
}

static void
flush_logs(struct loop *loop)
{
	if (loop->has_access)
		access_log_flush(&loop->access);
	if (loop->has_connections)
		conn_log_flush(&loop->connections);
}

/* A full disk loses lines, never requests; but not in silence. */
static void
warn_of_lost_lines(struct loop *loop)
{
	const uint64_t lost = loop->access.lines.lost_lines + loop->connections.lines.lost_lines;
	const int64_t now_us = loop->conns.now_us;

	if (lost == loop->lost_lines || now_us < loop->lost_until_us)
		return;
	log_warning("%llu lines of the access and connections' logs could not be written since "
		    "the last such warning: is the disk full?",
	    (unsigned long long)(lost - loop->lost_lines));
	loop->lost_lines = lost;
	loop->lost_until_us = now_us + LOST_LINES_PERIOD_US;
}

void
loop_publish(struct loop *loop)
{
	atomic_store(&loop->counts.open, loop->conns.open);
	for (int state = 0; state < CONN_STATES; state++)
		atomic_store(&loop->counts.by_state[state], loop->conns.counts[state]);
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)events;
	flush_logs(loop);
	warn_of_lost_lines(loop);
	loop_publish(loop);
}

static void
on_told(unsigned requests, void *arg)
{
	struct loop *loop = arg;

	if (requests & LOOP_STOP)
		loop_drain_cut(loop, ENDING_STOPPED);
	else if (requests & LOOP_DRAIN)
		loop_drain_begin(loop);
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

static int
init_logs(struct loop *loop, const struct loop_options *options)
{
	const enum config_access_format format = loop->config->log.access_format;

	if (options->access_fd >= 0) {
		if (access_log_init(&loop->access, options->access_fd, format) != 0)
			return -ENOMEM;
		loop->has_access = true;
	}
	if (options->connections_fd >= 0) {
		if (conn_log_init(&loop->connections, options->connections_fd) != 0)
			return -ENOMEM;
		loop->has_connections = true;
	}
	return 0;
}

/* What of a half-built loop there is, loop_free knows by the order here. */
static int
build(struct loop *loop, const struct loop_options *options, struct text *ret_error)
{
	const struct handler_health health = { is_live, is_ready, loop };
	int result = bell_init(&loop->bell, loop->base, on_told, loop);

	if (result == 0)
		result = start_tick(loop);
	if (result == 0)
		result = loop_drain_init(loop);
	if (result == 0)
		result = init_logs(loop, options);
	if (result != 0) {
		text_put_format(ret_error, "loop %u: %s", loop->index, strerror(-result));
		return result;
	}
	loop->services =
	    services_new(loop->config, loop->has_access ? &loop->access : NULL, &health, ret_error);
	return loop->services ? 0 : -EINVAL;
}

struct loop *
loop_new(const struct loop_options *options, struct text *ret_error)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop) {
		loop->index = options->index;
		loop->config = options->config;
		loop->on_ended = options->on_ended;
		loop->arg = options->arg;
		loop->bell.fd = -1;
		loop->base = new_base();
	}
	if (!loop || !loop->base || init_conns(loop, options) != 0) {
		text_put_format(ret_error, "loop %u: no memory", options->index);
		if (loop && loop->base)
			event_base_free(loop->base);
		free(loop);
		return NULL;
	}
	if (build(loop, options, ret_error) == 0)
		return loop;
	loop_free(loop);
	return NULL;
}

int
loop_listen(
    struct loop *loop, const struct config_listener *config, const struct listen_socket *socket)
{
	size_t count = loop->listener_count + 1;
	struct listener **more = realloc(loop->listeners, count * sizeof(struct listener *));
	struct listener *listener;

	if (more)
		loop->listeners = more;
	/* On a failure the descriptor goes with the attempt. */
	listener = listener_new(
	    config, socket, &loop->conns, services_for(loop->services, config), on_accepted, loop);
	if (!listener || !more) {
		listener_free(listener);
		return -ENOMEM;
	}
	loop->listeners[loop->listener_count++] = listener;
	return 0;
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	conn_set_done(&loop->conns);
	for (size_t i = 0; i < loop->listener_count; i++)
		listener_free(loop->listeners[i]);
	free(loop->listeners);
	services_free(loop->services);
	if (loop->has_access)
		access_log_done(&loop->access);
	if (loop->has_connections)
		conn_log_done(&loop->connections);
	loop_drain_done(loop);
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

	if (event_base_dispatch(loop->base) != 0)
		log_error("loop %u: the event loop failed: %s", loop->index, strerror(errno));
	flush_logs(loop);
	atomic_store(&loop->has_ended, true);
	loop->on_ended(loop->arg);
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
	return -pthread_create(&loop->thread, NULL, run, loop);
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
