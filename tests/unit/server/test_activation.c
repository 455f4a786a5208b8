/* SPDX-License-Identifier: MIT
 *
 * Tests of server/activation: the environment, names, and what a socket has to be.
 * Each test runs in a process of its own (Check forks), whose descriptors from 3 on are
 * its to choose.
 */
#include "server/activation.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/transport.h"
#include "server/stored.h"

/* Descriptors from 3 to here are kept free of Check's own. */
#define LAST_FD 9

static char web[] = "web", api[] = "api", local[] = "127.0.0.1", any[] = "*";
static char tcp[] = "tcp", mptcp[] = "mptcp";
static struct activation activation;
static struct stored stored;
static char error_text[1024];
static struct text error;
static struct config_listener listeners[2];
static struct config config;

static void
set_up(void)
{
	listeners[0] = (struct config_listener){
		.name = web, .address = local, .transport = tcp, .backlog = 7, .nodelay = true
	};
	listeners[1] =
	    (struct config_listener){ .name = api, .address = any, .transport = tcp, .backlog = 7 };
	config = (struct config){ .listeners = listeners, .listener_count = 2 };
	error = text_over(error_text, sizeof(error_text));
	for (int fd = 3; fd <= LAST_FD; fd++)
		(void)close(fd);
}

/* A socket at the descriptor `fd`, blocking and without CLOEXEC, as the service
 * manager hands it over. Returns its port. */
static uint16_t
put_socket(int fd, uint32_t host, bool listens)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(host) };
	socklen_t len = sizeof(address);
	int made = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(made, (struct sockaddr *)&address, len), 0);
	if (listens)
		ck_assert_int_eq(listen(made, 1), 0);
	if (made != fd) {
		ck_assert_int_eq(dup2(made, fd), fd);
		(void)close(made);
	}
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static void
announce(const char *count, const char *names)
{
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", count, 1);
	if (names)
		(void)setenv("LISTEN_FDNAMES", names, 1);
	else
		(void)unsetenv("LISTEN_FDNAMES");
}

static int
open_listener(const struct config_listener *listener, struct listen_socket *ret_socket)
{
	const struct transport *transport = transport_for(listener->transport, listener->address);
	struct address address;

	ck_assert_int_eq(transport_resolve(transport, listener->address, (unsigned)listener->port,
			     &address, 1, &error),
	    1);
	return activation_open(
	    &activation, listener, transport, &address, false, ret_socket, &error);
}

START_TEST(a_socket_is_taken_by_the_listener_of_its_name)
{
	struct listen_socket made;
	uint16_t port = put_socket(3, INADDR_LOOPBACK, true);

	announce("1", "web");
	ck_assert(activation_is_offered());
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(activation_check(&activation, &config, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), 0);
	ck_assert_int_eq(made.fd, 3);
	ck_assert(made.is_inherited);
	ck_assert_uint_eq(address_port(&made.address), port);
	ck_assert_uint_eq(made.backlog, 7);
	ck_assert_int_ne(fcntl(3, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(3, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(activation_finish(&activation, &error), 0);
	activation_done(&activation);
	ck_assert_int_ge(fcntl(3, F_GETFD), 0);
}
END_TEST

START_TEST(the_variables_are_gone_afterwards)
{
	(void)put_socket(3, INADDR_LOOPBACK, true);
	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
	ck_assert(!activation_is_offered());
}
END_TEST

START_TEST(what_was_given_to_another_process_is_not_taken)
{
	(void)put_socket(3, INADDR_LOOPBACK, true);
	announce("1", "web");
	(void)setenv("LISTEN_PID", "1", 1);
	ck_assert(!activation_is_offered());
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_uint_eq(activation.count, 0);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
}
END_TEST

START_TEST(a_listener_of_another_name_binds_for_itself)
{
	struct listen_socket made;
	uint16_t port = put_socket(3, INADDR_LOOPBACK, true);

	announce("1", "api");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), 0);
	ck_assert(!made.is_inherited);
	ck_assert_uint_ne(address_port(&made.address), port);
	ck_assert_int_eq(activation_finish(&activation, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "serves nothing"));
}
END_TEST

/* Names that no listener has, with what the message says. */
static const char *const unknown_names[] = { "wep", "unknown", "usher.socket", "" };

START_TEST(a_name_that_no_listener_has_is_refused)
{
	(void)put_socket(3, INADDR_LOOPBACK, true);
	announce("1", unknown_names[_i]);
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(activation_check(&activation, &config, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "\"web\", \"api\""));
	ck_assert_ptr_nonnull(strstr(error_text, "FileDescriptorName="));
}
END_TEST

START_TEST(a_socket_without_a_name_is_unknown)
{
	(void)put_socket(3, INADDR_LOOPBACK, true);
	(void)put_socket(4, INADDR_LOOPBACK, true);
	announce("2", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_uint_eq(activation.count, 2);
	ck_assert_str_eq(activation.sockets[0].name, "web");
	ck_assert_str_eq(activation.sockets[1].name, "unknown");
}
END_TEST

START_TEST(a_socket_bound_elsewhere_is_refused)
{
	struct listen_socket made;

	(void)put_socket(3, INADDR_LOOPBACK + 1, true);
	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), -EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "127.0.0.2:"));
}
END_TEST

