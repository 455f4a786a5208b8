/* SPDX-License-Identifier: MIT
 *
 * Tests of net/passport: a connection leaves one set and goes on in another, and its
 * client notices nothing.
 */
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "net/conn_private.h"
#include "net/passport.h"
#include "rig.h"

#define PARK_US (80 * INT64_C(1000))
#define IDLE_US (60 * CLOCK_SECOND_US)

static struct rig rig;

static void
begin(enum wire wire)
{
	memory_take_over();
	rig_init(&rig,
	    &(struct rig_options){ .pair = { wire, true },
		.limits = { .park_us = PARK_US, .unparked = 1000 },
		.deadline_us = { [DEADLINE_IDLE] = IDLE_US } });
	rig_open(&rig);
}

static void
end(void)
{
	memory_heal();
	rig_done(&rig);
}

static void
leave_it(struct conn *conn)
{
	(void)conn;
}

static void
answer_what_came(struct conn *conn)
{
	ck_assert_int_eq(conn_write_input(conn, conn_input_length(conn)), 0);
	conn_flush(conn);
	conn_set_idle(conn);
}

static struct conn *
only_one_parked(void)
{
	ck_assert_uint_eq(rig.conns.counts[CONN_PARKED], 1);
	return list_entry(list_first(&rig.conns.lists[CONN_PARKED]), struct conn, link);
}

static void
expect_answer(const char *words)
{
	char answer[64];
	size_t len;

	ck_assert_int_eq(client_read(rig.client, answer, sizeof(answer), &len), SEES_NOTHING);
	ck_assert(slice_equals((struct slice){ answer, len }, slice_of(words)));
}

START_TEST(it_ends_as_handed_over_and_its_client_sees_nothing)
{
	struct passport passport;
	char byte;
	size_t len;

	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	if (_i == 1)
		ck_assert(conn_park(rig.conn));
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_int_eq(rig.seen.ending.cause, ENDING_HANDED_OVER);
	ck_assert(!rig.seen.ending.reset_sent);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_uint_eq(rig.conns.open, 0);
	ck_assert_uint_eq(rig.origin.open_count, 0);
	ck_assert_int_eq(client_read(rig.client, &byte, 1, &len), SEES_NOTHING);
	passport_done(&passport);
	end();
}
END_TEST

START_TEST(it_goes_on_as_what_it_was)
{
	static const enum wire wires[] = { WIRE_TCP, WIRE_TCP6, WIRE_UNIX, WIRE_SEQPACKET };
	struct passport passport;
	struct conn *conn;
	int64_t opened_us;
	int64_t idle_us;

	begin(wires[_i]);
	rig.script.data = answer_what_came;
	client_send(rig.client, "before", 6);
	rig_run_until(&rig, rig.conn->state == CONN_IDLE);
	expect_answer("before");
	rig.conn->requests = 7;
	opened_us = rig.conn->opened_us;
	idle_us = rig.conn->idle_us;
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), 0);
	ck_assert_int_eq(passport.fd, -1);
	conn = only_one_parked();
	ck_assert_uint_eq(conn->requests, 7);
	ck_assert_uint_eq(conn->bytes_in, 6);
	ck_assert_uint_eq(conn_bytes_out(conn), 6);
	ck_assert_int_eq(conn->opened_us, opened_us);
	ck_assert_int_eq(conn->deadline.at_us, idle_us + IDLE_US);
	ck_assert_uint_eq(rig.origin.open_count, 1);
	client_send(rig.client, "after", 5);
	rig_run_until(&rig, rig.seen.data == 2);
	expect_answer("after");
	end();
}
END_TEST

START_TEST(what_came_before_it_left_is_served_where_it_goes)
{
	struct passport passport;

	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	if (_i == 0) { /* in the socket */
		client_send(rig.client, "a request", 9);
	} else { /* already read */
		rig.script.data = leave_it;
		client_send(rig.client, "a request", 9);
		rig_run_until(&rig, rig.seen.data == 1);
	}
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	ck_assert_uint_eq(passport.input_len, _i == 0 ? 0 : 9);
	ck_assert_uint_eq(passport.bytes_in, 0);
	rig_run_until(&rig, rig.seen.closed == 1);
	rig.script.data = answer_what_came;
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), 0);
	rig_run_until(&rig, rig.conns.counts[CONN_IDLE] == 1);
	expect_answer("a request");
	end();
}
END_TEST

