/* SPDX-License-Identifier: MIT
 *
 * http_basics: connections that persist or do not, requests in a row, methods and
 * targets (RFC 9110 9, RFC 9112 3 and 9).
 */
#include "harness/wire.h"

#include <string.h>

START_TEST(a_get_is_answered_in_full)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	expect_field(client, "Content-Type", "text/plain; charset=utf-8");
	expect_field(client, "Content-Length", "6");
	expect_field(client, "Server", "usher");
	expect_no_field(client, "Connection");
	expect_body(client, "hello\n");
}
END_TEST

START_TEST(http_1_1_persists)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	for (int i = 0; i < 3; i++) {
		send_get(client, "/hello");
		expect_response(client, 200);
		expect_nothing_yet(client);
	}
}
END_TEST

START_TEST(http_1_0_ends_after_one_answer)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "GET /hello HTTP/1.0\r\n\r\n");
	expect_response(client, 200);
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(http_1_0_persists_where_asked)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	for (int i = 0; i < 2; i++) {
		send_text(client, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
		expect_response(client, 200);
		expect_field(client, "Connection", "keep-alive");
	}
	expect_nothing_yet(client);
}
END_TEST

/* RFC 9110 7.6.1: a list of tokens, in any case. */
static const char *const close_fields[] = {
	"Connection: close\r\n",
	"Connection: CLOSE\r\n",
	"connection:close\r\n",
	"Connection: x-other, close\r\n",
	"Connection: keep-alive , Close\r\n",
	"Connection: x-other\r\nConnection: close\r\n",
};

START_TEST(close_ends_the_connection)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "GET", "/hello", close_fields[_i]);
	expect_response(client, 200);
	expect_field(client, "Connection", "close");
	expect_body(client, "hello\n");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_token_that_only_begins_like_close_does_not_end)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "GET", "/hello", "Connection: closed, not-close\r\n");
	expect_response(client, 200);
	expect_no_field(client, "Connection");
	expect_nothing_yet(client);
}
END_TEST

START_TEST(an_answer_survives_the_half_close_of_its_client)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/hello");
	half_close(client);
	expect_response(client, 200);
	expect_body(client, "hello\n");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_fin_between_requests_is_answered_by_fin)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_connection_without_a_request_ends_by_fin)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_fin_within_a_head_ends_the_connection)
{
	struct usherd *usherd = usherd_start(SITE);
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHost: loc");
	half_close(client);
	(void)expect_fin_after_anything(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(empty_lines_before_a_request_are_ignored)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n\r\n");
	expect_response(client, 200);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(head_has_the_fields_of_get_and_no_body)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "HEAD", "/hello", "");
	expect_response_to_head(client, 200);
	expect_field(client, "Content-Length", "6");
	expect_field(client, "Content-Type", "text/plain; charset=utf-8");
	send_get(client, "/hello");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}
END_TEST

START_TEST(head_of_an_error_has_no_body_either)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "HEAD", "/nowhere", "");
	expect_response_to_head(client, 404);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(options_of_the_server_is_answered)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "OPTIONS", "*", "");
	ck_assert_int_eq(read_response(client) / 100, 2);
	expect_body(client, "");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(the_absolute_form_names_the_same_resource)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "GET http://elsewhere.example:8080/hello HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}
END_TEST

START_TEST(a_query_does_not_choose_the_route)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/hello?a=b&c=/nowhere");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}
END_TEST

START_TEST(a_path_is_decoded_and_normalized_once)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/a/../%68ell%6F");
	expect_response(client, 200);
	send_get(client, "/%2568ello");
	expect_response(client, 404);
}
END_TEST

START_TEST(a_body_that_nobody_wants_is_read_and_dropped)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345");
	expect_response(client, 200);
	send_text(client,
	    "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n0\r\n\r\n");
	expect_response(client, 200);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(the_server_field_can_be_left_out)
{
	struct usherd *usherd = usherd_start(
	    WEB "service \"site\" {\n	server_header = false\n" ROUTES "}\n" TRACED);
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	expect_no_field(client, "Server");
	send_get(client, "/nowhere");
	expect_response(client, 404);
	expect_no_field(client, "Server");
}
END_TEST

/* Answers that are alike but for one thing, each after each: a head that was made for one is
 * not sent with another. */
