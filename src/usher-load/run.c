/* SPDX-License-Identifier: MIT */
#include "usher-load/run.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "server/bell.h"
#include "usher-load/during.h"
#include "usher-load/echo.h"
#include "usher-load/progress.h"
#include "usher-load/worker.h"

#define RUN_MAGIC 0x4c52554eu
/* A command that has not ended so long after the duration is ended. */
#define OVERTIME_NS (60 * CLOCK_SECOND_NS)
#define SIGNALS 3

struct run {
	uint32_t magic;
	const struct plan *plan;
	struct event_base *base;
	struct worker *workers; /* owned */
	unsigned started;       /* workers with a thread */
	unsigned ended;
	struct bell done; /* rung by workers */
	struct echo_pattern pattern;
	struct event signals[SIGNALS];
	struct event progress_timer;
	struct event end_timer;    /* the duration is over */
	struct event during_timer; /* the command's time, then the end of its phase */
	struct during during;
	enum phase phase;
	int64_t began_ns;
	bool is_over; /* the duration, while the command still runs */
	bool was_interrupted;
	bool is_stopping;
	struct progress progress;
};

static void
ring_all(struct run *run, unsigned bits)
{
	for (unsigned i = 0; i < run->started; i++)
		bell_ring(&run->workers[i].bell, bits);
}

static void
wait_ns(struct event *timer, int64_t ns)
{
	int64_t us = ns > 0 ? ns / 1000 : 0;
	struct timeval wait = { .tv_sec = us / CLOCK_SECOND_US, .tv_usec = us % CLOCK_SECOND_US };

	(void)event_add(timer, &wait);
}

/* --- The end ------------------------------------------------------------ */

static void
stop(struct run *run)
{
	if (!run->is_stopping)
		ring_all(run, WORKER_STOP);
	run->is_stopping = true;
	(void)event_del(&run->end_timer);
	(void)event_del(&run->during_timer);
}

static void
on_signal(evutil_socket_t number, short events, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);

	(void)number;
	(void)events;
	if (run->was_interrupted)
		ring_all(run, WORKER_QUIT);
	run->was_interrupted = true;
	stop(run);
}

/* The command may outlast the duration, within bounds. */
static void
on_end(evutil_socket_t fd, short events, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);

	(void)fd;
	(void)events;
	if (run->is_over || run->phase != PHASE_DURING) {
		stop(run);
		return;
	}
	run->is_over = true;
	wait_ns(&run->end_timer, OVERTIME_NS);
}

static void
hear_done(unsigned bits, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);

	(void)bits;
	/* Several that ring at once are heard once: each shows it itself. */
	run->ended = 0;
	for (unsigned i = 0; i < run->started; i++)
		run->ended += atomic_load(&run->workers[i].has_ended);
	if (run->ended == run->started)
		(void)event_base_loopbreak(run->base);
}

/* --- The command -------------------------------------------------------- */

static void
enter_phase(struct run *run, enum phase phase)
{
	run->phase = phase;
	ring_all(run, phase == PHASE_DURING ? WORKER_DURING : WORKER_AFTER);
}

static void
on_during(evutil_socket_t fd, short events, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);

	(void)fd;
	(void)events;
	if (run->phase == PHASE_DURING) {
		enter_phase(run, PHASE_AFTER);
		if (run->is_over)
			stop(run);
		return;
	}
	enter_phase(run, PHASE_DURING);
	if (during_start(&run->during, run->plan->during) != 0)
		run->during.report.exit_status = 127;
}

static void
on_child(evutil_socket_t number, short events, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);

	(void)number;
	(void)events;
	if (during_has_ended(&run->during) && !run->is_stopping)
		wait_ns(&run->during_timer, run->plan->settle_ns);
}

/* --- Progress ----------------------------------------------------------- */

static void
on_progress(evutil_socket_t fd, short events, void *arg)
{
	struct run *run = checked_cast(arg, struct run, RUN_MAGIC);
	const struct progress_goal goal = { run->plan->duration_ns, run->plan->max_requests };
	const int64_t now_ns = clock_monotonic_ns();
	struct live_counts sum = { .ended = 0 };

	(void)fd;
	(void)events;
	for (unsigned i = 0; i < run->started; i++)
		live_collect(&run->workers[i].live, &sum);
	progress_show(&run->progress, &sum, &goal, now_ns - run->began_ns, now_ns);
}

/* --- The beginning ------------------------------------------------------ */

