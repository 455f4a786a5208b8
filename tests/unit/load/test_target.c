/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/target: of the addresses of a name, those that nothing may be
 * sent to are sent nothing. Names are the test's own: it stands between the code and
 * getaddrinfo(3), and between it and connect(2), which goes nowhere here.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "usher-load/plan.h"
#include "usher-load/target.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define ADDRESSES_MAX 3

struct name {
	const char *addresses[ADDRESSES_MAX + 1];
	const char *chosen;          /* without --allow-remote; NULL: it is refused */
	unsigned connects;           /* then */
	unsigned connects_to_remote; /* with it */
};

static const struct name names[] = {
	{ { "10.0.0.1" }, "10.0.0.1:9", 0, 0 },
	{ { "8.8.8.8" }, NULL, 0, 0 },
	{ { "8.8.8.8", "2001:4860:4860::8888" }, NULL, 0, 2 },
	{ { "8.8.8.8", "10.0.0.1" }, "10.0.0.1:9", 0, 2 },
	{ { "10.0.0.1", "::ffff:8.8.8.8", "10.0.0.2" }, "10.0.0.1:9", 2, 3 },
};

static const struct name *resolved;
static unsigned connects, connects_to_remote;

int __real_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_connect(int, const struct sockaddr *, socklen_t);

int
__wrap_getaddrinfo(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	struct addrinfo **end = ret_list;

	if (!resolved)
		return __real_getaddrinfo(node, service, hints, ret_list);
	for (int i = 0; resolved->addresses[i]; i++) {
		int result = __real_getaddrinfo(resolved->addresses[i], service, hints, end);

		if (result != 0)
			return result;
		end = &(*end)->ai_next;
	}
	return 0;
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct address target = { .len = len };

	(void)fd;
	memcpy(&target.any, address, len);
	connects++;
	connects_to_remote += !target_is_near(&target);
	errno = ECONNREFUSED;
	return -1;
}

static int
resolve(bool may_be_remote, struct address *ret_address, struct text *error)
{
	struct target_url url;

	connects = 0;
	connects_to_remote = 0;
	ck_assert_int_eq(target_parse("tcp://name.test:9", &url, error), 0);
	return target_resolve(
	    &url, transport_for("tcp", url.host), may_be_remote, ret_address, error);
}

START_TEST(to_a_public_address_nothing_is_sent)
{
	const struct name *name = resolved = &names[_i];
	char room[400], place[ADDRESS_TEXT_MAX];
	struct text error = text_over(room, sizeof(room)), text = text_over(place, sizeof(place));
	struct address address;

	ck_assert_int_eq(resolve(false, &address, &error), name->chosen ? 0 : -EPERM);
	ck_assert_uint_eq(connects_to_remote, 0);
	ck_assert_uint_eq(connects, name->connects);
	if (name->chosen) {
		address_put(&text, &address);
		ck_assert_str_eq(text_string(&text), name->chosen);
	} else {
		ck_assert_ptr_nonnull(strstr(text_string(&error), "--allow-remote"));
	}
}
END_TEST

START_TEST(with_consent_the_first_that_accepts_is_looked_for)
{
	char room[400];
	struct text error = text_over(room, sizeof(room));
	struct address address;

	resolved = &names[_i];
	ck_assert_int_eq(resolve(true, &address, &error), 0);
	ck_assert_uint_eq(connects, names[_i].connects_to_remote);
}
END_TEST

/* Both have the authority "localhost". */
START_TEST(a_unix_socket_is_not_taken_for_localhost)
{
	const struct options options = { .urls = { "unix:/a:/", "http://localhost/", "unix:/a:/b" },
		.url_count = 3,
		.connections = 10,
		.threads = 1,
		.arrivals = "constant",
		.pipeline = 1,
		.timeout_us = 1000000,
		.transport = "tcp" };
	struct plan *plan = malloc(sizeof(*plan));
	char room[400];
	struct text error = text_over(room, sizeof(room));
	int status;

	ck_assert_ptr_nonnull(plan);
	resolved = NULL;
	ck_assert_int_eq(plan_make(plan, &options, &status, &error), 0);
	ck_assert_uint_eq(plan->target_count, 2);
	ck_assert_uint_eq(plan->targets[0].mix.count, 2);
	ck_assert_uint_eq(plan->targets[1].mix.count, 1);
	plan_done(plan);
	free(plan);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("target");
	TCase *tcase = tcase_create("target");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, to_a_public_address_nothing_is_sent, 0, COUNT(names));
	tcase_add_loop_test(
	    tcase, with_consent_the_first_that_accepts_is_looked_for, 0, COUNT(names));
	tcase_add_test(tcase, a_unix_socket_is_not_taken_for_localhost);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
