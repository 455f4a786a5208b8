/* SPDX-License-Identifier: MIT
 *
 * load: the instrument itself. Servers that misbehave, each in one way, and the
 * clients of the load who have to call it by its name: without that, "nothing was
 * lost" would say nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"

#define CLIENTS 5
#define PATIENCE_US 300000

#define HEAD(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

/* What the server does once it has a client. */
struct manner {
	const char *name;
	bool reads;         /* the request, before anything else */
	const char *answer; /* or NULL */
	bool resets;        /* closes with a RST */
	bool stays;         /* does not close */
	enum load_outcome outcome;
};

static const struct manner manners[] = {
	{ "answers", true, HEAD("6") "hello\n", false, true, LOAD_WHOLE },
	{ "closes without an answer", true, NULL, false, false, LOAD_LOST },
	{ "closes with the request unread", false, NULL, false, false, LOAD_RESET },
	{ "resets", true, NULL, true, false, LOAD_RESET },
	{ "closes within the head", true, "HTTP/1.1 200 OK\r\nContent-", false, false, LOAD_CUT },
	{ "closes within the body", true, HEAD("6") "hel", false, false, LOAD_CUT },
	{ "resets within the body", true, HEAD("6") "hel", true, false, LOAD_RESET },
	{ "stops within the body", true, HEAD("6") "hel", false, true, LOAD_TIMEOUT },
	{ "says nothing", true, NULL, false, true, LOAD_TIMEOUT },
	{ "says something else", true, HEAD("6") "hallo\n", false, true, LOAD_WRONG },
	{ "says too much", true, HEAD("6") "hello\nmore", false, true, LOAD_WRONG },
	{ "says too little", true, HEAD("5") "hello", false, true, LOAD_WRONG },
	{ "has another status", true, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false,
	    true, LOAD_WRONG },
	{ "cuts a chunked body", true,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n", false, false,
	    LOAD_CUT },
	{ "answers in chunks", true,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "4\r\nhell\r\n2\r\no\n\r\n0\r\n\r\n",
	    false, true, LOAD_WHOLE },
};
#define MANNERS ((int)(sizeof(manners) / sizeof(manners[0])))

static const struct load_request hello = { .line = "GET /hello", .wanted = { 200, "hello\n" } };
static const struct load_role asks_once = {
	.name = "asks once", .requests = &hello, .request_count = 1, .then = LOAD_THEN_LEAVES
};
static const struct load_role stays = {
	.name = "stays", .requests = &hello, .request_count = 1, .then = LOAD_THEN_SILENT
};
static const struct load_role asks_again = {
	.name = "asks again", .requests = &hello, .request_count = 1, .then = LOAD_THEN_AGAIN
};

/* A listening socket on loopback; where, in `ret_endpoint`. */
static int
listen_somewhere(struct endpoint *ret_endpoint)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*ret_endpoint = (struct endpoint){ .type = SOCK_STREAM };
	ret_endpoint->address.in = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	ret_endpoint->address.len = sizeof(struct sockaddr_in);
	ck_assert_int_eq(bind(fd, &ret_endpoint->address.any, ret_endpoint->address.len), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	ck_assert_int_eq(
	    getsockname(fd, &ret_endpoint->address.any, &ret_endpoint->address.len), 0);
	return fd;
}

static void
misbehave(int fd, const struct manner *manner)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	char request[1024];

	/* What is sent in one piece on loopback arrives in one piece. */
	if (recv(fd, request, sizeof(request), manner->reads ? 0 : MSG_PEEK) <= 0)
		return;
	if (manner->answer)
		(void)send(fd, manner->answer, strlen(manner->answer), MSG_NOSIGNAL);
	if (manner->resets)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (!manner->stays)
		(void)close(fd);
}

static pid_t
serve(int listener, const struct manner *manner)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child > 0)
		return child;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		misbehave(accept(listener, NULL, NULL), manner);
}

