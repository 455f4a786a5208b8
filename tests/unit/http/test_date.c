/* SPDX-License-Identifier: MIT
 *
 * Tests of http/date.
 */
#include "http/date.h"

#include <errno.h>

#include "support.h"

#define EXAMPLE INT64_C(784111777) /* the one of RFC 9110 5.6.7 */
#define NOW INT64_C(1795371631)    /* Sun, 22 Nov 2026 18:20:31 GMT */

static const struct {
	int64_t seconds;
	const char *imf, *log, *iso;
} format_cases[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT", "01/Jan/1970:00:00:00 +0000",
	    "1970-01-01T00:00:00Z" },
	{ -1, "Wed, 31 Dec 1969 23:59:59 GMT", "31/Dec/1969:23:59:59 +0000",
	    "1969-12-31T23:59:59Z" },
	{ EXAMPLE, "Sun, 06 Nov 1994 08:49:37 GMT", "06/Nov/1994:08:49:37 +0000",
	    "1994-11-06T08:49:37Z" },
	{ NOW, "Sun, 22 Nov 2026 18:20:31 GMT", "22/Nov/2026:18:20:31 +0000",
	    "2026-11-22T18:20:31Z" },
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "29/Feb/2000:00:00:00 +0000",
	    "2000-02-29T00:00:00Z" },
	{ 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT", "19/Jan/2038:03:14:08 +0000",
	    "2038-01-19T03:14:08Z" },
	{ HTTP_DATE_MIN, "Sat, 01 Jan 0000 00:00:00 GMT", "01/Jan/0000:00:00:00 +0000",
	    "0000-01-01T00:00:00Z" },
	{ HTTP_DATE_MAX, "Fri, 31 Dec 9999 23:59:59 GMT", "31/Dec/9999:23:59:59 +0000",
	    "9999-12-31T23:59:59Z" },
	{ INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT", "01/Jan/0000:00:00:00 +0000",
	    "0000-01-01T00:00:00Z" },
	{ INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT", "31/Dec/9999:23:59:59 +0000",
	    "9999-12-31T23:59:59Z" },
};

START_TEST(a_time_has_three_written_forms)
{
	char imf[HTTP_DATE_LEN], log[HTTP_DATE_LOG_LEN], iso[HTTP_DATE_ISO_LEN];

	http_date_format(format_cases[_i].seconds, imf);
	http_date_format_log(format_cases[_i].seconds, log);
	http_date_format_iso(format_cases[_i].seconds, iso);
	assert_slice((struct slice){ imf, sizeof(imf) }, format_cases[_i].imf);
	assert_slice((struct slice){ log, sizeof(log) }, format_cases[_i].log);
	assert_slice((struct slice){ iso, sizeof(iso) }, format_cases[_i].iso);
}
END_TEST

