/* SPDX-License-Identifier: MIT
 *
 * load_matrix: each outcome that usher-load tells apart, made by a server that
 * misbehaves in just that way: the first connection does, those after it are
 * served well. Each row says what is then counted; whatever it does not name must
 * be 0.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "harness/loader.h"
#include "harness/rogue.h"
#include "harness/wire.h"

#define HALF "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
#define STEPS(...)                  \
	(const struct rogue_step[]) \
	{                           \
		__VA_ARGS__,        \
		{                   \
			ROGUE_END   \
		}                   \
	}
/* Long against what the server does meanwhile, short against a test. */
#define THINK "--think", "300ms"
/* The SHA-256 of "hello". */
#define HELLO_HASH "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

struct counted {
	const char *column;
	uint64_t count;
};

struct row {
	const char *name;
	const struct rogue_step *script; /* of the first connection */
	const char *args[6];             /* beside -c 1 -n 3 */
	bool is_loss;                    /* --expect-no-loss makes it exit 1 */
	int status;                      /* without that */
	struct counted counted[6];
};

static const struct row rows[] = {
	{ "FIN before any byte of the answer", STEPS({ ROGUE_REQUEST }, { ROGUE_FIN }),
	    .is_loss = true,
	    .counted = { { "fin_before_answer", 1 }, { "connections_fin_before_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "reset before any byte of the answer", STEPS({ ROGUE_REQUEST }, { ROGUE_RESET }),
	    .is_loss = true,
	    .counted = { { "reset_before_answer", 1 }, { "connections_reset_before_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "reset by a close with the request unread", STEPS({ ROGUE_BYTES, "GET" }),
	    .is_loss = true,
	    .counted = { { "reset_before_answer", 1 }, { "connections_reset_before_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "FIN in the middle of the answer",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, HALF }, { ROGUE_FIN }), .is_loss = true,
	    .counted = { { "fin_in_answer", 1 }, { "connections_fin_in_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "FIN in the middle of the head",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, "HTTP/1.1 200" }, { ROGUE_FIN }),
	    .is_loss = true,
	    .counted = { { "fin_in_answer", 1 }, { "connections_fin_in_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "reset in the middle of the answer",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, HALF }, { ROGUE_RESET }), .is_loss = true,
	    .counted = { { "reset_in_answer", 1 }, { "connections_reset_in_answer", 1 },
		{ "answered", 2 }, { "connections_closed", 1 } } },
	{ "FIN while idle", STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_FIN }),
	    { THINK },
	    .counted = { { "answered", 3 }, { "connections_fin_idle", 1 },
		{ "connections_closed", 1 } } },
	{ "FIN together with the answer, before the next request",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_HOLD, ROGUE_ANSWER }, { ROGUE_FIN }),
	    .counted = { { "answered", 3 }, { "connections_fin_idle", 1 },
		{ "connections_closed", 1 } } },
	{ "reset while idle",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_RESET }), { THINK },
	    .counted = { { "answered", 3 }, { "connections_reset_idle", 1 },
		{ "connections_closed", 1 } } },
	{ "a 408 that nobody asked for, and the FIN",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER },
		{ ROGUE_SEND, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n" },
		{ ROGUE_FIN }),
	    { THINK },
	    .counted = { { "answered", 3 }, { "connections_fin_idle", 1 },
		{ "connections_closed", 1 } } },
	{ "no byte of an answer in time", STEPS({ ROGUE_REQUEST }, { ROGUE_AWAIT }),
	    { "--timeout", "300ms" }, .is_loss = true,
	    .counted = { { "timeout", 1 }, { "connections_timeout", 1 }, { "answered", 2 },
		{ "connections_closed", 1 } } },
	{ "half an answer in time", STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, HALF }, { ROGUE_AWAIT }),
	    { "--timeout", "300ms" }, .is_loss = true,
	    .counted = { { "timeout", 1 }, { "connections_timeout", 1 }, { "answered", 2 },
		{ "connections_closed", 1 } } },
	{ "no HTTP",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, "220 mail ready\r\n" }, { ROGUE_AWAIT }),
	    .is_loss = true,
	    .counted = { { "malformed", 1 }, { "connections_malformed", 1 }, { "answered", 2 },
		{ "connections_closed", 1 } } },
	{ "two answers to one request",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER ROGUE_ANSWER }, { ROGUE_AWAIT }),
	    .is_loss = true,
	    .counted = { { "answered", 3 }, { "connections_unasked", 1 },
		{ "connections_closed", 1 } } },
	{ "two answers to one request, and the FIN",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_HOLD, ROGUE_ANSWER ROGUE_ANSWER }, { ROGUE_FIN }),
	    .is_loss = true,
	    .counted = { { "answered", 3 }, { "connections_unasked", 1 },
		{ "connections_closed", 1 } } },
	{ "a 408 that nobody asked for, and no FIN",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER },
		{ ROGUE_SEND, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 3\r\n\r\n" },
		{ ROGUE_SEND, "bye" }, { ROGUE_AWAIT }),
	    { THINK }, .counted = { { "answered", 3 }, { "connections_closed", 2 } } },
	{ "another status",
	    STEPS({ ROGUE_REQUEST },
		{ ROGUE_SEND, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" },
		{ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_REQUEST },
		{ ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_AWAIT }),
	    .is_loss = true,
	    .counted = { { "wrong_status", 1 }, { "answered", 2 }, { "connections_closed", 1 } } },
	{ "another body",
	    STEPS({ ROGUE_REQUEST },
		{ ROGUE_SEND, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo" },
		{ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_REQUEST },
		{ ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_AWAIT }),
	    { "--expect-body", HELLO_HASH }, .is_loss = true, .status = 1,
	    .counted = { { "wrong_body", 1 }, { "answered", 2 }, { "connections_closed", 1 } } },
	{ "an end that was announced",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_LAST_ANSWER }, { ROGUE_FIN }),
	    .counted = { { "answered", 3 }, { "connections_closed", 2 } } },
	{ "an end that was asked for and not announced",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER }, { ROGUE_FIN }), { "--close" },
	    .counted = { { "answered", 3 }, { "connections_closed", 3 } } },
	{ "a body that ends with the connection",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, "HTTP/1.0 200 OK\r\n\r\nhello" }, { ROGUE_FIN }),
	    { "--expect-body", HELLO_HASH },
	    .counted = { { "answered", 3 }, { "connections_closed", 2 } } },
	{ "chunks, and an interim response before them",
	    STEPS({ ROGUE_REQUEST }, { ROGUE_SEND, "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" },
		{ ROGUE_SEND, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n" },
		{ ROGUE_SEND, "3\r\nllo\r\n0\r\n\r\n" }, { ROGUE_REQUEST },
		{ ROGUE_SEND, ROGUE_LAST_ANSWER }, { ROGUE_FIN }),
	    { "--expect-body", HELLO_HASH },
	    .counted = { { "answered", 3 }, { "connections_closed", 2 } } },
};

