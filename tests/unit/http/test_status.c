/* SPDX-License-Identifier: MIT
 *
 * Tests of http/status.
 */
#include "http/status.h"

#include "support.h"

static const struct {
	int status;
	const char *reason;
} reason_cases[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 511, "Network Authentication Required" },
};

START_TEST(a_registered_status_has_its_reason)
{
	assert_slice(http_status_reason(reason_cases[_i].status), reason_cases[_i].reason);
}
END_TEST

START_TEST(an_unknown_status_has_an_empty_reason)
{
	static const int unknown[] = { -404, 0, 99, 199, 209, 299, 306, 418, 430, 512, 599, 999,
		1000, 20000 };

	for (int i = 0; i < COUNT(unknown); i++) {
		assert_slice(http_status_reason(unknown[i]), "");
		ck_assert_ptr_null(http_status_line(unknown[i]).data);
	}
}
END_TEST

START_TEST(every_status_line_is_version_code_and_reason)
{
	int registered = 0;

	for (int status = -10; status < 1100; status++) {
		struct slice line = http_status_line(status);
		char buffer[80];
		struct text expected = text_over(buffer, sizeof(buffer));

		if (!line.data)
			continue;
		registered++;
		text_put_format(&expected, "HTTP/1.1 %d ", status);
		text_put(&expected, http_status_reason(status));
		text_put(&expected, SLICE("\r\n"));
		assert_slice(line, text_string(&expected));
	}
	ck_assert_int_eq(registered, 60);
}
END_TEST

START_TEST(only_interim_204_and_304_answers_have_no_body)
{
	for (int status = 100; status < 1000; status++)
		ck_assert_int_eq(
		    http_status_has_body(status), status >= 200 && status != 204 && status != 304);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/status");
	TCase *tcase = tcase_create("http_status");

	tcase_add_loop_test(tcase, a_registered_status_has_its_reason, 0, COUNT(reason_cases));
	tcase_add_test(tcase, an_unknown_status_has_an_empty_reason);
	tcase_add_test(tcase, every_status_line_is_version_code_and_reason);
	tcase_add_test(tcase, only_interim_204_and_304_answers_have_no_body);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
