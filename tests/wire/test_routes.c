/* SPDX-License-Identifier: MIT
 *
 * routes: which route of which service answers, and what each kind of route says.
 */
#include "harness/wire.h"

#define TWO_HOSTS                                                           \
	"listener \"web\" { address = \"127.0.0.1\" port = 0\n"             \
	"	service = { \"one\", \"two\", \"rest\" } }\n"                     \
	"service \"one\" { host = { \"one.example\", \"*.one.example\" }\n" \
	"	route \"/\" { respond = 200 body = \"one\" } }\n"                 \
	"service \"two\" { host = \"two.example\"\n"                        \
	"	route \"/\" { respond = 200 body = \"two\" } }\n"                 \
	"service \"rest\" { route \"/\" { respond = 200 body = \"rest\" } }\n" TRACED

#define NESTED                                                           \
	WEB "service \"site\" {\n"                                       \
	    "	route \"/\"        { respond = 200 body = \"root\" }\n"    \
	    "	route \"/a/\"      { respond = 200 body = \"a slash\" }\n" \
	    "	route \"/a/b\"     { respond = 200 body = \"a b\" }\n"     \
	    "	route \"/a/b/c/\"  { respond = 200 body = \"a b c\" }\n"   \
	    "}\n" TRACED

static const struct {
	const char *target;
	const char *body;
} longest[] = {
	{ "/", "root" },
	{ "/x", "root" },
	{ "/a/", "a slash" },
	{ "/a/x", "a slash" },
	{ "/a/b", "a b" },
	{ "/a/b/", "a b" },
	{ "/a/b/x", "a b" },
	{ "/a/b/c/d", "a b c" },
	{ "/a/./b/../b/c/", "a b c" },
	{ "/%61/b", "a b" },
};

START_TEST(the_longest_prefix_answers)
{
	struct client *client = wire_connect(usherd_start(NESTED), "web");

	send_get(client, longest[_i].target);
	expect_response(client, 200);
	expect_body(client, longest[_i].body);
}
END_TEST

START_TEST(a_prefix_without_slash_ends_at_a_segment)
{
	struct client *client = wire_connect(usherd_start(NESTED), "web");

	send_get(client, "/a/bc");
	expect_response(client, 200);
	expect_body(client, "a slash");
}
END_TEST

static const struct {
	const char *host;
	const char *body;
} hosts[] = {
	{ "one.example", "one" },
	{ "ONE.example:8080", "one" },
	{ "one.example.", "one" },
	{ "deep.one.example", "one" },
	{ "two.example", "two" },
	{ "notone.example", "rest" },
	{ "127.0.0.1", "rest" },
	{ "[::1]:80", "rest" },
};

START_TEST(the_host_chooses_the_service)
{
	struct client *client = wire_connect(usherd_start(TWO_HOSTS), "web");
	struct bytes request = { 0 };

	bytes_put_format(&request, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[_i].host);
	send_bytes(client, request.data, request.len);
	bytes_free(&request);
	expect_response(client, 200);
	expect_body(client, hosts[_i].body);
}
END_TEST

START_TEST(the_authority_of_an_absolute_target_outweighs_host)
{
	struct client *client = wire_connect(usherd_start(TWO_HOSTS), "web");

	send_text(client, "GET http://two.example/ HTTP/1.1\r\nHost: one.example\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "two");
}
END_TEST

START_TEST(a_host_that_nobody_serves_is_421)
{
	struct client *client = wire_connect(
	    usherd_start(WEB "service \"site\" { host = \"one.example\" "
			     "route \"/\" { respond = 200 body = \"one\" } }\n" TRACED),
	    "web");

	send_get(client, "/");
	expect_response(client, 421);
}
END_TEST

START_TEST(where_no_route_matches_it_is_404)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/nowhere");
	expect_response(client, 404);
	expect_field_with(client, "Content-Type", "text/");
	ck_assert_uint_gt(last_response(client)->body.len, 0);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(a_method_that_a_route_has_not_is_405_with_allow)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "DELETE", "/echo", "");
	expect_response(client, 405);
	expect_field_with(client, "Allow", "POST");
	send_request(client, "OPTIONS", "/echo", "");
	ck_assert_int_eq(read_response(client) / 100, 2);
	expect_field_with(client, "Allow", "POST");
	send_request(client, "POST", "/healthz", "Content-Length: 0\r\n");
	expect_response(client, 405);
	expect_field_with(client, "Allow", "GET");
	expect_field_with(client, "Allow", "HEAD");
}
END_TEST

START_TEST(a_method_in_no_registry_is_501)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_request(client, "BREW", "/hello", "");
	expect_response(client, 501);
}
END_TEST

/* --- Redirects ------------------------------------------------------------- */

#define REDIRECTS                                                                       \
	WEB "service \"site\" {\n"                                                      \
	    "	route \"/old/\"   { redirect = \"/new/\"  status = 301 }\n"               \
	    "	route \"/exact\"  { redirect = \"/there\" }\n"                            \
	    "	route \"/away/\"  { redirect = \"https://example.org/\" status = 307 }\n" \
	    "	route \"/home/\"  { redirect = \"/\" status = 302 }\n"                    \
	    "}\n" TRACED

