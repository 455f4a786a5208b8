/* SPDX-License-Identifier: MIT
 *
 * Tests of base/address.
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define UNIX_NAME_OFFSET offsetof(struct sockaddr_un, sun_path)

static struct address
parsed(const char *host, uint16_t port)
{
	struct address address;

	ck_assert_int_eq(address_parse(slice_of(host), port, &address), 0);
	return address;
}

/* What `put` makes of `address`, in a static buffer. */
static const char *
shown(void (*put)(struct text *, const struct address *), const struct address *address)
{
	static char data[ADDRESS_TEXT_MAX];
	struct text text = text_over(data, sizeof(data));

	put(&text, address);
	ck_assert(!text.is_truncated);
	return text_string(&text);
}

/* `host` is NULL where the string is refused. */
static const struct {
	const char *string;
	const char *host;
	uint16_t port;
} split_cases[] = {
	{ ":8080", "", 8080 },
	{ "127.0.0.1:0", "127.0.0.1", 0 },
	{ "[::1]:8080", "::1", 8080 },
	{ "[fe80::1%eth0]:80", "fe80::1%eth0", 80 },
	{ "localhost:80", "localhost", 80 },
	{ "*:65535", "*", 65535 },
	{ "unix:/run/usher.sock", "unix:/run/usher.sock", 0 },
	{ "unix:@usher", "unix:@usher", 0 },
	{ "unix:/a:80", "unix:/a:80", 0 },
	{ "", NULL, 0 },
	{ ":", NULL, 0 },
	{ "8080", NULL, 0 },
	{ "localhost", NULL, 0 },
	{ "localhost:", NULL, 0 },
	{ "localhost:http", NULL, 0 },
	{ "localhost:65536", NULL, 0 },
	{ "localhost:-1", NULL, 0 },
	{ "localhost: 80", NULL, 0 },
	{ "::1:80", NULL, 0 },
	{ "::1", NULL, 0 },
	{ "[::1]", NULL, 0 },
	{ "[::1]80", NULL, 0 },
	{ "[::1]:", NULL, 0 },
	{ "[::1", NULL, 0 },
	{ "[]:80", NULL, 0 },
	{ "[localhost]:80", NULL, 0 },
	{ "unix:", NULL, 0 },
};

START_TEST(a_listening_address_is_cut_into_host_and_port)
{
	struct slice host = SLICE("untouched");
	uint16_t port = 4711;
	int result = address_split(split_cases[_i].string, &host, &port);

	if (split_cases[_i].host) {
		ck_assert_int_eq(result, 0);
		ck_assert(slice_equals(host, slice_of(split_cases[_i].host)));
		ck_assert_uint_eq(port, split_cases[_i].port);
	} else {
		ck_assert_int_eq(result, -EINVAL);
		ck_assert(slice_equals(host, SLICE("untouched")));
		ck_assert_uint_eq(port, 4711);
	}
}
END_TEST

