/* SPDX-License-Identifier: MIT
 *
 * Tests of net/listen_socket.
 */
#include "net/listen_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listening.h"

static char loopback[] = "127.0.0.1";
static char loopback6[] = "::1";
static char anywhere[] = "*";
static char error[SENTENCE_MAX];
static struct place place;

static void
set_up(void)
{
	place_make(&place);
}

static void
tear_down(void)
{
	place_remove(&place);
}

static int
option_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void
close_socket(struct listen_socket *socket)
{
	listen_socket_unlink(socket);
	client_close(&socket->fd);
}

/* --- Ports and backlogs ----------------------------------------------------- */

START_TEST(with_port_0_the_port_taken_is_told)
{
	char *hosts[] = { loopback, loopback6, anywhere };
	struct config_listener config = plain_listener("tcp", hosts[_i]);
	struct listen_socket socket = open_listening(&config);
	int client;

	ck_assert_uint_ne(address_port(&socket.address), 0);
	client = connect_to(&socket);
	client_close(&client);
	close_socket(&socket);
}
END_TEST

START_TEST(the_effective_backlog_is_told)
{
	struct config_listener config = plain_listener("tcp", _i ? loopback6 : loopback);
	struct listen_socket socket;

	config.backlog = 7;
	socket = open_listening(&config);
	ck_assert_uint_eq(socket.backlog, 7);
	close_socket(&socket);
}
END_TEST

START_TEST(a_clamped_backlog_is_told)
{
	static const char *const transports[] = { "tcp", "unix", "seqpacket", "mptcp" };
	struct config_listener config =
	    plain_listener(transports[_i], _i == 0 || _i == 3 ? loopback : place.address);
	struct listen_socket socket;

	config.backlog = (int64_t)listen_socket_somaxconn() + 1;
	ck_assert_int_gt(config.backlog, 1);
	if (try_listening(&config, &socket, error) != 0 && _i == 3)
		return;
	ck_assert_uint_eq(socket.backlog, listen_socket_somaxconn());
	close_socket(&socket);
}
END_TEST

