/* SPDX-License-Identifier: MIT
 *
 * Tests of what a plan is made of: usher-load/target, expect, sha256, request,
 * source, pacer.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "usher-load/client.h"
#include "usher-load/expect.h"
#include "usher-load/pacer.h"
#include "usher-load/request.h"
#include "usher-load/sha256.h"
#include "usher-load/source.h"
#include "usher-load/target.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static struct text
sentence(void)
{
	static char room[512];

	return text_over(room, sizeof(room));
}

/* --- Targets ------------------------------------------------------------------ */

static const struct {
	const char *url;
	const char *authority; /* NULL: no URL */
	const char *host;
	uint16_t port;
	const char *path;
} urls[] = {
	{ "http://a", "a", "a", 80, "/" },
	{ "http://a:8080/b?c=d#e", "a:8080", "a", 8080, "/b?c=d" },
	{ "HTTP://A?x", "A", "A", 80, "/?x" },
	{ "http://[::1]:81/", "[::1]:81", "::1", 81, "/" },
	{ "http://[fe80::1%25eth0]:81/a%25b", "[fe80::1]:81", "fe80::1%eth0", 81, "/a%25b" },
	{ "http://[fe80::1%eth0]", "[fe80::1]", "fe80::1%eth0", 80, "/" },
	{ "tcp://[fe80::1%25eth0]:7", "[fe80::1]:7", "fe80::1%eth0", 7, "" },
	{ "http://[fe80::1%]/", NULL },
	{ "http://unix:/run/a.sock", "localhost", "unix:/run/a.sock", 0, "/" },
	{ "unix:/run/a.sock:/b", "localhost", "unix:/run/a.sock", 0, "/b" },
	{ "unix:@name:/b", "localhost", "unix:@name", 0, "/b" },
	{ "tcp://a:7", "a:7", "a", 7, "" },
	{ "tcp://[::1]:7", "[::1]:7", "::1", 7, "" },
	{ "", NULL },
	{ "a", NULL },
	{ "ftp://a/", NULL },
	{ "http://", NULL },
	{ "http:///", NULL },
	{ "http://a:0/", NULL },
	{ "http://a:65536/", NULL },
	{ "http://a b/", NULL },
	{ "http://a/\n", NULL },
	{ "http://user@a/", NULL },
	{ "unix:", NULL },
	{ "unix:/a:b", NULL },
	{ "tcp://a", NULL },
	{ "https://a/", NULL },
};

START_TEST(a_url_is_taken_apart)
{
	struct target_url url;
	struct text error = sentence();
	int result = target_parse(urls[_i].url, &url, &error);

	ck_assert_int_eq(result, urls[_i].authority ? 0 : -EINVAL);
	ck_assert_int_eq(error.len > 0, result != 0);
	if (result != 0)
		return;
	ck_assert_str_eq(url.authority, urls[_i].authority);
	ck_assert_str_eq(url.host, urls[_i].host);
	ck_assert_uint_eq(url.port, urls[_i].port);
	ck_assert_str_eq(url.path, urls[_i].path);
}
END_TEST

static const struct {
	const char *address;
	bool is_near;
} addresses[] = {
	{ "127.0.0.1", true },
	{ "127.255.255.255", true },
	{ "10.1.2.3", true },
	{ "172.16.0.1", true },
	{ "172.31.255.255", true },
	{ "192.168.0.1", true },
	{ "169.254.0.1", true },
	{ "::1", true },
	{ "fe80::1", true },
	{ "fd00::1", true },
	{ "::ffff:10.0.0.1", true },
	{ "unix:/a", true },
	{ "126.255.255.255", false },
	{ "128.0.0.1", false },
	{ "11.0.0.1", false },
	{ "172.15.255.255", false },
	{ "172.32.0.0", false },
	{ "192.169.0.1", false },
	{ "8.8.8.8", false },
	{ "2001:db8::1", false },
	{ "::2", false },
	{ "fe00::1", false },
	{ "::ffff:8.8.8.8", false },
};

START_TEST(near_is_what_is_not_public)
{
	struct address address;

	ck_assert_int_eq(address_parse(slice_of(addresses[_i].address), 80, &address), 0);
	ck_assert_int_eq(target_is_near(&address), addresses[_i].is_near);
}
END_TEST

/* --- Expectations --------------------------------------------------------------- */

