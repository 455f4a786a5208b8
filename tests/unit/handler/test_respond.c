/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/respond.
 */
#include "handler/respond.h"

#include "rig.h"

static struct config_route route;
static void *respond;

static char *
copy(const char *string)
{
	return string ? strdup(string) : NULL;
}

static const char *
start(int status, const char *body, const char *type, const char *cache_control)
{
	static char bytes[256];
	struct text why = text_over(bytes, sizeof(bytes));

	route = (struct config_route){
		.kind = CONFIG_ROUTE_RESPOND,
		.respond = status,
		.body = copy(body),
		.type = copy(type),
		.cache_control = copy(cache_control),
	};
	respond = respond_kind.make(&route, &(struct handler_context){ 0 }, &why);
	return text_string(&why);
}

static void
tear_down(void)
{
	respond_kind.free(respond);
	free(route.body);
	free(route.type);
	free(route.cache_control);
}

static struct fake *
ask(const char *head)
{
	struct fake *fake = fake_new(head, TREE_NOW);

	fake_answer_with(fake, &fake_service, &respond_kind.ops, respond, 1);
	return fake;
}

static const struct {
	int status;
	const char *body, *type, *cache_control;
	const char *sent_body, *sent_type;
} cases[] = {
	{ 200, "hello\n", "text/plain", NULL, "hello\n", "text/plain" },
	{ 200, "hello\n", NULL, "no-store", "hello\n", "text/plain; charset=utf-8" },
	{ 200, "{}", "application/json", "no-store", "{}", "application/json" },
	{ 200, NULL, "text/plain", NULL, "", NULL },
	{ 200, "", "text/plain", NULL, "", NULL },
	{ 204, NULL, NULL, NULL, "", NULL },
	{ 404, "gone fishing", "text/plain", NULL, "gone fishing", "text/plain" },
	{ 404, NULL, "text/plain", NULL, "page 404\n", "text/plain; charset=utf-8" },
	{ 503, NULL, NULL, "no-store", "page 503\n", "text/plain; charset=utf-8" },
};

START_TEST(the_answer_is_what_the_route_says)
{
	struct fake *fake;

	start(cases[_i].status, cases[_i].body, cases[_i].type, cases[_i].cache_control);
	fake = ask("GET / HTTP/1.1\r\nHost: a\r\n");
	expect_status(fake, cases[_i].status);
	expect_body(fake, cases[_i].sent_body);
	expect_field(fake, "Content-Type", cases[_i].sent_type);
	expect_field(fake, "Cache-Control", cases[_i].cache_control);
	fake_done(fake);
}
END_TEST

START_TEST(head_and_post_are_answered_too)
{
	struct fake *fake;

	start(200, "hello\n", "text/plain", NULL);
	fake = ask("HEAD / HTTP/1.1\r\nHost: a\r\n");
	ck_assert_int_eq(fake->content_length, 6);
	expect_body(fake, "");
	fake_done(fake);
	fake = ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n");
	expect_body(fake, "hello\n");
	fake_done(fake);
	ck_assert(!(respond_kind.ops.methods & HTTP_METHOD_BIT(HTTP_METHOD_DELETE)));
}
END_TEST

START_TEST(a_type_that_cannot_be_sent_is_refused)
{
	char type[HANDLER_TYPE_MAX + 2];

	ck_assert_ptr_nonnull(strstr(start(200, "x", "a\r\nb", NULL), "type: "));
	ck_assert_ptr_null(respond);
	tear_down();
	memset(type, 'a', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	ck_assert_ptr_nonnull(strstr(start(200, "x", type, NULL), "type: longer than 128"));
	ck_assert_ptr_null(respond);
}
END_TEST

START_TEST(the_longest_fields_fit)
{
	char type[HANDLER_TYPE_MAX + 1];
	char cache_control[HANDLER_CACHE_CONTROL_MAX + 1];
	struct fake *fake;

	memset(type, 'a', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	memset(cache_control, 'b', sizeof(cache_control) - 1);
	cache_control[sizeof(cache_control) - 1] = '\0';
	start(200, "x", type, cache_control);
	fake = ask("GET / HTTP/1.1\r\nHost: a\r\n");
	expect_field(fake, "Content-Type", type);
	expect_field(fake, "Cache-Control", cache_control);
	fake_done(fake);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/respond");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_loop_test(tcase, the_answer_is_what_the_route_says, 0, COUNT(cases));
	tcase_add_test(tcase, head_and_post_are_answered_too);
	tcase_add_test(tcase, a_type_that_cannot_be_sent_is_refused);
	tcase_add_test(tcase, the_longest_fields_fit);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
