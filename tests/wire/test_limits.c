/* SPDX-License-Identifier: MIT
 *
 * limits: what one address may have, what becomes of clients beyond a limit of the
 * server, and of those who are too slow.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/admin.h"
#include "harness/wire.h"

#define LIMITED(limits) ADMIN SITE "limits { " limits " }\n"
/* A client's silence ends nothing before a second of a test is over. */
#define PATIENT "timeouts { head = 60s body = 60s write = 60s }\n"

static void
expect_served(struct client *client)
{
	send_get(client, "/hello");
	expect_response(client, 200);
}

static void
expect_ending(const char *cause, uint64_t count)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "endings.by_cause.%s", cause);
	admin_wait_for("/status", path, count);
}

/* The configuration of the test's daemon. */
static void
rewrite(const char *text)
{
	char *config = place_expand(text);

	put_file("usher0.conf", config);
	free(config);
}

/* --- Of one address ------------------------------------------------------------------ */

static const char *const loops[] = { "loops = 1\n", "loops = 4\n" };

START_TEST(an_address_has_as_many_connections_as_it_may_over_all_loops)
{
	char text[1024];
	struct usherd *usherd;
	struct client *clients[3];

	(void)snprintf(
	    text, sizeof(text), "%s%s", loops[_i], LIMITED("connections_per_address = 3"));
	usherd = usherd_start(text);
	for (int i = 0; i < 3; i++) {
		clients[i] = wire_connect(usherd, "web");
		expect_served(clients[i]);
	}
	for (int i = 0; i < 5; i++)
		(void)expect_fin_after_anything(wire_connect(usherd, "web"));
	expect_ending("address_limit", 5);
	client_close(clients[0]);
	expect_ending("client_closed", 1);
	expect_served(wire_connect(usherd, "web"));
	usherd_expect_log(usherd, "refused for the limits of an address");
}
END_TEST

START_TEST(a_unix_sockets_clients_have_no_address)
{
	struct usherd *usherd = usherd_start(
	    "listener \"web\" { address = \"unix:@dir@/web.sock\" service = \"site\" }\n"
	    "service \"site\" {\n" ROUTES "}\n"
	    "limits { connections_per_address = 1 requests_per_second_per_address = 1 "
	    "request_burst = 1 }\n");

	for (int i = 0; i < 4; i++)
		expect_served(wire_connect(usherd, "web"));
}
END_TEST

/* A new connection finds the bucket as the last one left it. */
START_TEST(a_request_beyond_the_rate_is_429_and_the_connection_goes_on)
{
	struct usherd *usherd =
	    usherd_start(LIMITED("requests_per_second_per_address = 1 request_burst = 5"));
	unsigned refused = 0;

	for (int i = 0; i < 40; i++) {
		struct client *client = wire_connect(usherd, "web");

		send_get(client, "/hello");
		if (read_response(client) != 429) {
			client_close(client);
			continue;
		}
		refused++;
		expect_field(client, "Retry-After", "1");
		expect_no_field(client, "Connection");
		send_request(client, "POST", "/hello", "Content-Length: 4\r\n");
		send_text(client, "body");
		ck_assert_int_ne(read_response(client), 400);
		client_close(client);
	}
	ck_assert_uint_gt(refused, 0);
	admin_wait_for("/status", "limits.addresses", 1);
}
END_TEST

START_TEST(a_reload_changes_the_limits)
{
	struct usherd *usherd = usherd_start(LIMITED("connections_per_address = 1"));
	struct client *first = wire_connect(usherd, "web");

	expect_served(first);
	(void)expect_fin_after_anything(wire_connect(usherd, "web"));
	rewrite(LIMITED("connections_per_address = 2"));
	usherd_signal(usherd, SIGHUP);
	usherd_expect_log(usherd, "reload: generation");
	expect_served(wire_connect(usherd, "web"));
	expect_served(first);
}
END_TEST

/* --- Overload ------------------------------------------------------------------------ */

START_TEST(at_the_limit_of_connections_the_rest_is_told_503)
{
	struct usherd *usherd = usherd_start(LIMITED("connections = 2 overload = 503"));
	struct client *first = wire_connect(usherd, "web");
	struct client *second = wire_connect(usherd, "web");
	struct client *third;

	expect_served(first);
	expect_served(second);
	admin_wait_for("/status", "limits.connections_full_loops", 1);
	third = wire_connect(usherd, "web");
	send_get(third, "/hello");
	expect_response(third, 503);
	expect_field(third, "Retry-After", "1");
	expect_field(third, "Connection", "close");
	expect_fin(third);
	expect_no_reset(third);
	client_close(third);
	expect_ending("overloaded", 1);
	expect_served(first);
	client_close(first);
	expect_ending("client_closed", 1);
	admin_wait_for("/status", "limits.connections_full_loops", 0);
	admin_wait_for("/status", "limits.connections_full", 1);
	expect_served(wire_connect(usherd, "web"));
}
END_TEST