/* The text with port 80, and the host alone. */
static const struct {
	const char *host;
	const char *text;
	const char *host_text;
} parse_cases[] = {
	{ "192.0.2.1", "192.0.2.1:80", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0:80", "0.0.0.0" },
	{ "::", "[::]:80", "::" },
	{ "2001:db8::1", "[2001:db8::1]:80", "2001:db8::1" },
	{ "2001:DB8:0:0::1", "[2001:db8::1]:80", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "192.0.2.1:80", "192.0.2.1" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "unix:/run/x", "unix:/run/x", "unix:" },
	{ "unix:relative", "unix:relative", "unix:" },
	{ "unix:@x", "unix:@x", "unix:" },
	{ "unix:/with\nline", "unix:/with?line", "unix:" },
};

START_TEST(an_address_is_parsed_and_shown)
{
	struct address address = parsed(parse_cases[_i].host, 80);

	ck_assert_str_eq(shown(address_put, &address), parse_cases[_i].text);
	ck_assert_str_eq(shown(address_put_host, &address), parse_cases[_i].host_text);
}
END_TEST

static const char *const refused_hosts[] = { "", "localhost", "*", "192.0.2", "192.0.2.256",
	"192.0.2.1 ", " 192.0.2.1", "[::1]", "::g", ":::", "1:2:3:4:5:6:7:8:9", "unix:", "unix:@",
	"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555" };

START_TEST(what_is_no_address_is_refused)
{
	struct address address = { .len = 4711 };

	ck_assert_int_eq(address_parse(slice_of(refused_hosts[_i]), 80, &address), -EINVAL);
	ck_assert_uint_eq(address.len, 4711);
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
	struct address address;

	ck_assert_int_eq(address_parse(SLICE("192.0.2.1\0x"), 80, &address), -EINVAL);
	ck_assert_int_eq(address_parse(SLICE("unix:/a\0b"), 0, &address), -EINVAL);
}
END_TEST

/* Each number at each place, and an IPv4 client of an IPv6 listener. */
START_TEST(an_ipv4_address_is_shown_as_libc_does)
{
	int octets[4] = { 9, 9, 100, 10 };
	char host[64], expected[INET_ADDRSTRLEN];
	struct address address;
	struct in_addr in;

	for (int place = 0; place < 4; place++) {
		for (octets[place] = 0; octets[place] < 256; octets[place]++) {
			const size_t len = strlen("::ffff:");

			(void)snprintf(host, sizeof(host), "::ffff:%d.%d.%d.%d", octets[0],
			    octets[1], octets[2], octets[3]);
			ck_assert_int_eq(inet_pton(AF_INET, host + len, &in), 1);
			ck_assert_ptr_nonnull(inet_ntop(AF_INET, &in, expected, sizeof(expected)));
			address = parsed(host + len, 0);
			ck_assert_str_eq(shown(address_put_host, &address), expected);
			address = parsed(host, 0);
			ck_assert_str_eq(shown(address_put_host, &address), expected);
		}
		octets[place] = 5;
	}
}
END_TEST

START_TEST(a_unix_name_may_have_107_bytes_and_not_108)
{
	char host[5 + 108 + 1] = "unix:";
	struct address address;

	memset(host + 5, 'x', 107);
	host[5] = "/@"[_i];
	address = parsed(host, 0);
	ck_assert_str_eq(shown(address_put, &address), host);
	host[5 + 107] = 'x';
	ck_assert_int_eq(address_parse(slice_of(host), 0, &address), -ENAMETOOLONG);
}
END_TEST

START_TEST(the_length_is_what_the_kernel_expects)
{
	ck_assert_uint_eq(parsed("192.0.2.1", 1).len, sizeof(struct sockaddr_in));
	ck_assert_uint_eq(parsed("::1", 1).len, sizeof(struct sockaddr_in6));
	ck_assert_uint_eq(parsed("unix:/abc", 1).len, UNIX_NAME_OFFSET + 5);
	ck_assert_uint_eq(parsed("unix:@abc", 1).len, UNIX_NAME_OFFSET + 4);
	ck_assert_int_eq(parsed("unix:@abc", 1).un.sun_path[0], '\0');
}
END_TEST

START_TEST(the_port_is_in_host_order_and_zero_for_unix)
{
	struct address in = parsed("127.0.0.1", 8080), in6 = parsed("::1", 8080);
	struct address un = parsed("unix:/x", 8080), none = { 0 };

	ck_assert_uint_eq(address_port(&in), 8080);
	ck_assert_uint_eq(ntohs(in.in.sin_port), 8080);
	ck_assert_uint_eq(address_port(&in6), 8080);
	ck_assert_uint_eq(address_port(&un), 0);
	ck_assert_uint_eq(address_port(&none), 0);
}
END_TEST

START_TEST(only_a_unix_address_is_one)
{
	struct address in = parsed("127.0.0.1", 1), un = parsed("unix:@x", 0), none = { 0 };

	ck_assert(!address_is_unix(&in));
	ck_assert(address_is_unix(&un));
	ck_assert(!address_is_unix(&none));
}
END_TEST

/* bind(2) to port 0 and back: what the kernel says is what is shown. */
START_TEST(what_getsockname_returns_is_taken)
{
	struct address bound = parsed("127.0.0.1", 0), address;
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	char expected[64];
	int fd = socket(bound.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &bound.any, bound.len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	address_from_sockaddr((const struct sockaddr *)&name, len, &address);
	ck_assert_uint_ne(address_port(&address), 0);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", address_port(&address));
	ck_assert_str_eq(shown(address_put, &address), expected);
	close(fd);
}
END_TEST

/* An unbound end of a pair, as accept(2) names a Unix client: the family alone. */
START_TEST(a_unix_client_without_a_name_is_shown_as_such)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	struct address address;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(getpeername(fds[0], (struct sockaddr *)&name, &len), 0);
	address_from_sockaddr((const struct sockaddr *)&name, len, &address);
	ck_assert(address_is_unix(&address));
	ck_assert_str_eq(shown(address_put, &address), "unix:");
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_path_that_fills_sun_path_is_shown_whole)
{
	struct {
		struct sockaddr_un un;
		char beyond; /* the NUL that the kernel counts (unix(7), BUGS) */
	} name = { .un.sun_family = AF_UNIX };
	struct address address;
	const char *text;

	memset(name.un.sun_path, 'x', sizeof(name.un.sun_path));
	address_from_sockaddr((const struct sockaddr *)&name, sizeof(name.un) + 1, &address);
	ck_assert_uint_eq(address.len, sizeof(name.un));
	text = shown(address_put, &address);
	ck_assert_uint_eq(strlen(text), 5 + sizeof(name.un.sun_path));
}
END_TEST

START_TEST(an_abstract_name_of_any_bytes_is_shown_on_one_line)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct address address;

	memcpy(un.sun_path, "\0a\n\0\x7f", 5);
	address_from_sockaddr((const struct sockaddr *)&un, UNIX_NAME_OFFSET + 5, &address);
	ck_assert_str_eq(shown(address_put, &address), "unix:@a???");
}
END_TEST