static const struct answer_row {
	const char *listener;
	const char *request;
	int status;
	const char *type;
	const char *length;
	const char *server;
	const char *connection; /* ends the connection where it is "close" */
	const char *body;
} answer_rows[] = {
	{ "web", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plain", "5", "usher", NULL,
	    "aaaaa" },
	{ "web", "GET /type HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plaiN", "5", "usher", NULL,
	    "bbbbb" },
	{ "web", "GET /status HTTP/1.1\r\nHost: a\r\n\r\n", 201, "text/plain", "5", "usher", NULL,
	    "ccccc" },
	{ "web", "GET /length HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plain", "6", "usher", NULL,
	    "dddddd" },
	{ "web", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "text/plain", "5",
	    "usher", "keep-alive", "aaaaa" },
	{ "bare", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plain", "5", NULL, NULL,
	    "aaaaa" },
	{ "web", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, "text/plain", "5",
	    "usher", "close", "aaaaa" },
};

#define ANSWER_ROWS ((int)(sizeof(answer_rows) / sizeof(answer_rows[0])))
#define ALIKE_ROUTES                                                                   \
	"route \"/a\" { respond = 200 body = \"aaaaa\" type = \"text/plain\" }\n"      \
	"route \"/type\" { respond = 200 body = \"bbbbb\" type = \"text/plaiN\" }\n"   \
	"route \"/status\" { respond = 201 body = \"ccccc\" type = \"text/plain\" }\n" \
	"route \"/length\" { respond = 200 body = \"dddddd\" type = \"text/plain\" }\n"
#define ALIKE                                                                             \
	WEB "listener \"bare\" { address = \"127.0.0.1\" port = 0 service = \"bare\" }\n" \
	    "service \"site\" {\n" ALIKE_ROUTES "}\n"                                     \
	    "service \"bare\" {\n" ALIKE_ROUTES "server_header = false\n}\nloops = 1\n" TRACED

static void
expect_field_or_none(struct client *client, const char *name, const char *value)
{
	if (value)
		expect_field(client, name, value);
	else
		expect_no_field(client, name);
}

static void
ask_row(struct usherd *usherd, const struct answer_row *row)
{
	struct client *client = wire_connect(usherd, row->listener);

	send_text(client, row->request);
	expect_response(client, row->status);
	expect_field(client, "Content-Type", row->type);
	expect_field(client, "Content-Length", row->length);
	expect_field_or_none(client, "Server", row->server);
	expect_field_or_none(client, "Connection", row->connection);
	expect_body(client, row->body);
	client_close(client);
}

START_TEST(answers_that_are_nearly_alike_are_not_taken_for_each_other)
{
	struct usherd *usherd = usherd_start(ALIKE);

	for (int first = 0; first < ANSWER_ROWS; first++) {
		for (int then = 0; then < ANSWER_ROWS; then++) {
			ask_row(usherd, &answer_rows[first]);
			ask_row(usherd, &answer_rows[then]);
		}
	}
}
END_TEST

static void
add_connection_tests(Suite *suite)
{
	TCase *persistence = wire_case(suite, "connection", 30);

	tcase_add_test(persistence, a_get_is_answered_in_full);
	tcase_add_test(persistence, http_1_1_persists);
	tcase_add_test(persistence, http_1_0_ends_after_one_answer);
	tcase_add_test(persistence, http_1_0_persists_where_asked);
	tcase_add_loop_test(persistence, close_ends_the_connection, 0,
	    (int)(sizeof(close_fields) / sizeof(close_fields[0])));
	tcase_add_test(persistence, a_token_that_only_begins_like_close_does_not_end);
	tcase_add_test(persistence, an_answer_survives_the_half_close_of_its_client);
	tcase_add_test(persistence, a_fin_between_requests_is_answered_by_fin);
	tcase_add_test(persistence, a_connection_without_a_request_ends_by_fin);
	tcase_add_test(persistence, a_fin_within_a_head_ends_the_connection);
}

int
main(void)
{
	Suite *suite = suite_create("http_basics");
	TCase *requests = wire_case(suite, "request", 30);

	add_connection_tests(suite);
	tcase_add_test(requests, empty_lines_before_a_request_are_ignored);
	tcase_add_test(requests, head_has_the_fields_of_get_and_no_body);
	tcase_add_test(requests, head_of_an_error_has_no_body_either);
	tcase_add_test(requests, options_of_the_server_is_answered);
	tcase_add_test(requests, the_absolute_form_names_the_same_resource);
	tcase_add_test(requests, a_query_does_not_choose_the_route);
	tcase_add_test(requests, a_path_is_decoded_and_normalized_once);
	tcase_add_test(requests, a_body_that_nobody_wants_is_read_and_dropped);
	tcase_add_test(requests, the_server_field_can_be_left_out);
	tcase_add_test(requests, answers_that_are_nearly_alike_are_not_taken_for_each_other);
	return wire_run(suite);
}
