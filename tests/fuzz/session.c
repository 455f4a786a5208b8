/* SPDX-License-Identifier: MIT
 *
 * session: the server is made of the same parts as a loop of usherd. Its clock stands
 * still (session_clock), but where the plan lets time pass between two turns: then what
 * waited for that time is called as libevent's timers would.
 */
#include "session.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "config/load.h"
#include "net/conn_set.h"
#include "server/generation.h"
#include "server/services.h"

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
		options.deadline_us[i] = SESSION_DEADLINE_US;
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
	const struct dialogue_side side = { session->base, &session->conns, &session->origin };
	struct session_outcome outcome;

	session->cause = -1;
	outcome = dialogue_run(&side, input, plan);
	must(session->cause >= 0 || plan->around);
	outcome.cause = session->cause;
	take_log(session, &outcome);
	return outcome;
}
