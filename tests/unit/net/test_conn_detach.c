/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_detach: what may leave its set, and that nothing of it is lost on
 * the way to another.
 */
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

#define IDLE_US (300 * INT64_C(1000))
#define CLIENTS 50

static struct rig rig;
static struct conn_set other;
static unsigned ended;

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	(void)conn;
	(void)ending;
	(void)arg;
	ended++;
}

static const struct conn_set_ops other_ops = { .ended = on_ended };

static void
set_up(void)
{
	struct conn_set_options options = { .ops = &other_ops,
		.limits = { .linger_bytes = 1000, .lingering = 1000 },
		.deadline_us = { [DEADLINE_IDLE] = IDLE_US } };

	memory_take_over();
	rig_init(&rig,
	    &(struct rig_options){
		.pair = { WIRE_TCP, true }, .deadline_us = { [DEADLINE_IDLE] = IDLE_US } });
	ck_assert_int_eq(conn_set_init(&other, rig.base, &options), 0);
	ended = 0;
}

static void
tear_down(void)
{
	memory_heal();
	conn_set_done(&other);
	rig_done(&rig);
}

static struct conn *
open_idle(void)
{
	rig_open(&rig);
	conn_set_idle(rig.conn);
	conn_wait(rig.conn, DEADLINE_IDLE);
	return rig.conn;
}

START_TEST(an_idle_one_is_parked_and_goes_whole)
{
	struct conn *conn = open_idle();
	const struct conn was = *conn;

	ck_assert(conn_detach(conn));
	ck_assert_uint_eq(rig.seen.park, 1);
	ck_assert_uint_eq(rig.conns.open, 0);
	ck_assert_uint_eq(rig.conns.counts[CONN_PARKED], 0);
	ck_assert_uint_eq(rig.origin.open_count, 0);
	ck_assert_uint_eq(rig.conns.moved_out, 1);
	conn_attach(&other, &rig.origin, conn, NULL);
	ck_assert_uint_eq(other.open, 1);
	ck_assert_uint_eq(other.counts[CONN_PARKED], 1);
	ck_assert_uint_eq(other.moved_in, 1);
	ck_assert_uint_eq(rig.origin.open_count, 1);
	ck_assert_int_eq(conn->fd, was.fd);
	ck_assert_uint_eq(conn->id, was.id);
	ck_assert_int_eq(conn->opened_us, was.opened_us);
	ck_assert_int_eq(conn->deadline.at_us, was.deadline.at_us);
	close(rig.client);
	rig.client = -1;
	rig_run_until(&rig, ended == 1);
}
END_TEST

START_TEST(what_comes_between_the_two_sets_wakes_it_in_the_second)
{
	struct conn *conn = open_idle();

	ck_assert(conn_detach(conn));
	ck_assert_int_eq(write(rig.client, "hello", 5), 5);
	rig_pass(&rig, 5000);
	ck_assert_uint_eq(rig.seen.data, 0);
	conn_attach(&other, &rig.origin, conn, NULL);
	rig_run_until(&rig, rig.seen.data == 1);
	ck_assert_uint_eq(rig.seen.wake, 1);
	ck_assert_int_eq(conn->state, CONN_BUSY);
	ck_assert(conn->set == &other);
	ck_assert_uint_eq(conn->bytes_in, 5);
}
END_TEST

START_TEST(its_wait_ends_when_it_would_have)
{
	struct conn *conns[CLIENTS];
	int clients[CLIENTS];
	const struct conn *before = NULL;

	for (int i = 0; i < CLIENTS; i++) {
		conns[i] = open_idle();
		clients[i] = rig.client;
	}
	for (int i = 0; i < CLIENTS; i++) {
		/* As on another loop: those that are there lie between those that come. */
		conns[i]->deadline.at_us += (i % 2) * 1000 - i;
		ck_assert(conn_detach(conns[i]));
		conn_attach(&other, &rig.origin, conns[i], i % 5 == 0 ? NULL : before);
		before = conns[i];
	}
	for (struct list_link *link = other.deadlines.queues[DEADLINE_IDLE].next;
	     link->next != &other.deadlines.queues[DEADLINE_IDLE]; link = link->next)
		ck_assert_int_le(list_entry(link, struct deadline, link)->at_us,
		    list_entry(link->next, struct deadline, link)->at_us);
	rig_run_until(&rig, other.counts[CONN_PARKED] == 0);
	for (int i = 0; i < CLIENTS; i++)
		(void)close(clients[i]);
	rig.client = -1;
}
END_TEST

START_TEST(one_in_use_stays)
{
	rig_open(&rig);
	ck_assert(!conn_detach(rig.conn));
	conn_set_idle(rig.conn);
	rig.script.refuses_to_park = true;
	ck_assert(!conn_detach(rig.conn));
	rig.script.refuses_to_park = false;
	rig.origin.is_draining = true;
	ck_assert(!conn_detach(rig.conn));
	rig.origin.is_draining = false;
	ck_assert(conn_detach(rig.conn));
	conn_attach(&rig.conns, &rig.origin, rig.conn, NULL);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert(!conn_detach(rig.conn));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_detach");
	TCase *tcase = tcase_create("detach");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_idle_one_is_parked_and_goes_whole);
	tcase_add_test(tcase, what_comes_between_the_two_sets_wakes_it_in_the_second);
	tcase_add_test(tcase, its_wait_ends_when_it_would_have);
	tcase_add_test(tcase, one_in_use_stays);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
