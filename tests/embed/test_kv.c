/* SPDX-License-Identifier: MIT
 *
 * kv: the example of an HTTP service: bodies in and out, limits, routes of the library's
 * beside the program's, and answers that come from another thread.
 */
#include <signal.h>
#include <string.h>

#include "harness/wire.h"

static struct client *
visit(struct usherd *kv)
{
	return wire_connect(kv, "kv");
}

static struct usherd *
start_kv(void)
{
	return usherd_start_with(ARGS("127.0.0.1:0"));
}

static void
send_put(struct client *client, const char *target, const char *value)
{
	struct bytes request = { 0 };

	bytes_put_format(&request, "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s",
	    target, strlen(value), value);
	send_bytes(client, request.data, request.len);
	bytes_free(&request);
}

START_TEST(what_is_put_is_given_back_until_it_is_deleted)
{
	struct client *client = visit(start_kv());

	send_put(client, "/keys/a", "{\"x\":1}");
	expect_response(client, 201);
	send_get(client, "/keys/a");
	expect_response(client, 200);
	expect_field(client, "Content-Type", "application/json");
	expect_body(client, "{\"x\":1}");
	send_put(client, "/keys/a", "2");
	expect_response(client, 204);
	send_get(client, "/keys");
	expect_response(client, 200);
	expect_body(client, "[\"a\"]");
	send_request(client, "DELETE", "/keys/a", "");
	expect_response(client, 204);
	send_get(client, "/keys/a");
	expect_response(client, 404);
}
END_TEST

START_TEST(other_methods_and_paths_are_refused)
{
	struct client *client = visit(start_kv());

	send_request(client, "POST", "/keys/a", "");
	expect_response(client, 405);
	expect_field_with(client, "Allow", "PUT");
	send_get(client, "/nowhere");
	expect_response(client, 404);
	send_get(client, "/healthz");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_body_above_the_handlers_limit_is_answered_with_413)
{
	struct client *client = visit(start_kv());
	static char value[70000];

	memset(value, '1', sizeof(value) - 1);
	send_put(client, "/keys/big", value);
	expect_response(client, 413);
	send_text(
	    client, "PUT /keys/big HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_text(client, "11170\r\n");
	send_bytes(client, value, 69999);
	send_text(client, "1\r\n0\r\n\r\n");
	expect_response(client, 413);
	send_get(client, "/keys/big");
	expect_response(client, 404);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	struct client *client = visit(start_kv());

	send_text(client,
	    "PUT /keys/p HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n7"
	    "GET /slow?50 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /keys/p HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_response(client, 201);
	expect_response(client, 200);
	expect_body(client, "done\n");
	expect_response(client, 200);
	expect_body(client, "7");
}
END_TEST

START_TEST(an_answer_that_does_not_come_is_503_and_the_connection_goes_on)
{
	struct client *client = visit(start_kv());

	send_get(client, "/slow?4000");
	expect_response(client, 503);
	send_get(client, "/healthz");
	expect_response(client, 200);
}
END_TEST

START_TEST(who_leaves_before_the_answer_does_no_harm)
{
	struct usherd *kv = start_kv();
	struct client *client = visit(kv);

	send_get(client, "/slow?300");
	client_reset(client);
	client = visit(kv);
	send_get(client, "/slow?600");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_request_in_progress_is_answered_in_a_drain)
{
	struct usherd *kv = start_kv();
	struct client *client = visit(kv);

	send_get(client, "/slow?500");
	expect_nothing_yet(client);
	usherd_signal(kv, SIGTERM);
	expect_response(client, 200);
	expect_body(client, "done\n");
	expect_fin(client);
	client_close(client);
	usherd_expect_clean_end(kv);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kv");
	TCase *store = wire_case(suite, "store", 60);

	tcase_add_test(store, what_is_put_is_given_back_until_it_is_deleted);
	tcase_add_test(store, other_methods_and_paths_are_refused);
	tcase_add_test(store, a_body_above_the_handlers_limit_is_answered_with_413);
	tcase_add_test(store, pipelined_requests_are_answered_in_order);
	tcase_add_test(store, an_answer_that_does_not_come_is_503_and_the_connection_goes_on);
	tcase_add_test(store, who_leaves_before_the_answer_does_no_harm);
	tcase_add_test(store, a_request_in_progress_is_answered_in_a_drain);
	return wire_run(suite);
}
