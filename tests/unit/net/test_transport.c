/* SPDX-License-Identifier: MIT
 *
 * Tests of net/transport.
 */
#include "net/transport.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "config/keys.h"
#include "rig.h"

static char error_room[512];
static struct text error;

static void
set_up(void)
{
	error = text_over(error_room, sizeof(error_room));
}

static int
resolve(const char *transport, const char *address, unsigned port, struct address *ret_addresses)
{
	return transport_resolve(transport_find(transport), address, port, ret_addresses,
	    TRANSPORT_MAX_ADDRESSES, &error);
}

/* --- The table ---------------------------------------------------------------- */

START_TEST(every_name_that_the_configuration_takes_is_a_row)
{
	const struct key *key = keys_find(KEYS_LISTENER, "transport");

	ck_assert_ptr_nonnull(key);
	for (int i = 0; key->words[i]; i++) {
		const struct transport *transport = transport_find(key->words[i]);

		ck_assert_ptr_nonnull(transport);
		ck_assert_str_eq(transport->name, key->words[i]);
		ck_assert_ptr_nonnull(transport->is_missing);
	}
}
END_TEST

START_TEST(another_name_is_no_row)
{
	ck_assert_ptr_null(transport_find("udp"));
	ck_assert_ptr_null(transport_find(""));
	ck_assert_ptr_null(transport_find("TCP"));
}
END_TEST

START_TEST(only_seqpacket_keeps_messages)
{
	static const char *const streams[] = { "tcp", "mptcp", "sctp", "unix" };

	ck_assert(transport_find("seqpacket")->keeps_messages);
	for (int i = 0; i < COUNT(streams); i++)
		ck_assert(!transport_find(streams[i])->keeps_messages);
}
END_TEST

START_TEST(tcp_at_a_unix_address_means_unix)
{
	ck_assert_str_eq(transport_for("tcp", "unix:/run/x")->name, "unix");
	ck_assert_str_eq(transport_for("tcp", "unixy.example")->name, "tcp");
	ck_assert_str_eq(transport_for("seqpacket", "unix:/run/x")->name, "seqpacket");
	ck_assert_str_eq(transport_for("mptcp", "127.0.0.1")->name, "mptcp");
	ck_assert_ptr_null(transport_for("udp", "127.0.0.1"));
}
END_TEST

/* --- Addresses ----------------------------------------------------------------- */

struct row {
	const char *transport;
	const char *address;
	unsigned port;
	const char *text;
};

static const struct row rows[] = {
	{ "tcp", "127.0.0.1", 80, "127.0.0.1:80" },
	{ "tcp", "0.0.0.0", 0, "0.0.0.0:0" },
	{ "tcp", "::1", 8080, "[::1]:8080" },
	{ "mptcp", "127.0.0.1", 65535, "127.0.0.1:65535" },
	{ "sctp", "::", 1, "[::]:1" },
	{ "unix", "unix:/run/x", 0, "unix:/run/x" },
	{ "unix", "unix:@name", 0, "unix:@name" },
	{ "seqpacket", "unix:/run/x", 9, "unix:/run/x" },
};

START_TEST(a_numeric_address_is_itself)
{
	const struct row *row = &rows[_i];
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	char room[ADDRESS_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	ck_assert_int_eq(resolve(row->transport, row->address, row->port, addresses), 1);
	address_put(&text, &addresses[0]);
	ck_assert_str_eq(text_string(&text), row->text);
	ck_assert_uint_eq(error.len, 0);
}
END_TEST

START_TEST(an_asterisk_is_every_address_of_both_families)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];

	ck_assert_int_eq(resolve("tcp", "*", 80, addresses), 1);
	ck_assert_int_eq(addresses[0].any.sa_family, AF_INET6);
	ck_assert(IN6_IS_ADDR_UNSPECIFIED(&addresses[0].in6.sin6_addr));
	ck_assert_uint_eq(address_port(&addresses[0]), 80);
}
END_TEST

START_TEST(a_name_is_each_of_its_addresses_once)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	int count = resolve("tcp", "localhost", 8080, addresses);

	ck_assert_int_ge(count, 1);
	for (int i = 0; i < count; i++) {
		ck_assert_uint_eq(address_port(&addresses[i]), 8080);
		for (int j = 0; j < i; j++)
			ck_assert(!address_equals(&addresses[i], &addresses[j]));
	}
}
END_TEST

START_TEST(no_more_addresses_are_given_than_there_is_room)
{
	struct address addresses[2] = { { .len = 0 }, { .len = 0 } };

	ck_assert_int_eq(
	    transport_resolve(transport_find("tcp"), "localhost", 1, addresses, 1, &error), 1);
	ck_assert_uint_eq(addresses[1].len, 0);
}
END_TEST

/* The name space of RFC 2606: no resolver knows it. */
START_TEST(a_name_that_nobody_knows_is_told)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];

	ck_assert_int_eq(resolve("tcp", "nobody.invalid", 1, addresses), -ENOENT);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "\"nobody.invalid\""));
}
END_TEST

