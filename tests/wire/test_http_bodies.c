/* SPDX-License-Identifier: MIT
 *
 * http_bodies: sized and chunked bodies in both directions, Expect, trailers,
 * limits, back-pressure (RFC 9112 6 and 7, RFC 9110 10.1.1).
 */
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

#define MIB ((size_t)1 << 20)

#define ECHO_BIG SITE "limits { body_bytes = \"64m\" }\n"
#define ECHO_SMALL SITE "limits { body_bytes = \"1k\" }\n"

START_TEST(a_sized_body_comes_back)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/x-a\r\n"
	    "Content-Length: 11\r\n\r\nhello world");
	expect_response(client, 200);
	expect_body(client, "hello world");
}
END_TEST

START_TEST(a_chunked_body_comes_back_without_its_framing)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5;name=value\r\nhello\r\n"
	    "00001;q=\"a \\\" b\"\r\n \r\n"
	    "5\r\nworld\r\n"
	    "0\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "hello world");
}
END_TEST

START_TEST(trailers_are_read_and_the_next_request_answered)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-More: a, b\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "hi");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(http_1_0_gets_no_chunks)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
	expect_response(client, 200);
	expect_no_field(client, "Transfer-Encoding");
	expect_body(client, "hello");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* Each of them is sent whole, and cut at each of its bytes. */
static const char *const echoes[] = {
	"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	"2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n",
};

START_TEST(a_body_may_be_cut_anywhere)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");
	const char *request = echoes[_i];
	size_t len = strlen(request);

	for (size_t cut = 1; cut < len; cut++) {
		send_cut_at(client, request, len, cut);
		expect_response(client, 200);
		expect_body(client, "hello");
	}
	send_each_byte(client, request, len);
	expect_response(client, 200);
	expect_body(client, "hello");
}
END_TEST

START_TEST(an_echo_begins_before_the_body_has_ended)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst");
	expect_response_head(client, 200);
	expect_field(client, "Content-Length", "10");
	expect_text(client, "first");
	send_text(client, "later");
	expect_text(client, "later");
	expect_nothing_yet(client);
}
END_TEST

/* --- Expect ------------------------------------------------------------- */

START_TEST(a_client_that_waits_is_told_to_go_on)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
	    "Expect: 100-Continue\r\n\r\n");
	expect_response(client, 100);
	send_text(client, "hello");
	expect_response(client, 200);
	expect_body(client, "hello");
}
END_TEST

START_TEST(a_client_that_did_not_wait_is_served_the_same)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
	    "Expect: 100-continue\r\n\r\nhello");
	ck_assert_int_eq(read_response(client), 200);
	expect_body(client, "hello");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_client_that_waits_with_too_large_a_body_is_refused_at_once)
{
	struct client *client = wire_connect(usherd_start(ECHO_SMALL), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n"
	    "Expect: 100-continue\r\n\r\n");
	expect_response(client, 413);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(another_expectation_is_refused)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
	    "Expect: 200-ok\r\n\r\n");
	expect_response(client, 417);
}
END_TEST

START_TEST(http_1_0_is_never_told_to_continue)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n"
	    "Expect: 100-continue\r\n\r\n");
	send_text(client, "hello");
	expect_response(client, 200);
	expect_body(client, "hello");
}
END_TEST

/* --- Limits ------------------------------------------------------------- */

START_TEST(a_body_as_large_as_the_limit_is_taken)
{
	struct client *client = wire_connect(usherd_start(ECHO_SMALL), "web");
	char body[1024];

	fill_pattern(body, sizeof(body), 0);
	send_request(client, "POST", "/echo", "Content-Length: 1024\r\n");
	send_bytes(client, body, sizeof(body));
	expect_response_head(client, 200);
	expect_pattern(client, sizeof(body), 0);
}
END_TEST

START_TEST(a_body_that_announces_more_than_the_limit_is_refused)
{
	struct client *client = wire_connect(usherd_start(ECHO_SMALL), "web");

	send_request(client, "POST", "/echo", "Content-Length: 1025\r\n");
	expect_response(client, 413);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_length_beyond_all_numbers_is_refused)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "POST", "/echo", "Content-Length: 99999999999999999999999999\r\n");
	ck_assert_int_eq(read_response(client) / 100, 4);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* The answer has begun when the limit is met: what is left is to end it so that
 * nobody takes it for whole. */
START_TEST(chunks_beyond_the_limit_never_look_like_a_whole_echo)
{
	struct client *client = wire_connect(usherd_start(ECHO_SMALL), "web");
	char *body = calloc(1, 4096);

	send_request(client, "POST", "/echo", "Transfer-Encoding: chunked\r\n");
	send_text(client, "1000\r\n");
	send_bytes(client, body, 4096);
	send_text(client, "\r\n0\r\n\r\n");
	free(body);
	if (read_response_head(client) == 200) {
		while (client_fill(client))
			;
		ck_assert_ptr_null(strstr(bytes_string(client_input(client)), "\r\n0\r\n\r\n"));
	} else {
		ck_assert_int_eq(last_response(client)->status, 413);
		(void)expect_fin_after_anything(client);
	}
	expect_no_reset(client);
}
END_TEST

