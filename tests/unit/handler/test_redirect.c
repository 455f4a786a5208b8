/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/redirect and handler/location.
 */
#include "handler/redirect.h"

#include "handler/location.h"
#include "rig.h"

static struct config_route route;
static void *redirect;

static void
start(const char *target, int status)
{
	char bytes[256];
	struct text why = text_over(bytes, sizeof(bytes));

	route = (struct config_route){
		.kind = CONFIG_ROUTE_REDIRECT,
		.redirect = strdup(target),
		.status = status,
	};
	redirect = redirect_kind.make(&route, &(struct handler_context){ 0 }, &why);
	ck_assert_msg(redirect, "%s", text_string(&why));
}

static void
tear_down(void)
{
	redirect_kind.free(redirect);
	free(route.redirect);
	free(route.cache_control);
}

static struct fake *
ask(const char *target, size_t prefix_len)
{
	struct fake *fake = fake_get(target, NULL, TREE_NOW);

	fake_answer_with(fake, &fake_service, &redirect_kind.ops, redirect, prefix_len);
	return fake;
}

static const struct {
	const char *to, *target;
	size_t prefix_len;
	const char *location;
} cases[] = {
	{ "/new/", "/old/", 5, "/new/" },
	{ "/new/", "/old/a/b", 5, "/new/a/b" },
	{ "/new/", "/old/a?x=1&y", 5, "/new/a?x=1&y" },
	{ "/new/", "/old/a?", 5, "/new/a?" },
	{ "/new/", "/old/a%20b%3Fc%23d", 5, "/new/a%20b%3Fc%23d" },
	{ "/new/", "/old/%3C%22%3E", 5, "/new/%3C%22%3E" },
	{ "/new/", "/old/caf%C3%A9", 5, "/new/caf%C3%A9" },
	{ "/new/", "/old", 4, "/new/" },
	{ "/new/", "/old/x", 4, "/new/x" },
	{ "/new/", "/old/x/", 4, "/new/x/" },
	{ "https://example.com/", "/a/b?c", 1, "https://example.com/a/b?c" },
	{ "/", "/old//evil.example/x", 4, "/evil.example/x" },
	{ "/", "/old///evil.example", 5, "/evil.example" },
	{ "/", "/old/https://evil.example/", 5, "/https:/evil.example/" },
	{ "/new", "/old/a?x=1", 5, "/new" },
	{ "/new?a=b", "/old/a?x=1", 5, "/new?a=b" },
	{ "/new?to=/", "/old/a?x=1", 5, "/new?to=/" },
	{ "/new#/", "/old/a?x=1", 5, "/new#/" },
	{ "https://example.com", "/x", 1, "https://example.com" },
};

START_TEST(a_redirect_leads_where_it_says)
{
	struct fake *fake;

	start(cases[_i].to, 308);
	fake = ask(cases[_i].target, cases[_i].prefix_len);
	expect_status(fake, 308);
	expect_field(fake, "Location", cases[_i].location);
	expect_body(fake, "page 308\n");
	expect_field(fake, "Content-Type", "text/plain; charset=utf-8");
	fake_done(fake);
}
END_TEST

START_TEST(cache_control_goes_along)
{
	char bytes[256];
	struct text why = text_over(bytes, sizeof(bytes));
	struct fake *fake;

	start("/new/", 301);
	redirect_kind.free(redirect);
	route.cache_control = strdup("max-age=5");
	redirect = redirect_kind.make(&route, &(struct handler_context){ 0 }, &why);
	fake = ask("/old/x", 5);
	expect_status(fake, 301);
	expect_field(fake, "Cache-Control", "max-age=5");
	expect_field(fake, "Location", "/new/x");
	fake_done(fake);
}
END_TEST

START_TEST(a_long_rest_is_kept_whole)
{
	static char target[8000];
	struct fake *fake;

	start("/new/", 308);
	memset(target, 'a', sizeof(target) - 1);
	memcpy(target, "/old/", 5);
	target[4000] = '?';
	fake = ask(target, 5);
	ck_assert_str_eq(fake_field(fake, "Location") + 5, target + 5);
	fake_done(fake);
}
END_TEST

START_TEST(a_query_that_would_end_the_line_is_refused)
{
	struct location location = { .base = SLICE("/"), .query = SLICE("a\r\nSet-Cookie: b") };
	struct fake *fake = fake_get("/", NULL, TREE_NOW);

	fake->request.service = &fake_service;
	location_answer(&fake->request, 308, &location, (struct slice){ 0 });
	expect_status(fake, 400);
	expect_field(fake, "Location", NULL);
	fake_done(fake);
}
END_TEST

static const char *const bad_targets[] = { "", "/a b", "/a\r\nb", "/caf\xc3\xa9", "/a\x7f" };

START_TEST(a_target_that_is_no_reference_is_refused)
{
	char bytes[256];
	struct text why = text_over(bytes, sizeof(bytes));

	route = (struct config_route){ .redirect = strdup(bad_targets[_i]), .status = 308 };
	redirect = redirect_kind.make(&route, &(struct handler_context){ 0 }, &why);
	ck_assert_ptr_null(redirect);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "percent-encode it"));
}
END_TEST

START_TEST(every_method_is_redirected)
{
	static const char *const heads[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH" };

	start("/new/", 307);
	for (int i = 0; i < COUNT(heads); i++) {
		char head[64];
		struct text text = text_over(head, sizeof(head));
		struct fake *fake;

		text_put_string(&text, heads[i]);
		text_put_string(&text, " /old/x HTTP/1.1\r\nHost: a\r\n");
		fake = fake_new(text_string(&text), TREE_NOW);
		fake_answer_with(fake, &fake_service, &redirect_kind.ops, redirect, 5);
		expect_status(fake, 307);
		fake_done(fake);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/redirect");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_loop_test(tcase, a_redirect_leads_where_it_says, 0, COUNT(cases));
	tcase_add_test(tcase, cache_control_goes_along);
	tcase_add_test(tcase, a_long_rest_is_kept_whole);
	tcase_add_test(tcase, a_query_that_would_end_the_line_is_refused);
	tcase_add_loop_test(tcase, a_target_that_is_no_reference_is_refused, 0, COUNT(bad_targets));
	tcase_add_test(tcase, every_method_is_redirected);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
