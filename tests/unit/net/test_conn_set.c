/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_set.
 */
#include "net/conn_set.h"

#include <string.h>

#include "memory.h"
#include "rig.h"

#define COUNT_OPEN 5

static struct rig rig;
static struct conn *conns[COUNT_OPEN];
static int clients[COUNT_OPEN];

static void
set_up(void)
{
	memory_take_over();
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_UNIX, false } });
	for (int i = 0; i < COUNT_OPEN; i++) {
		rig_open(&rig);
		conns[i] = rig.conn;
		clients[i] = rig.client;
	}
	rig.client = -1;
}

static void
tear_down(void)
{
	for (int i = 0; i < COUNT_OPEN; i++)
		client_close(&clients[i]);
	rig_done(&rig);
	ck_assert_uint_eq(rig.seen.open, rig.seen.closed);
	ck_assert_uint_eq(rig.seen.open, rig.conns.tally.total);
}

static void
turn_idle(int first, int last)
{
	for (int i = first; i <= last; i++)
		conn_set_idle(conns[i]);
}

/* How many are idle after it. */
static size_t
finish_some(const struct conn_grace *grace)
{
	conn_set_finish_idle(&rig.conns, grace, ENDING_DRAINED);
	ck_assert_uint_eq(conn_set_count_idle(&rig.conns, NULL), rig.conns.counts[CONN_IDLE]);
	return rig.conns.counts[CONN_IDLE];
}

/* Once their round trips are over. */
static void
finish_idle(size_t most, size_t left)
{
	const struct conn_grace grace = { .most = most };
	size_t idle = rig.conns.counts[CONN_IDLE];

	while (idle > left) {
		size_t before = idle;

		idle = finish_some(&grace);
		ck_assert_uint_le(before - idle, most);
		rig_turn(&rig);
	}
}

START_TEST(ids_come_in_blocks_that_sets_share)
{
	atomic_uint_fast64_t ids = 1000;

	for (int i = 0; i < COUNT_OPEN; i++)
		ck_assert_uint_eq(conns[i]->id, (uint64_t)i + 1);
	rig.conns.ids = &ids;
	rig.conns.ids_until = rig.conns.next_id + 1;
	rig_open(&rig);
	ck_assert_uint_eq(rig.conn->id, COUNT_OPEN + 1);
	client_close(&rig.client);
	rig_open(&rig);
	ck_assert_uint_eq(rig.conn->id, 1001);
	ck_assert_uint_gt(atomic_load(&ids), 1001);
}
END_TEST

START_TEST(a_drain_tells_the_busy_and_leaves_the_idle_in_peace)
{
	turn_idle(0, 1);
	conn_finish(conns[2], ENDING_RESPONSE_CLOSE);
	conn_set_drain(&rig.conns, NULL);
	ck_assert_uint_eq(rig.seen.drain, 2);
	for (int i = 0; i < COUNT_OPEN; i++)
		ck_assert(conn_is_draining(conns[i]));
	ck_assert_int_eq(conns[0]->state, CONN_IDLE);
	ck_assert_int_eq(conns[2]->state, CONN_LINGERING);
	ck_assert_int_eq(conns[3]->state, CONN_BUSY);
}
END_TEST

static void
finish(struct conn *conn)
{
	conn_finish(conn, ENDING_DRAINED);
}

static void
stop(struct conn *conn)
{
	conn_abort(conn, ENDING_STOPPED);
}

static void
come_and_go(struct conn *conn)
{
	conn_set_idle(conn);
	conn_set_busy(conn);
}

/* The list that is walked changes under the walk. */
START_TEST(each_busy_connection_is_told_once_whatever_it_does)
{
	static void (*const ways[])(struct conn *) = { finish, stop, come_and_go, conn_set_idle };

	rig.script.drain = ways[_i];
	conn_set_drain(&rig.conns, NULL);
	ck_assert_uint_eq(rig.seen.drain, COUNT_OPEN);
}
END_TEST

START_TEST(a_drain_of_nobody_is_nothing)
{
	turn_idle(0, COUNT_OPEN - 1);
	conn_set_drain(&rig.conns, NULL);
	ck_assert_uint_eq(rig.seen.drain, 0);
	ck_assert(rig.conns.is_draining);
}
END_TEST

