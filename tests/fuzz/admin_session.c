/* SPDX-License-Identifier: MIT
 *
 * admin_session: time does not pass in it, so deadlines are no matter here.
 */
#include "admin_session.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/panic.h"
#include "config/load.h"
#include "fuzz.h"
#include "net/address_table.h"
#include "server/admin_private.h"
#include "server/generation.h"
#include "server/reload_verdict.h"

/* More turns than any input of a fuzzer needs. */
#define TURNS_MAX 200000
/* Answers of the service are long where they are asked for often. */
#define ANSWER_MAX ((size_t)64 << 20)
#define SOMEBODY_ELSE 65534

struct admin_session {
	char directory[64];
	struct event_base *base;
	struct serving serving;
	struct admin *admin;
	struct conn_origin origins[2]; /* control, reading */
	/* Of the connection: */
	const struct admin_plan *plan;
	unsigned verbs;
	bool is_reloading;
	unsigned reloads; /* that came to an end */
};

/* --- The server that is steered ----------------------------------------------------- */

static int
count_verb(void *arg)
{
	struct admin_session *session = arg;

	session->verbs++;
	return session->plan->is_busy ? -EBUSY : 0;
}

static int
begin_reload(void *arg)
{
	struct admin_session *session = arg;
	int result = count_verb(session);

	must(!session->is_reloading);
	session->is_reloading = result == 0;
	return result;
}

/* Nothing takes this one's place: an answer at once, in words. */
static int
begin_upgrade(const char *program, struct text *ret_error, void *arg)
{
	(void)program;
	text_put_string(ret_error, "there is no successor");
	(void)count_verb(arg);
	return -EPERM;
}

static const struct admin_ops ops = {
	.reload = begin_reload, .upgrade = begin_upgrade, .drain = count_verb, .stop = count_verb
};

static void
end_reload(struct admin_session *session)
{
	struct reload_verdict verdict;

	/* As reload.c does: who is told may begin the next one, which has a verdict of its own. */
	session->is_reloading = false;
	reload_verdict_init(&verdict);
	verdict.generation = ++session->reloads;
	verdict.is_ok = !session->plan->is_bad;
	if (session->plan->is_bad)
		reload_verdict_add_error(&verdict, "a\"b:1: \\ \x01 \xff");
	else
		reload_verdict_add_change(
		    &verdict, RELOAD_KEY, NULL, "server_header", "false", "true");
	admin_note_reload(session->admin, &verdict);
	reload_verdict_done(&verdict);
}

/* --- Building -------------------------------------------------------------------------- */

static struct config *
load_config(const struct admin_session *session)
{
	struct config *config;
	struct config_errors errors;
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);

	must(fd >= 0);
	(void)dprintf(fd,
	    "admin = \"unix:%s/admin\"\n"
	    "listener \"web\" { port = 0 service = {\"main\"} }\n"
	    "service \"main\" { route \"/\" { respond = 200 } }\n",
	    session->directory);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_errors_init(&errors);
	if (config_load(path, &config, &errors) != 0)
		panic_at(__FILE__, __LINE__, errors.items[0].text);
	config_errors_done(&errors);
	(void)close(fd);
	return config;
}

static void
start(struct admin_session *session)
{
	char room[512];
	struct text error = text_over(room, sizeof(room));
	struct config *config = load_config(session);
	struct admin_options options = { .config = config,
		.serving = &session->serving,
		.inheritance = &session->serving.inheritance,
		.ops = &ops,
		.arg = session };

	options.base = session->base = event_base_new();
	must(session->base);
	serving_init(&session->serving);
	session->serving.addresses = address_table_new();
	session->serving.generation =
	    generation_new(config, 1, &session->serving.generations, &error);
	must(session->serving.addresses && session->serving.generation);
	session->admin = admin_new(&options, &error);
	if (!session->admin)
		panic_at(__FILE__, __LINE__, text_string(&error));
	session->origins[0] = (struct conn_origin){ .listener = "admin",
		.service = &session->admin->control.service };
	session->origins[1] = (struct conn_origin){ .listener = "admin_readonly",
		.service = &session->admin->reading.service };
}

static struct admin_session *only; /* until the process ends */

static void
forget_end(void *arg)
{
	(void)arg;
}

void
admin_session_forget(void)
{
	char command[128];

	if (!only)
		return;
	admin_finish(only->admin, forget_end, NULL);
	admin_free(only->admin);
	serving_done(&only->serving);
	event_base_free(only->base);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", only->directory);
	(void)!system(command);
	free(only);
	only = NULL;
}

struct admin_session *
admin_session_get(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	char room[256];
	struct text error = text_over(room, sizeof(room));

	if (only)
		return only;
	only = calloc(1, sizeof(*only));
	must(only);
	(void)sigaction(SIGPIPE, &ignore, NULL); /* as server.c does */
	log_set_level(LOG_LEVEL_ERROR);
	/* The client turns the log up, as it may. */
	must(log_set_target("/dev/null", &error) == 0);
	(void)snprintf(only->directory, sizeof(only->directory), "%s", "/tmp/fuzz-XXXXXX");
	must(mkdtemp(only->directory));
	start(only);
	return only;
}

