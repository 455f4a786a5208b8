/* SPDX-License-Identifier: MIT
 *
 * pipelining: many requests before the first answer, wherever the bytes are cut
 * (RFC 9112 9.3.2).
 */
#include "harness/wire.h"

#include <stdio.h>

#define REQUESTS 100

/* Routes that tell the requests of a pipeline apart. */
#define NUMBERED                                                                              \
	WEB "service \"site\" {\n" ROUTES "	route \"/0\" { respond = 200 body = \"zero\" }\n" \
	    "	route \"/1\" { respond = 201 body = \"one\" }\n"                                \
	    "	route \"/2\" { respond = 200 body = \"two two two two\" }\n}\n" TRACED

static void
put_request(struct bytes *pipeline, int number)
{
	bytes_put_format(pipeline, "GET /%d HTTP/1.1\r\nHost: localhost\r\nX-Number: %d\r\n\r\n",
	    number % 3, number);
}

static struct bytes
make_pipeline(int count)
{
	struct bytes pipeline = { 0 };

	for (int i = 0; i < count; i++)
		put_request(&pipeline, i);
	return pipeline;
}

static void
expect_answers_in_order(struct client *client, int count)
{
	static const char *const bodies[] = { "zero", "one", "two two two two" };

	for (int i = 0; i < count; i++) {
		expect_response(client, i % 3 == 1 ? 201 : 200);
		expect_body(client, bodies[i % 3]);
	}
}

START_TEST(a_hundred_requests_in_one_write_are_answered_in_order)
{
	struct client *client = wire_connect(usherd_start(NUMBERED), "web");
	struct bytes pipeline = make_pipeline(REQUESTS);

	send_bytes(client, pipeline.data, pipeline.len);
	bytes_free(&pipeline);
	expect_answers_in_order(client, REQUESTS);
	expect_nothing_yet(client);
}
END_TEST

/* Lengths that fall on no boundary of a request. */
static const size_t pieces[] = { 1, 7, 53, 997 };

START_TEST(a_hundred_requests_in_odd_pieces_are_answered_in_order)
{
	struct client *client = wire_connect(usherd_start(NUMBERED), "web");
	struct bytes pipeline = make_pipeline(REQUESTS);

	send_pieces(client, pipeline.data, pipeline.len, pieces[_i]);
	bytes_free(&pipeline);
	expect_answers_in_order(client, REQUESTS);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(a_pipeline_before_a_fin_is_answered_whole)
{
	struct client *client = wire_connect(usherd_start(NUMBERED), "web");
	struct bytes pipeline = make_pipeline(REQUESTS);

	send_bytes(client, pipeline.data, pipeline.len);
	half_close(client);
	bytes_free(&pipeline);
	expect_answers_in_order(client, REQUESTS);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(nothing_after_close_is_answered)
{
	struct client *client = wire_connect(usherd_start(NUMBERED), "web");

	send_text(client,
	    "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_answers_in_order(client, 2);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(bodies_within_a_pipeline_are_kept_apart)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
	    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n"
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
	    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "first");
	expect_response(client, 200);
	expect_body(client, "hello\n");
	expect_response(client, 200);
	expect_body(client, "second");
	expect_response(client, 200);
	expect_body(client, "");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}
END_TEST

START_TEST(a_bad_request_in_a_pipeline_leaves_those_before_it_answered)
{
	struct client *client = wire_connect(usherd_start(NUMBERED), "web");

	send_text(client,
	    "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost : a\r\n\r\n"
	    "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_answers_in_order(client, 2);
	expect_response(client, 400);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_client_that_never_reads_its_answers_is_not_read_from_for_ever)
{
	struct usherd *usherd = usherd_start(SITE "limits { output_bytes = \"64k\" }\n");
	struct client *client = wire_connect_narrow(usherd, "web", 4096);
	struct bytes pipeline = { 0 };
	size_t sent = 0;

	for (int i = 0; i < 1000; i++)
		bytes_put_string(&pipeline, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	while (sent < 64u << 20) {
		size_t now = send_some(client, pipeline.data, pipeline.len);

		sent += now;
		if (now < pipeline.len)
			break;
	}
	ck_assert_uint_lt(sent, 64u << 20);
	bytes_free(&pipeline);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pipelining");
	TCase *order = wire_case(suite, "order", 60);

	tcase_add_test(order, a_hundred_requests_in_one_write_are_answered_in_order);
	tcase_add_loop_test(order, a_hundred_requests_in_odd_pieces_are_answered_in_order, 0,
	    (int)(sizeof(pieces) / sizeof(pieces[0])));
	tcase_add_test(order, a_pipeline_before_a_fin_is_answered_whole);
	tcase_add_test(order, nothing_after_close_is_answered);
	tcase_add_test(order, bodies_within_a_pipeline_are_kept_apart);
	tcase_add_test(order, a_bad_request_in_a_pipeline_leaves_those_before_it_answered);
	tcase_add_test(order, a_client_that_never_reads_its_answers_is_not_read_from_for_ever);
	return wire_run(suite);
}