START_TEST(an_unread_body_that_keeps_coming_never_costs_the_answer)
{
	struct client *client = wire_connect(usherd_start(ECHO_SMALL), "web");
	char *body = calloc(1, MIB / 2);

	send_request(client, "POST", "/echo", "Content-Length: 10000000\r\n");
	send_bytes(client, body, MIB / 2);
	free(body);
	expect_response(client, 413);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* --- Large bodies --------------------------------------------------------- */

static void
echo_in_step(struct client *client, size_t len, bool is_chunked)
{
	size_t block_len = 128u << 10;
	char *block = malloc(block_len);

	for (size_t offset = 0; offset < len; offset += block_len) {
		fill_pattern(block, block_len, offset);
		if (is_chunked)
			send_text(client, "20000\r\n");
		send_bytes(client, block, block_len);
		if (is_chunked)
			send_text(client, "\r\n");
	}
	free(block);
	if (is_chunked)
		send_text(client, "0\r\n\r\n");
}

START_TEST(ten_megabytes_come_back_sized)
{
	struct client *client = wire_connect(usherd_start(ECHO_BIG), "web");

	send_request(client, "POST", "/echo", "Content-Length: 10485760\r\n");
	echo_in_step(client, 10 * MIB, false);
	expect_response_head(client, 200);
	expect_pattern(client, 10 * MIB, 0);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(ten_megabytes_come_back_chunked)
{
	struct client *client = wire_connect(usherd_start(ECHO_BIG), "web");
	char *pattern = malloc(10 * MIB);

	send_request(client, "POST", "/echo", "Transfer-Encoding: chunked\r\n");
	echo_in_step(client, 10 * MIB, true);
	expect_response(client, 200);
	fill_pattern(pattern, 10 * MIB, 0);
	ck_assert_uint_eq(last_response(client)->body.len, 10 * MIB);
	ck_assert_int_eq(memcmp(last_response(client)->body.data, pattern, 10 * MIB), 0);
	free(pattern);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_client_that_does_not_read_its_echo_costs_bounded_memory)
{
	struct usherd *usherd = usherd_start(ECHO_BIG);
	struct client *client = wire_connect_narrow(usherd, "web", 4096);
	size_t len = 48 * MIB;
	char *block = calloc(1, len);
	long before_kib = usherd_memory_kib(usherd, "VmRSS:");
	size_t sent;

	send_request(client, "POST", "/echo", "Content-Length: 50331648\r\n");
	sent = send_some(client, block, len);
	free(block);
	ck_assert_uint_lt(sent, len);
	if (!wire_is_sanitized())
		ck_assert_int_lt(usherd_memory_kib(usherd, "VmRSS:") - before_kib, 8 * 1024);
	expect_response_head(client, 200);
	discard(client, sent);
}
END_TEST

static void
add_large_tests(Suite *suite)
{
	TCase *large = wire_case(suite, "large", 60);

	tcase_add_test(large, ten_megabytes_come_back_sized);
	tcase_add_test(large, ten_megabytes_come_back_chunked);
	tcase_add_test(large, a_client_that_does_not_read_its_echo_costs_bounded_memory);
}

static void
add_limit_tests(Suite *suite)
{
	TCase *limits = wire_case(suite, "limits", 30);

	tcase_add_test(limits, a_body_as_large_as_the_limit_is_taken);
	tcase_add_test(limits, a_body_that_announces_more_than_the_limit_is_refused);
	tcase_add_test(limits, a_length_beyond_all_numbers_is_refused);
	tcase_add_test(limits, chunks_beyond_the_limit_never_look_like_a_whole_echo);
	tcase_add_test(limits, an_unread_body_that_keeps_coming_never_costs_the_answer);
}

int
main(void)
{
	Suite *suite = suite_create("http_bodies");
	TCase *bodies = wire_case(suite, "framing", 60);
	TCase *expect = wire_case(suite, "expect", 30);

	tcase_add_test(bodies, a_sized_body_comes_back);
	tcase_add_test(bodies, a_chunked_body_comes_back_without_its_framing);
	tcase_add_test(bodies, trailers_are_read_and_the_next_request_answered);
	tcase_add_test(bodies, http_1_0_gets_no_chunks);
	tcase_add_loop_test(bodies, a_body_may_be_cut_anywhere, 0, 2);
	tcase_add_test(bodies, an_echo_begins_before_the_body_has_ended);
	tcase_add_test(expect, a_client_that_waits_is_told_to_go_on);
	tcase_add_test(expect, a_client_that_did_not_wait_is_served_the_same);
	tcase_add_test(expect, a_client_that_waits_with_too_large_a_body_is_refused_at_once);
	tcase_add_test(expect, another_expectation_is_refused);
	tcase_add_test(expect, http_1_0_is_never_told_to_continue);
	add_limit_tests(suite);
	add_large_tests(suite);
	return wire_run(suite);
}