START_TEST(another_port_is_refused_but_port_0_takes_any)
{
	struct listen_socket made;
	uint16_t port = put_socket(3, INADDR_LOOPBACK, true);

	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	listeners[0].port = port == 8080 ? 8081 : 8080;
	ck_assert_int_eq(open_listener(&listeners[0], &made), -EADDRNOTAVAIL);
	listeners[0].port = port;
	ck_assert_int_eq(open_listener(&listeners[0], &made), 0);
}
END_TEST

START_TEST(every_address_means_both_wildcards)
{
	struct listen_socket made;

	(void)put_socket(3, INADDR_ANY, true);
	announce("1", "api");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[1], &made), 0);
	ck_assert_int_eq(made.fd, 3);
}
END_TEST

START_TEST(a_socket_that_does_not_listen_is_refused)
{
	struct listen_socket made;

	(void)put_socket(3, INADDR_LOOPBACK, false);
	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), -EINVAL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "does not listen"));
}
END_TEST

START_TEST(a_socket_of_another_transport_is_refused)
{
	struct listen_socket made;

	(void)put_socket(3, INADDR_LOOPBACK, true);
	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	listeners[0].transport = mptcp;
	ck_assert_int_eq(open_listener(&listeners[0], &made), -EINVAL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "not of transport mptcp"));
}
END_TEST

START_TEST(what_is_no_socket_is_refused)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(fd, 3);
	announce("1", "web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), -ENOTSOCK);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "\"web\" is no socket"));
}
END_TEST

START_TEST(a_socket_is_taken_once)
{
	struct listen_socket made;
	uint16_t port = put_socket(3, INADDR_LOOPBACK, true);

	announce("1", "web");
	listeners[0].port = port;
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), 0);
	ck_assert_int_eq(open_listener(&listeners[0], &made), -EBUSY);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "restart"));
}
END_TEST

static const struct {
	const char *count;
	int result;
} counts[] = { { "x", -EINVAL }, { "-1", -EINVAL }, { "", -EINVAL }, { "65", -E2BIG }, { "0", 0 } };

START_TEST(a_count_that_cannot_be_is_refused)
{
	announce(counts[_i].count, NULL);
	ck_assert_int_eq(activation_init(&activation, &stored, &error), counts[_i].result);
	ck_assert_int_eq(error.len > 0, counts[_i].result != 0);
}
END_TEST

START_TEST(what_stands_behind_the_stores_is_the_stores)
{
	(void)put_socket(3, INADDR_LOOPBACK, true);
	(void)put_socket(4, INADDR_LOOPBACK, true);
	(void)put_socket(5, INADDR_LOOPBACK, true);
	announce("3", "web:~l1:web");
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_uint_eq(activation.count, 1);
	ck_assert_str_eq(activation.sockets[0].name, "web");
	/* The second of that name is nobody's. */
	ck_assert_uint_eq(stored.count, 2);
	ck_assert_int_eq(fcntl(4, F_GETFD), FD_CLOEXEC);
	ck_assert_int_lt(fcntl(5, F_GETFD), 0);
	stored_done(&stored);
	ck_assert_int_lt(fcntl(4, F_GETFD), 0);
}
END_TEST

START_TEST(thousands_of_the_store_are_no_harm)
{
	static char room[8192];
	struct text names = text_over(room, sizeof(room));

	for (int i = 0; i < 2000; i++)
		text_put_string(&names, i > 0 ? ":~c1" : "~c1");
	(void)put_socket(3, INADDR_LOOPBACK, false);
	announce("2000", text_string(&names));
	ck_assert_int_eq(activation_init(&activation, &stored, &error), 0);
	ck_assert_uint_eq(activation.count, 0);
	stored_done(&stored);
	ck_assert_int_lt(fcntl(3, F_GETFD), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/activation");
	TCase *tcase = tcase_create("activation");
	SRunner *runner;
	int failed;

	while (open("/dev/null", O_RDONLY) < LAST_FD)
		;
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_socket_is_taken_by_the_listener_of_its_name);
	tcase_add_test(tcase, the_variables_are_gone_afterwards);
	tcase_add_test(tcase, what_was_given_to_another_process_is_not_taken);
	tcase_add_test(tcase, a_listener_of_another_name_binds_for_itself);
	tcase_add_loop_test(tcase, a_name_that_no_listener_has_is_refused, 0, 4);
	tcase_add_test(tcase, a_socket_without_a_name_is_unknown);
	tcase_add_test(tcase, a_socket_bound_elsewhere_is_refused);
	tcase_add_test(tcase, another_port_is_refused_but_port_0_takes_any);
	tcase_add_test(tcase, every_address_means_both_wildcards);
	tcase_add_test(tcase, a_socket_that_does_not_listen_is_refused);
	tcase_add_test(tcase, a_socket_of_another_transport_is_refused);
	tcase_add_test(tcase, what_is_no_socket_is_refused);
	tcase_add_test(tcase, a_socket_is_taken_once);
	tcase_add_loop_test(tcase, a_count_that_cannot_be_is_refused, 0, 5);
	tcase_add_test(tcase, what_stands_behind_the_stores_is_the_stores);
	tcase_add_test(tcase, thousands_of_the_store_are_no_harm);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
