/* SPDX-License-Identifier: MIT
 *
 * Tests of http/method.
 */
#include "http/method.h"

#include "support.h"

START_TEST(a_method_is_known_by_its_name)
{
	for (unsigned i = 0; i < HTTP_METHOD_OTHER; i++) {
		enum http_method method = HTTP_METHOD_OTHER;
		const char *name = http_method_name((enum http_method)i);

		ck_assert(http_method_parse(slice_of(name), &method));
		ck_assert_uint_eq(method, i);
	}
}
END_TEST

START_TEST(a_registered_method_without_a_meaning_here_is_other)
{
	static const char *const others[] = { "PROPFIND", "MKCOL", "QUERY", "VERSION-CONTROL" };

	for (int i = 0; i < COUNT(others); i++) {
		enum http_method method = HTTP_METHOD_GET;

		ck_assert(http_method_parse(slice_of(others[i]), &method));
		ck_assert_uint_eq(method, HTTP_METHOD_OTHER);
	}
}
END_TEST

START_TEST(any_other_name_is_no_method)
{
	static const char *const names[] = { "", "G", "GE", "GETS", "get", "Get", "PRI", "OTHER" };

	for (int i = 0; i < COUNT(names); i++) {
		enum http_method method = HTTP_METHOD_TRACE;

		ck_assert_msg(!http_method_parse(slice_of(names[i]), &method), "%s", names[i]);
		ck_assert_uint_eq(method, HTTP_METHOD_TRACE);
	}
}
END_TEST

START_TEST(allow_lists_the_methods_of_a_set)
{
	static const struct {
		unsigned methods;
		const char *value;
	} cases[] = {
		{ 0, "" },
		{ HTTP_METHOD_BIT(HTTP_METHOD_GET), "GET" },
		{ HTTP_METHOD_BIT(HTTP_METHOD_HEAD) | HTTP_METHOD_BIT(HTTP_METHOD_GET),
		    "GET, HEAD" },
		{ HTTP_METHOD_BIT(HTTP_METHOD_OTHER) | HTTP_METHOD_BIT(HTTP_METHOD_PUT), "PUT" },
		{ ~0u, "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE, CONNECT" },
	};
	char buffer[128];

	for (int i = 0; i < COUNT(cases); i++) {
		struct text text = text_over(buffer, sizeof(buffer));

		http_method_put_allow(&text, cases[i].methods);
		assert_slice(text_slice(&text), cases[i].value);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/method");
	TCase *tcase = tcase_create("http_method_parse");

	tcase_add_test(tcase, a_method_is_known_by_its_name);
	tcase_add_test(tcase, a_registered_method_without_a_meaning_here_is_other);
	tcase_add_test(tcase, any_other_name_is_no_method);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("http_method_put_allow");
	tcase_add_test(tcase, allow_lists_the_methods_of_a_set);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
