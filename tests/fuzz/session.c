/* SPDX-License-Identifier: MIT
 *
 * session: the server is made of the same parts as a loop of usherd. Its clock stands
 * still (session_clock), but where the plan lets time pass between two turns: then what
 * waited for that time is called as libevent's timers would.
 */
#include "session.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "config/load.h"
#include "fuzz.h"
#include "net/conn_set.h"
#include "server/generation.h"
#include "server/services.h"
#include "session_clock.h"

/* More turns than any input of a fuzzer needs. */
#define TURNS_MAX 200000
#define HOUR_US (3600 * CLOCK_SECOND_US)
/* Shorter than what passes at once now and then. */
#define DEADLINE_US (5 * CLOCK_SECOND_US)

struct session {
	char directory[64];
	struct config *config;
	struct event_base *base;
	struct conn_set conns;
	struct generation *generation;
	struct services_figures figures;
	atomic_uint living;
	struct services *services;
	struct conn_origin origin;
	int log_fd;
	int cause; /* of the latest ending */
};

static const char configuration[] =
    "limits { head_bytes = 4k target_bytes = 1k fields = 32 body_bytes = 64k\n"
    "         output_bytes = 64k requests_per_connection = 50 }\n"
    "log { access_format = json access = \"%s.log\" }\n"
    "listener \"web\" { port = 0 service = {\"main\", \"other\"} }\n"
    "service \"main\" {\n"
    "  route \"/\" { files = \"%s\" autoindex = html }\n"
    "  route \"/hidden/\" { files = \"%s\" dotfiles = true autoindex = json }\n"
    "  route \"/echo\" { echo = true }\n"
    "  route \"/hello\" { respond = 200 body = \"hello\" }\n"
    "  route \"/away/\" { redirect = \"/files/\" status = 302 }\n"
    "  route \"/live\" { health = live }\n"
    "}\n"
    "service \"other\" { host = {\"other.test\"} route \"/\" { respond = 404 } }\n";