/* --- One connection ---------------------------------------------------------------------- */

struct client {
	int fd;
	struct slice left;
	const struct admin_plan *plan;
	uint64_t seed;
	size_t sent;
	bool has_sent_all;
	bool has_seen_end;
	struct text answer;
	bool was_reset;
};

static void
step_sending(struct client *client)
{
	size_t len = client->left.len;
	ssize_t sent;

	if (client->has_sent_all)
		return;
	if (client->plan->cuts && len > 0) {
		size_t piece = 1 + fuzz_next(&client->seed) % 40;

		len = piece < len ? piece : len;
	}
	sent = len > 0 ? send(client->fd, client->left.data, len, MSG_NOSIGNAL) : 0;
	if (sent > 0) {
		client->left = slice_from(client->left, (size_t)sent);
		client->sent += (size_t)sent;
	}
	client->has_sent_all = client->left.len == 0 || (sent < 0 && errno != EAGAIN);
	if (client->has_sent_all)
		(void)shutdown(client->fd, SHUT_WR);
}

static void
step_reading(struct client *client)
{
	char bytes[16384];
	ssize_t got;

	while ((got = recv(client->fd, bytes, sizeof(bytes), 0)) > 0)
		text_put(&client->answer, (struct slice){ bytes, (size_t)got });
	if (got == 0 || errno != EAGAIN) {
		client->has_seen_end = true;
		client->was_reset = got < 0;
	}
}

static bool
is_over(const struct client *client)
{
	size_t most = client->plan->gives_up_after;

	return client->has_seen_end || (most > 0 && client->sent >= most);
}

/* A verdict comes in a turn that the request did not come in. */
static void
turn_loop(struct admin_session *session)
{
	(void)event_base_loop(session->base, EVLOOP_NONBLOCK);
	if (session->is_reloading)
		end_reload(session);
}

static void
converse(struct admin_session *session, struct client *client)
{
	for (unsigned turn = 0; !is_over(client); turn++) {
		uint64_t turns = client->plan->cuts ? fuzz_next(&client->seed) % 3 : 1;

		must(turn < TURNS_MAX);
		step_sending(client);
		for (uint64_t i = 0; i < turns; i++)
			turn_loop(session);
		step_reading(client);
	}
	(void)close(client->fd);
	for (unsigned turn = 0; session->admin->conns.open > 0; turn++) {
		must(turn < TURNS_MAX);
		turn_loop(session);
	}
	turn_loop(session); /* the reaper */
	turn_loop(session); /* a verdict that nobody waits for any more */
}

/* unix(7): a socketpair has the credentials of who made it. Whoever may not be somebody
 * else for a moment takes an address for one: that is no peer of the Unix socket either. */
static bool
make_pair(int pair[2], bool is_stranger)
{
	bool is_else = is_stranger && seteuid(SOMEBODY_ELSE) == 0;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	if (is_else)
		must(seteuid(0) == 0);
	return is_else;
}

static int
accept_client(struct admin_session *session, const struct admin_plan *plan)
{
	const struct sockaddr_in address = { .sin_family = AF_INET };
	const struct sockaddr local = { .sa_family = AF_UNIX };
	bool is_reader = plan->client == ADMIN_CLIENT_READER;
	bool is_stranger = plan->client == ADMIN_CLIENT_STRANGER;
	int pair[2];
	bool is_else = make_pair(pair, is_stranger);
	bool has_address = is_reader || (is_stranger && !is_else);
	const struct sockaddr *peer =
	    has_address ? (const struct sockaddr *)(const void *)&address : &local;

	must(conn_open(&session->admin->conns, &session->origins[is_reader], pair[1], peer,
		 has_address ? sizeof(address) : sizeof(local)) == 0);
	return pair[0];
}

struct admin_outcome
admin_session_run(struct admin_session *session, struct slice input, const struct admin_plan *plan)
{
	struct client client = {
		.left = input, .plan = plan, .seed = plan->cuts, .answer = text_growing(ANSWER_MAX)
	};
	struct admin_outcome outcome;

	session->plan = plan;
	session->verbs = session->reloads = 0;
	client.fd = accept_client(session, plan);
	converse(session, &client);
	must(!session->is_reloading && list_is_empty(&session->admin->reloads));
	must(session->admin->held_bytes == 0 && !client.answer.is_truncated);
	must(session->origins[0].open_count == 0 && session->origins[1].open_count == 0);
	outcome = (struct admin_outcome){ .answer = client.answer.data,
		.answer_len = client.answer.len,
		.verbs = session->verbs,
		.has_level = log_get_level() != LOG_LEVEL_ERROR,
		.was_reset = client.was_reset };
	log_set_level(LOG_LEVEL_ERROR);
	return outcome;
}
