/* SPDX-License-Identifier: MIT
 *
 * Tests of net/listener_drain: nobody who waits in the queue is lost, and nobody
 * new joins it.
 */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listening.h"
#include "net/half_open.h"
#include "net/listener.h"
#include "rig.h"

#define WAITING 40

static char loopback[] = "127.0.0.1";
static char loopback6[] = "::1";
static char any6[] = "::";
static struct rig rig;
static struct place place;
static struct config_listener config;
static struct listener *listener;
static int clients[WAITING];

static void
on_accepted(struct listener *which, void *arg)
{
	(void)which;
	(void)arg;
}

/* SO_ATTACH_FILTER of getsockopt(2) is SO_GET_FILTER: how many instructions. */
static void
answer_and_finish(struct conn *conn)
{
	socklen_t len = 0;

	if (conn->peer.family != AF_UNIX) {
		ck_assert_int_eq(getsockopt(conn->fd, SOL_SOCKET, SO_ATTACH_FILTER, NULL, &len), 0);
		ck_assert_uint_eq(len, 0);
	}
	ck_assert(fcntl(conn->fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(conn->fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(conn_write(conn, SLICE("served")), 0);
	conn_finish(conn, ENDING_DRAINED);
}

static void
set_up(void)
{
	place_make(&place);
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_TCP, false } });
	rig.script.open = answer_and_finish;
	for (int i = 0; i < WAITING; i++)
		clients[i] = -1;
}

static void
tear_down(void)
{
	for (int i = 0; i < WAITING; i++)
		client_close(&clients[i]);
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	rig_turn(&rig);
	listener_free(listener);
	rig_done(&rig);
	place_remove(&place);
}

struct row {
	const char *transport;
	char *address;
};

static const struct row rows[] = {
	{ "tcp", loopback },
	{ "tcp", loopback6 },
	{ "tcp", any6 },
	{ "mptcp", loopback },
	{ "mptcp", loopback6 },
	{ "unix", place.address },
	{ "seqpacket", place.address },
};

/* False where the kernel has no Multipath TCP. */
static bool
start_listening(const struct row *row)
{
	struct listen_socket socket;
	char error[SENTENCE_MAX];
	int result;

	config = plain_listener(row->transport, row->address);
	result = try_listening(&config, &socket, error);
	ck_assert_msg(result == 0 || strcmp(row->transport, "mptcp") == 0, "%s", error);
	if (result != 0)
		return false;
	listener = listener_new(&config, &socket, &rig.conns, &rig.service, on_accepted, NULL);
	ck_assert_ptr_nonnull(listener);
	listener_start(listener);
	return true;
}

static struct listener *
open_listener(const struct config_listener *which)
{
	struct listen_socket socket = open_listening(which);
	struct listener *opened =
	    listener_new(which, &socket, &rig.conns, &rig.service, on_accepted, NULL);

	ck_assert_ptr_nonnull(opened);
	listener_start(opened);
	return opened;
}

/* Half of them have sent something, and one has left again. */
static void
fill_queue(void)
{
	for (int i = 0; i < WAITING; i++) {
		clients[i] = connect_to(&listener->socket);
		if (i % 2)
			client_send(clients[i], "request", 7);
	}
	client_finish(clients[1]);
}

static void
expect_all_served(void)
{
	for (int i = 0; i < WAITING; i++) {
		char room[16];
		size_t len = 0;
		enum sight sight = SEES_NOTHING;

		rig_run_until(&rig,
		    len > 0 || sight != SEES_NOTHING ||
			((sight = client_read(clients[i], room, sizeof(room), &len)), len > 0));
		ck_assert(slice_equals((struct slice){ room, len }, SLICE("served")));
		while (sight == SEES_NOTHING)
			sight = client_look(clients[i], NULL);
		ck_assert_int_eq(sight, SEES_FIN);
		client_close(&clients[i]);
	}
}

