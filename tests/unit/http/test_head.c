/* SPDX-License-Identifier: MIT
 *
 * Tests of http/head: what an accepted head means, and how its parts are read.
 * What is refused stands in tests/corpus/reject; bytes and limits are
 * test_head_limits's.
 */
#include "http/head.h"

#include <stdio.h>
#include <string.h>

#include "replay.h"
#include "support.h"

static const struct target_case {
	const char *request;
	enum http_method method;
	enum http_target_form form;
	const char *target;
	const char *path;
	const char *query; /* NULL: absent */
	const char *authority;
	const char *host;
	uint16_t port;
} target_cases[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "/", "/", NULL,
	    "a", "a", 0 },
	{ "HEAD /a%20b?c=d?e HTTP/1.1\r\nhost:\t a.example:8080 \r\n\r\n", HTTP_METHOD_HEAD,
	    HTTP_TARGET_ORIGIN, "/a%20b?c=d?e", "/a%20b", "c=d?e", "a.example:8080", "a.example",
	    8080 },
	{ "POST //a? HTTP/1.1\r\nHost: [::1]\r\n\r\n", HTTP_METHOD_POST, HTTP_TARGET_ORIGIN, "//a?",
	    "//a", "", "[::1]", "[::1]", 0 },
	{ "PUT /a HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n", HTTP_METHOD_PUT, HTTP_TARGET_ORIGIN,
	    "/a", "/a", NULL, "[2001:db8::1]:81", "[2001:db8::1]", 81 },
	{ "DELETE /a HTTP/1.1\r\nHost:\r\n\r\n", HTTP_METHOD_DELETE, HTTP_TARGET_ORIGIN, "/a", "/a",
	    NULL, "", "", 0 },
	{ "PATCH /a HTTP/1.0\r\n\r\n", HTTP_METHOD_PATCH, HTTP_TARGET_ORIGIN, "/a", "/a", NULL, "",
	    "", 0 },
	{ "TRACE /a HTTP/1.1\r\nHost: a:\r\n\r\n", HTTP_METHOD_TRACE, HTTP_TARGET_ORIGIN, "/a",
	    "/a", NULL, "a:", "a", 0 },
	{ "GET /a HTTP/1.1\r\nHost: a:00080\r\n\r\n", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "/a",
	    "/a", NULL, "a:00080", "a", 80 },
	{ "MKCOL /a HTTP/1.1\r\nHost: a:65535\r\n\r\n", HTTP_METHOD_OTHER, HTTP_TARGET_ORIGIN, "/a",
	    "/a", NULL, "a:65535", "a", 65535 },
	{ "GET http://b:82/c/d?e HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_GET,
	    HTTP_TARGET_ABSOLUTE, "http://b:82/c/d?e", "/c/d", "e", "b:82", "b", 82 },
	{ "GET HttpS://b HTTP/1.1\r\nHost:\r\n\r\n", HTTP_METHOD_GET, HTTP_TARGET_ABSOLUTE,
	    "HttpS://b", "/", NULL, "b", "b", 0 },
	{ "GET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_GET, HTTP_TARGET_ABSOLUTE,
	    "http://b?c", "/", "c", "b", "b", 0 },
	{ "GET http://b/ HTTP/1.0\r\n\r\n", HTTP_METHOD_GET, HTTP_TARGET_ABSOLUTE, "http://b/", "/",
	    NULL, "b", "b", 0 },
	{ "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_OPTIONS, HTTP_TARGET_ABSOLUTE,
	    "http://b", "*", NULL, "b", "b", 0 },
	{ "OPTIONS http://b?c HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_OPTIONS,
	    HTTP_TARGET_ABSOLUTE, "http://b?c", "/", "c", "b", "b", 0 },
	{ "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_OPTIONS, HTTP_TARGET_ASTERISK, "*",
	    "*", NULL, "a", "a", 0 },
	{ "CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_METHOD_CONNECT, HTTP_TARGET_AUTHORITY,
	    "b:443", "", NULL, "b:443", "b", 443 },
};

