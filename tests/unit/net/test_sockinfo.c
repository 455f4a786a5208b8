/* SPDX-License-Identifier: MIT
 *
 * Tests of net/sockinfo.
 */
#include "net/sockinfo.h"

#include <poll.h>
#include <unistd.h>

#include "rig.h"

static int server;
static int client;

static const enum wire streams[] = { WIRE_TCP, WIRE_TCP6, WIRE_UNIX };

static void
open_pair(enum wire wire)
{
	const struct pair_options options = { .wire = wire };

	pair_open(&options, &server, &client);
}

static void
close_pair(void)
{
	client_close(&server);
	client_close(&client);
}

static void
wait_readable(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	ck_assert_int_eq(poll(&readable, 1, 1000), 1);
}

static void
wait_gone(int fd)
{
	struct pollfd gone = { .fd = fd, .events = POLLRDHUP };

	ck_assert_int_eq(poll(&gone, 1, 1000), 1);
}

START_TEST(unread_input_is_counted)
{
	char room[4];

	open_pair(streams[_i]);
	ck_assert_uint_eq(sockinfo_unread(server), 0);
	client_send(client, "0123456789", 10);
	wait_readable(server);
	ck_assert_uint_eq(sockinfo_unread(server), 10);
	ck_assert_int_eq(read(server, room, sizeof(room)), 4);
	ck_assert_uint_eq(sockinfo_unread(server), 6);
	close_pair();
}
END_TEST

START_TEST(a_fin_is_no_unread_input)
{
	open_pair(streams[_i]);
	client_finish(client);
	wait_gone(server);
	ck_assert_uint_eq(sockinfo_unread(server), 0);
	close_pair();
}
END_TEST

START_TEST(of_what_is_no_socket_nothing_is_known)
{
	ck_assert_uint_eq(sockinfo_unread(-1), 0);
	ck_assert_uint_eq(sockinfo_unacknowledged(-1), 0);
	ck_assert_uint_eq(sockinfo_queued_ms(-1), 0);
}
END_TEST

/* A Unix socket has no acknowledgement: what the peer has not read counts. */
START_TEST(what_the_peer_has_not_taken_is_unacknowledged)
{
	open_pair(WIRE_UNIX);
	ck_assert_uint_eq(sockinfo_unacknowledged(server), 0);
	client_send(server, "0123456789", 10);
	ck_assert_uint_ge(sockinfo_unacknowledged(server), 10);
	close_pair();
}
END_TEST

START_TEST(a_silent_peer_is_open)
{
	open_pair(streams[_i]);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_OPEN);
	client_send(client, "x", 1);
	wait_readable(server);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_OPEN);
	close_pair();
}
END_TEST

START_TEST(a_fin_is_heard_behind_unread_input)
{
	open_pair(streams[_i]);
	client_send(client, "x", 1);
	client_finish(client);
	wait_gone(server);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_FIN);
	close_pair();
}
END_TEST

START_TEST(a_fin_after_ours_is_a_fin)
{
	open_pair(streams[_i]);
	client_finish(server);
	client_finish(client);
	wait_gone(server);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_FIN);
	close_pair();
}
END_TEST

START_TEST(a_reset_is_heard_before_it_is_read)
{
	open_pair(_i ? WIRE_TCP6 : WIRE_TCP);
	client_reset(&client);
	wait_gone(server);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_RESET);
	close_pair();
}
END_TEST

/* What of ours the peer did not read before it closed is lost: unix(7). */
START_TEST(a_unix_peer_that_closes_with_unread_input_resets)
{
	open_pair(WIRE_UNIX);
	client_send(server, "x", 1);
	client_close(&client);
	wait_gone(server);
	ck_assert_int_eq(sockinfo_peer(server, NULL), SOCKINFO_PEER_RESET);
	close_pair();
}
END_TEST

static int
listening(const char *host, int backlog, struct address *ret_address)
{
	socklen_t len = sizeof(ret_address->un);
	int fd;

	ck_assert_int_eq(address_parse(slice_of(host), 0, ret_address), 0);
	fd = socket(ret_address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &ret_address->any, ret_address->len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, &ret_address->any, &len), 0);
	return fd;
}