static struct loader *
run_row(const struct row *row, const char *expectation, int status)
{
	const char *args[16] = { "-c", "1", "-n", "3" };
	size_t count = 4;

	for (size_t i = 0; row->args[i]; i++)
		args[count++] = row->args[i];
	if (expectation)
		args[count++] = expectation;
	args[count] = loader_url(rogue_start(row->script, NULL), "/");
	return loader_run(args, status);
}

START_TEST(each_ending_is_told_apart)
{
	const struct row *row = &rows[_i];
	const char *columns[7] = { NULL };
	struct loader *loader;

	wire_about(row->name);
	loader = run_row(row, NULL, row->status);
	for (size_t i = 0; row->counted[i].column; i++) {
		loader_expect_count(loader, row->counted[i].column, row->counted[i].count);
		columns[i] = row->counted[i].column;
	}
	loader_expect_no_other(loader, columns);
}
END_TEST

START_TEST(what_is_unsafe_is_a_loss_and_nothing_else)
{
	const struct row *row = &rows[_i];

	wire_about(row->name);
	(void)run_row(row, "--expect-no-loss", row->is_loss ? 1 : 0);
}
END_TEST

/* --- Connections that are never made ---------------------------------------- */

static void
expect_never_connected(struct loader *loader, const char *column)
{
	ck_assert_uint_ge(loader_count(loader, column), 1);
	loader_expect_no_other(loader, ARGS(column));
	loader_expect_errors(loader, "not one request was answered");
}

START_TEST(a_refusal_is_told)
{
	struct loader *loader =
	    loader_run(ARGS("-c", "1", "-d", "300ms", loader_url(rogue_closed_port(), "/")), 3);

	expect_never_connected(loader, "connections_refused");
}
END_TEST

