/* SPDX-License-Identifier: MIT
 *
 * Tests of http/response.
 */
#include "http/response.h"

#include <errno.h>
#include <signal.h>

#include "support.h"

static char buffer[1024];
static struct text text;

static void
set_up(void)
{
	text = text_over(buffer, sizeof(buffer));
}

static void
assert_text(const char *expected)
{
	assert_slice(text_slice(&text), expected);
	ck_assert(!text.is_truncated);
}

static const struct {
	int status;
	const char *line;
} begin_cases[] = {
	{ 100, "HTTP/1.1 100 Continue\r\n" },
	{ 200, "HTTP/1.1 200 OK\r\n" },
	{ 299, "HTTP/1.1 299 \r\n" },
	{ 404, "HTTP/1.1 404 Not Found\r\n" },
	{ 418, "HTTP/1.1 418 \r\n" },
	{ 511, "HTTP/1.1 511 Network Authentication Required\r\n" },
	{ 999, "HTTP/1.1 999 \r\n" },
};

START_TEST(an_answer_begins_with_a_status_line)
{
	http_response_begin(&text, begin_cases[_i].status);
	assert_text(begin_cases[_i].line);
}
END_TEST

START_TEST(a_status_below_three_digits_is_a_mistake_of_ours)
{
	http_response_begin(&text, 99);
}
END_TEST

START_TEST(a_status_above_three_digits_is_a_mistake_of_ours)
{
	http_response_begin(&text, 1000);
}
END_TEST

START_TEST(a_field_is_a_line)
{
	ck_assert_int_eq(http_response_field(&text, SLICE("ETag"), SLICE("W/\"a b\"")), 0);
	ck_assert_int_eq(http_response_field(&text, SLICE("X-1"), SLICE("\tcaf\xc3\xa9 ")), 0);
	assert_text("ETag: W/\"a b\"\r\nX-1: \tcaf\xc3\xa9 \r\n");
}
END_TEST

START_TEST(a_value_may_be_empty_or_absent)
{
	ck_assert_int_eq(http_response_field(&text, SLICE("A"), SLICE("")), 0);
	ck_assert_int_eq(http_response_field(&text, SLICE("B"), ABSENT), 0);
	assert_text("A: \r\nB: \r\n");
}
END_TEST

/* At the start, in the middle and at the end of what is looked at in blocks. */
START_TEST(a_control_in_a_value_is_refused_wherever_it_stands)
{
	for (int byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < 40; at++) {
			char value[40];
			bool is_fine = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

			memset(value, 'v', sizeof(value));
			value[at] = (char)byte;
			set_up();
			ck_assert_int_eq(http_response_field(&text, SLICE("Name"),
					     (struct slice){ value, sizeof(value) }),
			    is_fine ? 0 : -EINVAL);
			ck_assert_uint_eq(text.len, is_fine ? 4 + 2 + 40 + 2 : 0);
		}
}
END_TEST

START_TEST(an_answer_cannot_be_split_by_a_value)
{
	http_response_begin(&text, 302);
	ck_assert_int_eq(http_response_field(
			     &text, SLICE("Location"), SLICE("/\r\nSet-Cookie: a=b\r\n\r\n<html>")),
	    -EINVAL);
	assert_text("HTTP/1.1 302 Found\r\n");
}
END_TEST

START_TEST(a_name_that_is_no_token_is_refused)
{
	static const struct slice names[] = { { "", 0 }, { NULL, 0 }, { "A B", 3 }, { "A:", 2 },
		{ " A", 2 }, { "A\r\nB", 4 }, { "A\0", 2 }, { "\xc3\xa9", 2 } };

	for (int i = 0; i < COUNT(names); i++)
		ck_assert_int_eq(http_response_field(&text, names[i], SLICE("v")), -EINVAL);
	assert_text("");
}
END_TEST

static const struct {
	uint64_t bytes;
	const char *length, *chunk;
} number_cases[] = {
	{ 1, "Content-Length: 1\r\n", "1\r\n" },
	{ 9, "Content-Length: 9\r\n", "9\r\n" },
	{ 10, "Content-Length: 10\r\n", "a\r\n" },
	{ 26, "Content-Length: 26\r\n", "1a\r\n" },
	{ 65536, "Content-Length: 65536\r\n", "10000\r\n" },
	{ UINT64_C(4294967296), "Content-Length: 4294967296\r\n", "100000000\r\n" },
	{ UINT64_MAX, "Content-Length: 18446744073709551615\r\n", "ffffffffffffffff\r\n" },
};

START_TEST(a_length_is_decimal)
{
	http_response_content_length(&text, number_cases[_i].bytes);
	assert_text(number_cases[_i].length);
}
END_TEST