START_TEST(the_longest_idle_are_finished_first_and_no_more_than_asked)
{
	turn_idle(3, 4);
	turn_idle(0, 2);
	finish_idle(1, 4);
	ck_assert_int_eq(conns[3]->state, CONN_LINGERING);
	finish_idle(2, 2);
	ck_assert_int_eq(conns[4]->state, CONN_LINGERING);
	ck_assert_int_eq(conns[0]->state, CONN_LINGERING);
	ck_assert_int_eq(conns[1]->state, CONN_IDLE);
	finish_idle(SIZE_MAX, 0);
	ck_assert_uint_eq(rig.conns.counts[CONN_LINGERING], COUNT_OPEN);
	for (int i = 0; i < COUNT_OPEN; i++)
		ck_assert_int_eq(client_look(clients[i], NULL), SEES_FIN);
}
END_TEST

START_TEST(before_its_grace_is_over_none_is_finished)
{
	turn_idle(0, COUNT_OPEN - 1);
	rig_pass(&rig, 2000);
	ck_assert_uint_eq(finish_some(&(struct conn_grace){
			      .most = SIZE_MAX, .grace_us = 3600 * CLOCK_SECOND_US }),
	    COUNT_OPEN);
	ck_assert_uint_eq(
	    finish_some(&(struct conn_grace){
		.most = SIZE_MAX, .since_us = clock_monotonic_us(), .grace_us = CLOCK_SECOND_US }),
	    COUNT_OPEN);
	ck_assert_uint_eq(finish_some(&(struct conn_grace){ .most = 0 }), COUNT_OPEN);
}
END_TEST

/* Its next request is here, if not read. */
START_TEST(one_whose_request_has_come_is_not_finished)
{
	turn_idle(0, COUNT_OPEN - 1);
	conn_pause(conns[1], CONN_PAUSE_BUSY);
	client_send(clients[1], "request", 7);
	finish_idle(SIZE_MAX, 1);
	rig_pass(&rig, 2000);
	ck_assert_uint_eq(finish_some(&(struct conn_grace){ .most = SIZE_MAX }), 1);
	ck_assert_int_eq(conns[1]->state, CONN_IDLE);
}
END_TEST

/* The first two are of another listener than the rest. */
static struct conn_origin other;

static void
part(void)
{
	other = rig.origin;
	other.open_count = 0;
	for (int i = 0; i < 2; i++) {
		conns[i]->origin = &other;
		other.open_count++;
		rig.origin.open_count--;
	}
}

START_TEST(a_listener_drains_without_the_others)
{
	part();
	turn_idle(1, 2);
	conn_set_drain(&rig.conns, &other);
	ck_assert_uint_eq(rig.seen.drain, 1);
	ck_assert(conn_is_draining(conns[0]));
	ck_assert(!conn_is_draining(conns[2]));
	ck_assert_uint_eq(conn_set_count_idle(&rig.conns, &other), 1);
	while (conn_set_count_idle(&rig.conns, &other) > 0) {
		(void)finish_some(&(struct conn_grace){ .of = &other, .most = SIZE_MAX });
		rig_turn(&rig);
	}
	ck_assert_int_eq(conns[1]->state, CONN_LINGERING);
	ck_assert_int_eq(conns[2]->state, CONN_IDLE);
	ck_assert_uint_eq(conn_set_abort_all(&rig.conns, &other, ENDING_DRAIN_DEADLINE), 2);
	rig_turn(&rig);
	ck_assert_uint_eq(other.open_count, 0);
	ck_assert_uint_eq(rig.conns.open, COUNT_OPEN - 2);
}
END_TEST

START_TEST(connections_that_move_to_another_listener_are_counted_there)
{
	part();
	conn_abort(conns[0], ENDING_CUT_SHORT);
	conn_set_move(&rig.conns, &other, &rig.origin);
	ck_assert_uint_eq(other.open_count, 0);
	ck_assert_uint_eq(rig.origin.open_count, COUNT_OPEN);
	ck_assert_ptr_eq(conns[1]->origin, &rig.origin);
	rig_turn(&rig);
	ck_assert_uint_eq(rig.origin.open_count, COUNT_OPEN - 1);
}
END_TEST