static void
dismiss(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

static void
expect_all(const struct load *load, const struct load_group *group, enum load_outcome outcome)
{
	struct bytes text = { 0 };

	load_describe(load, &text);
	ck_assert_msg(
	    group->counts[outcome] == group->clients && load_count(load, outcome) == group->clients,
	    "%s were wanted: %s", load_outcome_name(outcome), bytes_string(&text));
	bytes_free(&text);
}

START_TEST(what_a_server_does_is_called_by_its_name)
{
	const struct manner *manner = &manners[_i];
	const struct counters before = counters_read();
	struct load_options options = { .seed = 1 };
	int listener = listen_somewhere(&options.endpoint);
	pid_t server = serve(listener, manner);
	struct load *load = load_new(&options);
	struct load_group *group = load_add(load, &asks_once, CLIENTS);

	wire_about(manner->name);
	load_run_to_end(load, PATIENCE_US);
	expect_all(load, group, manner->outcome);
	ck_assert_uint_eq(counter_growth(&before, COUNTER_OUT_RESETS),
	    manner->outcome == LOAD_RESET ? CLIENTS : 0);
	dismiss(server);
	(void)close(listener);
}
END_TEST

/* What every stop of a server that just closes its listener does. */
START_TEST(a_queue_that_is_closed_is_reset)
{
	const struct counters before = counters_read();
	struct load_options options = { .seed = 1 };
	int listener = listen_somewhere(&options.endpoint);
	struct load *load = load_new(&options);
	struct load_group *group = load_add(load, &asks_once, CLIENTS);

	load_run_until(load, load_all_sent, group, "requests in the queue");
	(void)close(listener);
	load_run_to_end(load, PATIENCE_US);
	expect_all(load, group, LOAD_RESET);
	ck_assert_uint_eq(counter_growth(&before, COUNTER_OUT_RESETS), CLIENTS);
	ck_assert_uint_eq(counter_growth(&before, COUNTER_ESTABLISHED_RESETS), 2 * CLIENTS);
}
END_TEST

START_TEST(a_refused_connect_is_only_right_in_a_drain)
{
	const struct counters before = counters_read();
	struct load_options options = { .seed = 1 };
	int listener = listen_somewhere(&options.endpoint);
	struct load *load = load_new(&options);
	struct load_group *early, *late;

	(void)close(listener);
	early = load_add(load, &asks_once, CLIENTS);
	load_run_to_end(load, PATIENCE_US);
	expect_all(load, early, LOAD_UNSERVED);
	load_drain_begins(load);
	late = load_add(load, &asks_once, CLIENTS);
	load_run_to_end(load, PATIENCE_US);
	expect_all(load, late, LOAD_REFUSED);
	ck_assert_uint_eq(counter_growth(&before, COUNTER_OUT_RESETS), 2 * CLIENTS);
}
END_TEST

/* A FIN between two requests loses nothing, as long as it is seen in time. */
START_TEST(a_fin_seen_in_time_loses_nothing)
{
	const struct manner closes = { .reads = true, .answer = HEAD("6") "hello\n" };
	struct load_options options = { .seed = 1 };
	int listener = listen_somewhere(&options.endpoint);
	pid_t server = serve(listener, &closes);
	struct load *load = load_new(&options);
	struct load_group *group = load_add(load, &stays, CLIENTS);

	load_run_to_end(load, WIRE_DEADLINE_US);
	ck_assert_uint_eq(group->fins_idle, CLIENTS);
	expect_all(load, group, LOAD_WHOLE);
	dismiss(server);
	(void)close(listener);
}
END_TEST

/* The server has not closed its end, so that the second request meets no RST but
 * a FIN that was sent before. */
START_TEST(a_fin_seen_late_loses_the_request_that_crossed_it)
{
	struct load_options options = { .seed = 1, .fin_late_us = 10000 };
	int listener = listen_somewhere(&options.endpoint);
	struct load *load = load_new(&options);
	struct load_group *group = load_add(load, &asks_again, CLIENTS);
	static const char answer[] = HEAD("6") "hello\n";
	int fds[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = accept(listener, NULL, NULL);
		(void)send(fds[i], answer, strlen(answer), MSG_NOSIGNAL);
		(void)shutdown(fds[i], SHUT_WR);
	}
	load_run_to_end(load, WIRE_DEADLINE_US);
	ck_assert_uint_eq(group->counts[LOAD_WHOLE], CLIENTS);
	ck_assert_uint_eq(group->counts[LOAD_LOST], CLIENTS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load");
	TCase *load = life_case(suite, "load", 30);

	tcase_add_loop_test(load, what_a_server_does_is_called_by_its_name, 0, MANNERS);
	tcase_add_test(load, a_queue_that_is_closed_is_reset);
	tcase_add_test(load, a_refused_connect_is_only_right_in_a_drain);
	tcase_add_test(load, a_fin_seen_in_time_loses_nothing);
	tcase_add_test(load, a_fin_seen_late_loses_the_request_that_crossed_it);
	return life_run(suite);
}
