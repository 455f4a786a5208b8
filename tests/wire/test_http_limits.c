/* SPDX-License-Identifier: MIT
 *
 * http_limits: every part of a request has a length and a time, and each excess
 * its status (RFC 9110 15.5, RFC 6585 5).
 */
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

#define LIMITED(limits) SITE "limits { " limits " }\n"
#define TIMED(timeouts) SITE "timeouts { " timeouts " }\n"

/* `count` times the letter a. Owned by the caller. */
static char *
letters(size_t count)
{
	char *text = malloc(count + 1);

	memset(text, 'a', count);
	text[count] = '\0';
	return text;
}

/* GET /aaa… with a target of `len` bytes. */
static void
send_long_target(struct client *client, size_t len)
{
	char *text = letters(len);

	text[0] = '/';
	send_get(client, text);
	free(text);
}

static void
expect_refusal(struct client *client, int status)
{
	expect_response(client, status);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}

START_TEST(a_target_beyond_its_limit_is_414)
{
	struct usherd *usherd = usherd_start(LIMITED("target_bytes = 100"));
	struct client *client = wire_connect(usherd, "web");

	send_long_target(client, 100);
	expect_response(client, 404);
	send_long_target(client, 101);
	expect_refusal(client, 414);
}
END_TEST

START_TEST(a_head_beyond_its_limit_is_431)
{
	struct usherd *usherd = usherd_start(LIMITED("head_bytes = 300 target_bytes = 200"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes fields = { 0 };
	char *text = letters(300);

	bytes_put_format(&fields, "X-Long: %s\r\n", text);
	free(text);
	send_request(client, "GET", "/hello", "X-Short: aaaaaaaaaaaaaaaaaaaaa\r\n");
	expect_response(client, 200);
	send_request(client, "GET", "/hello", fields.data);
	bytes_free(&fields);
	expect_refusal(client, 431);
}
END_TEST

START_TEST(a_head_that_never_ends_is_431_as_soon_as_the_limit_is_met)
{
	struct usherd *usherd = usherd_start(LIMITED("head_bytes = 1k target_bytes = 512"));
	struct client *client = wire_connect(usherd, "web");
	char *text = letters(2000);

	send_text(client, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: ");
	send_text(client, text);
	free(text);
	expect_refusal(client, 431);
}
END_TEST

START_TEST(more_fields_than_the_limit_are_431)
{
	struct usherd *usherd = usherd_start(LIMITED("fields = 3"));
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "GET", "/hello", "A: 1\r\nB: 2\r\n");
	expect_response(client, 200);
	send_request(client, "GET", "/hello", "A: 1\r\nB: 2\r\nC: 3\r\n");
	expect_refusal(client, 431);
}
END_TEST

START_TEST(the_last_of_the_allowed_requests_says_close)
{
	struct usherd *usherd = usherd_start(LIMITED("requests_per_connection = 3"));
	struct client *client = wire_connect(usherd, "web");

	for (int i = 0; i < 4; i++)
		send_get(client, "/hello");
	for (int i = 0; i < 2; i++) {
		expect_response(client, 200);
		expect_no_field(client, "Connection");
	}
	expect_response(client, 200);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(at_the_limit_of_connections_others_wait_in_the_queue)
{
	struct usherd *usherd = usherd_start(LIMITED("connections = 2"));
	struct client *first = wire_connect(usherd, "web");
	struct client *second = wire_connect(usherd, "web");
	struct client *third;

	send_get(first, "/hello");
	expect_response(first, 200);
	send_get(second, "/hello");
	expect_response(second, 200);
	third = wire_connect(usherd, "web");
	send_get(third, "/hello");
	expect_nothing_yet(third);
	client_close(first);
	expect_response(third, 200);
}
END_TEST

/* --- Time --------------------------------------------------------------- */

START_TEST(a_slow_head_is_408)
{
	struct usherd *usherd = usherd_start(TIMED("head = \"200ms\""));
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHo");
	expect_refusal(client, 408);
	client_close(client);
	usherd_expect_log(usherd, "ended: a request's head took longer than timeouts.head");
}
END_TEST

START_TEST(a_head_in_drops_does_not_prolong_its_time)
{
	struct usherd *usherd = usherd_start(TIMED("head = \"300ms\""));
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nX: ");
	/* Each drop waits as long as "nothing yet" watches: 30 ms. Were the
	 * deadline moved by each, no answer would come in these 9 s. */
	for (int i = 0; i < 300 && !client_has_input(client, 30); i++)
		send_text(client, "a");
	ck_assert(client_has_input(client, 0));
	expect_refusal(client, 408);
}
END_TEST

START_TEST(an_idle_connection_ends_by_fin_and_without_a_word)
{
	struct usherd *usherd = usherd_start(TIMED("idle = \"200ms\""));
	struct client *used = wire_connect(usherd, "web");
	struct client *fresh = wire_connect(usherd, "web");

	send_get(used, "/hello");
	expect_response(used, 200);
	expect_fin(used);
	expect_no_reset(used);
	expect_fin(fresh);
	expect_no_reset(fresh);
}
END_TEST

START_TEST(a_body_that_stops_is_408_where_no_answer_has_begun)
{
	struct usherd *usherd = usherd_start(TIMED("body = \"200ms\""));
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/nowhere", "Content-Length: 100\r\n");
	send_text(client, "some");
	ck_assert_int_eq(read_response(client) / 100, 4);
	(void)expect_fin_after_anything(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(an_echo_whose_body_stops_ends_without_being_whole)
{
	struct usherd *usherd = usherd_start(TIMED("body = \"200ms\""));
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 100\r\n");
	send_text(client, "some");
	if (read_response_head(client) == 200)
		expect_text(client, "some");
	(void)expect_fin_after_anything(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_body_in_drops_is_no_timeout)
{
	struct usherd *usherd = usherd_start(TIMED("body = \"300ms\""));
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 15\r\n");
	expect_response_head(client, 200);
	for (int i = 0; i < 15; i++) {
		expect_nothing_yet(client);
		send_text(client, "a");
		expect_text(client, "a");
	}
}
END_TEST

START_TEST(a_client_that_takes_nothing_ends_with_a_write_timeout)
{
	struct usherd *usherd;
	struct client *client;

	put_sparse_file("www/big", (off_t)256 << 20);
	usherd = usherd_start(FILES("") "timeouts { write = \"300ms\" linger = \"300ms\" }\n");
	client = wire_connect_narrow(usherd, "web", 4096);
	send_get(client, "/big");
	usherd_expect_log(usherd, "ended: the peer took no byte within timeouts.write");
	client_close(client);
}
END_TEST

static void
add_time_tests(Suite *suite)
{
	TCase *times = wire_case(suite, "time", 30);

	tcase_add_test(times, a_slow_head_is_408);
	tcase_add_test(times, a_head_in_drops_does_not_prolong_its_time);
	tcase_add_test(times, an_idle_connection_ends_by_fin_and_without_a_word);
	tcase_add_test(times, a_body_that_stops_is_408_where_no_answer_has_begun);
	tcase_add_test(times, an_echo_whose_body_stops_ends_without_being_whole);
	tcase_add_test(times, a_body_in_drops_is_no_timeout);
	tcase_add_test(times, a_client_that_takes_nothing_ends_with_a_write_timeout);
}

int
main(void)
{
	Suite *suite = suite_create("http_limits");
	TCase *lengths = wire_case(suite, "length", 30);

	tcase_add_test(lengths, a_target_beyond_its_limit_is_414);
	tcase_add_test(lengths, a_head_beyond_its_limit_is_431);
	tcase_add_test(lengths, a_head_that_never_ends_is_431_as_soon_as_the_limit_is_met);
	tcase_add_test(lengths, more_fields_than_the_limit_are_431);
	tcase_add_test(lengths, the_last_of_the_allowed_requests_says_close);
	tcase_add_test(lengths, at_the_limit_of_connections_others_wait_in_the_queue);
	add_time_tests(suite);
	return wire_run(suite);
}