START_TEST(all_who_wait_are_served_and_none_is_reset)
{
	if (!start_listening(&rows[_i]))
		return;
	fill_queue();
	ck_assert(listener_has_waiting(listener));
	listener_drain_begin(listener);
	ck_assert_uint_eq(listener_drain_queue(listener), WAITING);
	ck_assert(!listener_has_waiting(listener));
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	listener_drain_end(listener);
	ck_assert_int_eq(listener->socket.fd, -1);
	ck_assert_uint_eq(listener->accepted, WAITING);
	expect_all_served();
	rig_run_until(&rig, rig.seen.closed == WAITING);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_DRAINED], WAITING);
	ck_assert_uint_eq(rig.conns.tally.resets_sent, 0);
}
END_TEST

/* The loop turns between the steps of a drain. */
START_TEST(who_is_accepted_by_the_loop_meanwhile_is_served_as_well)
{
	if (!start_listening(&rows[_i]))
		return;
	fill_queue();
	listener_drain_begin(listener);
	rig_run_until(&rig, listener->accepted == WAITING);
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	listener_drain_end(listener);
	expect_all_served();
}
END_TEST

/* A SYN is dropped, to be sent again a second later; of an MPTCP listener, which
 * takes no filter, it is refused; a Unix socket has no file any more. */
START_TEST(a_newcomer_does_not_join_the_queue)
{
	const struct row *row = &rows[_i];
	int newcomer;
	int result;

	if (!start_listening(row))
		return;
	listener_drain_begin(listener);
	result = client_try(&listener->socket.address, listener->socket.transport->type, &newcomer);
	if (listener->socket.transport->domain == AF_UNIX) {
		ck_assert_int_eq(result, -ENOENT);
	} else if (strcmp(row->transport, "mptcp") == 0) {
		struct pollfd refused = { .fd = newcomer, .events = POLLIN };

		ck_assert_int_eq(poll(&refused, 1, 1000), 1);
		ck_assert(refused.revents & POLLERR);
	} else {
		ck_assert_int_eq(result, 0);
		ck_assert_int_eq(client_tcp_state(newcomer), TCP_SYN_SENT);
	}
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	client_close(&newcomer);
	listener_drain_end(listener);
}
END_TEST

/* Where a successor listens its next SYN is welcome there. */
START_TEST(a_newcomer_comes_to_the_successor)
{
	struct listener *predecessor;
	struct config_listener row;
	int newcomer;

	config = plain_listener("tcp", _i ? loopback6 : loopback);
	config.reuse_port = true;
	row = config;
	predecessor = open_listener(&row);
	listener_drain_begin(predecessor);
	ck_assert_int_eq(client_try(&predecessor->socket.address, SOCK_STREAM, &newcomer), 0);
	ck_assert_int_eq(client_tcp_state(newcomer), TCP_SYN_SENT);
	config.port = address_port(&predecessor->socket.address);
	listener = open_listener(&config);
	listener_drain_end(predecessor);
	rig_run_until(&rig, listener->accepted == 1);
	client_close(&newcomer);
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	listener_free(predecessor);
}
END_TEST

/* The kernel sends its SYN-ACK again a second later. */
START_TEST(a_handshake_that_had_begun_is_completed)
{
	if (!start_listening(&rows[_i]))
		return;
	clients[0] = client_begin_handshake(&listener->socket.address);
	rig_run_until(&rig, half_open_count(&listener->socket) == 1);
	listener_drain_begin(listener);
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	client_end_handshake(clients[0]);
	rig_run_until(&rig, half_open_count(&listener->socket) == 0);
	rig_run_until(&rig, listener->accepted + listener_drain_queue(listener) > 0);
	listener_drain_end(listener);
	rig_run_until(&rig, client_look(clients[0], NULL) == SEES_FIN);
}
END_TEST