START_TEST(a_port_that_is_taken_is_told)
{
	struct config_listener config = plain_listener("tcp", loopback);
	struct listen_socket first = open_listening(&config);
	struct listen_socket second = { .fd = 99 };
	size_t descriptors = count_descriptors();

	config.port = address_port(&first.address);
	ck_assert_int_eq(try_listening(&config, &second, error), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error, "bind to 127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(error, "another process listens there"));
	ck_assert_int_eq(second.fd, 99);
	ck_assert_uint_eq(count_descriptors(), descriptors);
	close_socket(&first);
}
END_TEST

START_TEST(an_address_of_no_interface_is_told)
{
	static char elsewhere[] = "192.0.2.1";
	struct config_listener config = plain_listener("tcp", elsewhere);
	struct listen_socket socket;

	ck_assert_int_eq(try_listening(&config, &socket, error), -EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(error, "no interface of this machine"));
}
END_TEST

START_TEST(sockets_that_share_a_port_bind_it_together)
{
	struct config_listener config = plain_listener("tcp", _i ? loopback6 : loopback);
	struct listen_socket first;
	struct listen_socket second;
	struct address address;

	ck_assert_int_eq(address_parse(slice_of(config.address), 0, &address), 0);
	ck_assert_int_eq(try_listening_at(&config, &address, true, &first, error), 0);
	ck_assert_int_eq(try_listening_at(&config, &first.address, true, &second, error), 0);
	ck_assert(address_equals(&first.address, &second.address));
	close_socket(&first);
	close_socket(&second);
}
END_TEST

START_TEST(a_socket_that_does_not_share_keeps_its_port)
{
	struct config_listener config = plain_listener("tcp", loopback);
	struct listen_socket first = open_listening(&config);
	struct listen_socket second;

	ck_assert_int_eq(
	    try_listening_at(&config, &first.address, true, &second, error), -EADDRINUSE);
	close_socket(&first);
}
END_TEST

/* --- Options ---------------------------------------------------------------- */

START_TEST(an_option_that_is_not_wanted_is_not_set)
{
	struct config_listener config = plain_listener("tcp", loopback);
	struct listen_socket socket = open_listening(&config);

	ck_assert_int_eq(option_of(socket.fd, IPPROTO_TCP, TCP_NODELAY), 0);
	ck_assert_int_eq(option_of(socket.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_int_eq(option_of(socket.fd, SOL_SOCKET, SO_REUSEPORT), 0);
	ck_assert_int_eq(option_of(socket.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	close_socket(&socket);
}
END_TEST

static void
ask_for_everything(struct config_listener *config)
{
	config->nodelay = true;
	config->keepalive = true;
	config->keepalive_idle_us = 61 * CLOCK_SECOND_US;
	config->keepalive_interval_us = 7 * CLOCK_SECOND_US;
	config->keepalive_count = 5;
	config->user_timeout_us = 12345 * 1000;
	config->defer_accept_us = 3 * CLOCK_SECOND_US;
	config->fastopen = 16;
	config->reuse_port = true;
	config->send_buffer = 65536;
	config->receive_buffer = 32768;
}

/* The kernel doubles the sizes of buffers (socket(7)) and rounds defer_accept. */
START_TEST(accepted_sockets_have_the_options_of_the_listener)
{
	struct config_listener config = plain_listener("tcp", loopback);
	struct listen_socket socket;
	int client;
	int accepted;

	ask_for_everything(&config);
	socket = open_listening(&config);
	ck_assert_int_ge(option_of(socket.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 3);
	ck_assert_int_eq(option_of(socket.fd, IPPROTO_TCP, TCP_FASTOPEN), 16);
	ck_assert_int_eq(option_of(socket.fd, SOL_SOCKET, SO_REUSEPORT), 1);
	client = connect_to(&socket);
	client_send(client, "x", 1);
	accepted = accept(socket.fd, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	ck_assert_int_eq(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(option_of(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 61);
	ck_assert_int_eq(option_of(accepted, IPPROTO_TCP, TCP_KEEPINTVL), 7);
	ck_assert_int_eq(option_of(accepted, IPPROTO_TCP, TCP_KEEPCNT), 5);
	ck_assert_int_eq(option_of(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), 12345);
	ck_assert_int_eq(option_of(accepted, SOL_SOCKET, SO_SNDBUF), 2 * 65536);
	ck_assert_int_eq(option_of(accepted, SOL_SOCKET, SO_RCVBUF), 2 * 32768);
	client_close(&client);
	client_close(&accepted);
	close_socket(&socket);
}
END_TEST

/* Where the kernel has Multipath TCP it takes the options, too. */
START_TEST(an_mptcp_listener_takes_the_options_of_tcp)
{
	struct config_listener config = plain_listener("mptcp", _i ? loopback6 : loopback);
	struct listen_socket socket;
	int client;

	ask_for_everything(&config);
	config.defer_accept_us = 0;
	config.user_timeout_us = 0;
	if (try_listening(&config, &socket, error) != 0) {
		ck_assert_ptr_nonnull(strstr(error, "mptcp"));
		return;
	}
	client = connect_to(&socket);
	client_close(&client);
	close_socket(&socket);
}
END_TEST

/* TCP_USER_TIMEOUT, on some kernels: a sentence, if not the option. */
START_TEST(an_option_that_the_transport_lacks_is_told)
{
	struct config_listener config = plain_listener("mptcp", loopback);
	struct listen_socket socket;

	config.user_timeout_us = CLOCK_SECOND_US;
	if (try_listening(&config, &socket, error) == 0)
		close_socket(&socket);
	else if (!strstr(error, "mptcp"))
		ck_assert_str_eq(error,
		    "user_timeout: the kernel has no such option for this transport: "
		    "Protocol not available");
}
END_TEST

START_TEST(v6only_keeps_ipv4_out)
{
	static char any6[] = "::";
	struct config_listener config = plain_listener("tcp", any6);
	struct listen_socket listening;
	struct address address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result;

	config.v6only = _i == 1;
	listening = open_listening(&config);
	ck_assert_int_eq(
	    address_parse(slice_of("127.0.0.1"), address_port(&listening.address), &address), 0);
	result = connect(fd, &address.any, address.len);
	ck_assert_int_eq(result, config.v6only ? -1 : 0);
	client_close(&fd);
	close_socket(&listening);
}
END_TEST

static void
add_ports(Suite *suite)
{
	TCase *ports = tcase_create("ports");

	tcase_add_checked_fixture(ports, set_up, tear_down);
	tcase_add_loop_test(ports, with_port_0_the_port_taken_is_told, 0, 3);
	tcase_add_loop_test(ports, the_effective_backlog_is_told, 0, 2);
	tcase_add_loop_test(ports, a_clamped_backlog_is_told, 0, 4);
	tcase_add_test(ports, a_port_that_is_taken_is_told);
	tcase_add_test(ports, an_address_of_no_interface_is_told);
	tcase_add_loop_test(ports, sockets_that_share_a_port_bind_it_together, 0, 2);
	tcase_add_test(ports, a_socket_that_does_not_share_keeps_its_port);
	suite_add_tcase(suite, ports);
}

static void
add_options(Suite *suite)
{
	TCase *options = tcase_create("options");

	tcase_add_test(options, an_option_that_is_not_wanted_is_not_set);
	tcase_add_test(options, accepted_sockets_have_the_options_of_the_listener);
	tcase_add_loop_test(options, an_mptcp_listener_takes_the_options_of_tcp, 0, 2);
	tcase_add_test(options, an_option_that_the_transport_lacks_is_told);
	tcase_add_loop_test(options, v6only_keeps_ipv4_out, 0, 2);
	suite_add_tcase(suite, options);
}

int
main(void)
{
	Suite *suite = suite_create("net/listen_socket");

	add_ports(suite);
	add_options(suite);
	return run_suite(suite);
}