START_TEST(no_address_and_foreign_families_are_shown_as_a_dash)
{
	struct sockaddr foreign = { .sa_family = AF_NETLINK };
	struct address address = { 0 };

	ck_assert_str_eq(shown(address_put, &address), "-");
	address_from_sockaddr(&foreign, sizeof(foreign), &address);
	ck_assert_str_eq(shown(address_put, &address), "-");
	address_from_sockaddr(&foreign, 1, &address);
	ck_assert_uint_eq(address.len, 0);
}
END_TEST

START_TEST(a_scope_is_shown_by_its_number)
{
	struct address address = parsed("fe80::1", 80);

	address.in6.sin6_scope_id = 2;
	ck_assert_str_eq(shown(address_put, &address), "[fe80::1%2]:80");
}
END_TEST

static const struct {
	const char *host;
	uint16_t port;
} distinct_addresses[] = {
	{ "127.0.0.1", 80 },
	{ "127.0.0.1", 81 },
	{ "127.0.0.2", 80 },
	{ "::ffff:127.0.0.1", 80 },
	{ "::1", 80 },
	{ "::1", 81 },
	{ "::2", 80 },
	{ "unix:/x", 0 },
	{ "unix:/xy", 0 },
	{ "unix:@x", 0 },
};

START_TEST(an_address_equals_itself_and_no_other)
{
	struct address a = parsed(distinct_addresses[_i].host, distinct_addresses[_i].port);

	for (int i = 0; i < COUNT(distinct_addresses); i++) {
		struct address b = parsed(distinct_addresses[i].host, distinct_addresses[i].port);

		ck_assert_int_eq(address_equals(&a, &b), i == _i);
	}
}
END_TEST

START_TEST(scopes_tell_addresses_apart)
{
	struct address a = parsed("fe80::1", 80), b = a;

	b.in6.sin6_scope_id = 2;
	ck_assert(!address_equals(&a, &b));
}
END_TEST

/* bind(2) takes a path with its NUL, without it, or with the rest of sun_path. */
START_TEST(a_path_is_the_same_with_and_without_its_nul)
{
	struct address a = parsed("unix:/x", 0), b = a, c = a;

	b.len--;
	c.len = sizeof(c.un);
	ck_assert(address_equals(&a, &b));
	ck_assert(address_equals(&a, &c));
}
END_TEST

START_TEST(no_address_equals_only_no_address)
{
	struct address none = { 0 }, other_none = { .un.sun_path = "stale" };
	struct address in = parsed("0.0.0.0", 0);

	ck_assert(address_equals(&none, &other_none));
	ck_assert(!address_equals(&none, &in));
}
END_TEST

static TCase *
text_tcase(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(
	    tcase, a_listening_address_is_cut_into_host_and_port, 0, COUNT(split_cases));
	tcase_add_loop_test(tcase, an_address_is_parsed_and_shown, 0, COUNT(parse_cases));
	tcase_add_loop_test(tcase, what_is_no_address_is_refused, 0, COUNT(refused_hosts));
	tcase_add_test(tcase, a_nul_byte_is_refused);
	tcase_add_test(tcase, an_ipv4_address_is_shown_as_libc_does);
	tcase_add_loop_test(tcase, a_unix_name_may_have_107_bytes_and_not_108, 0, 2);
	tcase_add_test(tcase, no_address_and_foreign_families_are_shown_as_a_dash);
	tcase_add_test(tcase, a_scope_is_shown_by_its_number);
	return tcase;
}

static TCase *
kernel_tcase(void)
{
	TCase *tcase = tcase_create("kernel");

	tcase_add_test(tcase, the_length_is_what_the_kernel_expects);
	tcase_add_test(tcase, the_port_is_in_host_order_and_zero_for_unix);
	tcase_add_test(tcase, only_a_unix_address_is_one);
	tcase_add_test(tcase, what_getsockname_returns_is_taken);
	tcase_add_test(tcase, a_unix_client_without_a_name_is_shown_as_such);
	tcase_add_test(tcase, a_path_that_fills_sun_path_is_shown_whole);
	tcase_add_test(tcase, an_abstract_name_of_any_bytes_is_shown_on_one_line);
	return tcase;
}

static TCase *
equality_tcase(void)
{
	TCase *tcase = tcase_create("equality");

	tcase_add_loop_test(
	    tcase, an_address_equals_itself_and_no_other, 0, COUNT(distinct_addresses));
	tcase_add_test(tcase, scopes_tell_addresses_apart);
	tcase_add_test(tcase, a_path_is_the_same_with_and_without_its_nul);
	tcase_add_test(tcase, no_address_equals_only_no_address);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("address");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, text_tcase());
	suite_add_tcase(suite, kernel_tcase());
	suite_add_tcase(suite, equality_tcase());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