/* In progress, unsent, paused, unwilling, draining, left by its peer. */
START_TEST(whoever_has_something_in_progress_stays)
{
	struct passport passport = { .fd = -1 };

	begin(WIRE_TCP);
	rig.script.refuses_to_retract = _i == 0;
	if (_i > 0)
		conn_set_idle(rig.conn);
	if (_i == 1)
		ck_assert_int_eq(conn_write(rig.conn, SLICE("unsent")), 0);
	else if (_i == 2)
		conn_pause(rig.conn, CONN_PAUSE_BUSY);
	else if (_i == 3)
		rig.script.refuses_to_park = true;
	else if (_i == 4)
		conn_set_drain(&rig.conns, &rig.origin);
	else if (_i == 5)
		rig.conn->has_peer_fin = true;
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), -EBUSY);
	ck_assert_int_eq(passport.fd, -1);
	ck_assert_int_eq(rig.conn->state, _i == 0 ? CONN_BUSY : CONN_IDLE);
	ck_assert_uint_eq(rig.seen.ended, 0);
	end();
}
END_TEST

START_TEST(the_beginning_of_a_request_goes_along)
{
	struct passport passport;

	begin(WIRE_TCP);
	rig.script.data = leave_it;
	client_send(rig.client, "a req", 5);
	rig_run_until(&rig, rig.seen.data == 1);
	ck_assert_int_eq(rig.conn->state, CONN_BUSY);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	ck_assert_uint_eq(passport.input_len, 5);
	ck_assert_uint_eq(passport.bytes_in, 0);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), 0);
	ck_assert_uint_eq(rig.conns.counts[CONN_BUSY], 1);
	client_send(rig.client, "uest", 4);
	rig.script.data = answer_what_came;
	rig_run_until(&rig, rig.conns.counts[CONN_IDLE] == 1);
	expect_answer("a request");
	end();
}
END_TEST

/* What speaks on it is not what its listener serves any more. */
START_TEST(a_changed_protocol_stays)
{
	static const struct protocol_ops other = { .name = "other" };
	const struct protocol_ops *first;
	struct passport passport;

	begin(WIRE_TCP);
	first = rig.conn->ops;
	conn_change_protocol(rig.conn, &other);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), -EBUSY);
	conn_change_protocol(rig.conn, first);
	end();
}
END_TEST

START_TEST(more_input_than_a_passport_holds_stays)
{
	struct passport passport;

	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	rig.script.data = leave_it;
	client_send(rig.client, pattern(PASSPORT_INPUT_MAX + 1).data, PASSPORT_INPUT_MAX + 1);
	rig_run_until(&rig, conn_input_length(rig.conn) > PASSPORT_INPUT_MAX);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), -EBUSY);
	end();
}
END_TEST

START_TEST(without_memory_it_is_closed_and_counted)
{
	struct passport passport;

	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	rig_run_until(&rig, rig.seen.closed == 1);
	memory_fail_after(0);
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), -ENOMEM);
	memory_heal();
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_OUT_OF_MEMORY], 1);
	ck_assert_uint_eq(rig.conns.open, 0);
	ck_assert_int_eq(passport.fd, -1);
	end();
}
END_TEST

START_TEST(times_of_the_future_are_not_believed)
{
	struct passport passport;
	struct conn *conn;

	begin(WIRE_TCP);
	conn_set_idle(rig.conn);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	rig_run_until(&rig, rig.seen.closed == 1);
	passport.idle_us = INT64_MAX;
	passport.opened_us = INT64_MAX;
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), 0);
	conn = only_one_parked();
	ck_assert_int_le(conn->idle_us, rig.conns.now_us);
	ck_assert_int_le(conn->opened_us, rig.conns.now_us);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("passport");
	TCase *tests = tcase_create("passport");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, it_ends_as_handed_over_and_its_client_sees_nothing, 0, 2);
	tcase_add_loop_test(tests, it_goes_on_as_what_it_was, 0, 4);
	tcase_add_loop_test(tests, what_came_before_it_left_is_served_where_it_goes, 0, 2);
	tcase_add_loop_test(tests, whoever_has_something_in_progress_stays, 0, 6);
	tcase_add_test(tests, the_beginning_of_a_request_goes_along);
	tcase_add_test(tests, a_changed_protocol_stays);
	tcase_add_test(tests, more_input_than_a_passport_holds_stays);
	tcase_add_test(tests, without_memory_it_is_closed_and_counted);
	tcase_add_test(tests, times_of_the_future_are_not_believed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