static void
expect_target(const struct http_head *head, const struct target_case *expected)
{
	ck_assert_uint_eq(http_head_method(head), expected->method);
	ck_assert_uint_eq(http_head_target_form(head), expected->form);
	assert_slice(http_head_target(head), expected->target);
	assert_slice(http_head_path(head), expected->path);
	assert_slice(http_head_query(head), expected->query);
	assert_slice(http_head_authority(head), expected->authority);
	assert_slice(http_head_host(head), expected->host);
	ck_assert_uint_eq(http_head_port(head), expected->port);
}

START_TEST(a_target_has_its_form_and_its_parts)
{
	const struct target_case *expected = &target_cases[_i];
	struct http_head *head = replay_accepted_head(exact(expected->request));

	expect_target(head, expected);
	http_head_free(head);
}
END_TEST

START_TEST(a_head_can_move)
{
	const struct target_case *expected = &target_cases[_i];
	struct slice first = exact(expected->request);
	struct slice second = exact(expected->request);
	struct http_head *head = replay_accepted_head(first);

	http_head_move(head, second.data);
	memset(exact_copies[0], 'x', first.len);
	expect_target(head, expected);
	http_head_free(head);
}
END_TEST

#define LINE "POST / HTTP/1.1\r\nHost: a\r\n"
#define LINE_10 "POST / HTTP/1.0\r\n"
#define LENGTH "Content-Length: 5\r\n"

static const struct meaning_case {
	const char *request;
	int version_minor;
	bool keep_alive;
	bool said_close;
	bool expects_continue;
	enum http_framing framing;
	uint64_t content_length;
} meaning_cases[] = {
	{ LINE "\r\n", 1, true, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE "Connection: close\r\n\r\n", 1, false, true, false, HTTP_FRAMING_NONE, 0 },
	{ LINE "Connection: keep-alive\r\n\r\n", 1, true, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE "Connection: keep-alive, CLOSE\r\n\r\n", 1, false, true, false, HTTP_FRAMING_NONE,
	    0 },
	{ LINE "Connection: x\r\nA: b\r\nConnection: y,close ,z\r\n\r\n", 1, false, true, false,
	    HTTP_FRAMING_NONE, 0 },
	{ LINE "Connection: closed, x-close\r\n\r\n", 1, true, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE_10 "\r\n", 0, false, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE_10 "Connection: Keep-Alive\r\n\r\n", 0, true, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE_10 "Connection: close, keep-alive\r\n\r\n", 0, false, true, false, HTTP_FRAMING_NONE,
	    0 },
	{ LINE LENGTH "\r\n", 1, true, false, false, HTTP_FRAMING_LENGTH, 5 },
	{ LINE "Content-Length: 0\r\n\r\n", 1, true, false, false, HTTP_FRAMING_LENGTH, 0 },
	{ LINE "Content-Length: 18446744073709551615\r\n\r\n", 1, true, false, false,
	    HTTP_FRAMING_LENGTH, UINT64_MAX },
	{ LINE "Transfer-Encoding: Chunked\r\n\r\n", 1, true, false, false, HTTP_FRAMING_CHUNKED,
	    0 },
	{ LINE "Expect: 100-Continue\r\n" LENGTH "\r\n", 1, true, false, true, HTTP_FRAMING_LENGTH,
	    5 },
	{ LINE "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", 1, true, false, true,
	    HTTP_FRAMING_CHUNKED, 0 },
	{ LINE "Expect: 100-continue\r\n\r\n", 1, true, false, false, HTTP_FRAMING_NONE, 0 },
	{ LINE "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n", 1, true, false, false,
	    HTTP_FRAMING_LENGTH, 0 },
	{ LINE "Expect:\r\n" LENGTH "\r\n", 1, true, false, false, HTTP_FRAMING_LENGTH, 5 },
	{ LINE_10 "Expect: 100-continue\r\n" LENGTH "\r\n", 0, false, false, false,
	    HTTP_FRAMING_LENGTH, 5 },
};

