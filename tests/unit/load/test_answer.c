/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/answer: where a response ends, wherever its bytes are cut.
 */
#include "usher-load/answer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *text;
	const char *rest; /* what is left of `text` for the next answer */
	unsigned status;
	uint64_t body_bytes;
	bool keeps;
	bool is_to_head;
} whole[] = {
	{ OK "Content-Length: 5\r\n\r\nhello", "", 200, 5, true },
	{ OK "content-length:5\r\n\r\nhelloHTTP/1.1 2", "HTTP/1.1 2", 200, 5, true },
	{ OK "Content-Length: 0\r\n\r\nH", "H", 200, 0, true },
	{ OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "", 200, 5, true },
	{ OK "Content-Length: 5\nServer: bare LF\n\nhello", "", 200, 5, true },
	{ "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx", "", 404, 1, true },
	{ "HTTP/1.1 404 \r\nContent-Length: 1\r\n\r\nx", "", 404, 1, true },
	{ OK "Content-Length: 1\r\nConnection: close\r\n\r\nx", "", 200, 1, false },
	{ OK "Content-Length: 1\r\nConnection: foo, Close\r\n\r\nx", "", 200, 1, false },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "", 200, 1, false },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", "", 200, 1,
	    true },
	{ "HTTP/1.1 204 No Content\r\n\r\nH", "H", 204, 0, true },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nH", "H", 304, 0, true },
	{ OK "Content-Length: 9\r\n\r\nH", "H", 200, 0, true, .is_to_head = true },
	{ OK "Transfer-Encoding: chunked\r\n\r\nH", "H", 200, 0, true, .is_to_head = true },
	{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\nH", "H", 200,
	    6, true },
	{ OK "Transfer-Encoding: gzip, Chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n", "", 200,
	    1, true },
	{ OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "", 200, 0, true },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n" OK
	  "Content-Length: 2\r\n\r\nab",
	    "", 200, 2, true },
	{ "HTTP/1.1 101 Switching Protocols\r\n\r\nraw", "raw", 101, 0, true },
	{ OK "X-Connection: close\r\nConnectionx: close\r\nContent-Length: 1\r\n\r\nx", "", 200, 1,
	    true },
};

/* Feeds `text` in pieces of `piece` bytes; what is left when it is complete, or NULL. */
static const char *
feed(struct answer *answer, const char *text, size_t piece, enum answer_verdict *ret_verdict)
{
	size_t len = strlen(text), at = 0;

	*ret_verdict = ANSWER_MORE;
	while (at < len && *ret_verdict == ANSWER_MORE) {
		size_t part = len - at < piece ? len - at : piece, taken = 0;

		*ret_verdict = answer_feed(answer, text + at, part, &taken);
		if (*ret_verdict == ANSWER_BAD)
			return NULL;
		if (*ret_verdict == ANSWER_MORE)
			ck_assert_uint_eq(taken, part);
		at += taken;
	}
	return text + at;
}

START_TEST(a_response_ends_where_its_framing_says)
{
	for (size_t piece = 1; piece <= strlen(whole[_i].text); piece++) {
		struct answer answer;
		enum answer_verdict verdict;
		const char *rest;

		answer_begin(&answer, whole[_i].is_to_head, NULL);
		rest = feed(&answer, whole[_i].text, piece, &verdict);
		ck_assert_msg(
		    verdict == ANSWER_DONE, "in pieces of %zu: verdict %d", piece, verdict);
		ck_assert_str_eq(rest, whole[_i].rest);
		ck_assert_uint_eq(answer.status, whole[_i].status);
		ck_assert_uint_eq(answer.body_bytes, whole[_i].body_bytes);
		ck_assert_int_eq(answer.keeps, whole[_i].keeps);
	}
}
END_TEST