START_TEST(a_run_of_so_many_requests_ends_where_nobody_listens)
{
	struct loader *loader = loader_run(ARGS("-c", "1", "-n", "5", "--connect-timeout", "300ms",
					       loader_url(rogue_closed_port(), "/")),
	    3);

	expect_never_connected(loader, "connections_refused");
}
END_TEST

START_TEST(a_unix_socket_that_is_not_there_refuses)
{
	expect_never_connected(
	    loader_run(ARGS("-c", "1", "-d", "300ms", "unix:@dir@/none.sock:/"), 3),
	    "connections_refused");
}
END_TEST

START_TEST(a_handshake_that_does_not_finish_is_told)
{
	struct loader *loader = loader_run(ARGS("-c", "1", "-d", "1s", "--connect-timeout", "300ms",
					       loader_url(rogue_full_port(), "/")),
	    3);

	expect_never_connected(loader, "connections_connect_timeout");
}
END_TEST

START_TEST(a_connection_that_fails_otherwise_is_told)
{
	rogue_start_unix("@dir@/packets.sock", SOCK_SEQPACKET, NULL);
	expect_never_connected(
	    loader_run(ARGS("-c", "1", "-d", "300ms", "unix:@dir@/packets.sock:/"), 3),
	    "connections_connect_failed");
}
END_TEST

/* connect(2) says EAGAIN then, which is no refusal (unix(7)). */
START_TEST(a_full_queue_of_a_unix_socket_is_waited_for)
{
	static const struct rogue_step polite[] = { { ROGUE_REQUEST },
		{ ROGUE_SEND, ROGUE_LAST_ANSWER }, { ROGUE_FIN }, { ROGUE_END } };
	struct loader *loader;

	rogue_start_unix("@dir@/narrow.sock", SOCK_STREAM, polite);
	loader = loader_run(
	    ARGS("-c", "60", "-n", "200", "--expect-no-loss", "unix:@dir@/narrow.sock:/"), 0);
	loader_expect_count(loader, "answered", 200);
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
}
END_TEST

START_TEST(of_two_hosts_one_may_refuse)
{
	struct loader *loader =
	    loader_run(ARGS("-c", "2", "-d", "300ms", loader_url(rogue_start(NULL, NULL), "/"),
			   loader_url(rogue_closed_port(), "/")),
		0);

	ck_assert_uint_ge(loader_count(loader, "answered"), 1);
	ck_assert_uint_ge(loader_count(loader, "connections_refused"), 1);
	loader_expect_no_other(
	    loader, ARGS("answered", "connections_closed", "connections_refused"));
}
END_TEST

START_TEST(a_lack_of_descriptors_is_the_clients_own_fault)
{
	struct bytes command = { 0 };
	struct loader *loader;

	bytes_put_format(&command, "ulimit -n 24; exec \"$USHER_LOAD\" -c 40 -d 1s %s",
	    loader_url(rogue_start(NULL, NULL), "/"));
	loader = loader_start_shell(command.data);
	bytes_free(&command);
	loader_expect_exit(loader, 0);
	ck_assert_uint_ge(loader_count(loader, "connections_no_descriptors"), 1);
	loader_expect_output(loader, "ulimit -n");
}
END_TEST

/* --- Several requests on one connection -------------------------------------- */

START_TEST(all_requests_in_flight_are_lost_with_their_connection)
{
	static const struct rogue_step script[] = { { ROGUE_REQUEST }, { ROGUE_REQUEST },
		{ ROGUE_REQUEST }, { ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER },
		{ ROGUE_SEND, HALF }, { ROGUE_FIN }, { ROGUE_END } };
	struct loader *loader = loader_run(
	    ARGS("-c", "1", "-n", "4", "-p", "4", loader_url(rogue_start(script, NULL), "/")), 0);

	loader_expect_count(loader, "answered", 1);
	loader_expect_count(loader, "fin_in_answer", 1);
	loader_expect_count(loader, "fin_before_answer", 2);
	loader_expect_count(loader, "connections_fin_in_answer", 1);
}
END_TEST

/* --- The end of the run ------------------------------------------------------ */

static const struct rogue_step stalled[] = { { ROGUE_REQUEST }, { ROGUE_SEND, HALF },
	{ ROGUE_TELL }, { ROGUE_AWAIT }, { ROGUE_END } };