START_TEST(the_fields_decide_framing_and_connection)
{
	const struct meaning_case *expected = &meaning_cases[_i];
	struct http_head *head = replay_accepted_head(exact(expected->request));

	ck_assert_int_eq(http_head_version_minor(head), expected->version_minor);
	ck_assert_int_eq(http_head_keep_alive(head), expected->keep_alive);
	ck_assert_int_eq(http_head_client_said_close(head), expected->said_close);
	ck_assert_int_eq(http_head_expects_continue(head), expected->expects_continue);
	ck_assert_uint_eq(http_head_framing(head), expected->framing);
	ck_assert_uint_eq(http_head_content_length(head), expected->content_length);
	http_head_free(head);
}
END_TEST

#define FIELDS                                                         \
	"\r\nGET / HTTP/1.1\r\nHost: a\r\nX-One:\t1 \t\r\nAccept:\r\n" \
	"COOKIE: a=b\r\nX-One: 2\r\ncookie: c=d, \"e,f\"\r\n\r\n"

START_TEST(fields_are_read_in_the_order_received)
{
	static const struct {
		enum http_field id;
		const char *name;
		const char *value;
	} expected[] = {
		{ HTTP_FIELD_HOST, "Host", "a" },
		{ HTTP_FIELD_OTHER, "X-One", "1" },
		{ HTTP_FIELD_ACCEPT, "Accept", "" },
		{ HTTP_FIELD_COOKIE, "COOKIE", "a=b" },
		{ HTTP_FIELD_OTHER, "X-One", "2" },
		{ HTTP_FIELD_COOKIE, "cookie", "c=d, \"e,f\"" },
	};
	struct http_head *head = replay_accepted_head(exact(FIELDS));

	ck_assert_uint_eq(http_head_field_count(head), COUNT(expected));
	for (size_t i = 0; i < http_head_field_count(head); i++) {
		struct http_head_field field = http_head_field_at(head, i);

		ck_assert_uint_eq(field.id, expected[i].id);
		assert_slice(field.name, expected[i].name);
		assert_slice(field.value, expected[i].value);
	}
	http_head_free(head);
}
END_TEST

START_TEST(the_values_of_one_name_are_walked_in_order)
{
	struct http_head *head = replay_accepted_head(exact(FIELDS));
	size_t cursor = 0;
	struct slice value;

	ck_assert_uint_eq(http_head_field_count_of(head, HTTP_FIELD_COOKIE), 2);
	assert_slice(http_head_value(head, HTTP_FIELD_COOKIE), "a=b");
	ck_assert(http_head_next_value(head, HTTP_FIELD_COOKIE, &cursor, &value));
	assert_slice(value, "a=b");
	ck_assert(http_head_next_value(head, HTTP_FIELD_COOKIE, &cursor, &value));
	assert_slice(value, "c=d, \"e,f\"");
	ck_assert(!http_head_next_value(head, HTTP_FIELD_COOKIE, &cursor, &value));
	http_head_free(head);
}
END_TEST

START_TEST(an_empty_value_is_not_an_absent_one)
{
	struct http_head *head = replay_accepted_head(exact(FIELDS));

	assert_slice(http_head_value(head, HTTP_FIELD_ACCEPT), "");
	ck_assert_ptr_nonnull(http_head_value(head, HTTP_FIELD_ACCEPT).data);
	ck_assert_ptr_null(http_head_value(head, HTTP_FIELD_RANGE).data);
	ck_assert_uint_eq(http_head_field_count_of(head, HTTP_FIELD_RANGE), 0);
	http_head_free(head);
}
END_TEST

START_TEST(a_token_is_found_in_any_field_of_the_name)
{
	struct http_head *head = replay_accepted_head(exact(FIELDS));

	ck_assert(http_head_has_token(head, HTTP_FIELD_COOKIE, SLICE("A=B")));
	ck_assert(http_head_has_token(head, HTTP_FIELD_COOKIE, SLICE("\"e,f\"")));
	ck_assert(!http_head_has_token(head, HTTP_FIELD_COOKIE, SLICE("a=")));
	ck_assert(!http_head_has_token(head, HTTP_FIELD_TE, SLICE("trailers")));
	http_head_free(head);
}
END_TEST

