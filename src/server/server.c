/* SPDX-License-Identifier: MIT
 *
 * server: the order of a life: raise the limit of descriptors, open the log,
 * bind everything, start the loops, serve, drain, report. Binding comes before
 * any thread, so a failure leaves nothing behind.
 *
 * The main thread keeps an event_base of its own for signals and for the loops'
 * word that they are empty: it stays reachable however busy the loops are.
 */
#include "server/server.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/binding.h"
#include "server/log_file.h"
#include "server/loop.h"
#include "server/notify.h"
#include "server/report.h"

#define SERVER_MAGIC UINT32_C(0x05e4e400)
#define ERROR_TEXT_MAX 1024
#define LOOPS_MAX 256

static const int handled_signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGHUP };
#define SIGNAL_COUNT (sizeof(handled_signals) / sizeof(handled_signals[0]))

struct server {
	uint32_t magic;
	const struct config *config;          /* borrowed */
	const struct server_options *options; /* borrowed */
	struct event_base *base;
	struct notify notify;
	struct event *signals[SIGNAL_COUNT];
	struct bell bell; /* rung by a loop that has ended */
	struct log_file access;
	struct log_file connections;
	struct loop *loops[LOOPS_MAX];
	unsigned loop_count;
	unsigned started; /* loops whose thread runs or ran */
	bool is_draining;
	bool has_failed;        /* a loop ended by itself */
	int64_t drain_us;       /* when the drain began, monotonic */
	struct event *progress; /* once a second while it drains */
};

/* --- Signals ------------------------------------------------------------------ */

static void
tell_loops(struct server *server, enum loop_request request)
{
	for (unsigned i = 0; i < server->started; i++)
		loop_tell(server->loops[i], request);
}

static void
on_progress(evutil_socket_t fd, short events, void *arg)
{
	const struct server *server = checked_cast(arg, struct server, SERVER_MAGIC);
	size_t sums[CONN_STATES] = { 0 };
	char room[256];
	struct text line = text_over(room, sizeof(room));

	(void)fd;
	(void)events;
	for (unsigned i = 0; i < server->started; i++)
		for (int state = 0; state < CONN_STATES; state++)
			sums[state] += atomic_load(&server->loops[i]->counts.by_state[state]);
	text_put_format(&line,
	    "draining for %lld s: %zu connections left: %zu busy, %zu idle, %zu flushing, "
	    "%zu lingering",
	    (long long)((clock_monotonic_us() - server->drain_us) / CLOCK_SECOND_US),
	    sums[CONN_BUSY] + sums[CONN_IDLE] + sums[CONN_FLUSHING] + sums[CONN_LINGERING],
	    sums[CONN_BUSY], sums[CONN_IDLE], sums[CONN_FLUSHING], sums[CONN_LINGERING]);
	log_info("%s", text_string(&line));
	notify_send(&server->notify, "STATUS=%s", text_string(&line));
}

static void
begin_drain(struct server *server)
{
	const struct timeval second = { .tv_sec = 1, .tv_usec = 0 };

	server->is_draining = true;
	server->drain_us = clock_monotonic_us();
	notify_send(&server->notify, "STOPPING=1\nSTATUS=draining");
	tell_loops(server, LOOP_DRAIN);
	/* Without memory for it the drain goes on, untold. */
	server->progress = event_new(server->base, -1, EV_PERSIST, on_progress, server);
	if (server->progress)
		(void)event_add(server->progress, &second);
}

static void
end(struct server *server, const char *signal_name)
{
	if (server->is_draining) {
		log_warning("SIG%s again: stopping at once", signal_name);
		tell_loops(server, LOOP_STOP);
		return;
	}
	log_info("SIG%s: draining; once more stops at once", signal_name);
	begin_drain(server);
}

static void
reopen_log(struct log_file *file)
{
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));

	if (file->fd < 0 || !file->path)
		return;
	if (log_file_reopen(file, &error) == 0)
		log_info("SIGUSR1: %s is open again", file->path);
	else
		log_error("SIGUSR1: %s; the old file goes on being written", text_string(&error));
}

static void
on_signal(evutil_socket_t number, short events, void *arg)
{
	struct server *server = checked_cast(arg, struct server, SERVER_MAGIC);

	(void)events;
	if (number == SIGUSR1) {
		reopen_log(&server->access);
		reopen_log(&server->connections);
	} else if (number == SIGHUP) {
		log_warning("SIGHUP: ignored: this version cannot reload its configuration; "
			    "restart it to apply a change");
	} else {
		end(server, sigabbrev_np((int)number));
	}
}

