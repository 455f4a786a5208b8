/* SPDX-License-Identifier: MIT
 *
 * parking: connections that have been idle for long give their memory back, and no
 * client can tell.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/loader.h"
#include "harness/response.h"
#include "harness/wire.h"

#define SOON "timeouts { park = \"20ms\" }\n"
#define PARK_MS 20
#define MIB ((size_t)1 << 20)

static void
expect_parked(struct usherd *usherd, unsigned times)
{
	usherd_expect_log_times(usherd, "http: idle -> parked", times);
}

static void
ask(struct client *client)
{
	send_get(client, "/hello");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}

/* Ways in which a parked connection's next bytes may come. */
static const struct row {
	const char *what;
	const char *bytes;
	bool is_piecemeal;
	unsigned answers;
	int status;
	bool ends;
} rows[] = {
	{ "a request", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", false, 1, 200, false },
	{ "a byte at a time", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", true, 1, 200, false },
	{ "an empty line before it", "\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", true, 1, 200,
	    false },
	{ "two at once",
	    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", false,
	    2, 200, false },
	{ "a body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", true, 1, 200,
	    false },
	{ "the last one", "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false, 1,
	    200, true },
	{ "a malformed one", "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", false, 1, 400, true },
	{ "no request at all", "\x16\x03\x01\x02\x00\x01", false, 1, 400, true },
};

START_TEST(a_parked_connection_answers_like_any_other)
{
	const struct row *row = &rows[_i];
	struct usherd *usherd = usherd_start(SITE SOON);
	struct client *client = wire_connect(usherd, "web");

	printf("%s\n", row->what);
	for (unsigned round = 1; round <= 2; round++) {
		ask(client);
		expect_parked(usherd, round);
	}
	if (row->is_piecemeal)
		send_each_byte(client, row->bytes, strlen(row->bytes));
	else
		send_bytes(client, row->bytes, strlen(row->bytes));
	for (unsigned i = 0; i < row->answers; i++)
		expect_response(client, row->status);
	if (row->ends)
		expect_fin(client);
	else
		expect_parked(usherd, 3);
	expect_no_reset(client);
	half_close(client);
	usherd_stop(usherd);
}
END_TEST

START_TEST(a_client_that_never_asked_is_parked_too)
{
	struct usherd *usherd = usherd_start(SITE SOON);
	struct client *client = wire_connect(usherd, "web");

	expect_parked(usherd, 1);
	ask(client);
}
END_TEST

/* It had a bufferevent, for its file did not go at once. */
START_TEST(after_a_large_file_it_is_parked_and_serves_the_file_again)
{
	static char content[4 * MIB];
	struct usherd *usherd;
	struct client *client;

	fill_pattern(content, sizeof(content), 0);
	put_file_bytes("www/large", content, sizeof(content));
	usherd = usherd_start(FILES("") SOON);
	client = wire_connect_narrow(usherd, "web", 65536);
	for (unsigned round = 1; round <= 3; round++) {
		send_get(client, "/large");
		expect_response_head(client, 200);
		expect_pattern(client, 4 * MIB, 0);
		expect_parked(usherd, round);
	}
}
END_TEST

START_TEST(a_parked_clients_fin_is_answered_by_ours)
{
	struct usherd *usherd = usherd_start(SITE SOON);
	struct client *client = wire_connect(usherd, "web");

	ask(client);
	expect_parked(usherd, 1);
	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
	usherd_expect_log(usherd, "parked -> flushing (client_closed)");
}
END_TEST

START_TEST(a_parked_clients_reset_ends_it)
{
	struct usherd *usherd = usherd_start(SITE SOON);
	struct client *client = wire_connect(usherd, "web");

	ask(client);
	expect_parked(usherd, 1);
	client_reset(client);
	usherd_expect_log(usherd, "parked -> closed (reset_by_peer)");
}
END_TEST

START_TEST(the_idle_time_runs_on_while_it_is_parked)
{
	struct usherd *usherd =
	    usherd_start(SITE "timeouts { park = \"20ms\" idle = \"200ms\" }\n");
	struct client *client = wire_connect(usherd, "web");

	ask(client);
	expect_fin(client);
	expect_parked(usherd, 1);
	usherd_expect_log(usherd, "parked -> flushing (idle_timeout)");
}
END_TEST

/* --- In a drain -------------------------------------------------------------- */

START_TEST(in_a_drain_a_parked_client_may_ask_once_more)
{
	struct usherd *usherd = usherd_start(SITE SOON "drain { idle_grace = \"5s\" }\n");
	struct client *client = wire_connect(usherd, "web");
	struct client *scout = wire_connect(usherd, "web");

	ask(client);
	expect_parked(usherd, 2);
	usherd_signal(usherd, SIGTERM);
	/* The loop hears of it a little later. */
	do
		ask(scout);
	while (!response_has_token(last_response(scout), "Connection", "close"));
	ask(client);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(in_a_drain_parked_clients_see_a_fin)
{
	struct usherd *usherd = usherd_start(SITE SOON "drain { idle_grace = \"100ms\" }\n");
	struct client *clients[4];

	for (int i = 0; i < 4; i++)
		ask(clients[i] = wire_connect(usherd, "web"));
	expect_parked(usherd, 4);
	usherd_signal(usherd, SIGTERM);
	for (int i = 0; i < 4; i++) {
		expect_fin(clients[i]);
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
	usherd_expect_clean_end(usherd);
	usherd_expect_last_line(usherd, "(4 drained)");
}
END_TEST

/* --- Under load --------------------------------------------------------------- */

#define THINKERS 24
#define REQUESTS 600

/* Think times from none to twice the time to park, so that bytes come just before,
 * while, and just after a connection is parked. */
START_TEST(no_byte_is_lost_whenever_it_comes)
{
	struct usherd *usherd = usherd_start(SITE SOON);
	struct client *clients[THINKERS];
	unsigned random = 1;

	for (int i = 0; i < THINKERS; i++)
		clients[i] = wire_connect(usherd, "web");
	for (int i = 0; i < REQUESTS; i++) {
		struct client *client = clients[random / 65536 % THINKERS];

		random = random * 1103515245 + 12345;
		ck_assert(!client_has_input(client, (int)(random / 65536 % 4)));
		if (i % 50 == 0)
			ck_assert(!client_has_input(client, PARK_MS + (int)(random % 8) - 4));
		ask(client);
	}
	usherd_expect_log(usherd, "idle -> parked");
	usherd_expect_log(usherd, "parked -> busy");
	for (int i = 0; i < THINKERS; i++)
		expect_no_reset(clients[i]);
}
END_TEST

/* Arrivals by chance, so that the gaps of each connection are spread around the time to
 * park: 60 of them, each asked 20 times a second, and 30 ms to park. */
START_TEST(a_load_with_gaps_around_the_time_to_park_loses_nothing)
{
	struct usherd *usherd = usherd_start("loops = 2\n" SITE "timeouts { park = \"30ms\" }\n");
	const uint16_t port = ntohs(usherd_endpoint(usherd, "web").address.in.sin_port);
	struct loader *loader =
	    loader_run(ARGS("--expect-no-loss", "-c", "60", "-R", "1200", "--arrivals", "poisson",
			   "-d", "3s", loader_url(port, "/hello")),
		0);

	ck_assert_uint_gt(loader_count(loader, "answered"), 1000);
	expect_parked(usherd, 100);
	usherd_expect_log_times(usherd, "parked -> busy", 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wire/parking");
	TCase *tcase = wire_case(suite, "parking", 60);

	tcase_add_loop_test(tcase, a_parked_connection_answers_like_any_other, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, a_client_that_never_asked_is_parked_too);
	tcase_add_test(tcase, after_a_large_file_it_is_parked_and_serves_the_file_again);
	tcase_add_test(tcase, a_parked_clients_fin_is_answered_by_ours);
	tcase_add_test(tcase, a_parked_clients_reset_ends_it);
	tcase_add_test(tcase, the_idle_time_runs_on_while_it_is_parked);
	tcase_add_test(tcase, in_a_drain_a_parked_client_may_ask_once_more);
	tcase_add_test(tcase, in_a_drain_parked_clients_see_a_fin);
	tcase_add_test(tcase, no_byte_is_lost_whenever_it_comes);
	tcase_add_test(tcase, a_load_with_gaps_around_the_time_to_park_loses_nothing);
	return wire_run(suite);
}
