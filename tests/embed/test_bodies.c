/* SPDX-License-Identifier: MIT
 *
 * bodies: requests whose body a program takes as it comes: pieces, pauses, and answers that
 * begin before its end.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "stage_client.h"

static void
begin_post(struct client *client, const char *target, size_t len, const char *fields)
{
	char more[256];

	(void)snprintf(more, sizeof(more), "Content-Length: %zu\r\n%s", len, fields);
	send_request(client, "POST", target, more);
}

START_TEST(a_body_comes_in_pieces_and_then_its_end)
{
	struct client *client = enter(start_stage());

	begin_post(client, "/count", 5, "");
	send_each_byte(client, "12345", 5);
	expect_response(client, 200);
	expect_body(client, "5 bytes in pieces");
	send_get(client, "/count");
	expect_response(client, 200);
	expect_body(client, "0 bytes in one");
}
END_TEST

START_TEST(a_body_is_told_whole_with_what_the_request_says)
{
	struct client *client = enter(start_stage());
	static char body[100000];

	begin_post(client, "/whole/of%20it?x", sizeof(body), "");
	send_bytes(client, body, sizeof(body));
	expect_response(client, 200);
	expect_body_with(client, "100000 bytes, 2 fields, rest /of it, host ");
	expect_body_with(client, "no such field");
	begin_post(client, "/whole", sizeof(body) + 1, "");
	expect_response(client, 413);
}
END_TEST

START_TEST(no_piece_comes_in_a_pause)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_request(client, "POST", "/count", "Transfer-Encoding: chunked\r\nX-Pause: first\r\n");
	send_text(client, "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
	usherd_expect_output(stage, "paused");
	expect_nothing_yet(client);
	tell(stage, "/resume");
	expect_response(client, 200);
	expect_body(client, "3 bytes in pieces");
	ck_assert_ptr_null(strstr(usherd_output(stage), "in a pause"));
}
END_TEST

START_TEST(who_pauses_keeps_the_client_from_sending_more)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);
	static char body[16000000];
	size_t sent;

	begin_post(client, "/count", sizeof(body), "X-Pause: first\r\n");
	sent = send_some(client, body, sizeof(body));
	ck_assert_uint_lt(sent, sizeof(body));
	tell(stage, "/resume");
	send_bytes(client, body + sent, sizeof(body) - sent);
	expect_response(client, 200);
	expect_body(client, "16000000 bytes in pieces");
}
END_TEST

START_TEST(a_pause_at_the_last_piece_holds_back_the_end)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	begin_post(client, "/count", 3, "X-Pause: last\r\n");
	send_text(client, "abc");
	usherd_expect_output(stage, "paused");
	tell(stage, "/resume");
	expect_response(client, 200);
	expect_body_with(client, "3 bytes in");
}
END_TEST

START_TEST(a_pause_that_is_forgotten_ends_like_an_answer_that_is)
{
	struct usherd *stage = usherd_start_with(ARGS("answer=300", "127.0.0.1:0"));
	struct client *client = enter(stage);

	begin_post(client, "/count", 5, "X-Pause: first\r\n");
	send_text(client, "abc");
	expect_response(client, 503);
	send_text(client, "de");
	usherd_expect_output(stage, "count ends: answer_timeout");
}
END_TEST

/* Gives the body to an echo whose client does not read, until that finds no room for a piece,
 * which it sends many times. Should the output be full between two pieces, a little is read,
 * and it goes on. */
static void
fill_echo(
    struct usherd *stage, struct client *client, struct slice body, size_t *given, size_t *taken)
{
	while (true) {
		*given += send_some(client, body.data, body.len - *given);
		ck_assert_uint_lt(*given, body.len);
		if (strstr(usherd_output(stage), "echo full: no error"))
			return;
		*taken += discard_some(client, 50000);
	}
}

START_TEST(a_chunked_body_waits_while_the_answer_to_it_is_full)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);
	static char body[8000000];
	size_t given = 0, taken = 0;

	send_request(client, "POST", "/echo", "Transfer-Encoding: chunked\r\nX-Times: 16\r\n");
	send_text(client, "7a1200\r\n");
	memset(body, 'x', sizeof(body));
	fill_echo(stage, client, (struct slice){ body, sizeof(body) }, &given, &taken);
	while (given < sizeof(body)) {
		taken += discard_some(client, sizeof(body));
		given += send_some(client, body, sizeof(body) - given);
	}
	send_text(client, "\r\n0\r\n\r\n");
	half_close(client);
	taken += expect_fin_after_anything(client);
	ck_assert_uint_gt(taken, 16 * sizeof(body));
	usherd_expect_output(stage, "echo ends: complete");
}
END_TEST

/* It has drained, and what is waited for is the client's. */
START_TEST(the_time_for_an_answer_does_not_run_while_its_request_comes)
{
	struct usherd *stage = usherd_start_with(ARGS("output=20000", "answer=300", "127.0.0.1:0"));
	struct client *client = enter_deaf(stage);
	static char body[1000000];

	begin_post(client, "/echo", sizeof(body), "X-Times: 16\r\n");
	send_bytes(client, body, sizeof(body) - 1);
	usherd_expect_output(stage, "echo full: no error");
	for (int quiet = 0; quiet < 10;)
		quiet = discard_some(client, sizeof(body)) > 0 || client_has_input(client, 100)
		    ? 0
		    : quiet + 1;
	send_text(client, "x");
	half_close(client);
	(void)expect_fin_after_anything(client);
	usherd_expect_output(stage, "echo ends: complete");
}
END_TEST

START_TEST(an_echo_that_is_full_is_told_of_its_clients_leaving)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);
	static char body[8000000];
	size_t given = 0, taken = 0;

	begin_post(client, "/echo", sizeof(body), "X-Times: 16\r\n");
	fill_echo(stage, client, (struct slice){ body, sizeof(body) }, &given, &taken);
	client_reset(client);
	usherd_expect_output(stage, "echo ends: reset_by_peer");
}
END_TEST

START_TEST(an_echo_goes_on_when_its_client_reads)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);
	static char body[900000];

	fill_pattern(body, sizeof(body), 0);
	for (int i = 0; i < 3; i++) {
		begin_post(client, "/echo", sizeof(body), "");
		send_bytes(client, body, sizeof(body));
		expect_response(client, 200);
		ck_assert_uint_eq(last_response(client)->body.len, sizeof(body));
		ck_assert_mem_eq(last_response(client)->body.data, body, sizeof(body));
	}
	usherd_expect_output(stage, "echo ends: complete");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bodies");
	TCase *bodies = wire_case(suite, "bodies", 60);

	tcase_add_test(bodies, a_body_comes_in_pieces_and_then_its_end);
	tcase_add_test(bodies, a_body_is_told_whole_with_what_the_request_says);
	tcase_add_test(bodies, no_piece_comes_in_a_pause);
	tcase_add_test(bodies, who_pauses_keeps_the_client_from_sending_more);
	tcase_add_test(bodies, a_pause_at_the_last_piece_holds_back_the_end);
	tcase_add_test(bodies, a_pause_that_is_forgotten_ends_like_an_answer_that_is);
	tcase_add_test(bodies, a_chunked_body_waits_while_the_answer_to_it_is_full);
	tcase_add_test(bodies, the_time_for_an_answer_does_not_run_while_its_request_comes);
	tcase_add_test(bodies, an_echo_that_is_full_is_told_of_its_clients_leaving);
	tcase_add_test(bodies, an_echo_goes_on_when_its_client_reads);
	return wire_run(suite);
}