START_TEST(what_follows_the_head_is_not_consumed)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);
	struct slice request = exact("GET / HTTP/1.0\r\n\r\n\r\n\r\nGET");

	ck_assert_ptr_nonnull(head);
	ck_assert_uint_eq(http_head_feed(head, request.data, request.len), HTTP_HEAD_DONE);
	ck_assert_uint_eq(http_head_bytes(head), 18);
	http_head_free(head);
}
END_TEST

START_TEST(a_reset_head_knows_nothing_of_the_request_before)
{
	struct slice request = exact("GET / HTTP/1.0\r\n\r\n");
	struct http_head *head =
	    replay_accepted_head(exact(LINE "Cookie: a\r\nConnection: close\r\n" LENGTH "\r\n"));

	http_head_reset(head);
	ck_assert(http_head_is_untouched(head));
	ck_assert_uint_eq(http_head_feed(head, request.data, request.len), HTTP_HEAD_DONE);
	ck_assert_uint_eq(http_head_settle(head, request.data), HTTP_HEAD_DONE);
	ck_assert_uint_eq(http_head_bytes(head), request.len);
	ck_assert_uint_eq(http_head_field_count(head), 0);
	ck_assert_uint_eq(http_head_field_count_of(head, HTTP_FIELD_COOKIE), 0);
	ck_assert_uint_eq(http_head_framing(head), HTTP_FRAMING_NONE);
	ck_assert(!http_head_client_said_close(head));
	assert_slice(http_head_host(head), "");
	http_head_free(head);
}
END_TEST

START_TEST(a_refused_head_can_be_reset)
{
	struct slice request = exact("GET / HTTP/1.0\r\n\r\n");
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	ck_assert_uint_eq(http_head_feed(head, "(", 1), HTTP_HEAD_REFUSED);
	ck_assert_int_eq(http_head_status(head), 400);
	http_head_reset(head);
	ck_assert_uint_eq(http_head_feed(head, request.data, request.len), HTTP_HEAD_DONE);
	ck_assert_uint_eq(http_head_settle(head, request.data), HTTP_HEAD_DONE);
	http_head_free(head);
}
END_TEST

/* --- Heads that are like the one before -------------------------------------------- */

static void
expect_read(struct http_head *head, struct slice request)
{
	http_head_reset(head);
	ck_assert_uint_eq(http_head_feed(head, request.data, request.len), HTTP_HEAD_DONE);
	ck_assert_uint_eq(http_head_settle(head, request.data), HTTP_HEAD_DONE);
}

START_TEST(a_head_that_is_repeated_means_the_same_at_its_new_place)
{
	const struct target_case *expected = &target_cases[_i];
	struct http_head *head = replay_accepted_head(exact(expected->request));

	for (int i = 0; i < 3; i++) {
		expect_read(head, exact(expected->request));
		ck_assert(http_head_is_repeated(head));
		expect_target(head, expected);
	}
	http_head_free(head);
}
END_TEST

START_TEST(the_same_fields_stand_behind_any_request_line)
{
	static const char *const lines[] = { "GET / HTTP/1.1", "DELETE /longer?a=b HTTP/1.1",
		"GET / HTTP/1.0", "GET / HTTP/1.1" };
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	for (int i = 0; i < COUNT(lines); i++) {
		char request[128];

		(void)snprintf(request, sizeof(request),
		    "%s\r\nHost: a:1\r\nX: y\r\nConnection: keep-alive\r\n\r\n", lines[i]);
		expect_read(head, exact(request));
		ck_assert(!http_head_is_repeated(head));
		ck_assert_uint_eq(http_head_bytes(head), strlen(request));
		assert_slice(http_head_value(head, HTTP_FIELD_CONNECTION), "keep-alive");
		assert_slice(http_head_field_at(head, 1).name, "X");
		assert_slice(http_head_field_at(head, 1).value, "y");
		assert_slice(http_head_host(head), "a");
		ck_assert(http_head_keep_alive(head));
	}
	http_head_free(head);
}
END_TEST

