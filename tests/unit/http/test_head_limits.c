/* SPDX-License-Identifier: MIT
 *
 * Tests of http/head: every byte in every place, every limit at its edge, and
 * that a refusal comes as soon as the bytes show it. All in all cuts.
 */
#include "http/head.h"

#include <stdio.h>

#include "http/refusal.h"
#include "replay.h"
#include "support.h"

/* 0 when `request` is accepted in all cuts, else the status of its refusal. */
static int
status_of(const char *name, struct slice request, const struct replay_limits *limits)
{
	struct replay_outcome outcome = replay_in_all_cuts(name, request, limits);

	ck_assert_msg(outcome.is_complete || outcome.status != 0, "%s: no verdict", name);
	ck_assert_msg(
	    !outcome.is_complete || outcome.consumed == request.len, "%s: consumed", name);
	replay_outcome_done(&outcome);
	return outcome.status;
}

/* A request of `before`, `byte` and `after` has this status; 0: accepted. */
static void
expect_status(const char *before, int byte, const char *after, int expected)
{
	char request[256], name[32];
	size_t len = strlen(before);
	int status;

	memcpy(request, before, len);
	request[len++] = (char)byte;
	memcpy(request + len, after, strlen(after));
	len += strlen(after);
	snprintf(name, sizeof(name), "byte %#x", (unsigned)byte);
	status = status_of(name, (struct slice){ request, len }, &replay_default_limits);
	ck_assert_msg(status == expected, "%s: %d, not %d", name, status, expected);
}

static bool
is_tchar(int byte)
{
	return byte != 0 && byte < 128 &&
	    strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		byte);
}

START_TEST(a_method_is_a_token_or_nothing)
{
	for (int byte = 0; byte < 256; byte++) {
		int refusal = is_tchar(byte) ? 501 : 400;

		expect_status(
		    "G", byte, "T / HTTP/1.1\r\nHost: a\r\n\r\n", byte == 'E' ? 0 : refusal);
	}
}
END_TEST

START_TEST(a_target_is_printable_ascii_without_fragment)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("GET /", byte, " HTTP/1.1\r\nHost: a\r\n\r\n",
		    byte > 0x20 && byte < 0x7f && byte != '#' ? 0 : 400);
	}
}
END_TEST

START_TEST(a_name_is_a_token_up_to_the_colon)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("GET / HTTP/1.1\r\nHost: a\r\nX", byte, "Y: b\r\n\r\n",
		    is_tchar(byte) || byte == ':' ? 0 : 400);
	}
}
END_TEST

START_TEST(a_value_has_no_control_but_the_tab)
{
	for (int byte = 0; byte < 256; byte++) {
		expect_status("GET / HTTP/1.1\r\nHost: a\r\nX: b", byte, "c\r\n\r\n",
		    (byte >= 0x20 && byte != 0x7f) || byte == '\t' ? 0 : 400);
	}
}
END_TEST

START_TEST(nothing_but_a_method_or_an_empty_line_begins_a_request)
{
	for (int byte = 0; byte < 256; byte++) {
		int refusal = is_tchar(byte) ? 501 : 400;

		expect_status(
		    "", byte, "ET / HTTP/1.1\r\nHost: a\r\n\r\n", byte == 'G' ? 0 : refusal);
	}
}
END_TEST

#define REQUEST "GET /abc HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n"

static const struct limit_case {
	const char *name;
	const char *request;
	struct http_head_limits limits;
	int status;
} limit_cases[] = {
	{ "target at its limit", REQUEST, { 100, 4, 2 }, 0 },
	{ "target above", REQUEST, { 100, 3, 2 }, 414 },
	{ "endless target", "GET /abc", { 100, 3, 2 }, 414 },
	{ "target above, then malformed", "GET /abc\001", { 100, 3, 2 }, 414 },
	{ "malformed at the limit", "GET /ab\001cdef", { 100, 3, 2 }, 400 },
	{ "fields at their limit", REQUEST, { 100, 4, 2 }, 0 },
	{ "fields above", REQUEST, { 100, 4, 1 }, 431 },
	{ "no fields allowed", REQUEST, { 100, 4, 0 }, 431 },
	{ "no fields needed", "GET / HTTP/1.0\r\n\r\n", { 100, 4, 0 }, 0 },
	{ "a malformed field too many", "GET / HTTP/1.0\r\nX: b\r\nY : c\r\n\r\n", { 100, 4, 1 },
	    400 },
	{ "head at its limit", REQUEST, { sizeof(REQUEST) - 1, 4, 2 }, 0 },
	{ "head above", REQUEST, { sizeof(REQUEST) - 2, 4, 2 }, 431 },
	{ "endless head up to the limit", "GET /abc HTTP/1.1\r\nX: bbbbbbbb", { 30, 4, 2 }, 431 },
	{ "endless head", "GET /abc HTTP/1.1\r\nX: bbbbbbbbbbbbb", { 30, 4, 2 }, 431 },
	{ "head above in the request line", REQUEST, { 10, 100, 2 }, 431 },
	{ "malformed before the limit", "GET /abc HTTP/1.1\r\nX : bbbb", { 21, 4, 2 }, 400 },
	{ "malformed after the limit", "GET /abc HTTP/1.1\r\nX : bbbb", { 20, 4, 2 }, 431 },
	{ "empty lines count", "\r\n\r\n" REQUEST, { sizeof(REQUEST) + 3, 4, 2 }, 0 },
	{ "empty lines count", "\r\n\r\n" REQUEST, { sizeof(REQUEST) + 2, 4, 2 }, 431 },
};