/* The kernel has accepted them, so nobody else can. */
START_TEST(whom_the_queue_held_is_served_at_the_stop)
{
	struct usherd *usherd = usherd_start(LIMITED("connections = 1"));
	struct client *first = wire_connect(usherd, "web");
	struct client *waiting[3];

	expect_served(first);
	for (int i = 0; i < 3; i++) {
		waiting[i] = wire_connect(usherd, "web");
		send_get(waiting[i], "/hello");
	}
	expect_nothing_yet(waiting[0]);
	usherd_signal(usherd, SIGTERM);
	for (int i = 0; i < 3; i++)
		expect_response(waiting[i], 200);
}
END_TEST

START_TEST(who_is_turned_away_is_no_fault_of_who_is_served)
{
	struct usherd *usherd = usherd_start(
	    LIMITED("connections = 1 overload = 503 lingering = 4") "timeouts { linger = 60s }\n");
	struct client *first = wire_connect(usherd, "web");

	expect_served(first);
	for (int i = 0; i < 50; i++) {
		struct client *client = wire_connect(usherd, "web");

		expect_response(client, 503);
		if (i < 47)
			client_close(client);
	}
	expect_served(first);
	/* Some are there still, waited for to leave, and take nobody's place. */
	client_close(first);
	expect_ending("client_closed", 1);
	expect_served(wire_connect(usherd, "web"));
}
END_TEST

/* Bodies that are echoed and never read stand in memory. */
static void
fill_memory(struct usherd *usherd, struct client **clients, int count)
{
	static char body[64 * 1024];

	memset(body, 'x', sizeof(body));
	for (int i = 0; i < count; i++) {
		clients[i] = wire_connect_narrow(usherd, "web", 4096);
		send_request(clients[i], "POST", "/echo", "Content-Length: 1000000\r\n");
		for (int part = 0; part < 15; part++)
			(void)send_some(clients[i], body, sizeof(body));
	}
}

#define HUNGRY 12
#define SHORT_OF_MEMORY(policy)                                                                 \
	ADMIN PATIENT "listener \"web\" { address = \"127.0.0.1\" port = 0 service = \"site\" " \
		      "send_buffer = 8k }\n"                                                    \
		      "service \"site\" {\n" ROUTES "}\n"                                       \
		      "limits { memory = 256k output_bytes = 64k overload = " policy " }\n"

START_TEST(short_of_memory_the_rest_is_told_and_it_recovers_by_itself)
{
	struct usherd *usherd = usherd_start(SHORT_OF_MEMORY("503"));
	struct client *witness = wire_connect(usherd, "web");
	struct client *sender = wire_connect(usherd, "web");
	struct client *hungry[HUNGRY];

	expect_served(witness);
	expect_served(sender);
	fill_memory(usherd, hungry, HUNGRY);
	admin_wait_for("/status", "limits.memory_short_loops", 1);
	expect_response(wire_connect(usherd, "web"), 503);
	send_request(sender, "POST", "/echo", "Content-Length: 1000\r\n");
	expect_response(sender, 503); /* and not only when its body has come */
	expect_fin(sender);
	send_get(witness, "/hello");
	expect_response(witness, 503);
	expect_fin(witness);
	usherd_expect_log(usherd, "its share of limits.memory");
	for (int i = 0; i < HUNGRY; i++)
		client_close(hungry[i]);
	admin_wait_for("/status", "limits.memory_short_loops", 0);
	expect_served(wire_connect(usherd, "web"));
}
END_TEST

START_TEST(short_of_memory_the_queue_holds_the_rest)
{
	struct usherd *usherd = usherd_start(SHORT_OF_MEMORY("queue"));
	struct client *witness = wire_connect(usherd, "web");
	struct client *hungry[HUNGRY];
	struct client *waiting;

	expect_served(witness);
	fill_memory(usherd, hungry, HUNGRY);
	admin_wait_for("/status", "limits.memory_short_loops", 1);
	waiting = wire_connect(usherd, "web");
	send_get(waiting, "/hello");
	expect_served(witness);
	expect_nothing_yet(waiting);
	for (int i = 0; i < HUNGRY; i++)
		client_close(hungry[i]);
	expect_response(waiting, 200);
	admin_wait_for("/status", "limits.memory_shortages", 1);
}
END_TEST