START_TEST(the_version_decides_anew_what_the_same_fields_mean)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	expect_read(head, exact("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert(http_head_keep_alive(head));
	expect_read(head, exact("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
	ck_assert(!http_head_keep_alive(head));
	expect_read(head, exact("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert(http_head_keep_alive(head));
	http_head_free(head);
}
END_TEST

/* What was refused leaves nothing behind, nor does what was left in the middle. */
START_TEST(a_head_is_compared_with_accepted_ones_only)
{
	static const char accepted[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char *const between[] = { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET /\r\n", "GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: b",
		"GET / HTTP/1.1\r\n", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n" };
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	for (int i = 0; i < COUNT(between); i++) {
		struct slice other = exact(between[i]);

		expect_read(head, exact(accepted));
		http_head_reset(head);
		if (http_head_feed(head, other.data, other.len) == HTTP_HEAD_DONE) {
			enum http_head_verdict verdict = http_head_settle(head, other.data);

			ck_assert(verdict != HTTP_HEAD_MORE);
		}
		expect_read(head, exact(accepted));
		assert_slice(http_head_value(head, HTTP_FIELD_HOST), "a");
		ck_assert_uint_eq(http_head_field_count(head), 1);
	}
	http_head_free(head);
}
END_TEST

START_TEST(a_repeated_head_can_move)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);
	const char *request = "GET /p?q HTTP/1.1\r\nHost: a\r\n\r\n";
	struct slice copy = exact(request);

	ck_assert_ptr_nonnull(head);
	expect_read(head, exact(request));
	expect_read(head, exact(request));
	http_head_move(head, copy.data);
	ck_assert_ptr_eq(http_head_path(head).data, copy.data + 4);
	ck_assert_ptr_eq(http_head_query(head).data, copy.data + 7);
	expect_read(head, exact(request));
	assert_slice(http_head_path(head), "/p");
	http_head_free(head);
}
END_TEST

/* Longer than what is remembered: read each time. */
START_TEST(a_long_head_is_read_again)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);
	char request[4096];
	int len = snprintf(
	    request, sizeof(request), "GET / HTTP/1.1\r\nHost: a\r\nCookie: %03000d\r\n\r\n", 7);

	ck_assert_ptr_nonnull(head);
	for (int i = 0; i < 2; i++) {
		expect_read(head, exact(request));
		ck_assert(!http_head_is_repeated(head));
		ck_assert_uint_eq(http_head_bytes(head), len);
	}
	http_head_free(head);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *test, int loops)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, test, 0, loops);
	suite_add_tcase(suite, tcase);
}

int
main(void)
{
	Suite *suite = suite_create("http/head");

	add_case(
	    suite, "http_head_settle", a_target_has_its_form_and_its_parts, COUNT(target_cases));
	add_case(suite, "http_head_settle", the_fields_decide_framing_and_connection,
	    COUNT(meaning_cases));
	add_case(suite, "http_head_move", a_head_can_move, COUNT(target_cases));
	add_case(suite, "http_head_field_at", fields_are_read_in_the_order_received, 1);
	add_case(suite, "http_head_next_value", the_values_of_one_name_are_walked_in_order, 1);
	add_case(suite, "http_head_value", an_empty_value_is_not_an_absent_one, 1);
	add_case(suite, "http_head_has_token", a_token_is_found_in_any_field_of_the_name, 1);
	add_case(suite, "http_head_bytes", what_follows_the_head_is_not_consumed, 1);
	add_case(suite, "http_head_reset", a_reset_head_knows_nothing_of_the_request_before, 1);
	add_case(suite, "http_head_reset", a_refused_head_can_be_reset, 1);
	add_case(suite, "http_head_is_repeated",
	    a_head_that_is_repeated_means_the_same_at_its_new_place, COUNT(target_cases));
	add_case(suite, "http_head_is_repeated", the_same_fields_stand_behind_any_request_line, 1);
	add_case(
	    suite, "http_head_is_repeated", the_version_decides_anew_what_the_same_fields_mean, 1);
	add_case(suite, "http_head_is_repeated", a_head_is_compared_with_accepted_ones_only, 1);
	add_case(suite, "http_head_is_repeated", a_repeated_head_can_move, 1);
	add_case(suite, "http_head_is_repeated", a_long_head_is_read_again, 1);
	return run_suite(suite);
}
