/* SPDX-License-Identifier: MIT
 *
 * Tests of http/body. What is refused stands in tests/corpus/reject as well.
 */
#include "http/body.h"

#include "replay.h"
#include "support.h"

#define SIZED "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
#define CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct content_case {
	const char *request;
	const char *content;
	struct http_body_limits limits;
	int status;
} content_cases[] = {
	{ "GET / HTTP/1.0\r\n\r\n", "", { 0, 0 }, 0 },
	{ "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "", { 0, 0 }, 0 },
	{ SIZED "hello", "hello", { 5, 0 }, 0 },
	{ SIZED "hello", "", { 4, 0 }, 413 },
	{ SIZED "\r\n0\r\n", "\r\n0\r\n", { 5, 0 }, 0 },
	{ CHUNKED "0\r\n\r\n", "", { 0, 0 }, 0 },
	{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", "hello", { 5, 0 }, 0 },
	{ CHUNKED "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello, world", { 12, 0 }, 0 },
	{ CHUNKED "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello", { 11, 0 }, 413 },
	{ CHUNKED "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a",
	    { 21, 0 }, 0 },
	{ CHUNKED "ffffffffffffffff\r\n", "", { 1000, 0 }, 413 },
	{ CHUNKED "1\r\na\r\nffffffffffffffff\r\n", "a", { UINT64_MAX, 0 }, 413 },
	{ CHUNKED "1;abc\r\na\r\n0\r\n\r\n", "a", { 5, 4 }, 0 },
	{ CHUNKED "1;abc\r\na\r\n0\r\n\r\n", "", { 5, 3 }, 413 },
	{ CHUNKED "1;a\r\nb\r\n1;a\r\nb\r\n0\r\n\r\n", "bb", { 5, 4 }, 0 },
	{ CHUNKED "1;a\r\nb\r\n1;a\r\nb\r\n0\r\n\r\n", "b", { 5, 3 }, 413 },
	{ CHUNKED "0\r\nX: y\r\n\r\n", "", { 5, 5 }, 0 },
	{ CHUNKED "0\r\nX: y\r\n\r\n", "", { 5, 4 }, 431 },
	{ CHUNKED "1;a=\"b c\"\r\nd\r\n0;e\r\nX: y\r\nZ:\r\n\r\n", "d", { 5, 20 }, 0 },
	{ CHUNKED "00000000000000001\r\n", "", { 5, 5 }, 400 },
	{ CHUNKED "1\r\rZ\r\n0\r\n\r\n", "", { 5, 5 }, 400 },
};

START_TEST(content_comes_out_as_it_was_framed)
{
	const struct content_case *expected = &content_cases[_i];
	struct replay_limits limits = { replay_default_limits.head, expected->limits };
	struct replay_outcome outcome =
	    replay_in_all_cuts(expected->request, slice_of(expected->request), &limits);

	ck_assert_int_eq(outcome.status, expected->status);
	ck_assert_int_eq(outcome.is_complete, expected->status == 0);
	assert_slice((struct slice){ outcome.content, outcome.content_len }, expected->content);
	replay_outcome_done(&outcome);
}
END_TEST

static int
discard(void *arg, struct slice piece)
{
	(void)arg;
	(void)piece;
	return 0;
}

static void
begin(struct http_body *body, const char *request)
{
	struct http_head *head = replay_accepted_head(slice_of(request));

	ck_assert_uint_eq(http_body_init(body, head, &replay_default_limits.body), HTTP_BODY_MORE);
	http_head_free(head);
}

/* The status of the chunked body `bytes`, given in pieces of `step` bytes. */
static int
status_in_steps(struct slice bytes, size_t step)
{
	enum http_body_verdict verdict = HTTP_BODY_MORE;
	struct http_body body;
	size_t consumed;

	begin(&body, CHUNKED);
	for (size_t at = 0; at < bytes.len && verdict == HTTP_BODY_MORE; at += step) {
		size_t len = bytes.len - at < step ? bytes.len - at : step;

		verdict = http_body_feed(&body, bytes.data + at, len, &consumed, discard, NULL);
	}
	return http_body_status(&body);
}

/* A chunked body of `before` and `byte` has this status; 0: so far so good. */
static void
expect_status(const char *before, int byte, int expected)
{
	char data[32];
	struct slice bytes = { data, strlen(before) + 1 };
	int whole, in_bytes;

	memcpy(data, before, bytes.len - 1);
	data[bytes.len - 1] = (char)byte;
	whole = status_in_steps(bytes, bytes.len);
	in_bytes = status_in_steps(bytes, 1);
	ck_assert_msg(whole == expected && in_bytes == expected,
	    "byte %#x after \"%s\": %d, in single bytes %d, not %d", (unsigned)byte, before, whole,
	    in_bytes, expected);
}

static bool
is_one_of(int byte, const char *characters)
{
	return byte != 0 && strchr(characters, byte);
}

#define ALPHANUMERIC "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TCHAR "!#$%&'*+-.^_`|~" ALPHANUMERIC

START_TEST(a_size_is_hexadecimal)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("", byte, is_one_of(byte, "0123456789abcdefABCDEF") ? 0 : 400);
	}
}
END_TEST

START_TEST(a_size_ends_in_crlf_or_an_extension)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("1", byte, is_one_of(byte, "0123456789abcdefABCDEF\r;") ? 0 : 400);
	}
}
END_TEST

START_TEST(an_extension_is_made_of_tokens)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("1;", byte, is_one_of(byte, TCHAR) ? 0 : 400);
		expect_status("1;a", byte, is_one_of(byte, TCHAR "=;\r") ? 0 : 400);
		expect_status("1;a=", byte, is_one_of(byte, TCHAR "\"") ? 0 : 400);
		expect_status("1;a=b", byte, is_one_of(byte, TCHAR ";\r") ? 0 : 400);
		expect_status("1;a=\"\"", byte, is_one_of(byte, ";\r") ? 0 : 400);
	}
}
END_TEST