static int
hear_signals(struct server *server)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, NULL);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		server->signals[i] =
		    evsignal_new(server->base, handled_signals[i], on_signal, server);
		if (!server->signals[i] || event_add(server->signals[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* --- Start -------------------------------------------------------------------- */

/* Each connection takes a descriptor, and each file that is sent. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warning("RLIMIT_NOFILE stays as it is: %s", strerror(errno));
}

static unsigned
count_loops(const struct config *config)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t count = config->loops;

	if (count == 0)
		count = processors > 0 ? processors : 1;
	return count > LOOPS_MAX ? LOOPS_MAX : (unsigned)count;
}

static void
on_loop_ended(void *arg)
{
	struct server *server = arg;

	bell_ring(&server->bell, 1);
}

/* The drain of the last loop ends the server's own. */
static void
on_bell(unsigned bits, void *arg)
{
	struct server *server = arg;

	(void)bits;
	if (!server->is_draining) {
		log_error("a loop ended by itself: the others drain");
		server->has_failed = true;
		begin_drain(server);
	}
	for (unsigned i = 0; i < server->started; i++)
		if (!loop_has_ended(server->loops[i]))
			return;
	(void)event_base_loopbreak(server->base);
}

static int
make_loops(struct server *server, struct text *error)
{
	unsigned count = count_loops(server->config);

	for (unsigned i = 0; i < count; i++) {
		const struct loop_options options = { .index = i,
			.loops = count,
			.config = server->config,
			.access_fd = server->access.fd,
			.connections_fd = server->connections.fd,
			.on_ended = on_loop_ended,
			.arg = server };

		server->loops[i] = loop_new(&options, error);
		if (!server->loops[i])
			return -ENOMEM;
		server->loop_count++;
	}
	return 0;
}

/* Signals are the main thread's: the loops' threads are born with all blocked. */
static int
start_loops(struct server *server, struct text *error)
{
	sigset_t all;
	sigset_t before;
	int result = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (server->started < server->loop_count && result == 0) {
		result = loop_start(server->loops[server->started]);
		if (result == 0)
			server->started++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		text_put_format(error, "thread: %s", strerror(-result));
	return result;
}

static int
open_logs(struct server *server, struct text *error)
{
	const struct config_log *log = &server->config->log;
	int result = 0;

	server->access.fd = -1;
	server->connections.fd = -1;
	if (log->access_format != CONFIG_ACCESS_OFF)
		result = log_file_open(&server->access, log->access, error);
	if (result == 0 && log->connections)
		result = log_file_open(&server->connections, log->connections, error);
	return result;
}

static int
start(struct server *server, struct text *error)
{
	int result = open_logs(server, error);

	if (result != 0)
		return result;
	server->base = event_base_new();
	if (!server->base || bell_init(&server->bell, server->base, on_bell, server) != 0 ||
	    hear_signals(server) != 0) {
		text_put_string(error, "no memory");
		return -ENOMEM;
	}
	result = make_loops(server, error);
	if (result == 0)
		result = binding_open_all(server->config, server->loops, server->loop_count, error);
	if (result == 0)
		result = start_loops(server, error);
	return result;
}

/* --- End ---------------------------------------------------------------------- */

static enum server_status
report(const struct server *server)
{
	struct report report = { .cut = 0 };
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));

	for (unsigned i = 0; i < server->started; i++)
		report_add(&report, server->loops[i]);
	if (server->options->report && report_write(&report, server->options->report, &error) != 0)
		log_error("%s", text_string(&error));
	report_log(&report);
	if (server->has_failed)
		return SERVER_FAILED;
	return report.cut > 0 ? SERVER_CUT_SHORT : SERVER_OK;
}

/* With its event goes libevent's handler: a signal that still comes would end the
 * process by its default action, in place of the status that was earned. */
static void
stop_hearing_signals(struct server *server)
{
	sigset_t handled;

	(void)sigemptyset(&handled);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		(void)sigaddset(&handled, handled_signals[i]);
	(void)pthread_sigmask(SIG_BLOCK, &handled, NULL);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (server->signals[i])
			event_free(server->signals[i]);
}

static void
clean_up(struct server *server)
{
	for (unsigned i = 0; i < server->loop_count; i++)
		loop_free(server->loops[i]);
	stop_hearing_signals(server);
	if (server->progress)
		event_free(server->progress);
	bell_done(&server->bell);
	if (server->base)
		event_base_free(server->base);
	log_file_close(&server->access);
	log_file_close(&server->connections);
}

static enum server_status
serve(struct server *server)
{
	log_info("ready");
	notify_send(&server->notify, "READY=1\nSTATUS=serving");
	if (event_base_dispatch(server->base) != 0)
		log_error("the main loop failed: %s", strerror(errno));
	for (unsigned i = 0; i < server->started; i++)
		loop_join(server->loops[i]);
	return report(server);
}

static void
give_up(struct server *server, struct text *error)
{
	log_error("%s", text_string(error));
	tell_loops(server, LOOP_STOP);
	for (unsigned i = 0; i < server->started; i++)
		loop_join(server->loops[i]);
}

enum server_status
server_run(const struct config *config, const struct server_options *options)
{
	struct server server = {
		.magic = SERVER_MAGIC, .config = config, .options = options, .bell.fd = -1
	};
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));
	enum server_status status = SERVER_FAILED;

	log_set_level(config->log.level);
	notify_open(&server.notify);
	raise_descriptor_limit();
	if (start(&server, &error) == 0)
		status = serve(&server);
	else
		give_up(&server, &error);
	clean_up(&server);
	notify_close(&server.notify);
	return status;
}
