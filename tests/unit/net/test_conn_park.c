/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_park: who is parked, when, and what wakes it.
 */
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

#define PARK_US (80 * INT64_C(1000))
/* libevent's record of a descriptor: a pointer in a table, and what it points at. */
#define RECORD_BYTES 40
#define PARKED_BYTES 400

static struct rig rig;

static void
begin(enum wire wire)
{
	memory_take_over();
	rig_init(&rig,
	    &(struct rig_options){
		.pair = { wire, true }, .limits = { .park_us = PARK_US, .unparked = 1000 } });
	rig_open(&rig);
}

static void
end(void)
{
	memory_heal();
	rig_done(&rig);
}

/* As if `us` had passed since. */
static void
be_idle_for(struct conn *conn, int64_t us)
{
	conn_set_idle(conn);
	conn->idle_us = rig.conns.now_us - us;
}

static void
answer_what_came(struct conn *conn)
{
	ck_assert_int_eq(conn_write_input(conn, conn_input_length(conn)), 0);
	conn_flush(conn);
	conn_set_idle(conn);
}

static void
leave_it(struct conn *conn)
{
	(void)conn;
}

START_TEST(those_idle_for_long_are_parked_and_no_others)
{
	struct conn *conns[3];
	int clients[3];

	begin(WIRE_UNIX);
	client_close(&rig.client);
	rig.conns.limits.park_us = CLOCK_SECOND_US;
	for (int i = 0; i < 3; i++) {
		rig_open(&rig);
		conns[i] = rig.conn;
		clients[i] = rig.client;
	}
	be_idle_for(conns[0], 3 * CLOCK_SECOND_US);
	be_idle_for(conns[1], CLOCK_SECOND_US);
	be_idle_for(conns[2], CLOCK_SECOND_US - 1);
	conn_set_park(&rig.conns);
	ck_assert_int_eq(conns[0]->state, CONN_PARKED);
	ck_assert_int_eq(conns[1]->state, CONN_PARKED);
	ck_assert_int_eq(conns[2]->state, CONN_IDLE);
	ck_assert_uint_eq(rig.conns.counts[CONN_PARKED], 2);
	ck_assert_uint_eq(rig.conns.parked, 2);
	for (int i = 0; i < 3; i++)
		client_close(&clients[i]);
	rig.client = -1;
	end();
}
END_TEST

START_TEST(it_is_parked_by_itself_and_wakes_with_all_its_bytes)
{
	static const enum wire wires[] = { WIRE_TCP, WIRE_TCP6, WIRE_UNIX, WIRE_SEQPACKET };
	char answer[64];
	size_t len;

	begin(wires[_i]);
	rig.script.data = answer_what_came;
	conn_set_idle(rig.conn);
	for (unsigned i = 1; i <= 3; i++) {
		rig_run_until(&rig, rig.conn->state == CONN_PARKED);
		ck_assert_uint_eq(rig.seen.park, i);
		ck_assert_uint_eq(rig.seen.wake, i - 1);
		client_send(rig.client, "first byte", 10);
		rig_run_until(&rig, rig.seen.data == i);
		ck_assert_int_eq(rig.conn->state, CONN_IDLE);
		ck_assert_int_eq(
		    client_read(rig.client, answer, sizeof(answer), &len), SEES_NOTHING);
		ck_assert(slice_equals((struct slice){ answer, len }, SLICE("first byte")));
	}
	ck_assert_uint_eq(rig.conn->bytes_in, 30);
	end();
}
END_TEST

START_TEST(the_timer_rests_while_nobody_is_idle)
{
	begin(WIRE_TCP);
	ck_assert(!rig.conns.is_parker_armed);
	conn_set_idle(rig.conn);
	ck_assert(rig.conns.is_parker_armed);
	rig_run_until(&rig, rig.conn->state == CONN_PARKED);
	ck_assert(!rig.conns.is_parker_armed);
	end();
}
END_TEST

START_TEST(without_a_time_none_is_parked)
{
	begin(WIRE_TCP);
	rig.conns.limits.park_us = 0;
	conn_set_idle(rig.conn);
	ck_assert(!rig.conns.is_parker_armed);
	rig_pass(&rig, PARK_US);
	ck_assert_int_eq(rig.conn->state, CONN_IDLE);
	end();
}
END_TEST

START_TEST(its_bufferevent_is_given_back)
{
	begin(WIRE_TCP);
	rig.script.data = leave_it;
	client_send(rig.client, "kept", 4);
	rig_run_until(&rig, rig.conn->bev != NULL);
	conn_set_idle(rig.conn);
	ck_assert(!conn_park(rig.conn));
	conn_input_drain(rig.conn, 4);
	ck_assert(conn_park(rig.conn));
	ck_assert_ptr_null(rig.conn->bev);
	end();
}
END_TEST

/* What is to be lost with the buffers has to be nothing. */
START_TEST(whoever_has_something_in_progress_is_not_parked)
{
	begin(WIRE_TCP);
	ck_assert(!conn_park(rig.conn));
	conn_set_idle(rig.conn);
	if (_i == 0)
		ck_assert_int_eq(conn_write(rig.conn, SLICE("unsent")), 0);
	else if (_i == 1)
		conn_pause(rig.conn, CONN_PAUSE_OUTPUT);
	else if (_i == 2)
		rig.script.refuses_to_park = true;
	else if (_i == 3)
		conn_set_drain(&rig.conns, NULL);
	else
		conn_set_drain(&rig.conns, &rig.origin);
	ck_assert(!conn_park(rig.conn));
	ck_assert_int_eq(rig.conn->state, CONN_IDLE);
	ck_assert_uint_eq(rig.seen.park, 0);
	end();
}
END_TEST