/* --- Rates --------------------------------------------------------------------------- */

#define RATED ADMIN PATIENT SITE "limits { min_rate = 1k min_rate_window = 1s }\n"

/* Sends a byte now and then until an answer comes. */
static void
trickle(struct client *client, const char *byte)
{
	for (int i = 0; i < 300 && !client_has_input(client, 100); i++)
		(void)send_some(client, byte, 1);
}

START_TEST(a_head_that_trickles_is_408)
{
	struct usherd *usherd = usherd_start(RATED);
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: ");
	trickle(client, "a");
	expect_response(client, 408);
	client_close(client);
	expect_ending("too_slow", 1);
}
END_TEST

START_TEST(a_body_that_trickles_is_408)
{
	struct usherd *usherd = usherd_start(RATED);
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/hello", "Content-Length: 100000\r\n");
	trickle(client, "a");
	expect_response(client, 408);
	client_close(client);
	expect_ending("too_slow", 1);
}
END_TEST

START_TEST(an_answer_that_is_read_in_a_trickle_ends)
{
	struct usherd *usherd;
	struct client *client;

	put_file("www/index.html", "");
	put_sparse_file("www/large", 64 << 20);
	usherd =
	    usherd_start(ADMIN PATIENT FILES("") "limits { min_rate = 1k min_rate_window = 1s }\n");
	client = wire_connect_narrow(usherd, "web", 4096);
	send_get(client, "/large");
	expect_ending("too_slow", 1);
}
END_TEST

START_TEST(an_idle_connection_is_not_slow)
{
	struct usherd *usherd = usherd_start(RATED);
	struct client *idle = wire_connect(usherd, "web");
	struct client *slow = wire_connect(usherd, "web");

	expect_served(idle);
	send_text(slow, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: ");
	trickle(slow, "a");
	expect_response(slow, 408);
	expect_served(idle);
}
END_TEST

START_TEST(a_silent_stream_is_not_slow)
{
	struct usherd *usherd = usherd_start(ADMIN PATIENT SITE
	    "listener \"stream\" { address = \"127.0.0.1\" port = 0 service = \"echo\" }\n"
	    "service \"echo\" { protocol = echo }\n"
	    "limits { min_rate = 1k min_rate_window = 1s }\n");
	struct client *silent = wire_connect(usherd, "stream");
	struct client *slow = wire_connect(usherd, "web");

	send_text(silent, "before");
	expect_text(silent, "before");
	send_text(slow, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: ");
	trickle(slow, "a");
	expect_response(slow, 408);
	send_text(silent, "after");
	expect_text(silent, "after");
}
END_TEST

/* --- The suite ----------------------------------------------------------------------- */

static Suite *
limits_suite(void)
{
	Suite *suite = suite_create("limits");
	TCase *address = wire_case(suite, "address", 60);
	TCase *overload = wire_case(suite, "overload", 60);
	TCase *rates = wire_case(suite, "rates", 60);

	tcase_add_loop_test(address, an_address_has_as_many_connections_as_it_may_over_all_loops, 0,
	    (int)(sizeof(loops) / sizeof(loops[0])));
	tcase_add_test(address, a_unix_sockets_clients_have_no_address);
	tcase_add_test(address, a_request_beyond_the_rate_is_429_and_the_connection_goes_on);
	tcase_add_test(address, a_reload_changes_the_limits);
	tcase_add_test(overload, at_the_limit_of_connections_the_rest_is_told_503);
	tcase_add_test(overload, whom_the_queue_held_is_served_at_the_stop);
	tcase_add_test(overload, who_is_turned_away_is_no_fault_of_who_is_served);
	tcase_add_test(overload, short_of_memory_the_rest_is_told_and_it_recovers_by_itself);
	tcase_add_test(overload, short_of_memory_the_queue_holds_the_rest);
	tcase_add_test(rates, a_head_that_trickles_is_408);
	tcase_add_test(rates, a_body_that_trickles_is_408);
	tcase_add_test(rates, an_answer_that_is_read_in_a_trickle_ends);
	tcase_add_test(rates, an_idle_connection_is_not_slow);
	tcase_add_test(rates, a_silent_stream_is_not_slow);
	return suite;
}

int
main(void)
{
	return wire_run(limits_suite());
}