/* A connection is a descriptor: as many as may be had. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
watch_signals(struct run *run)
{
	static const int numbers[SIGNALS] = { SIGINT, SIGTERM, SIGCHLD };

	for (size_t i = 0; i < SIGNALS; i++) {
		(void)evsignal_assign(&run->signals[i], run->base, numbers[i],
		    numbers[i] == SIGCHLD ? on_child : on_signal, run);
		if (event_add(&run->signals[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int
set_timers(struct run *run)
{
	const struct timeval often = { .tv_usec = PROGRESS_INTERVAL_NS / 1000 };
	const int64_t elapsed_ns = clock_monotonic_ns() - run->began_ns;

	(void)evtimer_assign(&run->end_timer, run->base, on_end, run);
	(void)evtimer_assign(&run->during_timer, run->base, on_during, run);
	(void)event_assign(&run->progress_timer, run->base, -1, EV_PERSIST, on_progress, run);
	if (run->plan->duration_ns > 0)
		wait_ns(&run->end_timer, run->plan->duration_ns - elapsed_ns);
	if (run->plan->during)
		wait_ns(&run->during_timer, run->plan->during_at_ns - elapsed_ns);
	return event_add(&run->progress_timer, &often) == 0 ? 0 : -ENOMEM;
}

static int
start_workers(struct run *run)
{
	int result = 0;

	for (unsigned i = 0; result == 0 && i < run->plan->threads; i++) {
		result = worker_init(
		    &run->workers[i], run->plan, &run->pattern, i, run->began_ns, &run->done);
		if (result != 0)
			break;
		result = worker_start(&run->workers[i]);
		if (result == 0)
			run->started++;
		else
			worker_done(&run->workers[i]);
	}
	return result;
}

static int
make_run(struct run *run)
{
	int result = 0;

	run->base = event_base_new();
	run->workers = calloc(run->plan->threads, sizeof(*run->workers));
	if (!run->base || !run->workers)
		return -ENOMEM;
	if (run->plan->echo_bytes > 0)
		result = echo_pattern_init(&run->pattern, run->plan->echo_bytes, run->plan->seed);
	if (result == 0)
		result = bell_init(&run->done, run->base, hear_done, run);
	if (result == 0)
		result = watch_signals(run);
	return result;
}

/* --- The sum ------------------------------------------------------------ */

/* Those that have begun are brought to their end, whatever happened. */
static void
join_workers(struct run *run)
{
	for (unsigned i = 0; i < run->started; i++)
		worker_join(&run->workers[i]);
}

static int
add_results(struct run *run, struct run_outcome *outcome)
{
	int result = 0;

	outcome->result = run->workers[0].result;
	run->workers[0].result = (struct result){ .phases = NULL };
	for (unsigned i = 1; i < run->started; i++)
		/* Without memory, the time line alone is short, and says so. */
		if (result_add(&outcome->result, &run->workers[i].result) != 0)
			result = 0;
	outcome->was_interrupted = run->was_interrupted;
	outcome->command = run->during.report;
	outcome->command.line = run->plan->during;
	return result;
}

static void
free_run(struct run *run)
{
	for (unsigned i = 0; i < run->started; i++)
		worker_done(&run->workers[i]);
	free(run->workers);
	echo_pattern_done(&run->pattern);
	bell_done(&run->done);
	if (run->base)
		event_base_free(run->base);
}

static int
perform(struct run *run, bool is_quiet, struct run_outcome *outcome)
{
	int result = make_run(run);

	if (result != 0)
		return result;
	outcome->began_wall_us = clock_wall_us();
	run->began_ns = clock_monotonic_ns();
	progress_init(&run->progress, STDERR_FILENO, is_quiet, run->began_ns);
	result = start_workers(run);
	if (result == 0)
		result = set_timers(run);
	if (result == 0)
		(void)event_base_dispatch(run->base);
	else
		ring_all(run, WORKER_QUIT);
	join_workers(run);
	progress_clear(&run->progress);
	during_stop(&run->during);
	if (result == 0)
		result = add_results(run, outcome);
	return result;
}

int
run_perform(
    const struct plan *plan, bool is_quiet, struct run_outcome *ret_outcome, struct text *ret_error)
{
	struct run run = { .magic = RUN_MAGIC, .plan = plan, .done.fd = -1 };
	int result;

	raise_descriptor_limit();
	result = perform(&run, is_quiet, ret_outcome);
	if (result != 0)
		text_put_format(ret_error, "the run cannot begin: %s", strerror(-result));
	free_run(&run);
	return result;
}