/* It has shaken hands, and says nothing for half an hour. */
START_TEST(a_client_whose_accept_was_deferred_is_let_in)
{
	config = plain_listener("tcp", _i ? loopback6 : loopback);
	config.defer_accept_us = 1800 * CLOCK_SECOND_US;
	listener = open_listener(&config);
	clients[0] = connect_to(&listener->socket);
	rig_settle(&rig);
	ck_assert_uint_eq(listener->accepted, 0);
	ck_assert_int_eq(half_open_count(&listener->socket), 1);
	listener_drain_begin(listener);
	rig_run_until(&rig, listener->accepted == 1);
	ck_assert_int_eq(half_open_count(&listener->socket), 0);
	listener_drain_end(listener);
	rig_run_until(&rig, client_look(clients[0], NULL) == SEES_FIN);
}
END_TEST

START_TEST(without_descriptors_the_queue_is_known_to_hold_somebody)
{
	struct rlimit before;
	struct rlimit limit;
	int next;

	ck_assert(start_listening(&rows[0]));
	clients[0] = connect_to(&listener->socket);
	listener_drain_begin(listener);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	next = dup(0);
	client_close(&next);
	limit = before;
	next = dup(0);
	limit.rlim_cur = (rlim_t)next;
	client_close(&next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	ck_assert(listener_has_waiting(listener));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(listener_drain_queue(listener), 1);
	ck_assert(!listener_has_waiting(listener));
}
END_TEST

START_TEST(a_file_that_a_successor_put_there_stays)
{
	struct listen_socket successor;
	int client;

	ck_assert(start_listening(&rows[5 + _i]));
	listener_drain_begin(listener);
	ck_assert_int_eq(access(place.path, F_OK), -1);
	successor = open_listening(&config);
	listener_drain_end(listener);
	client = connect_to(&successor);
	client_close(&client);
	client_close(&successor.fd);
}
END_TEST

START_TEST(the_steps_may_be_taken_more_than_once)
{
	if (!start_listening(&rows[_i]))
		return;
	fill_queue();
	listener_drain_begin(listener);
	listener_drain_begin(listener);
	ck_assert_uint_eq(listener_drain_queue(listener), WAITING);
	listener_drain_end(listener);
	listener_drain_end(listener);
	listener_drain_begin(listener);
	ck_assert_uint_eq(listener_drain_queue(listener), 0);
	ck_assert(!listener_has_waiting(listener));
	listener_pause(listener, LISTENER_PAUSE_CONNECTIONS);
	listener_resume(listener, LISTENER_PAUSE_CONNECTIONS);
	expect_all_served();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/listener_drain");
	TCase *queue = tcase_create("queue");
	TCase *newcomers = tcase_create("newcomers");

	tcase_add_checked_fixture(queue, set_up, tear_down);
	tcase_add_loop_test(queue, all_who_wait_are_served_and_none_is_reset, 0, COUNT(rows));
	tcase_add_loop_test(
	    queue, who_is_accepted_by_the_loop_meanwhile_is_served_as_well, 0, COUNT(rows));
	tcase_add_loop_test(queue, the_steps_may_be_taken_more_than_once, 0, COUNT(rows));
	tcase_add_test(queue, without_descriptors_the_queue_is_known_to_hold_somebody);
	tcase_add_checked_fixture(newcomers, set_up, tear_down);
	tcase_add_loop_test(newcomers, a_newcomer_does_not_join_the_queue, 0, COUNT(rows));
	tcase_add_loop_test(newcomers, a_newcomer_comes_to_the_successor, 0, 2);
	tcase_add_loop_test(newcomers, a_handshake_that_had_begun_is_completed, 0, 5);
	tcase_add_loop_test(newcomers, a_client_whose_accept_was_deferred_is_let_in, 0, 2);
	tcase_add_loop_test(newcomers, a_file_that_a_successor_put_there_stays, 0, 2);
	tcase_set_timeout(queue, 30);
	tcase_set_timeout(newcomers, 30);
	suite_add_tcase(suite, queue);
	suite_add_tcase(suite, newcomers);
	return run_suite(suite);
}