START_TEST(what_is_in_flight_at_the_second_signal_is_unfinished)
{
	struct loader *loader = loader_start(ARGS("-c", "1", "-d", "60s", "--expect-no-loss",
	    loader_url(rogue_start(stalled, NULL), "/")));

	rogue_await();
	loader_signal(loader, SIGINT);
	loader_signal(loader, SIGTERM);
	/* Nothing was lost, but not one request was answered. */
	loader_expect_exit(loader, 3);
	loader_expect_output(loader, "Interrupted");
	loader_expect_count(loader, "unfinished", 1);
	loader_expect_count(loader, "connections_unfinished", 1);
}
END_TEST

START_TEST(after_one_signal_what_is_in_flight_is_waited_for)
{
	struct loader *loader = loader_start(ARGS("-c", "1", "-d", "60s", "--timeout", "500ms",
	    loader_url(rogue_start(stalled, NULL), "/")));

	rogue_await();
	loader_signal(loader, SIGINT);
	loader_expect_exit(loader, 3);
	loader_expect_count(loader, "timeout", 1);
	loader_expect_count(loader, "unfinished", 0);
}
END_TEST

/* --- Echoes ------------------------------------------------------------------- */

static struct loader *
run_echo(const struct rogue_step *script, int status)
{
	char url[64];

	(void)snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", rogue_start(script, script));
	return loader_run(
	    ARGS("-c", "1", "-n", "1", "--echo", "5", "--expect-no-loss", url), status);
}

START_TEST(an_echo_of_other_bytes_is_a_wrong_body)
{
	struct loader *loader =
	    run_echo(STEPS({ ROGUE_BYTES, "12345" }, { ROGUE_SEND, "hello" }, { ROGUE_AWAIT }), 1);

	loader_expect_count(loader, "wrong_body", 1);
	loader_expect_no_other(loader, ARGS("wrong_body", "connections_closed"));
}
END_TEST

START_TEST(an_echo_that_is_cut_is_a_fin_in_the_answer)
{
	struct loader *loader =
	    run_echo(STEPS({ ROGUE_BYTES, "12345" }, { ROGUE_SEND, "hell" }, { ROGUE_FIN }), 1);

	loader_expect_count(loader, "fin_in_answer", 1);
}
END_TEST

START_TEST(more_than_was_sent_makes_the_connection_useless)
{
	struct loader *loader = run_echo(
	    STEPS({ ROGUE_BYTES, "12345" }, { ROGUE_SEND, "hello again" }, { ROGUE_AWAIT }), 1);

	loader_expect_count(loader, "wrong_body", 1);
	loader_expect_count(loader, "connections_unasked", 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load_matrix");
	TCase *endings = wire_case(suite, "endings", 60);
	TCase *others = wire_case(suite, "others", 60);
	int count = (int)(sizeof(rows) / sizeof(rows[0]));

	tcase_add_loop_test(endings, each_ending_is_told_apart, 0, count);
	tcase_add_loop_test(endings, what_is_unsafe_is_a_loss_and_nothing_else, 0, count);
	tcase_add_test(others, a_refusal_is_told);
	tcase_add_test(others, a_run_of_so_many_requests_ends_where_nobody_listens);
	tcase_add_test(others, a_unix_socket_that_is_not_there_refuses);
	tcase_add_test(others, a_handshake_that_does_not_finish_is_told);
	tcase_add_test(others, a_connection_that_fails_otherwise_is_told);
	tcase_add_test(others, a_full_queue_of_a_unix_socket_is_waited_for);
	tcase_add_test(others, of_two_hosts_one_may_refuse);
	tcase_add_test(others, a_lack_of_descriptors_is_the_clients_own_fault);
	tcase_add_test(others, all_requests_in_flight_are_lost_with_their_connection);
	tcase_add_test(others, what_is_in_flight_at_the_second_signal_is_unfinished);
	tcase_add_test(others, after_one_signal_what_is_in_flight_is_waited_for);
	tcase_add_test(others, an_echo_of_other_bytes_is_a_wrong_body);
	tcase_add_test(others, an_echo_that_is_cut_is_a_fin_in_the_answer);
	tcase_add_test(others, more_than_was_sent_makes_the_connection_useless);
	return wire_run(suite);
}
