/* SPDX-License-Identifier: MIT
 *
 * Tests of net/half_open.
 */
#include "net/half_open.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "listening.h"

static char any4[] = "0.0.0.0";
static char any6[] = "::";
static char loopback[] = "127.0.0.1";
static char loopback6[] = "::1";
static char elsewhere[] = "127.0.0.2";

static struct listen_socket
listening(const char *transport, char *address, uint16_t port)
{
	struct config_listener config = plain_listener(transport, address);

	config.port = port;
	config.backlog = 1024;
	return open_listening(&config);
}

/* The address of a client's call: the listener's port at `host`. */
static struct address
reachable(const char *host, const struct listen_socket *socket)
{
	struct address address;

	ck_assert_int_eq(
	    address_parse(slice_of(host), address_port(&socket->address), &address), 0);
	return address;
}

/* The kernel answers a SYN on loopback within the call; but for a busy machine. */
static void
expect_count(const struct listen_socket *socket, int expected)
{
	int64_t give_up_us = clock_monotonic_us() + RIG_PATIENCE_US;
	int count;

	while ((count = half_open_count(socket)) != expected)
		ck_assert_msg(
		    clock_monotonic_us() < give_up_us, "%d half open, not %d", count, expected);
}

struct row {
	char *listener;
	char *client;
};

static const struct row rows[] = {
	{ loopback, loopback },
	{ loopback6, loopback6 },
	{ any4, loopback },
	{ any4, elsewhere },
	{ any6, loopback6 },
	{ any6, loopback },
};

START_TEST(handshakes_are_counted_while_they_last)
{
	struct listen_socket socket = listening("tcp", rows[_i].listener, 0);
	struct address address = reachable(rows[_i].client, &socket);
	int whole = client_connect(&address);
	int halves[3];

	expect_count(&socket, 0);
	for (int i = 0; i < COUNT(halves); i++) {
		halves[i] = client_begin_handshake(&address);
		expect_count(&socket, i + 1);
	}
	for (int i = 0; i < COUNT(halves); i++)
		client_end_handshake(halves[i]);
	expect_count(&socket, 0);
	for (int i = 0; i < COUNT(halves); i++) {
		struct pollfd made = { .fd = halves[i], .events = POLLOUT };

		ck_assert_int_eq(poll(&made, 1, 1000), 1);
		client_close(&halves[i]);
	}
	client_close(&whole);
	client_close(&socket.fd);
}
END_TEST

START_TEST(those_of_another_address_at_the_same_port_are_not_counted)
{
	struct listen_socket socket = listening("tcp", loopback, 0);
	struct listen_socket other = listening("tcp", elsewhere, address_port(&socket.address));
	int half = client_begin_handshake(&other.address);

	expect_count(&other, 1);
	ck_assert_int_eq(half_open_count(&socket), 0);
	client_close(&half);
	client_close(&socket.fd);
	client_close(&other.fd);
}
END_TEST

START_TEST(those_of_another_port_are_not_counted)
{
	struct listen_socket socket = listening("tcp", loopback, 0);
	struct listen_socket other = listening("tcp", loopback, 0);
	int half = client_begin_handshake(&other.address);

	expect_count(&other, 1);
	ck_assert_int_eq(half_open_count(&socket), 0);
	client_close(&half);
	client_close(&socket.fd);
	client_close(&other.fd);
}
END_TEST

/* More than one reply of the kernel's has room for. */
START_TEST(many_are_counted)
{
	struct listen_socket socket = listening("tcp", _i ? loopback6 : loopback, 0);
	int halves[400];

	for (int i = 0; i < COUNT(halves); i++)
		halves[i] = client_begin_handshake(&socket.address);
	expect_count(&socket, COUNT(halves));
	for (int i = 0; i < COUNT(halves); i++)
		client_close(&halves[i]);
	client_close(&socket.fd);
}
END_TEST

START_TEST(of_an_mptcp_listener_they_are_counted)
{
	struct config_listener config = plain_listener("mptcp", loopback);
	struct listen_socket socket;
	char error[SENTENCE_MAX];
	int half;

	if (try_listening(&config, &socket, error) != 0)
		return;
	half = client_begin_handshake(&socket.address);
	expect_count(&socket, 1);
	client_close(&half);
	client_close(&socket.fd);
}
END_TEST

START_TEST(a_unix_socket_knows_no_handshakes)
{
	struct listen_socket socket;
	struct place place;

	place_make(&place);
	socket = listening(_i ? "seqpacket" : "unix", place.address, 0);
	ck_assert_int_eq(half_open_count(&socket), -EOPNOTSUPP);
	client_close(&socket.fd);
	place_remove(&place);
}
END_TEST

/* As RestrictAddressFamilies= of systemd.exec(5) does. */
static void
forbid_netlink(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(in_a_sandbox_the_kernels_word_is_passed_on)
{
	struct listen_socket socket = listening("tcp", loopback, 0);
	size_t descriptors = count_descriptors();

	forbid_netlink();
	ck_assert_int_eq(half_open_count(&socket), -EAFNOSUPPORT);
	ck_assert_uint_eq(count_descriptors(), descriptors);
	client_close(&socket.fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/half_open");
	TCase *counting = tcase_create("counting");

	tcase_add_loop_test(counting, handshakes_are_counted_while_they_last, 0, COUNT(rows));
	tcase_add_test(counting, those_of_another_address_at_the_same_port_are_not_counted);
	tcase_add_test(counting, those_of_another_port_are_not_counted);
	tcase_add_loop_test(counting, many_are_counted, 0, 2);
	tcase_add_test(counting, of_an_mptcp_listener_they_are_counted);
	tcase_add_loop_test(counting, a_unix_socket_knows_no_handshakes, 0, 2);
	tcase_add_test(counting, in_a_sandbox_the_kernels_word_is_passed_on);
	tcase_set_timeout(counting, 30);
	suite_add_tcase(suite, counting);
	return run_suite(suite);
}
