/* SPDX-License-Identifier: MIT */
#include "server/departure.h"

#include <event2/event.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "server/notify.h"
#include "server/server.h"
#include "server/serving.h"
#include "server/watchdog.h"

/* From the second signal until a loop that does not answer is left behind. */
#define PATIENCE_SECONDS 3
/* Asked of the service manager for each second of a drain; a drain may take so much
 * longer than its deadline. */
#define EXTENSION_US (10 * CLOCK_SECOND_US)
/* A loop that was silent for so long makes no progress. */
#define HUNG_US (5 * CLOCK_SECOND_US)

/* The manager kills who takes longer than TimeoutStopSec= and does not ask. */
static void
ask_for_time(const struct departure *departure)
{
	const struct serving *serving = departure->serving;
	const struct config_drain *drain = &serving->generation->config->drain;
	const int64_t end_us =
	    departure->began_us + drain->notice_us + drain->deadline_us + EXTENSION_US;

	if (clock_monotonic_us() < end_us && !watchdog_find_hung(serving, HUNG_US))
		notify_send(departure->notify, "EXTEND_TIMEOUT_USEC=%lld", (long long)EXTENSION_US);
}

/* A timer is a little early or late: seconds are the nearest. */
static void
put_progress(const struct departure *departure, struct text *line)
{
	const struct serving *serving = departure->serving;
	size_t sums[CONN_STATES] = { 0 };

	for (unsigned i = 0; i < serving->started; i++)
		for (int state = 0; state < CONN_STATES; state++)
			sums[state] += atomic_load(&serving->loops[i]->counts.by_state[state]);
	text_put_format(line,
	    "%s for %lld s: %zu connections left: %zu busy, %zu idle, %zu parked, "
	    "%zu flushing, %zu lingering",
	    departure->what,
	    (long long)((clock_monotonic_us() - departure->began_us + CLOCK_SECOND_US / 2) /
		CLOCK_SECOND_US),
	    sums[CONN_BUSY] + sums[CONN_IDLE] + sums[CONN_PARKED] + sums[CONN_FLUSHING] +
		sums[CONN_LINGERING],
	    sums[CONN_BUSY], sums[CONN_IDLE], sums[CONN_PARKED], sums[CONN_FLUSHING],
	    sums[CONN_LINGERING]);
}

static void
on_progress(evutil_socket_t fd, short events, void *arg)
{
	const struct departure *departure = arg;
	char room[256];
	struct text line = text_over(room, sizeof(room));

	(void)fd;
	(void)events;
	put_progress(departure, &line);
	log_info("%s", text_string(&line));
	if (!departure->notify)
		return;
	notify_send(departure->notify, "STATUS=%s", text_string(&line));
	ask_for_time(departure);
}

void
departure_begin(struct departure *departure, struct event_base *base, const struct serving *serving,
    const struct notify *notify, const char *what)
{
	const struct timeval second = { .tv_sec = 1, .tv_usec = 0 };

	departure->serving = serving;
	departure->notify = notify;
	departure->what = what;
	departure->began_us = clock_monotonic_us();
	departure->progress = event_new(base, -1, EV_PERSIST, on_progress, departure);
	if (departure->progress)
		(void)event_add(departure->progress, &second);
}

/* A loop that does not turn hears nothing: it is left as it is. */
static void
on_overdue(evutil_socket_t fd, short events, void *arg)
{
	const struct departure *departure = arg;

	(void)fd;
	(void)events;
	for (unsigned i = 0; i < departure->serving->started; i++)
		if (!loop_has_ended(departure->serving->loops[i]))
			log_error("loop %u does not answer: leaving without it",
			    departure->serving->loops[i]->index);
	log_flush();
	_exit(SERVER_CUT_SHORT);
}

void
departure_insist(
    struct departure *departure, struct event_base *base, const struct serving *serving)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS, .tv_usec = 0 };

	if (departure->overdue)
		return;
	departure->serving = serving;
	departure->overdue = evtimer_new(base, on_overdue, departure);
	if (!departure->overdue || event_add(departure->overdue, &patience) != 0)
		on_overdue(-1, 0, departure);
}

void
departure_done(struct departure *departure)
{
	if (departure->progress)
		event_free(departure->progress);
	if (departure->overdue)
		event_free(departure->overdue);
	*departure = (struct departure){ .progress = NULL };
}