START_TEST(an_address_of_the_other_kind_is_told)
{
	static const char *const pairs[][2] = { { "tcp", "unix:/run/x" }, { "mptcp", "unix:@x" },
		{ "unix", "127.0.0.1" }, { "seqpacket", "*" }, { "unix", "localhost" } };
	struct address addresses[TRANSPORT_MAX_ADDRESSES];

	ck_assert_int_eq(resolve(pairs[_i][0], pairs[_i][1], 1, addresses), -EINVAL);
	ck_assert_ptr_nonnull(strstr(text_string(&error), pairs[_i][1]));
	ck_assert_ptr_nonnull(strstr(text_string(&error), pairs[_i][0]));
}
END_TEST

START_TEST(a_path_that_is_too_long_is_told)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	char path[200] = "unix:/";

	memset(path + 6, 'x', sizeof(path) - 7);
	ck_assert_int_eq(resolve("unix", path, 0, addresses), -ENAMETOOLONG);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "too long"));
}
END_TEST

START_TEST(an_empty_path_is_told)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];

	ck_assert_int_eq(resolve("unix", "unix:", 0, addresses), -EINVAL);
	ck_assert_uint_gt(error.len, 0);
}
END_TEST

/* --- Sockets -------------------------------------------------------------------- */

START_TEST(a_socket_is_of_the_family_and_type_of_its_row)
{
	static const char *const pairs[][2] = { { "tcp", "127.0.0.1" }, { "tcp", "::1" },
		{ "unix", "unix:/run/x" }, { "seqpacket", "unix:/run/x" } };
	const struct transport *transport = transport_find(pairs[_i][0]);
	struct address address;
	socklen_t len = sizeof(int);
	int value;
	int fd;

	ck_assert_int_eq(transport_resolve(transport, pairs[_i][1], 0, &address, 1, &error), 1);
	fd = transport_socket(transport, &address, &error);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), 0);
	ck_assert_int_eq(value, transport->type);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len), 0);
	ck_assert_int_eq(value, address.any.sa_family);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	client_close(&fd);
}
END_TEST

/* MPTCP and SCTP: a socket, or a sentence that says what to do. */
START_TEST(a_transport_that_the_kernel_lacks_is_told)
{
	static const char *const optional[][2] = { { "mptcp", "net.mptcp.enabled" },
		{ "sctp", "modprobe sctp" } };
	const struct transport *transport = transport_find(optional[_i][0]);
	struct address address;
	int fd;

	ck_assert_int_eq(resolve(optional[_i][0], "127.0.0.1", 0, &address), 1);
	fd = transport_socket(transport, &address, &error);
	if (fd >= 0) {
		client_close(&fd);
		return;
	}
	ck_assert(fd == -EPROTONOSUPPORT || fd == -ENOPROTOOPT || fd == -ESOCKTNOSUPPORT);
	ck_assert_ptr_nonnull(strstr(text_string(&error), optional[_i][0]));
	ck_assert_ptr_nonnull(strstr(text_string(&error), optional[_i][1]));
	ck_assert_ptr_nonnull(strstr(text_string(&error), "transport = tcp"));
}
END_TEST

/* A row as the table's, but of a protocol that no kernel has. */
START_TEST(what_is_missing_is_said_in_the_words_of_its_row)
{
	const struct transport unknown = { "carrier-pigeon", AF_UNSPEC, SOCK_STREAM, 254, false,
		"feed it" };
	struct address address;

	ck_assert_int_eq(resolve("tcp", "127.0.0.1", 0, &address), 1);
	ck_assert_int_eq(transport_socket(&unknown, &address, &error), -EPROTONOSUPPORT);
	ck_assert_str_eq(
	    text_string(&error), "transport carrier-pigeon: feed it (Protocol not supported)");
}
END_TEST

static void
add_addresses(Suite *suite)
{
	TCase *addresses = tcase_create("addresses");

	tcase_add_checked_fixture(addresses, set_up, NULL);
	tcase_add_loop_test(addresses, a_numeric_address_is_itself, 0, COUNT(rows));
	tcase_add_test(addresses, an_asterisk_is_every_address_of_both_families);
	tcase_add_test(addresses, a_name_is_each_of_its_addresses_once);
	tcase_add_test(addresses, no_more_addresses_are_given_than_there_is_room);
	tcase_add_test(addresses, a_name_that_nobody_knows_is_told);
	tcase_add_loop_test(addresses, an_address_of_the_other_kind_is_told, 0, 5);
	tcase_add_test(addresses, a_path_that_is_too_long_is_told);
	tcase_add_test(addresses, an_empty_path_is_told);
	tcase_set_timeout(addresses, 30);
	suite_add_tcase(suite, addresses);
}

int
main(void)
{
	Suite *suite = suite_create("net/transport");
	TCase *table = tcase_create("table");
	TCase *sockets = tcase_create("sockets");

	tcase_add_test(table, every_name_that_the_configuration_takes_is_a_row);
	tcase_add_test(table, another_name_is_no_row);
	tcase_add_test(table, only_seqpacket_keeps_messages);
	tcase_add_test(table, tcp_at_a_unix_address_means_unix);
	tcase_add_checked_fixture(sockets, set_up, NULL);
	tcase_add_loop_test(sockets, a_socket_is_of_the_family_and_type_of_its_row, 0, 4);
	tcase_add_loop_test(sockets, a_transport_that_the_kernel_lacks_is_told, 0, 2);
	tcase_add_test(sockets, what_is_missing_is_said_in_the_words_of_its_row);
	suite_add_tcase(suite, table);
	add_addresses(suite);
	suite_add_tcase(suite, sockets);
	return run_suite(suite);
}