START_TEST(a_limit_is_the_most_that_is_accepted)
{
	const struct limit_case *c = &limit_cases[_i];
	struct replay_limits limits = { .head = c->limits };

	ck_assert_int_eq(status_of(c->name, slice_of(c->request), &limits), c->status);
}
END_TEST

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

/* Where several rules see the same fault, the reason is that of the first. */
static const struct reason_case {
	const char *request;
	enum http_refusal refusal;
} reason_cases[] = {
	{ GET "X: b\r\n c\r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET "X: b\r\n c\r\nY: d\r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET "X:\r\n c\r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET "X:\r\n \r\nY: d\r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET "X: b\r\n \r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET " X: b\r\n\r\n", HTTP_REFUSAL_FIELD_FOLDED },
	{ GET ": b\r\n\r\n", HTTP_REFUSAL_FIELD_NAME },
	{ GET "X: b\r\n\n", HTTP_REFUSAL_BARE_LF },
	{ GET "X: b\rc\r\n\r\n", HTTP_REFUSAL_BARE_CR },
	{ GET "Content-Length: x\r\n\r\n", HTTP_REFUSAL_LENGTH_SYNTAX },
	{ GET "Transfer-Encoding: chunked, gzip\r\n\r\n", HTTP_REFUSAL_CODING_ORDER },
	{ "\x16\x03\x01", HTTP_REFUSAL_TLS_HELLO },
	{ "GET / HTTP/1.1\n", HTTP_REFUSAL_BARE_LF },
	{ "GET /\r\n", HTTP_REFUSAL_VERSION_MISSING },
};

START_TEST(a_refusal_says_why)
{
	const struct reason_case *c = &reason_cases[_i];
	struct replay_outcome outcome =
	    replay_in_all_cuts(c->request, slice_of(c->request), &replay_default_limits);

	ck_assert_str_eq(outcome.reason, http_refusal_reason(c->refusal));
	ck_assert_int_eq(outcome.status, http_refusal_status(c->refusal));
	replay_outcome_done(&outcome);
}
END_TEST

static const struct early_case {
	const char *bytes; /* the last of them shows it */
	int status;
} early_cases[] = {
	{ "\x16", 400 },
	{ "\n", 400 },
	{ " ", 400 },
	{ "\r\n\r\n\r\n\r\n\r\n", 400 },
	{ "GET\t", 400 },
	{ "GET  ", 400 },
	{ "GET /\r", 400 },
	{ "GET / X", 400 },
	{ "GET / HTTP/1.1\n", 400 },
	{ "PRI * HTTP/2.0", 505 },
	{ "GET / HTTP/1.1\r\n ", 400 },
	{ "GET / HTTP/1.1\r\nHost ", 400 },
	{ "GET / HTTP/1.1\r\nHost: a\n", 400 },
};

START_TEST(a_refusal_does_not_wait_for_more)
{
	const struct early_case *c = &early_cases[_i];
	struct http_head *head = http_head_new(&replay_default_limits.head);
	size_t len = strlen(c->bytes);

	ck_assert_ptr_nonnull(head);
	if (len > 1)
		ck_assert_uint_eq(http_head_feed(head, c->bytes, len - 1), HTTP_HEAD_MORE);
	ck_assert_uint_eq(http_head_feed(head, c->bytes + len - 1, 1), HTTP_HEAD_REFUSED);
	ck_assert_int_eq(http_head_status(head), c->status);
	ck_assert_uint_gt(strlen(http_head_reason(head)), 0);
	http_head_free(head);
}
END_TEST

START_TEST(empty_lines_leave_the_head_untouched)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	ck_assert(http_head_is_untouched(head));
	ck_assert_uint_eq(http_head_feed(head, "", 0), HTTP_HEAD_MORE);
	ck_assert_uint_eq(http_head_feed(head, "\r\n\r", 3), HTTP_HEAD_MORE);
	ck_assert(http_head_is_untouched(head));
	ck_assert_uint_eq(http_head_feed(head, "\nG", 2), HTTP_HEAD_MORE);
	ck_assert(!http_head_is_untouched(head));
	http_head_free(head);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/head: bytes and limits");
	TCase *tcase = tcase_create("http_head_feed: bytes");

	tcase_add_test(tcase, a_method_is_a_token_or_nothing);
	tcase_add_test(tcase, a_target_is_printable_ascii_without_fragment);
	tcase_add_test(tcase, a_name_is_a_token_up_to_the_colon);
	tcase_add_test(tcase, a_value_has_no_control_but_the_tab);
	tcase_add_test(tcase, nothing_but_a_method_or_an_empty_line_begins_a_request);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("http_head_feed: limits");
	tcase_add_loop_test(tcase, a_limit_is_the_most_that_is_accepted, 0, COUNT(limit_cases));
	tcase_add_loop_test(tcase, a_refusal_says_why, 0, COUNT(reason_cases));
	tcase_add_loop_test(tcase, a_refusal_does_not_wait_for_more, 0, COUNT(early_cases));
	tcase_add_test(tcase, empty_lines_leave_the_head_untouched);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
