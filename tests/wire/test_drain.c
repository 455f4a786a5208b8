/* SPDX-License-Identifier: MIT
 *
 * drain: SIGTERM, SIGINT, SIGQUIT: nothing that was accepted is lost, each client
 * gets its answer and a FIN, and the last line of the log accounts for all.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

#define MIB ((size_t)1 << 20)

#define HASTY "drain { idle_grace = \"200ms\" }\n"

/* Starts the drain and waits until nobody new is let in. */
static void
begin_drain(struct usherd *usherd)
{
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "SIGTERM: draining");
}

static const int signals[] = { SIGTERM, SIGINT, SIGQUIT };

START_TEST(without_connections_it_ends_at_once)
{
	struct usherd *usherd = usherd_start(SITE);

	usherd_signal(usherd, signals[_i]);
	usherd_expect_clean_end(usherd);
	usherd_expect_last_line(usherd, "drained: 0 connections ended (");
}
END_TEST

START_TEST(an_idle_client_gets_a_fin)
{
	struct usherd *usherd = usherd_start(SITE HASTY);
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	usherd_signal(usherd, signals[_i]);
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
	usherd_expect_last_line(usherd, "drained: 1 connections ended (1 drained)");
}
END_TEST

START_TEST(an_idle_client_is_answered_once_more_with_close)
{
	struct usherd *usherd = usherd_start(SITE "drain { idle_grace = \"5s\" }\n");
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	begin_drain(usherd);
	expect_nothing_yet(client);
	/* Until the queue is empty answers are as ever; then one says close. */
	do {
		send_get(client, "/hello");
		expect_response(client, 200);
		expect_body(client, "hello\n");
	} while (!response_has_token(last_response(client), "Connection", "close"));
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(a_request_in_progress_is_finished)
{
	struct usherd *usherd = usherd_start(SITE HASTY);
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 10\r\n");
	send_text(client, "first");
	expect_response_head(client, 200);
	expect_text(client, "first");
	begin_drain(usherd);
	expect_nothing_yet(client);
	send_text(client, "later");
	expect_text(client, "later");
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(a_head_that_has_begun_is_answered)
{
	struct usherd *usherd = usherd_start(SITE HASTY);
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHo");
	usherd_expect_log(usherd, "idle -> busy");
	begin_drain(usherd);
	expect_nothing_yet(client);
	send_text(client, "st: a\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "hello\n");
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(a_slow_download_arrives_whole)
{
	struct usherd *usherd;
	struct client *client;

	put_sparse_file("www/large", 8 * MIB);
	usherd = usherd_start(FILES("") HASTY);
	client = wire_connect_narrow(usherd, "web", 4096);
	send_get(client, "/large");
	expect_response_head(client, 200);
	begin_drain(usherd);
	discard(client, 8 * MIB);
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

/* The daemon stands still while clients fill its queue, as a busy one does. */
START_TEST(who_waits_in_the_queue_is_served)
{
	struct usherd *usherd = usherd_start(SITE HASTY);
	struct client *clients[100];

	usherd_signal(usherd, SIGSTOP);
	for (int i = 0; i < 100; i++) {
		clients[i] = wire_connect(usherd, "web");
		if (i % 2 == 0)
			send_get(clients[i], "/hello");
	}
	usherd_signal(usherd, SIGTERM);
	usherd_signal(usherd, SIGCONT);
	for (int i = 0; i < 100; i++) {
		if (i % 2 != 0)
			send_get(clients[i], "/hello");
		expect_response(clients[i], 200);
		expect_body(clients[i], "hello\n");
	}
	for (int i = 0; i < 100; i++) {
		(void)expect_fin_after_anything(clients[i]);
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
	usherd_expect_clean_end(usherd);
	usherd_expect_last_line(usherd, "drained: 100 connections ended (");
}
END_TEST

START_TEST(who_waits_in_the_queue_of_a_unix_socket_is_served)
{
	struct usherd *usherd = usherd_start(
	    "listener \"web\" { address = \"unix:@dir@/web.sock\" service = \"site\" }\n"
	    "service \"site\" {\n" ROUTES "}\n" TRACED HASTY);
	struct client *clients[50];

	usherd_signal(usherd, SIGSTOP);
	for (int i = 0; i < 50; i++) {
		clients[i] = wire_connect(usherd, "web");
		send_get(clients[i], "/hello");
	}
	usherd_signal(usherd, SIGTERM);
	usherd_signal(usherd, SIGCONT);
	for (int i = 0; i < 50; i++) {
		expect_response(clients[i], 200);
		(void)expect_fin_after_anything(clients[i]);
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(a_pipeline_is_answered_up_to_the_answer_that_says_close)
{
	struct usherd *usherd = usherd_start(SITE HASTY);
	struct client *client = wire_connect(usherd, "web");

	usherd_signal(usherd, SIGSTOP);
	for (int i = 0; i < 20; i++)
		send_get(client, "/hello");
	usherd_signal(usherd, SIGTERM);
	usherd_signal(usherd, SIGCONT);
	do
		expect_response(client, 200);
	while (!response_has_token(last_response(client), "Connection", "close") &&
	    (client_input(client)->len > 0 || client_fill(client)));
	(void)expect_fin_after_anything(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(readiness_says_no_during_the_notice)
{
	struct usherd *usherd = usherd_start(SITE "drain { notice = \"2s\" idle_grace = \"0\" }\n");
	struct client *client = wire_connect(usherd, "web");
	int status = 200;

	begin_drain(usherd);
	for (int i = 0; i < 50 && status == 200; i++) {
		send_get(client, "/readyz");
		status = read_response(client);
	}
	ck_assert_int_eq(status, 503);
	client = wire_connect(usherd, "web");
	send_get(client, "/healthz");
	expect_response(client, 200);
	client_end_all();
	usherd_expect_clean_end(usherd);
}
END_TEST

/* --- Cuts ------------------------------------------------------------------- */

START_TEST(what_is_left_at_the_deadline_is_cut_and_named)
{
	struct usherd *usherd =
	    usherd_start(SITE "drain { idle_grace = \"0\" deadline = \"500ms\" }\n");
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 10\r\n");
	expect_response_head(client, 200);
	begin_drain(usherd);
	usherd_expect_exit(usherd, 4);
	usherd_expect_log(usherd, "warning: cut: c1 127.0.0.1:");
	usherd_expect_last_line(usherd, ", 1 cut, ");
}
END_TEST

START_TEST(a_second_signal_means_now)
{
	struct usherd *usherd = usherd_start(SITE);
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 10\r\n");
	expect_response_head(client, 200);
	begin_drain(usherd);
	usherd_signal(usherd, SIGTERM);
	usherd_expect_exit(usherd, 4);
	usherd_expect_log(usherd, "SIGTERM again: stopping at once");
	usherd_expect_last_line(usherd, ", 1 cut, ");
}
END_TEST

/* --- Under load ---------------------------------------------------------------- */

#define LOAD 64

/* Keeps all clients busy, one request each, until each has had its last answer. */
START_TEST(under_load_every_request_is_answered)
{
	struct usherd *usherd = usherd_start(SITE "drain { idle_grace = \"5s\" }\n");
	struct client *clients[LOAD];
	int left = LOAD;

	for (int i = 0; i < LOAD; i++) {
		clients[i] = wire_connect(usherd, "web");
		send_get(clients[i], "/hello");
	}
	for (int turn = 0; left > 0; turn++) {
		if (turn == 20)
			usherd_signal(usherd, SIGTERM);
		for (int i = 0; i < LOAD; i++) {
			if (!clients[i])
				continue;
			expect_response(clients[i], 200);
			if (!response_has_token(last_response(clients[i]), "Connection", "close")) {
				send_get(clients[i], "/hello");
				continue;
			}
			expect_fin(clients[i]);
			expect_no_reset(clients[i]);
			client_close(clients[i]);
			clients[i] = NULL;
			left--;
		}
	}
	usherd_expect_clean_end(usherd);
}
END_TEST

static void
add_finishing_tests(Suite *suite)
{
	TCase *finishing = wire_case(suite, "finishing", 60);

	tcase_add_test(finishing, a_request_in_progress_is_finished);
	tcase_add_test(finishing, a_head_that_has_begun_is_answered);
	tcase_add_test(finishing, a_slow_download_arrives_whole);
	tcase_add_test(finishing, who_waits_in_the_queue_is_served);
	tcase_add_test(finishing, who_waits_in_the_queue_of_a_unix_socket_is_served);
	tcase_add_test(finishing, a_pipeline_is_answered_up_to_the_answer_that_says_close);
	tcase_add_test(finishing, readiness_says_no_during_the_notice);
	tcase_add_test(finishing, under_load_every_request_is_answered);
}

int
main(void)
{
	Suite *suite = suite_create("drain");
	TCase *idle = wire_case(suite, "idle", 30);
	TCase *cut = wire_case(suite, "cut", 30);

	tcase_add_loop_test(idle, without_connections_it_ends_at_once, 0, 3);
	tcase_add_loop_test(idle, an_idle_client_gets_a_fin, 0, 3);
	tcase_add_test(idle, an_idle_client_is_answered_once_more_with_close);
	add_finishing_tests(suite);
	tcase_add_test(cut, what_is_left_at_the_deadline_is_cut_and_named);
	tcase_add_test(cut, a_second_signal_means_now);
	return wire_run(suite);
}
