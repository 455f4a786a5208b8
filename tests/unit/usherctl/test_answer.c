/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/answer: what is an answer of HTTP and what is none, wherever the
 * bytes are cut.
 */
#include "usherctl/answer.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* `ends`: the connection has to end before it is complete. */
static const struct {
	const char *bytes;
	int status;
	const char *type;
	const char *body;
	bool ends;
} accepted[] = {
	{ OK_HEAD "Content-Length: 2\r\n\r\nok", 200, "", "ok", false },
	{ OK_HEAD "Content-Length: 0\r\n\r\n", 200, "", "", false },
	{ OK_HEAD "content-length:2\r\nX: \r\n\r\nok", 200, "", "ok", false },
	{ "HTTP/1.0 503 \r\nContent-Length: 1\r\n\r\n\n", 503, "", "\n", false },
	{ OK_HEAD "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 200,
	    "application/json", "{}", false },
	{ OK_HEAD "Content-Type: text/plain ; charset=utf-8\r\nContent-Length: 0\r\n\r\n", 200,
	    "text/plain", "", false },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;a=b\r\n!\r\n0\r\nT: x\r\n\r\n",
	    200, "", "ok!", false },
	{ OK_HEAD "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 200, "", "", false },
	{ "HTTP/1.1 204 No Content\r\n\r\n", 204, "", "", false },
	{ OK_HEAD "\r\nall of it", 200, "", "all of it", true },
	{ OK_HEAD "\r\n", 200, "", "", true },
};

static int
feed_pieces(struct answer *answer, const char *bytes, size_t len, size_t piece)
{
	int error = 0;

	for (size_t at = 0; error == 0 && at < len; at += piece)
		error = answer_feed(answer, bytes + at, piece < len - at ? piece : len - at);
	return error;
}

START_TEST(an_answer_is_read_wherever_it_is_cut)
{
	size_t len = strlen(accepted[_i].bytes);

	for (size_t piece = 1; piece <= len; piece++) {
		struct answer *answer = answer_new();

		ck_assert_int_eq(feed_pieces(answer, accepted[_i].bytes, len, piece), 0);
		ck_assert_int_eq(answer->state == ANSWER_COMPLETE, !accepted[_i].ends);
		ck_assert_int_eq(answer_end(answer), 0);
		ck_assert_int_eq(answer->status, accepted[_i].status);
		ck_assert_str_eq(answer->type, accepted[_i].type);
		ck_assert_str_eq(answer_body(answer), accepted[_i].body);
		ck_assert_uint_eq(answer->body_len, strlen(accepted[_i].body));
		answer_free(answer);
	}
}
END_TEST

static const struct {
	const char *bytes;
	int error;
} refused[] = {
	{ "SSH-2.0-OpenSSH_9.2\r\n", -EBADMSG },
	{ "H", 0 },
	{ "HTTP/2 200\r\n\r\n", -EBADMSG },
	{ "HTTP/1.2 200 OK\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 20 OK\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 2000 OK\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 200\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 100 Continue\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 600 X\r\n\r\n", -EBADMSG },
	{ "HTTP/1.1 -20 X\r\n\r\n", -EBADMSG },
	{ OK_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", -EBADMSG },
	{ OK_HEAD "Content-Length: 2, 2\r\n\r\nok", -EBADMSG },
	{ OK_HEAD "Content-Length: +2\r\n\r\nok", -EBADMSG },
	{ OK_HEAD "Content-Length: \r\n\r\n", -EBADMSG },
	{ OK_HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", -EBADMSG },
	{ OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", -EBADMSG },
	{ OK_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", -EBADMSG },
	{ OK_HEAD "Content-Length: 99999999999999999999\r\n\r\n", -EFBIG },
	{ OK_HEAD "Content-Length: 67108865\r\n\r\n", -EFBIG },
	{ OK_HEAD "no colon\r\n\r\n", -EBADMSG },
	{ OK_HEAD ": nameless\r\n\r\n", -EBADMSG },
	{ OK_HEAD "A : b\r\n\r\n", -EBADMSG },
	{ OK_HEAD "A: b\n\r\n\r\n", -EBADMSG },
	{ OK_HEAD "A: b\rc\r\n\r\n", -EBADMSG },
	{ OK_HEAD "A: b\r\n folded\r\n\r\n", -EBADMSG },
	{ OK_HEAD "Content-Length: 2\r\n\r\nok and more", -EBADMSG },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", -EBADMSG },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", -EBADMSG },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore", -EBADMSG },
	/* Cut: refused at the end. */
	{ "", 0 },
	{ OK_HEAD, 0 },
	{ OK_HEAD "Content-Length: 3\r\n\r\nok", 0 },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", 0 },
};

START_TEST(what_is_no_answer_is_refused)
{
	struct answer *answer = answer_new();

	ck_assert_int_eq(
	    answer_feed(answer, refused[_i].bytes, strlen(refused[_i].bytes)), refused[_i].error);
	if (refused[_i].error == 0)
		ck_assert_int_eq(answer_end(answer), -EPIPE);
	answer_free(answer);
}
END_TEST

START_TEST(a_head_has_a_limit)
{
	struct answer *answer = answer_new();
	const char line[] = "X: 0123456789\r\n";
	int error = answer_feed(answer, OK_HEAD, sizeof(OK_HEAD) - 1);

	for (size_t sent = 0; error == 0 && sent < 2 * ANSWER_HEAD_MAX; sent += sizeof(line) - 1)
		error = answer_feed(answer, line, sizeof(line) - 1);
	ck_assert_int_eq(error, -EFBIG);
	answer_free(answer);
}
END_TEST

START_TEST(a_body_without_a_length_has_a_limit)
{
	const size_t piece = 1024 * 1024;
	struct answer *answer = answer_new();
	char *bytes = calloc(1, piece);
	int error = answer_feed(answer, OK_HEAD "\r\n", sizeof(OK_HEAD "\r\n") - 1);
	size_t sent = 0;

	for (; error == 0 && sent < 2 * ANSWER_BODY_MAX; sent += piece)
		error = answer_feed(answer, bytes, piece);
	ck_assert_int_eq(error, -EFBIG);
	ck_assert_uint_le(sent, ANSWER_BODY_MAX + piece);
	free(bytes);
	answer_free(answer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("answer");
	TCase *tcase = tcase_create("answer");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, an_answer_is_read_wherever_it_is_cut, 0, COUNT(accepted));
	tcase_add_loop_test(tcase, what_is_no_answer_is_refused, 0, COUNT(refused));
	tcase_add_test(tcase, a_head_has_a_limit);
	tcase_add_test(tcase, a_body_without_a_length_has_a_limit);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