START_TEST(one_that_cannot_be_parked_does_not_keep_the_others)
{
	struct conn *first;
	int client;

	begin(WIRE_TCP);
	first = rig.conn;
	client = rig.client;
	be_idle_for(first, 2 * PARK_US);
	conn_pause(first, CONN_PAUSE_OUTPUT);
	rig_open(&rig);
	be_idle_for(rig.conn, PARK_US);
	conn_set_park(&rig.conns);
	ck_assert_int_eq(first->state, CONN_IDLE);
	ck_assert_int_eq(rig.conn->state, CONN_PARKED);
	client_close(&client);
	end();
}
END_TEST

START_TEST(without_memory_to_wake_it_ends)
{
	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	ck_assert(conn_park(rig.conn));
	rig.script.wake_result = -ENOMEM;
	client_send(rig.client, "request", 7);
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "out_of_memory");
	ck_assert_uint_eq(rig.seen.data, 0);
	ck_assert_uint_eq(rig.seen.ending.bytes_in, 7);
	ck_assert_int_eq(client_look(rig.client, NULL), SEES_FIN);
	end();
}
END_TEST

/* As many as are let in is not how many may idle at full size. */
START_TEST(a_crowd_is_parked_sooner)
{
	begin(WIRE_TCP);
	rig.conns.limits.unparked = (size_t)_i;
	be_idle_for(rig.conn, PARK_US / 2);
	conn_set_park(&rig.conns);
	ck_assert_int_eq(rig.conn->state, _i == 0 ? CONN_PARKED : CONN_IDLE);
	end();
}
END_TEST

START_TEST(it_is_parked_sooner_where_memory_is_short)
{
	static const char *const texts[] = { "some avg10=30.00 avg60=1.00",
		"some avg10=3.00 avg60=1" };
	char path[] = "/tmp/usher-park-XXXXXX";
	int file = mkstemp(path);

	ck_assert_int_eq(write(file, texts[_i], strlen(texts[_i])), (ssize_t)strlen(texts[_i]));
	(void)close(file);
	begin(WIRE_TCP);
	pressure_done(&rig.conns.pressure);
	pressure_init_at(&rig.conns.pressure, path);
	be_idle_for(rig.conn, PARK_US / 2);
	conn_set_park(&rig.conns);
	ck_assert_int_eq(rig.conn->state, _i == 0 ? CONN_PARKED : CONN_IDLE);
	(void)unlink(path);
	end();
}
END_TEST

/* on_peer_fin = abort has no say where nothing is in progress. */
START_TEST(the_peer_may_leave_while_it_is_parked)
{
	begin(WIRE_TCP);
	rig.origin.abort_on_peer_fin = _i == 1;
	conn_set_idle(rig.conn);
	ck_assert(conn_park(rig.conn));
	client_finish(rig.client);
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "client_closed");
	ck_assert_int_eq(rig.seen.ending.first_fin, ENDING_FIN_PEERS);
	ck_assert_int_eq(client_look(rig.client, NULL), SEES_FIN);
	end();
}
END_TEST

START_TEST(its_idle_time_runs_on)
{
	begin(WIRE_TCP);
	rig.conns.deadlines.length_us[DEADLINE_IDLE] = 2 * PARK_US;
	conn_set_idle(rig.conn);
	conn_wait(rig.conn, DEADLINE_IDLE);
	rig_run_until(&rig, rig.conn->state == CONN_PARKED);
	rig_run_until(&rig, rig.conn->state == CONN_LINGERING);
	ck_assert_str_eq(ending_label(rig.conn->cause), "idle_timeout");
	ck_assert_uint_eq(rig.seen.expired, 0);
	end();
}
END_TEST

START_TEST(it_costs_less_than_four_hundred_bytes)
{
	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	ck_assert(conn_park(rig.conn));
	ck_assert_uint_le(sizeof(struct conn) + sizeof(size_t) + RECORD_BYTES, PARKED_BYTES);
	ck_assert_ptr_null(rig.conn->bev);
	ck_assert_ptr_null(rig.conn->protocol_state);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_park");
	TCase *parking = tcase_create("parking");

	tcase_add_test(parking, those_idle_for_long_are_parked_and_no_others);
	tcase_add_loop_test(parking, it_is_parked_by_itself_and_wakes_with_all_its_bytes, 0, 4);
	tcase_add_test(parking, the_timer_rests_while_nobody_is_idle);
	tcase_add_test(parking, without_a_time_none_is_parked);
	tcase_add_test(parking, its_bufferevent_is_given_back);
	tcase_add_loop_test(parking, whoever_has_something_in_progress_is_not_parked, 0, 5);
	tcase_add_test(parking, one_that_cannot_be_parked_does_not_keep_the_others);
	tcase_add_test(parking, without_memory_to_wake_it_ends);
	tcase_add_loop_test(parking, a_crowd_is_parked_sooner, 0, 2);
	tcase_add_loop_test(parking, it_is_parked_sooner_where_memory_is_short, 0, 2);
	tcase_add_loop_test(parking, the_peer_may_leave_while_it_is_parked, 0, 2);
	tcase_add_test(parking, its_idle_time_runs_on);
	tcase_add_test(parking, it_costs_less_than_four_hundred_bytes);
	suite_add_tcase(suite, parking);
	return run_suite(suite);
}
