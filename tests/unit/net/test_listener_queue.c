/* SPDX-License-Identifier: MIT
 *
 * Tests of net/listener_queue. A listener that was not started accepts nobody, so its
 * queue stands still.
 */
#include "net/listener_queue.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "listening.h"
#include "memory.h"
#include "net/listener.h"
#include "rig.h"

#define BACKLOG 5
#define CLIENTS_MAX 8

static char loopback[] = "127.0.0.1";
static struct rig rig;
static struct place place;
static struct config_listener config;
static struct listener *listener;
static int clients[CLIENTS_MAX];
static unsigned client_count;
static unsigned accepted;

static void
on_accepted(struct listener *which, void *arg)
{
	(void)which;
	(void)arg;
	accepted++;
}

static void
listen_at(const char *transport, char *address)
{
	struct listen_socket socket;

	config = plain_listener(transport, address);
	config.backlog = BACKLOG;
	socket = open_listening(&config);
	listener = listener_new(&config, &socket, &rig.conns, &rig.service, on_accepted, NULL);
	ck_assert_ptr_nonnull(listener);
}

static void
set_up(void)
{
	memory_take_over();
	place_make(&place);
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_TCP, false } });
}

static void
tear_down(void)
{
	for (unsigned i = 0; i < client_count; i++)
		(void)close(clients[i]);
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	rig_turn(&rig);
	listener_free(listener);
	rig_done(&rig);
	place_remove(&place);
}

static void
come(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		clients[client_count++] = connect_to(&listener->socket);
}

START_TEST(who_waits_is_seen_when_the_queue_is_looked_at)
{
	listen_at("tcp", loopback);
	come(3);
	ck_assert(!listener->queue.is_known);
	listener_queue_look(listener);
	ck_assert(listener->queue.is_known);
	ck_assert_uint_eq(listener->queue.length, 3);
	ck_assert_uint_eq(listener->queue.peak, 3);
	ck_assert_uint_eq(listener->queue.limit, BACKLOG);
	ck_assert_uint_eq(listener->queue.full, 0);
	ck_assert_uint_eq(listener->queue.drops, 0);
}
END_TEST

START_TEST(at_an_accept_who_was_accepted_counts_as_having_waited)
{
	listen_at("tcp", loopback);
	come(3);
	rig.conns.turns = 1;
	listener_start(listener);
	rig_run_until(&rig, accepted == 3);
	ck_assert_uint_eq(listener->queue.peak, 3);
	listener_queue_look(listener);
	ck_assert_uint_eq(listener->queue.length, 0);
	ck_assert_uint_eq(listener->queue.peak, 3);
}
END_TEST

START_TEST(in_one_turn_it_is_looked_at_once)
{
	listen_at("tcp", loopback);
	come(2);
	rig.conns.turns = 7;
	listener_queue_at_accept(listener);
	ck_assert_uint_eq(listener->queue.peak, 3);
	come(1);
	listener_queue_at_accept(listener);
	ck_assert_uint_eq(listener->queue.peak, 3);
	rig.conns.turns = 8;
	listener_queue_at_accept(listener);
	ck_assert_uint_eq(listener->queue.peak, 4);
}
END_TEST

START_TEST(a_queue_near_its_limit_is_warned_of_once_a_minute)
{
	int64_t first_us;

	listen_at("tcp", loopback);
	come(BACKLOG);
	listener_queue_look(listener);
	first_us = listener->queue.warned_us;
	ck_assert_int_ne(first_us, 0);
	ck_assert_uint_eq(listener->queue.full, 1);
	listener_queue_look(listener);
	ck_assert_int_eq(listener->queue.warned_us, first_us);
	ck_assert_uint_eq(listener->queue.full, 2);
	listener->queue.warned_us -= 60 * CLOCK_SECOND_US;
	listener_queue_look(listener);
	ck_assert_int_ge(listener->queue.warned_us, first_us);
}
END_TEST

START_TEST(four_fifths_of_the_limit_are_no_reason_to_warn)
{
	listen_at("tcp", loopback);
	come(BACKLOG * 4 / 5);
	listener_queue_look(listener);
	ck_assert_uint_eq(listener->queue.length, BACKLOG * 4 / 5);
	ck_assert_int_eq(listener->queue.warned_us, 0);
}
END_TEST

START_TEST(of_a_unix_socket_nothing_is_known)
{
	listen_at("tcp", place.address);
	come(2);
	rig.conns.turns = 1;
	listener_queue_at_accept(listener);
	listener_queue_look(listener);
	ck_assert(!listener->queue.is_known);
	ck_assert_uint_eq(listener->queue.peak, 0);
}
END_TEST

START_TEST(of_a_closed_listener_the_queue_is_empty)
{
	listen_at("tcp", loopback);
	come(2);
	listener_queue_look(listener);
	listener_drain_end(listener);
	listener_queue_look(listener);
	ck_assert_uint_eq(listener->queue.length, 0);
	ck_assert_uint_eq(listener->queue.peak, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/listener_queue");
	TCase *all = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, who_waits_is_seen_when_the_queue_is_looked_at);
	tcase_add_test(all, at_an_accept_who_was_accepted_counts_as_having_waited);
	tcase_add_test(all, in_one_turn_it_is_looked_at_once);
	tcase_add_test(all, a_queue_near_its_limit_is_warned_of_once_a_minute);
	tcase_add_test(all, four_fifths_of_the_limit_are_no_reason_to_warn);
	tcase_add_test(all, of_a_unix_socket_nothing_is_known);
	tcase_add_test(all, of_a_closed_listener_the_queue_is_empty);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
