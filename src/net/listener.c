/* SPDX-License-Identifier: MIT
 *
 * listener: accepting by evconnlistener, and the reasons to pause it.
 *
 * libevent's listener has no policy for a process that is out of descriptors:
 * the socket stays readable and the loop spins. Here the listener pauses for a
 * while and tries again; the kernel's queue holds the clients meanwhile.
 */
#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"

#define LISTENER_MAGIC UINT32_C(0x115e4e40)

#define RETRY_US (100 * 1000)

/* Clients that come as fast as they are served would keep libevent's listener, which
 * accepts until nobody waits, and with it the loop, to themselves. */
#define ACCEPTS_A_TURN 64
#define LOG_PERIOD_US (10 * CLOCK_SECOND_US)

/* A socket accepted from a filtered listener has inherited the filter, which
 * would drop a SYN of its own connection only; it is taken off all the same. */
void
listener_welcome(struct listener *listener, int fd, const struct sockaddr *address, socklen_t len)
{
	if (listener->has_filter)
		listen_socket_admit(fd);
	listener->accepted++;
	/* Where there was no memory, or none for its address, it has ended and is counted. */
	if (conn_open(listener->conns, &listener->origin, fd, address, len) != 0)
		listener->refused++;
}

/* What else is ready has its turn first. */
static void
yield_turn(struct listener *listener)
{
	listener_pause(listener, LISTENER_PAUSE_TURN);
	event_active(listener->turn, EV_TIMEOUT, 0);
}

/* The kernel gives the lowest number that is free, so one in the reserve says that
 * nothing else is. */
static bool
is_reserved(const struct listener *listener, int fd)
{
	const int reserved_fd = listener->conns->limits.reserved_fd;

	return reserved_fd > 0 && fd >= reserved_fd;
}

static void
wait_for_descriptors(struct listener *listener, int error)
{
	const struct timeval wait = { .tv_sec = 0, .tv_usec = RETRY_US };

	listener_log_failure(listener, error);
	if (event_add(listener->retry, &wait) == 0)
		listener_pause(listener, LISTENER_PAUSE_DESCRIPTORS);
}

static bool
has_descriptors(const struct listener *listener)
{
	int probe;

	if (listener->conns->limits.reserved_fd == 0 || listener->socket.fd < 0)
		return true;
	probe = fcntl(listener->socket.fd, F_DUPFD_CLOEXEC, 0);
	if (probe >= 0)
		(void)close(probe);
	return probe >= 0 && !is_reserved(listener, probe);
}

static void
on_retry(evutil_socket_t fd, short events, void *arg)
{
	struct listener *listener = checked_cast(arg, struct listener, LISTENER_MAGIC);

	(void)fd;
	(void)events;
	if (has_descriptors(listener))
		listener_resume(listener, LISTENER_PAUSE_DESCRIPTORS);
	else
		wait_for_descriptors(listener, EMFILE);
}

static void
on_accept(struct evconnlistener *acceptor, evutil_socket_t fd, struct sockaddr *address, int len,
    void *arg)
{
	struct listener *listener = checked_cast(arg, struct listener, LISTENER_MAGIC);

	(void)acceptor;
	listener_queue_at_accept(listener);
	listener_welcome(listener, fd, address, (socklen_t)len);
	listener->on_accepted(listener, listener->arg);
	if (is_reserved(listener, fd))
		wait_for_descriptors(listener, EMFILE);
	if (listener->accepted % ACCEPTS_A_TURN == 0)
		yield_turn(listener);
}

static void
on_turn(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	listener_resume(checked_cast(arg, struct listener, LISTENER_MAGIC), LISTENER_PAUSE_TURN);
}

void
listener_log_failure(struct listener *listener, int error)
{
	int64_t now_us = clock_monotonic_us();

	listener->failures++;
	if (listener->logged_us != 0 && now_us - listener->logged_us < LOG_PERIOD_US)
		return;
	log_warning("listener %s: accept: %s (%llu times since the last such line); trying again "
		    "every %d ms, the queue holds the clients%s",
	    listener->name, strerror(error), (unsigned long long)listener->failures,
	    RETRY_US / 1000,
	    error == EMFILE ? "; raise LimitNOFILE or lower limits.connections" : "");
	listener->failures = 0;
	listener->logged_us = now_us;
}

static void
on_accept_error(struct evconnlistener *acceptor, void *arg)
{
	struct listener *listener = checked_cast(arg, struct listener, LISTENER_MAGIC);
	int error = EVUTIL_SOCKET_ERROR();

	(void)acceptor;
	wait_for_descriptors(listener, error);
}

static int
prepare_to_accept(struct listener *listener)
{
	struct event_base *base = listener->conns->base;

	if (listener->is_placeholder)
		return 0;
	listener->retry = evtimer_new(base, on_retry, listener);
	listener->turn = evtimer_new(base, on_turn, listener);
	if (!listener->retry || !listener->turn)
		return -ENOMEM;
	/* A backlog of 0 says that the socket listens already. */
	listener->acceptor = evconnlistener_new(base, on_accept, listener,
	    LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, 0, listener->socket.fd);
	if (!listener->acceptor)
		return -ENOMEM;
	evconnlistener_set_error_cb(listener->acceptor, on_accept_error);
	return 0;
}