static const struct {
	const char *target;
	int status;
	const char *location;
} redirects[] = {
	{ "/old/", 301, "/new/" },
	{ "/old/a/b%20c?x=y&z", 301, "/new/a/b%20c?x=y&z" },
	{ "/exact", 308, "/there" },
	{ "/away/x", 307, "https://example.org/x" },
	{ "/home/x", 302, "/x" },
	{ "/home//evil.example/x", 302, "/evil.example/x" },
};

START_TEST(a_redirect_leads_where_it_says)
{
	struct client *client = wire_connect(usherd_start(REDIRECTS), "web");

	send_get(client, redirects[_i].target);
	expect_response(client, redirects[_i].status);
	expect_field(client, "Location", redirects[_i].location);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(a_redirect_never_splits_the_response)
{
	struct client *client = wire_connect(usherd_start(REDIRECTS), "web");

	send_get(client, "/old/a%0d%0aSet-Cookie:%20x");
	ck_assert_int_ge(read_response(client), 300);
	expect_no_field(client, "Set-Cookie");
}
END_TEST

/* --- Fixed answers ------------------------------------------------------------ */

START_TEST(a_fixed_answer_has_its_status_type_and_body)
{
	struct client *client = wire_connect(
	    usherd_start(WEB "service \"site\" {\n"
			     "	route \"/teapot\" { respond = 418 body = \"{}\" "
			     "type = \"application/json\" cache_control = \"no-store\" }\n"
			     "	route \"/none\"   { respond = 204 }\n}\n" TRACED),
	    "web");

	send_get(client, "/teapot");
	expect_response(client, 418);
	expect_field(client, "Content-Type", "application/json");
	expect_field(client, "Cache-Control", "no-store");
	expect_body(client, "{}");
	send_get(client, "/none");
	expect_response(client, 204);
	send_get(client, "/teapot");
	expect_response(client, 418);
}
END_TEST

START_TEST(health_is_well_while_it_serves)
{
	struct client *client = wire_connect(usherd_start(SITE), "web");

	send_get(client, "/healthz");
	expect_response(client, 200);
	expect_field(client, "Cache-Control", "no-store");
	send_get(client, "/readyz");
	expect_response(client, 200);
}
END_TEST

/* --- Error pages --------------------------------------------------------------- */

START_TEST(a_service_has_its_own_error_pages)
{
	struct client *client;

	put_file("missing.html", "<h1>not here</h1>");
	put_file("bad.txt", "bad, bad");
	client = wire_connect(
	    usherd_start(WEB "service \"site\" {\n" ROUTES
			     "	error_page \"404\" { file = \"@dir@/missing.html\" }\n"
			     "	error_page \"400\" { file = \"@dir@/bad.txt\" }\n}\n" TRACED),
	    "web");
	send_get(client, "/nowhere");
	expect_response(client, 404);
	expect_field_with(client, "Content-Type", "text/html");
	expect_body(client, "<h1>not here</h1>");
	send_request(client, "HEAD", "/nowhere", "");
	expect_response_to_head(client, 404);
	send_text(client, "GET / HTTP/1.1\r\n\r\n");
	expect_response(client, 400);
	expect_body(client, "bad, bad");
	expect_fin(client);
}
END_TEST

static void
add_choice_tests(Suite *suite)
{
	TCase *choice = wire_case(suite, "choice", 30);

	tcase_add_loop_test(
	    choice, the_longest_prefix_answers, 0, (int)(sizeof(longest) / sizeof(longest[0])));
	tcase_add_test(choice, a_prefix_without_slash_ends_at_a_segment);
	tcase_add_loop_test(
	    choice, the_host_chooses_the_service, 0, (int)(sizeof(hosts) / sizeof(hosts[0])));
	tcase_add_test(choice, the_authority_of_an_absolute_target_outweighs_host);
	tcase_add_test(choice, a_host_that_nobody_serves_is_421);
	tcase_add_test(choice, where_no_route_matches_it_is_404);
	tcase_add_test(choice, a_method_that_a_route_has_not_is_405_with_allow);
	tcase_add_test(choice, a_method_in_no_registry_is_501);
}

int
main(void)
{
	Suite *suite = suite_create("routes");
	TCase *kinds = wire_case(suite, "kinds", 30);

	add_choice_tests(suite);
	tcase_add_loop_test(kinds, a_redirect_leads_where_it_says, 0,
	    (int)(sizeof(redirects) / sizeof(redirects[0])));
	tcase_add_test(kinds, a_redirect_never_splits_the_response);
	tcase_add_test(kinds, a_fixed_answer_has_its_status_type_and_body);
	tcase_add_test(kinds, health_is_well_while_it_serves);
	tcase_add_test(kinds, a_service_has_its_own_error_pages);
	return wire_run(suite);
}
