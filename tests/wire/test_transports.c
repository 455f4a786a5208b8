/* SPDX-License-Identifier: MIT
 *
 * transports: HTTP over each transport, and what happens to addresses: taken ones,
 * stale socket files, backlogs that the kernel clamps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/transports.h"
#include "harness/wire.h"

#define HELLO "service \"site\" {\n" ROUTES "}\n" TRACED

/* A configuration with a listener "web" that has these lines. Owned. */
static char *
with_listener(const char *address, const char *lines)
{
	struct bytes config = { 0 };

	bytes_put_format(&config,
	    "listener \"web\" { address = \"%s\" port = 0 service = \"site\" %s }\n" HELLO, address,
	    lines);
	return config.data;
}

static struct usherd *
start_listener(const char *address, const char *lines)
{
	char *config = with_listener(address, lines);
	struct usherd *usherd = usherd_start(config);

	free(config);
	return usherd;
}

/* Runs usherd with such a listener, which it has to refuse. */
static struct outcome
run_refused(const char *address, const char *lines)
{
	char *config = with_listener(address, lines);
	struct outcome outcome;

	char *expanded = place_expand(config);

	put_file("refused.conf", expanded);
	free(expanded);
	free(config);
	outcome = usherd_run(ARGS("-c", "@dir@/refused.conf"));
	ck_assert_msg(outcome.status == 1, "exit status %d: %s", outcome.status, outcome.err);
	return outcome;
}

START_TEST(http_is_spoken_over_it)
{
	const struct wire_transport *transport = wire_transport(_i);
	char lines[64];
	struct usherd *usherd;
	struct client *client;

	wire_about(transport->name);
	(void)snprintf(lines, sizeof(lines), "transport = %s", transport->name);
	if (!wire_transport_exists(transport)) {
		struct outcome outcome = run_refused(transport->address, lines);

		ck_assert_ptr_nonnull(strstr(outcome.err, "kernel"));
		return;
	}
	if (transport->keeps_messages) {
		struct outcome outcome = run_refused(transport->address, lines);

		ck_assert_ptr_nonnull(strstr(outcome.err, "http needs a stream"));
		return;
	}
	usherd = start_listener(transport->address, lines);
	client = wire_connect(usherd, "web");
	for (int i = 0; i < 3; i++) {
		send_get(client, "/hello");
		expect_response(client, 200);
		expect_body(client, "hello\n");
	}
	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(the_wildcard_serves_both_families)
{
	struct usherd *usherd = start_listener("*", "");
	struct endpoint endpoint = usherd_endpoint(usherd, "web");
	struct endpoint v4 = endpoint;
	struct client *client;

	if (endpoint.address.any.sa_family != AF_INET6) {
		WIRE_SKIP("this kernel has no IPv6");
		return;
	}
	client = wire_connect(usherd, "web");
	send_get(client, "/hello");
	expect_response(client, 200);
	v4.address.in = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = endpoint.address.in6.sin6_port,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	v4.address.len = sizeof(v4.address.in);
	client = wire_connect_to(&v4, 0);
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(several_listeners_serve_at_once)
{
	struct usherd *usherd = usherd_start(
	    "listener \"one\" { address = \"127.0.0.1\" port = 0 service = \"site\" }\n"
	    "listener \"two\" { address = \"unix:@dir@/two.sock\" service = \"site\" }\n"
	    "listener \"three\" { address = \"127.0.0.1\" port = 0 service = \"echo\" }\n"
	    "service \"echo\" { protocol = echo }\n" HELLO);
	struct client *one = wire_connect(usherd, "one");
	struct client *two = wire_connect(usherd, "two");
	struct client *three = wire_connect(usherd, "three");

	send_get(one, "/hello");
	send_get(two, "/hello");
	send_text(three, "hello");
	expect_response(one, 200);
	expect_response(two, 200);
	expect_text(three, "hello");
}
END_TEST

START_TEST(several_loops_serve_one_address)
{
	struct usherd *usherd = usherd_start("loops = 3\n" SITE);

	for (int i = 0; i < 20; i++) {
		struct client *client = wire_connect(usherd, "web");

		send_get(client, "/hello");
		expect_response(client, 200);
	}
}
END_TEST

/* --- Addresses ------------------------------------------------------------ */

START_TEST(a_port_that_is_taken_is_an_error_that_says_so)
{
	struct usherd *usherd = usherd_start(SITE);
	struct endpoint endpoint = usherd_endpoint(usherd, "web");
	char argument[64];
	struct outcome outcome;

	(void)snprintf(
	    argument, sizeof(argument), "127.0.0.1:%u", ntohs(endpoint.address.in.sin_port));
	put_file("www/x", "x");
	outcome = usherd_run(ARGS("-r", "@dir@/www", "-l", argument));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, argument));
	ck_assert_ptr_nonnull(strstr(outcome.err, strerror(EADDRINUSE)));
}
END_TEST

