/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/echo.
 */
#include "handler/echo.h"

#include <stdio.h>

#include "rig.h"

static struct config_route route;
static void *echo;

static void
set_up(void)
{
	char bytes[256];
	struct text why = text_over(bytes, sizeof(bytes));

	route = (struct config_route){ .cache_control = strdup("no-store") };
	echo = echo_kind.make(&route, &(struct handler_context){ 0 }, &why);
	ck_assert_ptr_nonnull(echo);
}

static void
tear_down(void)
{
	echo_kind.free(echo);
	free(route.cache_control);
}

static struct fake *
begin(const char *fields)
{
	char head[1024];
	struct fake *fake;

	snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\nHost: a\r\n%s", fields);
	fake = fake_new(head, TREE_NOW);
	fake_answer_with(fake, &fake_service, &echo_kind.ops, echo, 5);
	return fake;
}

START_TEST(the_body_comes_back_piece_by_piece)
{
	struct fake *fake = begin("Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n");

	ck_assert(fake->has_begun && !fake->has_ended);
	ck_assert_int_eq(fake->status, 200);
	ck_assert_int_eq(fake->content_length, HTTP_LENGTH_UNKNOWN);
	echo_kind.ops.body(echo, &fake->request, SLICE("one "));
	ck_assert_str_eq(fake_body(fake, NULL), "one ");
	echo_kind.ops.body(echo, &fake->request, SLICE("two"));
	echo_kind.ops.body_end(echo, &fake->request);
	expect_status(fake, 200);
	expect_body(fake, "one two");
	expect_field(fake, "Content-Type", "text/plain");
	expect_field(fake, "Cache-Control", "no-store");
	fake_done(fake);
}
END_TEST

START_TEST(a_known_length_is_announced)
{
	struct fake *fake = begin("Content-Length: 7\r\n");

	ck_assert_int_eq(fake->content_length, 7);
	expect_field(fake, "Content-Type", "application/octet-stream");
	fake_done(fake);
	fake = begin("");
	ck_assert_int_eq(fake->content_length, 0);
	echo_kind.ops.body_end(echo, &fake->request);
	expect_status(fake, 200);
	fake_done(fake);
}
END_TEST

START_TEST(a_very_long_type_is_not_sent_back)
{
	char fields[512] = "Content-Length: 0\r\nContent-Type: ";
	struct fake *fake;

	memset(fields + strlen(fields), 'a', 200);
	strncat(fields, "\r\n", 3);
	fake = begin(fields);
	expect_field(fake, "Content-Type", "application/octet-stream");
	fake_done(fake);
}
END_TEST

START_TEST(only_methods_with_a_body_are_answered)
{
	ck_assert_uint_eq(echo_kind.ops.methods,
	    HTTP_METHOD_BIT(HTTP_METHOD_POST) | HTTP_METHOD_BIT(HTTP_METHOD_PUT));
	ck_assert(echo_kind.ops.wants_body);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/echo");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_body_comes_back_piece_by_piece);
	tcase_add_test(tcase, a_known_length_is_announced);
	tcase_add_test(tcase, a_very_long_type_is_not_sent_back);
	tcase_add_test(tcase, only_methods_with_a_body_are_answered);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