START_TEST(a_quoted_extension_has_no_control_but_the_tab)
{
	for (int byte = 0; byte < 256; byte++) {
		bool is_fine = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

		expect_status("1;a=\"", byte, is_fine ? 0 : 400);
		expect_status("1;a=\"\\", byte, is_fine ? 0 : 400);
	}
}
END_TEST

START_TEST(only_crlf_ends_the_lines_and_the_chunk)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("1\r", byte, byte == '\n' ? 0 : 400);
		expect_status("1\r\na", byte, byte == '\r' ? 0 : 400);
		expect_status("1\r\na\r", byte, byte == '\n' ? 0 : 400);
		expect_status("0\r\n\r", byte, byte == '\n' ? 0 : 400);
		expect_status("0\r\nX: y\r", byte, byte == '\n' ? 0 : 400);
	}
}
END_TEST

START_TEST(a_trailer_is_a_field)
{
	for (int byte = 0; byte < 256; byte++) {
		bool is_value = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

		expect_status("0\r\n", byte, is_one_of(byte, TCHAR "\r") ? 0 : 400);
		expect_status("0\r\nX", byte, is_one_of(byte, TCHAR ":") ? 0 : 400);
		expect_status("0\r\nX:", byte, is_value || byte == '\r' ? 0 : 400);
		expect_status("0\r\nX: y\r\n", byte, is_one_of(byte, TCHAR "\r") ? 0 : 400);
	}
}
END_TEST

/* A sink that says stop after each piece. */
struct slow_sink {
	char content[64];
	size_t len;
	unsigned pieces;
};

static int
take_one_piece(void *arg, struct slice piece)
{
	struct slow_sink *sink = arg;

	memcpy(sink->content + sink->len, piece.data, piece.len);
	sink->len += piece.len;
	sink->pieces++;
	return 1;
}

START_TEST(a_sink_can_stop_after_each_piece)
{
	static const char bytes[] = "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\nGET";
	struct slow_sink sink = { .len = 0 };
	struct http_body body;
	size_t at = 0, consumed;

	begin(&body, CHUNKED);
	ck_assert_uint_eq(
	    http_body_feed(&body, bytes, sizeof(bytes) - 1, &consumed, take_one_piece, &sink),
	    HTTP_BODY_PAUSED);
	ck_assert_uint_eq(consumed, 8);
	at += consumed;
	ck_assert_uint_eq(http_body_feed(&body, bytes + at, sizeof(bytes) - 1 - at, &consumed,
			      take_one_piece, &sink),
	    HTTP_BODY_PAUSED);
	at += consumed;
	ck_assert_uint_eq(http_body_received(&body), 12);
	ck_assert_uint_eq(http_body_feed(&body, bytes + at, sizeof(bytes) - 1 - at, &consumed,
			      take_one_piece, &sink),
	    HTTP_BODY_DONE);
	ck_assert_uint_eq(at + consumed, sizeof(bytes) - 1 - strlen("GET"));
	ck_assert_uint_eq(sink.pieces, 2);
	assert_slice((struct slice){ sink.content, sink.len }, "hello, world");
}
END_TEST

START_TEST(the_last_piece_of_a_sized_body_is_its_end_even_for_a_sink_that_stops)
{
	struct slow_sink sink = { .len = 0 };
	struct http_body body;
	size_t consumed;

	begin(&body, SIZED);
	ck_assert_uint_eq(
	    http_body_feed(&body, "he", 2, &consumed, take_one_piece, &sink), HTTP_BODY_PAUSED);
	ck_assert_uint_eq(consumed, 2);
	ck_assert_uint_eq(
	    http_body_feed(&body, "lloGET", 6, &consumed, take_one_piece, &sink), HTTP_BODY_DONE);
	ck_assert_uint_eq(consumed, 3);
	assert_slice((struct slice){ sink.content, sink.len }, "hello");
}
END_TEST

START_TEST(a_refusal_leaves_the_count_untouched)
{
	struct slow_sink sink = { .len = 0 };
	struct http_body body;
	size_t consumed = 4711;

	begin(&body, CHUNKED);
	ck_assert_uint_eq(
	    http_body_feed(&body, "1\n", 2, &consumed, take_one_piece, &sink), HTTP_BODY_REFUSED);
	ck_assert_uint_eq(consumed, 4711);
	ck_assert_int_eq(http_body_status(&body), 400);
	ck_assert_uint_gt(strlen(http_body_reason(&body)), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/body");
	TCase *tcase = tcase_create("http_body_feed: bytes");

	tcase_add_test(tcase, a_size_is_hexadecimal);
	tcase_add_test(tcase, a_size_ends_in_crlf_or_an_extension);
	tcase_add_test(tcase, an_extension_is_made_of_tokens);
	tcase_add_test(tcase, a_quoted_extension_has_no_control_but_the_tab);
	tcase_add_test(tcase, only_crlf_ends_the_lines_and_the_chunk);
	tcase_add_test(tcase, a_trailer_is_a_field);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("http_body_feed: content");
	tcase_add_loop_test(tcase, content_comes_out_as_it_was_framed, 0, COUNT(content_cases));
	tcase_add_test(tcase, a_sink_can_stop_after_each_piece);
	tcase_add_test(tcase, the_last_piece_of_a_sized_body_is_its_end_even_for_a_sink_that_stops);
	tcase_add_test(tcase, a_refusal_leaves_the_count_untouched);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