START_TEST(an_address_of_no_interface_is_an_error_that_says_so)
{
	struct outcome outcome = run_refused("192.0.2.1", "");

	ck_assert_ptr_nonnull(strstr(outcome.err, "192.0.2.1"));
}
END_TEST

/* Leaves a socket file behind, as a process that was killed does. */
static void
leave_stale_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", place_dir(), name);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)close(fd);
}

START_TEST(a_stale_unix_socket_is_replaced)
{
	struct client *client;

	leave_stale_socket("stale.sock");
	client = wire_connect(start_listener("unix:@dir@/stale.sock", ""), "web");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_live_unix_socket_is_an_error_and_stays)
{
	struct usherd *usherd = start_listener("unix:@dir@/live.sock", "");
	struct outcome outcome = run_refused("unix:@dir@/live.sock", "");
	struct client *client;

	ck_assert_ptr_nonnull(strstr(outcome.err, "live.sock"));
	client = wire_connect(usherd, "web");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_never_replaced)
{
	char path[256];
	struct stat status;

	put_file("precious", "precious");
	(void)run_refused("unix:@dir@/precious", "");
	(void)snprintf(path, sizeof(path), "%s/precious", place_dir());
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert(S_ISREG(status.st_mode) && status.st_size == 8);
}
END_TEST

START_TEST(a_unix_socket_has_its_mode_and_goes_with_its_daemon)
{
	struct usherd *usherd = start_listener("unix:@dir@/moded.sock", "mode = 0600");
	char path[256];
	struct stat status;

	(void)snprintf(path, sizeof(path), "%s/moded.sock", place_dir());
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	usherd_stop(usherd);
	ck_assert_int_eq(stat(path, &status), -1);
}
END_TEST

START_TEST(an_abstract_unix_socket_is_served)
{
	char address[128];
	struct client *client;

	(void)snprintf(address, sizeof(address), "unix:@%s", place_dir());
	client = wire_connect(start_listener(address, ""), "web");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

/* --- The backlog ------------------------------------------------------------ */

static unsigned long
somaxconn(void)
{
	struct bytes text = { 0 };
	unsigned long value;

	ck_assert_int_eq(bytes_put_file(&text, "/proc/sys/net/core/somaxconn"), 0);
	value = strtoul(bytes_string(&text), NULL, 10);
	bytes_free(&text);
	return value;
}

START_TEST(the_backlog_that_the_kernel_granted_is_told)
{
	struct usherd *usherd = start_listener("127.0.0.1", "backlog = 17");

	usherd_expect_log(usherd, " (tcp), backlog 17\n");
	usherd_refute_log(usherd, "somaxconn");
}
END_TEST

START_TEST(a_backlog_that_the_kernel_clamps_is_a_warning)
{
	struct usherd *usherd;
	char expected[64];

	if (somaxconn() >= 65535) {
		WIRE_SKIP("net.core.somaxconn allows every backlog that usherd does");
		return;
	}
	usherd = start_listener("127.0.0.1", "backlog = 65535");
	(void)snprintf(expected, sizeof(expected), " (tcp), backlog %lu\n", somaxconn());
	usherd_expect_log(usherd, expected);
	usherd_expect_log(usherd, "warning: listener web: backlog");
	usherd_expect_log(usherd, "net.core.somaxconn");
}
END_TEST

static void
add_address_tests(Suite *suite)
{
	TCase *addresses = wire_case(suite, "addresses", 30);

	tcase_add_test(addresses, a_port_that_is_taken_is_an_error_that_says_so);
	tcase_add_test(addresses, an_address_of_no_interface_is_an_error_that_says_so);
	tcase_add_test(addresses, a_stale_unix_socket_is_replaced);
	tcase_add_test(addresses, a_live_unix_socket_is_an_error_and_stays);
	tcase_add_test(addresses, a_file_that_is_no_socket_is_never_replaced);
	tcase_add_test(addresses, a_unix_socket_has_its_mode_and_goes_with_its_daemon);
	tcase_add_test(addresses, an_abstract_unix_socket_is_served);
}

int
main(void)
{
	Suite *suite = suite_create("transports");
	TCase *serving = wire_case(suite, "serving", 30);
	TCase *backlog = wire_case(suite, "backlog", 30);

	tcase_add_loop_test(serving, http_is_spoken_over_it, 0, wire_transport_count());
	tcase_add_test(serving, the_wildcard_serves_both_families);
	tcase_add_test(serving, several_listeners_serve_at_once);
	tcase_add_test(serving, several_loops_serve_one_address);
	add_address_tests(suite);
	tcase_add_test(backlog, the_backlog_that_the_kernel_granted_is_told);
	tcase_add_test(backlog, a_backlog_that_the_kernel_clamps_is_a_warning);
	return wire_run(suite);
}
