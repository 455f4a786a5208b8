/* SPDX-License-Identifier: MIT */
#include "server/watchdog.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "server/notify.h"
#include "server/serving.h"

/* A heartbeat comes every second; this is certainly too old. */
#define HEARTBEAT_LATE_US (3 * CLOCK_SECOND_US)

static bool
read_number(const char *name, uint64_t *ret_number)
{
	const char *value = getenv(name);

	return value && slice_to_u64(slice_of(value), ret_number) == 0;
}

void
watchdog_init(struct watchdog *watchdog)
{
	uint64_t interval_us, pid;

	*watchdog = (struct watchdog){ .period_us = 0 };
	if (read_number("WATCHDOG_USEC", &interval_us) && interval_us < INT64_MAX &&
	    (!read_number("WATCHDOG_PID", &pid) || pid == (uint64_t)getpid()))
		watchdog->period_us = (int64_t)interval_us / 3;
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

const struct loop *
watchdog_find_hung(const struct serving *serving, int64_t most_us)
{
	const int64_t now_us = clock_monotonic_us();

	for (unsigned i = 0; i < serving->started; i++) {
		const struct loop *loop = serving->loops[i];

		if (!loop_has_ended(loop) &&
		    now_us - atomic_load(&loop->counts.heartbeat_us) > most_us)
			return loop;
	}
	return NULL;
}

static void
on_time(evutil_socket_t fd, short events, void *arg)
{
	struct watchdog *watchdog = arg;
	const int64_t most_us =
	    watchdog->period_us > HEARTBEAT_LATE_US ? watchdog->period_us : HEARTBEAT_LATE_US;
	const struct loop *hung = watchdog_find_hung(watchdog->serving, most_us);

	(void)fd;
	(void)events;
	if (!hung)
		notify_send(watchdog->notify, "WATCHDOG=1");
	if (hung && !watchdog->is_silent)
		log_error("loop %u has not turned for more than %lld s: the service manager is not "
			  "told WATCHDOG=1 any more",
		    hung->index, (long long)(most_us / CLOCK_SECOND_US));
	else if (!hung && watchdog->is_silent)
		log_warning("every loop turns again");
	watchdog->is_silent = hung != NULL;
}

int
watchdog_start(struct watchdog *watchdog, struct event_base *base, const struct serving *serving,
    const struct notify *notify)
{
	const struct timeval period = { .tv_sec = watchdog->period_us / CLOCK_SECOND_US,
		.tv_usec = watchdog->period_us % CLOCK_SECOND_US };

	if (watchdog->period_us == 0)
		return 0;
	watchdog->serving = serving;
	watchdog->notify = notify;
	watchdog->timer = event_new(base, -1, EV_PERSIST, on_time, watchdog);
	if (!watchdog->timer || event_add(watchdog->timer, &period) != 0)
		return -ENOMEM;
	notify_send(notify, "WATCHDOG=1");
	return 0;
}

void
watchdog_done(struct watchdog *watchdog)
{
	if (watchdog->timer)
		event_free(watchdog->timer);
	watchdog->timer = NULL;
}