static const char *const bad[] = {
	"220 mail.example ESMTP\r\n",
	"HTTP/2 200\r\n",
	"HTTP/1.1 20 OK\r\n",
	"HTTP/1.1 2000 OK\r\n",
	"HTTP/1.1 abc\r\n",
	"HTTP/1.1 000 None\r\n",
	"\r\n",
	OK "Content-Length: x\r\n",
	OK "Content-Length: -1\r\n",
	OK "Content-Length: 5\r\nContent-Length: 6\r\n",
	OK "Content-Length: 99999999999999999999\r\n",
	OK "Transfer-Encoding: chunked\r\n\r\nhello\r\n",
	OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX",
};

START_TEST(what_is_no_http_is_bad_wherever_it_is_cut)
{
	for (size_t piece = 1; piece <= strlen(bad[_i]); piece++) {
		struct answer answer;
		enum answer_verdict verdict;

		answer_begin(&answer, false, NULL);
		(void)feed(&answer, bad[_i], piece, &verdict);
		ck_assert_msg(
		    verdict == ANSWER_BAD, "in pieces of %zu: verdict %d", piece, verdict);
	}
}
END_TEST

START_TEST(a_body_without_a_length_ends_with_the_connection)
{
	struct answer answer;
	enum answer_verdict verdict;

	answer_begin(&answer, false, NULL);
	(void)feed(&answer, OK "\r\nhello", 3, &verdict);
	ck_assert_int_eq(verdict, ANSWER_MORE);
	ck_assert_int_eq(answer_end(&answer), ANSWER_DONE);
	ck_assert_uint_eq(answer.body_bytes, 5);
	ck_assert(!answer.keeps);
}
END_TEST

START_TEST(an_end_elsewhere_leaves_it_unfinished)
{
	static const char *const cut[] = { "", "HTTP/1.1 200", OK,
		OK "Content-Length: 5\r\n\r\nhell",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" };
	struct answer answer;
	enum answer_verdict verdict;

	for (int i = 0; i < COUNT(cut); i++) {
		answer_begin(&answer, false, NULL);
		(void)feed(&answer, cut[i], 7, &verdict);
		ck_assert_int_eq(verdict, ANSWER_MORE);
		ck_assert_int_eq(answer_end(&answer), ANSWER_MORE);
		ck_assert_int_eq(answer.has_bytes, i > 0);
	}
}
END_TEST

START_TEST(a_head_has_a_largest_size)
{
	size_t len = ANSWER_HEAD_MAX + 100;
	char *text = malloc(len + 1);
	struct answer answer;
	enum answer_verdict verdict;

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', len);
	text[len] = '\0';
	memcpy(text, OK, strlen(OK));
	answer_begin(&answer, false, NULL);
	(void)feed(&answer, text, 4096, &verdict);
	ck_assert_int_eq(verdict, ANSWER_BAD);
	free(text);
}
END_TEST

START_TEST(the_digest_is_that_of_the_content)
{
	/* Of "hello". */
	static const char hex[] =
	    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
	uint8_t wanted[SHA256_BYTES], found[SHA256_BYTES];
	struct sha256 hash;
	struct answer answer;
	enum answer_verdict verdict;

	ck_assert_int_eq(sha256_parse(slice_of(hex), wanted), 0);
	answer_begin(&answer, false, &hash);
	(void)feed(&answer, OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	    1, &verdict);
	sha256_finish(&hash, found);
	ck_assert_mem_eq(found, wanted, sizeof(found));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("answer");
	TCase *tcase = tcase_create("answer");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_response_ends_where_its_framing_says, 0, COUNT(whole));
	tcase_add_loop_test(tcase, what_is_no_http_is_bad_wherever_it_is_cut, 0, COUNT(bad));
	tcase_add_test(tcase, a_body_without_a_length_ends_with_the_connection);
	tcase_add_test(tcase, an_end_elsewhere_leaves_it_unfinished);
	tcase_add_test(tcase, a_head_has_a_largest_size);
	tcase_add_test(tcase, the_digest_is_that_of_the_content);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