static const struct {
	const char *date;
	int64_t seconds;
} parse_cases[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE },
	{ "Sun Nov  6 08:49:37 1994", EXAMPLE },
	{ "Sun Nov 06 08:49:37 1994", EXAMPLE },
	{ "Wed Nov 16 08:49:37 1994", EXAMPLE + 10 * 86400 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Thu Jan  1 00:00:00 1970", 0 },
	{ "Wednesday, 01-Jan-70 00:00:00 GMT", 3155760000 },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	{ "Tuesday, 29-Feb-00 00:00:00 GMT", 951782400 },
	{ "Thu Feb 29 00:00:00 2024", 1709164800 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
	{ "Sat, 01 Jan 0000 00:00:00 GMT", HTTP_DATE_MIN },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", HTTP_DATE_MAX },
	{ "Fri, 31 Dec 9999 23:59:60 GMT", HTTP_DATE_MAX + 1 },
};

START_TEST(all_three_forms_are_read)
{
	int64_t seconds;

	ck_assert_int_eq(http_date_parse(exact(parse_cases[_i].date), NOW, &seconds), 0);
	ck_assert_int_eq(seconds, parse_cases[_i].seconds);
}
END_TEST

static const char *const refused[] = {
	NULL,
	"",
	" ",
	"0",
	"784111777",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 ",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun,06 Nov 1994 08:49:37 GMT",
	"Sun,  06 Nov 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun, 06 nov 1994 08:49:37 GMT",
	"sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov 01994 08:49:37 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 08:49 GMT",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"Sun, 06 Nov 1994 08:49:37 gmt",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:00 GMT",
	"Sun, 06 Nov 1994 08:49:60 GMT",
	"Sun, 06 Nov 1994 23:59:61 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Thu, 31 Nov 1994 08:49:37 GMT",
	"Wed, 29 Feb 2023 00:00:00 GMT",
	"Mon, 29 Feb 2100 00:00:00 GMT",
	"Mon, 06 Nov 1994 08:49:37 GMT",
	"Sun, +6 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov -994 08:49:37 GMT",
	"Sunday, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sunday, 6-Nov-94 08:49:37 GMT",
	"Monday, 06-Nov-94 08:49:37 GMT",
	"Thursday, 01-Jan-70 00:00:00 GMT", /* 2070's is a Wednesday */
	"Sunday, 06-Nov-94 08:49:37",
	"Sun Nov  6 08:49:37 1994 ",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov   6 08:49:37 1994",
	"Sun Nov  06 08:49:37 1994",
	"Sun Nov  6 08:49:37 94",
	"Sunday Nov  6 08:49:37 1994",
	"1994-11-06T08:49:37Z",
	"06/Nov/1994:08:49:37 +0000",
	"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
};

START_TEST(whatever_else_is_refused)
{
	int64_t seconds = 4711;

	ck_assert_int_eq(http_date_parse(exact(refused[_i]), NOW, &seconds), -EINVAL);
	ck_assert_int_eq(seconds, 4711);
}
END_TEST

START_TEST(a_date_with_a_nul_is_refused)
{
	int64_t seconds;
	struct slice date = exact_bytes("Sun, 06 Nov 1994 08:49:37 GMT", 30);

	ck_assert_int_eq(http_date_parse(date, NOW, &seconds), -EINVAL);
}
END_TEST

START_TEST(every_beginning_of_a_date_is_refused)
{
	int64_t seconds;

	for (int i = 0; i < 3; i++)
		for (size_t len = 0; len < strlen(parse_cases[i].date); len++) {
			struct slice date = exact_bytes(parse_cases[i].date, len);

			ck_assert_int_eq(http_date_parse(date, NOW, &seconds), -EINVAL);
			exact_free();
			memset(exact_copies, 0, sizeof(exact_copies));
		}
}
END_TEST

/* Whatever byte is changed in a date, it is refused or is itself a date: written
 * anew, it is the same. */
START_TEST(no_byte_of_a_date_is_overlooked)
{
	char date[HTTP_DATE_LEN], again[HTTP_DATE_LEN];
	int64_t seconds;
	int read = 0;

	for (size_t at = 0; at < sizeof(date); at++)
		for (int byte = 0; byte < 256; byte++) {
			http_date_format(EXAMPLE, date);
			date[at] = (char)byte;
			if (http_date_parse((struct slice){ date, sizeof(date) }, NOW, &seconds) <
			    0)
				continue;
			read++;
			http_date_format(seconds, again);
			ck_assert_mem_eq(again, date, sizeof(date));
		}
	ck_assert_int_gt(read, (int)sizeof(date));
}
END_TEST

START_TEST(a_written_date_is_read_back)
{
	char date[HTTP_DATE_LEN];
	int64_t seconds, step = (HTTP_DATE_MAX - HTTP_DATE_MIN) / 9973;

	for (int64_t at = HTTP_DATE_MIN; at <= HTTP_DATE_MAX; at += step) {
		http_date_format(at, date);
		ck_assert_int_eq(
		    http_date_parse((struct slice){ date, sizeof(date) }, NOW, &seconds), 0);
		ck_assert_int_eq(seconds, at);
	}
}
END_TEST

/* RFC 9110 5.6.7: more than 50 years ahead means the past. */
static const struct {
	int64_t now;
	const char *date;
	int64_t seconds;
} century_cases[] = {
	/* the second 50 years ahead of 22 Nov 2026 18:20:31, then one more */
	{ NOW, "Sunday, 22-Nov-76 18:20:31 GMT", 3373294831 },
	{ NOW, "Monday, 22-Nov-76 18:20:32 GMT", 217534832 },
	{ NOW, "Friday, 31-Dec-99 23:59:59 GMT", 946684799 },
	{ NOW, "Saturday, 01-Jan-00 00:00:00 GMT", 946684800 },
	/* near the end of a century, 01 is the next one's */
	{ 4102444799, "Saturday, 01-Jan-01 00:00:00 GMT", 4133980800 },
	/* a clock that stands at the Epoch, or makes no sense */
	{ 0, "Wednesday, 01-Jan-20 00:00:00 GMT", 1577836800 },
	{ 0, "Thursday, 01-Jan-20 00:00:01 GMT", -1577923199 },
	{ -1, "Thursday, 01-Jan-70 00:00:00 GMT", 0 },
};

START_TEST(two_digits_of_a_year_are_at_most_50_years_ahead)
{
	int64_t seconds = 4711;
	struct slice date = exact(century_cases[_i].date);

	ck_assert_int_eq(http_date_parse(date, century_cases[_i].now, &seconds), 0);
	ck_assert_int_eq(seconds, century_cases[_i].seconds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/date");
	TCase *format = tcase_create("http_date_format");
	TCase *parse = tcase_create("http_date_parse");

	tcase_add_loop_test(format, a_time_has_three_written_forms, 0, COUNT(format_cases));
	suite_add_tcase(suite, format);
	tcase_add_checked_fixture(parse, NULL, exact_free);
	tcase_add_loop_test(parse, all_three_forms_are_read, 0, COUNT(parse_cases));
	tcase_add_loop_test(parse, whatever_else_is_refused, 0, COUNT(refused));
	tcase_add_test(parse, a_date_with_a_nul_is_refused);
	tcase_add_test(parse, every_beginning_of_a_date_is_refused);
	tcase_add_test(parse, no_byte_of_a_date_is_overlooked);
	tcase_add_test(parse, a_written_date_is_read_back);
	tcase_add_loop_test(
	    parse, two_digits_of_a_year_are_at_most_50_years_ahead, 0, COUNT(century_cases));
	suite_add_tcase(suite, parse);
	return run_suite(suite);
}
