/* SPDX-License-Identifier: MIT
 *
 * Tests of http/accept.
 */
#include "http/accept.h"

#include "support.h"

static const struct {
	const char *accept;
	bool is_json;
} cases[] = {
	{ NULL, false },
	{ "", false },
	{ "*/*", false },
	{ "text/html", false },
	{ "application/json", true },
	{ "Application/JSON", true },
	{ "application/json;version=1", true },
	{ "application/json; charset=utf-8; q=0.1", true },
	{ "application/json;q=0", false },
	{ "application/json;q=nonsense", false },
	{ "application/*", true },
	{ "text/*", false },
	{ "text/plain", false },
	{ "application/xml", false },
	{ "application/ld+json", false },
	{ "application/jsonp", false },
	/* a browser; a script */
	{ "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", false },
	{ "application/json, text/plain, */*", true },
	{ "application/json, text/javascript, */*; q=0.01", true },
	/* both */
	{ "text/html, application/json", false },
	{ "application/json, text/html", false },
	{ "application/json, text/html;q=0.9", true },
	{ "application/json;q=0.9, text/html", false },
	{ "application/json;q=0.5, text/*", false },
	{ "application/json, text/*", true },
	{ "application/json;q=0.5, */*", false },
	{ "application/*, text/html", false },
	{ "application/*, */*;q=0.5", true },
	{ "application/*, */*", false },
	/* the more specific range decides, wherever it stands */
	{ "application/*;q=0.1, application/json, text/html;q=0.5", true },
	{ "application/json, application/*;q=0.1, text/html;q=0.5", true },
	{ "application/json;q=0.1, */*, text/html;q=0.5", false },
	{ "*/*;q=0, application/json;q=0.1", true },
	{ "text/html;q=0, */*", true },
	{ "application/json;q=0, text/html;q=0", false },
};

START_TEST(json_is_sent_to_those_who_prefer_it)
{
	ck_assert_int_eq(http_accept_prefers_json(exact(cases[_i].accept)), cases[_i].is_json);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/accept");
	TCase *tcase = tcase_create("http_accept_prefers_json");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, json_is_sent_to_those_who_prefer_it, 0, COUNT(cases));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