static void
write_file(const char *directory, const char *name, size_t len)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	must(file);
	for (size_t i = 0; i < len; i++)
		(void)fputc('a' + (int)(i % 26), file);
	must(fclose(file) == 0);
	/* Old enough for a strong validator (RFC 9110 8.8.2.2), whenever it is asked for. */
	must(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static void
make_directory(struct session *session)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	char path[128];

	(void)snprintf(session->directory, sizeof(session->directory), "%s", "/tmp/fuzz-XXXXXX");
	must(mkdtemp(session->directory));
	write_file(session->directory, "small.txt", 1000);
	write_file(session->directory, "middle.txt", 20000); /* goes by sendmsg(2) */
	write_file(session->directory, "large.bin", 150000); /* by sendfile(2) */
	write_file(session->directory, "empty", 0);
	write_file(session->directory, "small.txt.gz", 100);
	write_file(session->directory, ".secret", 10);
	(void)snprintf(path, sizeof(path), "%s/sub", session->directory);
	must(mkdir(path, 0755) == 0);
	write_file(path, "index.html", 50);
	must(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static void
load_config(struct session *session)
{
	char bytes[2048];
	char path[64];
	struct config_errors errors;
	int fd = memfd_create("config", MFD_CLOEXEC);
	int len;

	len = snprintf(bytes, sizeof(bytes), configuration, session->directory, session->directory,
	    session->directory);
	must(fd >= 0 && write(fd, bytes, (size_t)len) == len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_errors_init(&errors);
	if (config_load(path, &session->config, &errors) != 0)
		panic_at(__FILE__, __LINE__, errors.items[0].text);
	config_errors_done(&errors);
	(void)close(fd);
}

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	struct session *session = arg;

	(void)conn;
	session->cause = (int)ending->cause;
}

static const struct conn_set_ops conn_ops = { .ended = on_ended };

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
start(struct session *session)
{
	const struct handler_health health = { always, always, NULL };
	struct conn_set_options options = {
		.limits = { .linger_bytes = 1 << 20,
		    .lingering = 16,
		    .park_us = CLOCK_SECOND_US,
		    .min_rate = 100,
		    .rate_window_us = 2 * CLOCK_SECOND_US },
		.ops = &conn_ops,
		.arg = session,
	};
	char path[128];
	char error_room[512];
	struct text error = text_over(error_room, sizeof(error_room));

	for (int i = 0; i < DEADLINE_KINDS; i++)
		options.deadline_us[i] = DEADLINE_US;
	session->base = event_base_new();
	must(session->base && conn_set_init(&session->conns, session->base, &options) == 0);
	session->generation = generation_new(session->config, 1, &session->living, &error);
	must(session->generation);
	(void)snprintf(path, sizeof(path), "%s.log", session->directory);
	session->log_fd = open(path, O_RDWR | O_CLOEXEC);
	session->services = services_new(session->generation, &health, &session->figures, &error);
	must(session->services && session->log_fd >= 0);
	session->origin = (struct conn_origin){ .listener = "web",
		.service = services_for(session->services, &session->config->listeners[0]) };
}

static struct session *only; /* until the process ends */

void
session_forget(void)
{
	char command[256];

	if (!only)
		return;

	(void)close(only->log_fd);
	conn_set_done(&only->conns);
	services_free(only->services);
	event_base_free(only->base);
	generation_release(only->generation);
	(void)snprintf(
	    command, sizeof(command), "rm -rf '%s' '%s.log'", only->directory, only->directory);
	(void)!system(command);
	free(only);
	only = NULL;
}

struct session *
session_get(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (only)
		return only;
	only = calloc(1, sizeof(*only));
	must(only);
	log_set_level(LOG_LEVEL_ERROR);
	(void)sigaction(SIGPIPE, &ignore, NULL); /* as server.c does */
	make_directory(only);
	load_config(only);
	start(only);
	return only;
}

/* --- One connection ------------------------------------------------------- */

struct client {
	int fd;
	struct slice left;
	const struct session_plan *plan;
	uint64_t seed;
	uint64_t times;
	size_t sent;
	bool has_sent_all;
	bool is_full; /* the server takes nothing, perhaps until its answers are taken */
	bool has_seen_end;
	size_t answer_room;
	struct session_outcome outcome;
};

static void
send_piece(struct client *client)
{
	size_t len = client->left.len;
	ssize_t sent;

	if (client->plan->cuts) {
		size_t piece = 1 + fuzz_next(&client->seed) % 40;

		len = piece < len ? piece : len;
	}
	sent = send(client->fd, client->left.data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	client->is_full = sent < 0 && errno == EAGAIN;
	if (sent > 0) {
		client->left = slice_from(client->left, (size_t)sent);
		client->sent += (size_t)sent;
	} else if (!client->is_full) {
		client->left.len = 0;
	}
}

static void
step_sending(struct client *client)
{
	if (client->has_sent_all)
		return;
	if (client->left.len > 0)
		send_piece(client);
	if (client->left.len > 0)
		return;
	client->has_sent_all = true;
	if (!client->plan->keeps_open)
		(void)shutdown(client->fd, SHUT_WR);
}

static void
make_room(struct session_outcome *outcome, size_t *room)
{
	/* A byte is kept for a NUL, so that an answer can be printed. */
	if (outcome->answer_len + 1 < *room)
		return;
	must(*room < SESSION_ANSWER_MAX);
	*room = *room > 0 ? *room * 2 : 16384;
	outcome->answer = realloc(outcome->answer, *room);
	must(outcome->answer);
}

static void
step_reading(struct client *client)
{
	struct session_outcome *outcome = &client->outcome;
	ssize_t got;

	if (client->plan->reads_late && !client->has_sent_all && !client->is_full)
		return;
	do {
		make_room(outcome, &client->answer_room);
		got = recv(client->fd, outcome->answer + outcome->answer_len,
		    client->answer_room - outcome->answer_len - 1, MSG_DONTWAIT);
		if (got > 0)
			outcome->answer_len += (size_t)got;
		outcome->answer[outcome->answer_len] = '\0';
	} while (got > 0);
	if (got == 0 || errno != EAGAIN) {
		client->has_seen_end = true;
		outcome->was_reset = got < 0;
	}
}

/* A client that keeps its half open has to see the server wait for more. */
static bool
is_over(const struct client *client, unsigned quiet)
{
	size_t most = client->plan->gives_up_after;

	if (client->has_seen_end || (most > 0 && client->sent >= most))
		return true;
	return client->plan->keeps_open && client->has_sent_all && quiet > 3;
}

/* The server's turn. */
static void
turn_loop(struct session *session, const struct session_plan *plan)
{
	if (plan->around)
		plan->around(true);
	(void)event_base_loop(session->base, EVLOOP_NONBLOCK);
	if (plan->around)
		plan->around(false);
}

/* What happens when it is later. */
static void
call_timers(struct session *session, int64_t us)
{
	struct conn_set *conns = &session->conns;

	if (conns->deadlines.timer_at_us <= clock_monotonic_us())
		event_active(conns->deadlines.timer, EV_TIMEOUT, 0);
	if (us >= conns->limits.park_us && evtimer_pending(conns->parker, NULL))
		event_active(conns->parker, EV_TIMEOUT, 0);
	if (evtimer_pending(conns->rating.timer, NULL))
		event_active(conns->rating.timer, EV_TIMEOUT, 0);
	conn_set_rate(conns);
}

/* Mostly none, or little; now and then more than anybody waits. */
static void
let_time_pass(struct session *session, struct client *client)
{
	static const int64_t most_us[] = { 1, 1000, CLOCK_SECOND_US, 4 * CLOCK_SECOND_US,
		DEADLINE_US + 1, HOUR_US };
	const uint64_t choice = fuzz_next(&client->times);
	int64_t us;

	if (choice % 16 == 0)
		session_clock_step_wall((int64_t)(choice >> 8) % HOUR_US - HOUR_US / 2);
	if (choice % 4 != 0)
		return;
	us = (int64_t)(choice >> 16) %
	    most_us[(choice >> 4) % (sizeof(most_us) / sizeof(most_us[0]))];
	session_clock_pass(us);
	call_timers(session, us);
}

static void
accept_client(struct session *session, int fd, const struct session_plan *plan)
{
	static const struct sockaddr peer = { .sa_family = AF_UNIX };
	int result;

	if (plan->around)
		plan->around(true);
	result = conn_open(&session->conns, &session->origin, fd, &peer, sizeof(peer));
	if (plan->around)
		plan->around(false);
	must(result == 0 || plan->around);
}

static void
converse(struct session *session, struct client *client)
{
	unsigned quiet = 0; /* turns in which nothing came */

	for (unsigned turn = 0; !is_over(client, quiet); turn++) {
		size_t before = client->outcome.answer_len;
		uint64_t turns = client->plan->cuts ? fuzz_next(&client->seed) % 3 : 1;

		must(turn < TURNS_MAX);
		if (client->plan->times)
			let_time_pass(session, client);
		step_sending(client);
		for (uint64_t i = 0; i < turns; i++)
			turn_loop(session, client->plan);
		step_reading(client);
		quiet = client->outcome.answer_len == before && turns > 0 ? quiet + 1 : 0;
	}
	(void)close(client->fd);
	for (unsigned turn = 0; session->conns.open > 0; turn++) {
		must(turn < TURNS_MAX);
		turn_loop(session, client->plan);
	}
	turn_loop(session, client->plan); /* the reaper */
}

static void
take_log(struct session *session, struct session_outcome *outcome)
{
	struct stat stat;

	access_log_flush(&session->services->access);
	must(fstat(session->log_fd, &stat) == 0);
	outcome->log_len = (size_t)stat.st_size;
	outcome->log = malloc(outcome->log_len + 1);
	must(outcome->log);
	must(pread(session->log_fd, outcome->log, outcome->log_len, 0) == stat.st_size);
	must(ftruncate(session->log_fd, 0) == 0);
}

struct session_outcome
session_run(struct session *session, struct slice input, const struct session_plan *plan)
{
	struct client client = {
		.left = input, .plan = plan, .seed = plan->cuts, .times = plan->times
	};
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	client.fd = pair[0];
	session->cause = -1;
	accept_client(session, pair[1], plan);
	converse(session, &client);
	must(session->origin.open_count == 0 && (session->cause >= 0 || plan->around));
	client.outcome.cause = session->cause;
	take_log(session, &client.outcome);
	return client.outcome;
}

void
session_outcome_done(struct session_outcome *outcome)
{
	free(outcome->answer);
	free(outcome->log);
}