START_TEST(a_chunk_begins_with_its_size_in_hex)
{
	http_response_chunk_begin(&text, number_cases[_i].bytes);
	assert_text(number_cases[_i].chunk);
	ck_assert_uint_le(text.len, HTTP_CHUNK_BEGIN_MAX);
}
END_TEST

START_TEST(a_length_may_be_zero)
{
	http_response_content_length(&text, 0);
	assert_text("Content-Length: 0\r\n");
}
END_TEST

START_TEST(an_empty_chunk_is_a_mistake_of_ours)
{
	http_response_chunk_begin(&text, 0);
}
END_TEST

/* A head with each kind of line, and a chunked body. */
static void
put_answer(void)
{
	http_response_begin(&text, 200);
	http_response_begin(&text, 299);
	http_response_date(&text, SLICE("Mon, 01 Jan 2001 00:00:00 GMT"));
	ck_assert_int_eq(http_response_field(&text, SLICE("Allow"), SLICE("GET, HEAD")), 0);
	http_response_content_length(&text, 1234567);
	http_response_chunked(&text);
	http_response_connection(&text, HTTP_CONNECTION_KEEP_ALIVE);
	http_response_connection(&text, HTTP_CONNECTION_CLOSE);
	http_response_end(&text);
	http_response_chunk_begin(&text, 0x1000);
}

static const char *const pieces[] = {
	"HTTP/1.1 200 OK\r\n",
	"HTTP/1.1 299 \r\n",
	"Date: Mon, 01 Jan 2001 00:00:00 GMT\r\n",
	"Allow: GET, HEAD\r\n",
	"Content-Length: 1234567\r\n",
	"Transfer-Encoding: chunked\r\n",
	"Connection: keep-alive\r\n",
	"Connection: close\r\n",
	"\r\n",
	"1000\r\n",
};

START_TEST(pieces_follow_each_other)
{
	char whole[sizeof(buffer)] = "";

	for (int i = 0; i < COUNT(pieces); i++)
		memcpy(whole + strlen(whole), pieces[i], strlen(pieces[i]) + 1);
	put_answer();
	assert_text(whole);
}
END_TEST

START_TEST(a_piece_without_room_is_left_out_whole_and_noted)
{
	size_t len = 0;

	put_answer();
	len = text.len;
	for (size_t cap = 0; cap < len; cap++) {
		size_t expected = 0;

		for (int i = 0; expected + strlen(pieces[i]) <= cap; i++)
			expected += strlen(pieces[i]);
		text = text_over(buffer, cap);
		put_answer();
		ck_assert(text.is_truncated);
		ck_assert_uint_eq(text.len, expected);
	}
}
END_TEST

START_TEST(a_date_of_another_length_is_a_mistake_of_ours)
{
	http_response_date(&text, SLICE("Mon, 1 Jan 2001 00:00:00 GMT"));
}
END_TEST

static TCase *
head_tests(void)
{
	TCase *tcase = tcase_create("head");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, an_answer_begins_with_a_status_line, 0, COUNT(begin_cases));
	tcase_add_test_raise_signal(
	    tcase, a_status_below_three_digits_is_a_mistake_of_ours, SIGABRT);
	tcase_add_test_raise_signal(
	    tcase, a_status_above_three_digits_is_a_mistake_of_ours, SIGABRT);
	tcase_add_loop_test(tcase, a_length_is_decimal, 0, COUNT(number_cases));
	tcase_add_test(tcase, a_length_may_be_zero);
	tcase_add_test_raise_signal(tcase, a_date_of_another_length_is_a_mistake_of_ours, SIGABRT);
	tcase_add_test(tcase, pieces_follow_each_other);
	tcase_add_test(tcase, a_piece_without_room_is_left_out_whole_and_noted);
	return tcase;
}

static TCase *
field_tests(void)
{
	TCase *tcase = tcase_create("field");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_field_is_a_line);
	tcase_add_test(tcase, a_value_may_be_empty_or_absent);
	tcase_add_test(tcase, a_control_in_a_value_is_refused_wherever_it_stands);
	tcase_add_test(tcase, an_answer_cannot_be_split_by_a_value);
	tcase_add_test(tcase, a_name_that_is_no_token_is_refused);
	return tcase;
}

static TCase *
chunk_tests(void)
{
	TCase *tcase = tcase_create("chunk");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, a_chunk_begins_with_its_size_in_hex, 0, COUNT(number_cases));
	tcase_add_test_raise_signal(tcase, an_empty_chunk_is_a_mistake_of_ours, SIGABRT);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("http/response");

	suite_add_tcase(suite, head_tests());
	suite_add_tcase(suite, field_tests());
	suite_add_tcase(suite, chunk_tests());
	return run_suite(suite);
}