START_TEST(statuses_are_a_set)
{
	struct expect expect;

	expect_init(&expect);
	ck_assert(expect_has_status(&expect, 200) && expect_has_status(&expect, 399));
	ck_assert(!expect_has_status(&expect, 199) && !expect_has_status(&expect, 400));
	ck_assert_int_eq(expect_parse_statuses(&expect, SLICE("2xx, 404")), 0);
	ck_assert(expect.has_status);
	ck_assert(expect_has_status(&expect, 299) && expect_has_status(&expect, 404));
	ck_assert(!expect_has_status(&expect, 300) && !expect_has_status(&expect, 403));
	ck_assert_int_eq(expect_parse_statuses(&expect, SLICE("")), -EINVAL);
	ck_assert_int_eq(expect_parse_statuses(&expect, SLICE("20")), -EINVAL);
	ck_assert_int_eq(expect_parse_statuses(&expect, SLICE("200,0xx")), -EINVAL);
	ck_assert_int_eq(expect_parse_statuses(&expect, SLICE("2000")), -EINVAL);
	/* What was wrong has changed nothing. */
	ck_assert(expect_has_status(&expect, 404));
}
END_TEST

/* FIPS 180-4's examples, and lengths around a block's end; of 'a' repeated. */
static const struct {
	const char *text;
	size_t repeated;
	const char *hex;
} digests[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ "a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

START_TEST(a_digest_is_that_of_the_standard)
{
	uint8_t wanted[SHA256_BYTES], found[SHA256_BYTES];
	struct sha256 hash;

	ck_assert_int_eq(sha256_parse(slice_of(digests[_i].hex), wanted), 0);
	sha256_init(&hash);
	for (size_t i = 0; i < digests[_i].repeated; i++)
		sha256_take(&hash, digests[_i].text, strlen(digests[_i].text));
	sha256_finish(&hash, found);
	ck_assert_mem_eq(found, wanted, sizeof(found));
}
END_TEST

/* --- Requests -------------------------------------------------------------------- */

static const char *const headers[] = { "Host: b", "X: y" };

static const struct {
	struct request_parts parts;
	const char *bytes; /* NULL: it is refused */
} requests[] = {
	{ { .method = "GET", .authority = "a:1", .path = "/" },
	    "GET / HTTP/1.1\r\nHost: a:1\r\n\r\n" },
	{ { .method = "GET", .authority = "a", .path = "/", .headers = headers, .header_count = 2 },
	    "GET / HTTP/1.1\r\nHost: b\r\nX: y\r\n\r\n" },
	{ { .method = "GET", .authority = "a", .path = "/", .says_close = true },
	    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
	{ { .method = "POST", .authority = "a", .path = "/", .body = "xyz", .body_len = 3 },
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz" },
	{ { .method = "PUT", .authority = "a", .path = "/" },
	    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" },
	{ { .method = "G T", .authority = "a", .path = "/" }, NULL },
	{ { .method = "GET", .authority = "a", .path = "" }, NULL },
	{ { .method = "GET", .authority = "a", .path = "/a b" }, NULL },
};

START_TEST(a_request_is_made_once_and_whole)
{
	struct request_mix mix = { NULL, 0, 0 };
	struct text error = sentence();
	int result = request_mix_add(&mix, &requests[_i].parts, &error);

	ck_assert_int_eq(result, requests[_i].bytes ? 0 : -EINVAL);
	if (result == 0) {
		ck_assert_uint_eq(mix.items[0].len, strlen(requests[_i].bytes));
		ck_assert_mem_eq(mix.items[0].bytes, requests[_i].bytes, mix.items[0].len);
	}
	request_mix_done(&mix);
}
END_TEST

START_TEST(each_request_has_its_part_of_the_weights)
{
	static const uint64_t weights[] = { 1, 3, 6 };
	struct request_mix mix = { NULL, 0, 0 };
	struct text error = sentence();
	unsigned counts[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		struct request_parts parts = {
			.method = "GET", .authority = "a", .path = "/", .weight = weights[i]
		};

		ck_assert_int_eq(request_mix_add(&mix, &parts, &error), 0);
	}
	for (uint64_t number = 0; number < mix.weight; number++)
		counts[request_mix_at(&mix, number) - mix.items]++;
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(counts[i], weights[i]);
	request_mix_done(&mix);
}
END_TEST

/* --- Sources --------------------------------------------------------------------- */

START_TEST(sources_are_addresses_and_ranges)
{
	static const char *const wrong[] = { "", "a", "127.0.0.2-", "127.0.0.3-127.0.0.2",
		"::1-::2", "unix:/a", "127.0.0.0-127.0.255.255" };
	struct source_list *list = calloc(1, sizeof(*list));
	struct text error = sentence();

	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(source_add(list, "127.0.0.9", &error), 0);
	ck_assert_int_eq(source_add(list, "127.0.0.254-127.0.1.1", &error), 0);
	ck_assert_uint_eq(list->count, 5);
	ck_assert_uint_eq(ntohl(list->addresses[4].in.sin_addr.s_addr), 0x7f000101);
	for (int i = 0; i < COUNT(wrong); i++) {
		error = sentence();
		ck_assert_int_eq(source_add(list, wrong[i], &error), -EINVAL);
		ck_assert_uint_gt(error.len, 0);
	}
	free(list);
}
END_TEST

/* --- Arrivals --------------------------------------------------------------------- */

START_TEST(constant_arrivals_keep_their_distance)
{
	struct pacer pacer;

	pacer_init(&pacer, 1000, 1e6, 0.5, false, 1);
	ck_assert_int_eq(pacer_due_ns(&pacer), 1500);
	pacer_advance(&pacer);
	ck_assert_int_eq(pacer_due_ns(&pacer), 2500);
	/* 2500, 3500 … 10500. */
	ck_assert_uint_eq(pacer_skip_until(&pacer, 10500), 9);
	ck_assert_int_eq(pacer_due_ns(&pacer), 11500);
}
END_TEST

/* Of an exponential distribution 1/e of all intervals are longer than the mean, and
 * the standard deviation is the mean. */
START_TEST(poisson_arrivals_have_an_exponential_distribution)
{
	enum { ARRIVALS = 200000 };
	struct pacer pacer;
	double sum = 0, squares = 0;
	unsigned longer = 0;

	pacer_init(&pacer, 0, 1e6, 0, true, 7);
	for (int i = 0; i < ARRIVALS; i++) {
		double before = pacer.next, interval;

		pacer_advance(&pacer);
		interval = pacer.next - before;
		ck_assert_double_ge(interval, 0);
		sum += interval;
		squares += interval * interval;
		longer += interval > 1000;
	}
	ck_assert_double_eq_tol(sum / ARRIVALS, 1000, 10);
	ck_assert_double_eq_tol(squares / ARRIVALS, 2e6, 4e4);
	ck_assert_double_eq_tol((double)longer / ARRIVALS, 0.3679, 0.005);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_arrivals)
{
	struct pacer one, same, other;

	pacer_init(&one, 0, 1000, 0, true, 3);
	pacer_init(&same, 0, 1000, 0, true, 3);
	pacer_init(&other, 0, 1000, 0, true, 4);
	for (int i = 0; i < 100; i++) {
		pacer_advance(&one);
		pacer_advance(&same);
		pacer_advance(&other);
	}
	ck_assert_int_eq(pacer_due_ns(&one), pacer_due_ns(&same));
	ck_assert_int_ne(pacer_due_ns(&one), pacer_due_ns(&other));
}
END_TEST

/* --- Failed connections ------------------------------------------------------------ */

static const struct {
	int error;
	enum outcome outcome;
} failures[] = {
	{ ECONNREFUSED, OUTCOME_REFUSED },
	{ ENOENT, OUTCOME_REFUSED },
	{ ETIMEDOUT, OUTCOME_CONNECT_TIMEOUT },
	{ EHOSTUNREACH, OUTCOME_CONNECT_FAILED },
	{ ECONNRESET, OUTCOME_CONNECT_FAILED },
	{ EADDRNOTAVAIL, OUTCOME_NO_PORTS },
	{ EADDRINUSE, OUTCOME_NO_PORTS },
	{ EMFILE, OUTCOME_NO_DESCRIPTORS },
	{ ENFILE, OUTCOME_NO_DESCRIPTORS },
	{ ENOMEM, OUTCOME_OWN_FAILURE },
	{ ENOBUFS, OUTCOME_OWN_FAILURE },
};

START_TEST(a_failure_to_connect_says_whose_it_is)
{
	ck_assert_int_eq(client_connect_outcome(failures[_i].error), failures[_i].outcome);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_url_is_taken_apart, 0, COUNT(urls));
	tcase_add_loop_test(tcase, near_is_what_is_not_public, 0, COUNT(addresses));
	tcase_add_test(tcase, statuses_are_a_set);
	tcase_add_loop_test(tcase, a_digest_is_that_of_the_standard, 0, COUNT(digests));
	tcase_add_loop_test(tcase, a_request_is_made_once_and_whole, 0, COUNT(requests));
	tcase_add_test(tcase, each_request_has_its_part_of_the_weights);
	tcase_add_test(tcase, sources_are_addresses_and_ranges);
	tcase_add_test(tcase, constant_arrivals_keep_their_distance);
	tcase_add_test(tcase, poisson_arrivals_have_an_exponential_distribution);
	tcase_add_test(tcase, the_same_seed_gives_the_same_arrivals);
	tcase_add_loop_test(tcase, a_failure_to_connect_says_whose_it_is, 0, COUNT(failures));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