START_TEST(all_are_aborted_once_in_whatever_state)
{
	turn_idle(0, 0);
	conn_finish(conns[1], ENDING_RESPONSE_CLOSE);
	conn_abort(conns[2], ENDING_CUT_SHORT);
	ck_assert_uint_eq(
	    conn_set_abort_all(&rig.conns, NULL, ENDING_DRAIN_DEADLINE), COUNT_OPEN - 1);
	ck_assert_uint_eq(conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED), 0);
	ck_assert_uint_eq(rig.conns.open, 0);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_DRAIN_DEADLINE], COUNT_OPEN - 1);
}
END_TEST

static void
count_visit(const struct conn *conn, void *arg)
{
	unsigned *visits = arg;

	ck_assert_int_ne(conn->state, CONN_CLOSED);
	(*visits)++;
}

START_TEST(a_visit_goes_to_all_that_are_not_closed)
{
	unsigned visits = 0;

	turn_idle(0, 0);
	conn_finish(conns[1], ENDING_RESPONSE_CLOSE);
	conn_abort(conns[2], ENDING_CUT_SHORT);
	conn_set_foreach(&rig.conns, NULL, count_visit, &visits);
	ck_assert_uint_eq(visits, COUNT_OPEN - 1);
}
END_TEST

START_TEST(the_closed_are_freed_after_the_turn)
{
	conn_abort(conns[0], ENDING_CUT_SHORT);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_uint_eq(rig.seen.closed, 0);
	ck_assert_uint_eq(rig.conns.open, COUNT_OPEN - 1);
	ck_assert_uint_eq(rig.conns.counts[CONN_CLOSED], 1);
	rig_turn(&rig);
	ck_assert_uint_eq(rig.seen.closed, 1);
	ck_assert_uint_eq(rig.conns.counts[CONN_CLOSED], 0);
	ck_assert_uint_eq(rig.origin.open_count, COUNT_OPEN - 1);
}
END_TEST

/* What a floor above does when one ends: it ends others. */
static void
stop_the_others(const struct conn *ended)
{
	for (int i = 0; i < COUNT_OPEN; i++)
		if (conns[i] != ended)
			conn_abort(conns[i], ENDING_STOPPED);
}

START_TEST(others_may_be_ended_when_one_ends)
{
	rig.script.ended = stop_the_others;
	conn_finish(conns[1], ENDING_RESPONSE_CLOSE);
	conn_abort(conns[3], ENDING_CUT_SHORT);
	ck_assert_uint_eq(rig.seen.ended, COUNT_OPEN);
	rig.script.ended = NULL;
}
END_TEST

START_TEST(an_end_of_everything_closes_every_descriptor)
{
	const size_t own = rig.conns.pressure.fd >= 0;
	size_t descriptors = count_descriptors();

	conn_abort(conns[2], ENDING_CUT_SHORT);
	conn_set_done(&rig.conns);
	ck_assert_uint_eq(count_descriptors(), descriptors - COUNT_OPEN - own);
	ck_assert_uint_eq(rig.seen.closed, COUNT_OPEN);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_STOPPED], COUNT_OPEN - 1);
	ck_assert_int_eq(
	    conn_set_init(&rig.conns, rig.base, &(struct conn_set_options){ .ids = NULL }), 0);
	rig.conns.tally.total = COUNT_OPEN;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_set");
	TCase *drain = tcase_create("drain");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(drain, set_up, tear_down);
	tcase_add_test(drain, a_drain_tells_the_busy_and_leaves_the_idle_in_peace);
	tcase_add_loop_test(drain, each_busy_connection_is_told_once_whatever_it_does, 0, 4);
	tcase_add_test(drain, a_drain_of_nobody_is_nothing);
	tcase_add_test(drain, the_longest_idle_are_finished_first_and_no_more_than_asked);
	tcase_add_test(drain, before_its_grace_is_over_none_is_finished);
	tcase_add_test(drain, one_whose_request_has_come_is_not_finished);
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, ids_come_in_blocks_that_sets_share);
	tcase_add_test(all, a_listener_drains_without_the_others);
	tcase_add_test(all, connections_that_move_to_another_listener_are_counted_there);
	tcase_add_test(all, all_are_aborted_once_in_whatever_state);
	tcase_add_test(all, a_visit_goes_to_all_that_are_not_closed);
	tcase_add_test(all, the_closed_are_freed_after_the_turn);
	tcase_add_test(all, others_may_be_ended_when_one_ends);
	tcase_add_test(all, an_end_of_everything_closes_every_descriptor);
	suite_add_tcase(suite, drain);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