int
listener_settings_init(struct listener_settings *settings, const struct config_listener *config,
    const struct service *service, uint32_t backlog)
{
	char *name = strdup(config->name);

	if (!name)
		return -ENOMEM;
	*settings = (struct listener_settings){ .name = name,
		.service = service,
		.backlog = backlog,
		.abort_on_peer_fin = config->on_peer_fin == CONFIG_PEER_FIN_ABORT };
	return 0;
}

void
listener_settings_done(struct listener_settings *settings)
{
	free(settings->name);
	settings->name = NULL;
}

void
listener_adopt(struct listener *listener, struct listener_settings *settings)
{
	free(listener->name);
	listener->name = settings->name;
	settings->name = NULL;
	listener->socket.backlog = settings->backlog;
	listener->origin.listener = listener->name;
	listener->origin.service = settings->service;
	listener->origin.abort_on_peer_fin = settings->abort_on_peer_fin;
}

struct listener *
listener_new(const struct config_listener *config, const struct listen_socket *socket,
    struct conn_set *conns, const struct service *service,
    void (*on_accepted)(struct listener *, void *arg), void *arg)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct listener_settings settings;

	if (!listener)
		return NULL;
	listener->magic = LISTENER_MAGIC;
	listener->pause = LISTENER_PAUSE_START;
	listener->socket = *socket;
	listener->is_placeholder = socket->fd < 0;
	listener->conns = conns;
	listener->on_accepted = on_accepted;
	listener->arg = arg;
	listener->origin.keeps_messages = socket->transport->keeps_messages;
	listener->origin.joins_fin = socket->transport->protocol == IPPROTO_TCP;
	if (listener_settings_init(&settings, config, service, socket->backlog) == 0) {
		listener_adopt(listener, &settings);
		if (prepare_to_accept(listener) == 0)
			return listener;
	}
	listener_forget_socket(listener);
	listener_free(listener);
	return NULL;
}

void
listener_start(struct listener *listener)
{
	listener_resume(listener, LISTENER_PAUSE_START);
}

void
listener_move_counts(struct listener *from, struct listener *to)
{
	to->accepted += from->accepted;
	to->refused += from->refused;
	for (int i = 0; i < LISTENER_PAUSE_REASONS; i++) {
		to->pauses[i] += from->pauses[i];
		from->pauses[i] = 0;
	}
	from->accepted = 0;
	from->refused = 0;
	listener_queue_move_counts(&from->queue, &to->queue);
}

void
listener_pass_socket(struct listener *listener, const struct listener *heir)
{
	must(listener->socket.fd == heir->socket.fd);
	listener_forget_socket(listener);
}

void
listener_forget_socket(struct listener *listener)
{
	if (listener->acceptor)
		evconnlistener_free(listener->acceptor);
	listener->acceptor = NULL;
	listener->socket.fd = -1;
	listener->socket.inode = 0;
}

void
listener_abandon(struct listener *listener)
{
	const int fd = listener->socket.fd;

	listener_forget_socket(listener);
	if (fd >= 0)
		(void)close(fd);
}

void
listener_free(struct listener *listener)
{
	if (!listener)
		return;
	must(listener->origin.open_count == 0);
	listener_drain_end(listener);
	if (listener->retry)
		event_free(listener->retry);
	if (listener->turn)
		event_free(listener->turn);
	free(listener->name);
	listener->magic = 0;
	free(listener);
}

const char *
listener_pause_name(unsigned index)
{
	static const char *const names[LISTENER_PAUSE_REASONS] = { "connections", "descriptors",
		"memory" };

	must(index < LISTENER_PAUSE_REASONS);
	return names[index];
}

void
listener_pause(struct listener *listener, enum listener_pause reason)
{
	const unsigned index = (unsigned)__builtin_ctz(reason);

	if (index < LISTENER_PAUSE_REASONS && !(listener->pause & reason))
		listener->pauses[index]++;
	listener->pause |= reason;
	if (listener->acceptor)
		(void)evconnlistener_disable(listener->acceptor);
}

/* Where libevent finds no memory to wait for the socket, it is tried again. */
static void
accept_again(struct listener *listener)
{
	const struct timeval wait = { .tv_sec = 0, .tv_usec = RETRY_US };

	if (evconnlistener_enable(listener->acceptor) == 0)
		return;
	listener_log_failure(listener, ENOMEM);
	if (event_add(listener->retry, &wait) == 0)
		listener->pause |= LISTENER_PAUSE_DESCRIPTORS;
}

void
listener_resume(struct listener *listener, enum listener_pause reason)
{
	if (!(listener->pause & reason))
		return;
	listener->pause &= ~(unsigned)reason;
	if (listener->pause == 0 && listener->acceptor)
		accept_again(listener);
}
