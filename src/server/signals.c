/* SPDX-License-Identifier: MIT */
#include "server/signals.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static const int handled[SIGNALS_COUNT] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGHUP };

static void
on_event(evutil_socket_t number, short events, void *arg)
{
	const struct signals *signals = arg;

	(void)events;
	signals->on_signal((int)number, signals->arg);
}

void
signals_ignore(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}

int
signals_hear(struct signals *signals, struct event_base *base,
    void (*on_signal)(int number, void *arg), void *arg)
{
	signals->on_signal = on_signal;
	signals->arg = arg;
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		signals->events[i] = evsignal_new(base, handled[i], on_event, signals);
		if (!signals->events[i] || event_add(signals->events[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

void
signals_block(void)
{
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < SIGNALS_COUNT; i++)
		(void)sigaddset(&blocked, handled[i]);
	(void)pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

void
signals_done(struct signals *signals)
{
	if (!signals->on_signal)
		return;
	signals_block();
	for (size_t i = 0; i < SIGNALS_COUNT; i++)
		if (signals->events[i])
			event_free(signals->events[i]);
}