START_TEST(an_accept_queue_has_a_length_and_a_backlog)
{
	struct sockinfo_queue queue;
	struct address address;
	int fd = listening(_i ? "::1" : "127.0.0.1", 7, &address);
	int clients[3];

	ck_assert_int_eq(sockinfo_queue(fd, &queue), 0);
	ck_assert_uint_eq(queue.backlog, 7);
	ck_assert_uint_eq(queue.length, 0);
	ck_assert_uint_eq(queue.drops, 0);
	for (int i = 0; i < COUNT(clients); i++)
		clients[i] = client_connect(&address);
	wait_readable(fd);
	ck_assert_int_eq(sockinfo_queue(fd, &queue), 0);
	ck_assert_uint_eq(queue.length, COUNT(clients));
	for (int i = 0; i < COUNT(clients); i++)
		client_close(&clients[i]);
	client_close(&fd);
}
END_TEST

START_TEST(only_a_listening_tcp_socket_has_an_accept_queue)
{
	struct sockinfo_queue queue = { .backlog = 99 };

	open_pair(streams[_i]);
	ck_assert_int_eq(sockinfo_queue(server, &queue), -EOPNOTSUPP);
	ck_assert_uint_eq(queue.backlog, 99);
	close_pair();
}
END_TEST

START_TEST(a_tcp_connection_has_a_path)
{
	struct sockinfo_path path;

	open_pair(_i ? WIRE_TCP6 : WIRE_TCP);
	ck_assert_int_eq(sockinfo_path(server, &path), 0);
	ck_assert_str_eq(path.state, "ESTABLISHED");
	ck_assert_uint_eq(path.retransmits, 0);
	client_finish(client);
	wait_gone(server);
	ck_assert_int_eq(sockinfo_path(server, &path), 0);
	ck_assert_str_eq(path.state, "CLOSE-WAIT");
	close_pair();
}
END_TEST

START_TEST(a_unix_connection_has_no_path)
{
	struct sockinfo_path path = { .state = "as it was" };

	open_pair(WIRE_UNIX);
	ck_assert_int_eq(sockinfo_path(server, &path), -EOPNOTSUPP);
	ck_assert_str_eq(path.state, "as it was");
	ck_assert_int_lt(sockinfo_path(-1, &path), 0);
	close_pair();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/sockinfo");
	TCase *bytes = tcase_create("bytes");
	TCase *peer = tcase_create("peer");
	TCase *tcp = tcase_create("TCP_INFO");

	tcase_add_loop_test(bytes, unread_input_is_counted, 0, COUNT(streams));
	tcase_add_loop_test(bytes, a_fin_is_no_unread_input, 0, COUNT(streams));
	tcase_add_test(bytes, of_what_is_no_socket_nothing_is_known);
	tcase_add_test(bytes, what_the_peer_has_not_taken_is_unacknowledged);
	tcase_add_loop_test(peer, a_silent_peer_is_open, 0, COUNT(streams));
	tcase_add_loop_test(peer, a_fin_is_heard_behind_unread_input, 0, COUNT(streams));
	tcase_add_loop_test(peer, a_fin_after_ours_is_a_fin, 0, COUNT(streams));
	tcase_add_loop_test(peer, a_reset_is_heard_before_it_is_read, 0, 2);
	tcase_add_test(peer, a_unix_peer_that_closes_with_unread_input_resets);
	tcase_add_loop_test(tcp, an_accept_queue_has_a_length_and_a_backlog, 0, 2);
	tcase_add_loop_test(
	    tcp, only_a_listening_tcp_socket_has_an_accept_queue, 0, COUNT(streams));
	tcase_add_loop_test(tcp, a_tcp_connection_has_a_path, 0, 2);
	tcase_add_test(tcp, a_unix_connection_has_no_path);
	suite_add_tcase(suite, bytes);
	suite_add_tcase(suite, peer);
	suite_add_tcase(suite, tcp);
	return run_suite(suite);
}
