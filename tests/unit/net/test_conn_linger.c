/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_end, second part: what the peer sees of an ending, and what
 * the record says of it.
 */
#include <poll.h>
#include <string.h>

#include "net/conn_private.h"
#include "rig.h"

#define LARGE ((size_t)2 << 20)

static struct rig rig;

static const enum wire streams[] = { WIRE_TCP, WIRE_TCP6, WIRE_UNIX };

static void
start(const struct rig_options *options)
{
	rig_init(&rig, options);
	rig_open(&rig);
}

static void
set_up(void)
{
	start(&(struct rig_options){ .pair = { WIRE_TCP, false } });
}

static void
tear_down(void)
{
	rig_done(&rig);
}

static void
expect_ended(enum ending_cause cause, enum ending_first_fin first_fin)
{
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), ending_label(cause));
	ck_assert_str_eq(
	    ending_first_fin_name(rig.seen.ending.first_fin), ending_first_fin_name(first_fin));
	ck_assert(!rig.seen.ending.reset_sent);
	ck_assert(!rig.seen.ending.reset_received);
}

static void
wait_for_unread(struct conn *conn)
{
	struct pollfd readable = { .fd = conn->fd, .events = POLLIN };

	ck_assert_int_eq(poll(&readable, 1, 1000), 1);
}

/* --- The order of things ------------------------------------------------------- */

/* 0: all goes at once; 1: it is held up. */
START_TEST(our_fin_follows_the_last_byte)
{
	size_t len = _i ? LARGE : 100;
	size_t bytes = 0;

	start(&(struct rig_options){ .pair = { WIRE_TCP, _i == 1 } });
	ck_assert_int_eq(conn_write(rig.conn, pattern(len)), 0);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, _i ? CONN_FLUSHING : CONN_LINGERING);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, len);
	ck_assert_int_eq(rig.conn->state, CONN_LINGERING);
	client_finish(rig.client);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_OURS);
	ck_assert_uint_eq(rig.seen.ending.bytes_out, len);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, 0);
	ck_assert_uint_eq(rig.seen.drained, 0);
}
END_TEST

/* What comes before our FIN, with it, and after it is read and thrown away. */
START_TEST(a_client_that_goes_on_sending_gets_all_and_no_reset)
{
	size_t bytes = 0;

	start(&(struct rig_options){ .pair = { streams[_i], false } });
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	client_send(rig.client, pattern(50000).data, 50000);
	wait_for_unread(rig.conn);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("no")), 0);
	conn_finish(rig.conn, ENDING_TOO_LARGE);
	client_send(rig.client, pattern(50000).data, 50000);
	rig_run_until(&rig, rig.conn->bytes_in == 100000);
	client_send(rig.client, "more", 4);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, 2);
	client_send(rig.client, "and more", 8);
	client_finish(rig.client);
	expect_ended(ENDING_TOO_LARGE, ENDING_FIN_OURS);
	ck_assert_uint_eq(rig.seen.ending.bytes_in, 100012);
	ck_assert_uint_eq(rig.seen.data, 0);
}
END_TEST

START_TEST(a_fin_while_output_is_held_up_does_not_cut_it)
{
	size_t bytes = 0;

	start(&(struct rig_options){ .pair = { WIRE_TCP, true } });
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	client_finish(rig.client);
	rig_run_until(&rig, rig.conn->has_peer_fin);
	ck_assert_int_eq(rig.conn->state, CONN_FLUSHING);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, LARGE);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_PEERS);
}
END_TEST

/* A client's FIN after its request does not cancel the answer. */
static void
answer(struct conn *conn)
{
	ck_assert_int_eq(conn_write(conn, pattern(LARGE)), 0);
	conn_finish(conn, ENDING_CLIENT_CLOSED);
}

START_TEST(a_half_closed_client_gets_its_answer)
{
	size_t bytes = 0;

	start(&(struct rig_options){ .pair = { streams[_i], true } });
	rig.script.peer_fin = answer;
	client_send(rig.client, "request", 7);
	client_finish(rig.client);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, LARGE);
	expect_ended(ENDING_CLIENT_CLOSED, ENDING_FIN_PEERS);
}
END_TEST

START_TEST(a_listener_may_take_a_fin_for_leaving)
{
	start(&(struct rig_options){ .pair = { WIRE_TCP, false }, .abort_on_peer_fin = true });
	client_finish(rig.client);
	expect_ended(ENDING_PEER_LEFT, ENDING_FIN_PEERS);
	ck_assert_uint_eq(rig.seen.peer_fin, 0);
}
END_TEST

/* Bits: 1: it resets, else its FIN comes; 2: behind unread input; 4: output is held
 * up; 8: it was held up before. */
START_TEST(a_peer_that_leaves_is_noticed_though_nothing_is_read)
{
	start(&(struct rig_options){ .pair = { WIRE_TCP, true }, .abort_on_peer_fin = true });
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	if (_i & 12) {
		ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
		conn_flush(rig.conn);
	}
	while (_i & 8 && rig.seen.drained == 0) {
		(void)client_look(rig.client, NULL);
		rig_turn(&rig);
	}
	if (_i & 2)
		client_send(rig.client, "unread", 6);
	rig_settle(&rig);
	if (_i & 1)
		client_reset(&rig.client);
	else
		client_finish(rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_int_eq(rig.seen.ending.reset_received, _i & 1);
	ck_assert_str_eq(
	    ending_label(rig.seen.ending.cause), _i & 1 ? "reset_by_peer" : "peer_left");
}
END_TEST

/* It does not keep the loop from sleeping: it is the rig's tick that wakes it. */
START_TEST(a_peer_that_stays_costs_nothing_while_nothing_is_read)
{
	unsigned ticks;

	start(&(struct rig_options){ .pair = { WIRE_TCP, true }, .abort_on_peer_fin = true });
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	if (_i == 1) {
		ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
		conn_flush(rig.conn);
	}
	client_send(rig.client, "unread", 6);
	rig_settle(&rig);
	ticks = rig.ticks;
	for (int i = 0; i < 20; i++)
		rig_turn(&rig);
	ck_assert_uint_ge(rig.ticks - ticks, 10);
	ck_assert_int_eq(rig.conn->state, CONN_BUSY);
}
END_TEST

/* --- Where nothing can be unread, no linger is paid for -------------------------- */

static void
finish_without_more(struct conn *conn)
{
	ck_assert_int_eq(conn_write_input(conn, conn_input_length(conn)), 0);
	conn_expect_no_more(conn);
	conn_finish(conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(conn->state, CONN_CLOSED);
}

START_TEST(a_client_that_sends_no_more_is_not_waited_for)
{
	size_t bytes = 0;

	rig.script.data = finish_without_more;
	client_send(rig.client, "request", 7);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, 7);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_OURS);
}
END_TEST

START_TEST(a_client_that_promised_to_send_no_more_and_does_is_lingered_for)
{
	client_send(rig.client, "more", 4);
	wait_for_unread(rig.conn);
	conn_expect_no_more(rig.conn);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, CONN_LINGERING);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	client_finish(rig.client);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_OURS);
}
END_TEST

/* It came right behind the request, say. */
START_TEST(a_fin_that_nobody_has_read_yet_came_first)
{
	client_finish(rig.client);
	wait_for_unread(rig.conn);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, CONN_CLOSED);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_PEERS);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
}
END_TEST

START_TEST(a_fin_behind_unread_input_is_lingered_for)
{
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	client_send(rig.client, "more", 4);
	client_finish(rig.client);
	wait_for_unread(rig.conn);
	rig_settle(&rig);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, CONN_LINGERING);
	expect_ended(ENDING_RESPONSE_CLOSE, ENDING_FIN_PEERS);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	ck_assert_uint_eq(rig.seen.ending.bytes_in, 4);
}
END_TEST

START_TEST(a_reset_that_nobody_has_read_yet_is_noticed)
{
	client_reset(&rig.client);
	wait_for_unread(rig.conn);
	if (_i == 0)
		conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	else
		conn_abort(rig.conn, ENDING_STOPPED);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert(rig.seen.ending.reset_received);
	ck_assert(!rig.seen.ending.reset_sent);
	ck_assert_int_eq(rig.seen.ending.first_fin, ENDING_NO_FIN);
	ck_assert_str_eq(
	    ending_label(rig.seen.ending.cause), _i == 0 ? "reset_by_peer" : "stopped");
}
END_TEST

/* Whatever the protocol does of a connection that it may have ended. */
static void
finish_and_go_on(struct conn *conn)
{
	conn_finish(conn, ENDING_REQUEST_LIMIT);
	conn_set_busy(conn);
	conn_set_idle(conn);
	conn_pause(conn, CONN_PAUSE_BUSY);
	conn_resume(conn, CONN_PAUSE_OUTPUT);
	conn_flush(conn);
	conn_wait_nothing(conn);
	conn_wait(conn, DEADLINE_IDLE);
	conn_expect_no_more(conn);
}

START_TEST(a_protocol_that_goes_on_does_not_stop_the_ending)
{
	start(&(struct rig_options){ .pair = { WIRE_TCP, true },
	    .deadline_us = { [DEADLINE_LINGER] = 3600 * CLOCK_SECOND_US,
		[DEADLINE_WRITE] = 3600 * CLOCK_SECOND_US } });
	rig.script.data = finish_and_go_on;
	if (_i == 1)
		ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	client_send(rig.client, "x", 1);
	rig_run_until(&rig, rig.seen.data == 1);
	ck_assert_int_eq(rig.conn->state, _i ? CONN_FLUSHING : CONN_LINGERING);
	ck_assert(deadline_is_armed(&rig.conn->deadline));
	ck_assert_int_eq(rig.conn->deadline.kind, _i ? DEADLINE_WRITE : DEADLINE_LINGER);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	client_finish(rig.client);
	expect_ended(ENDING_REQUEST_LIMIT, ENDING_FIN_OURS);
}
END_TEST

/* --- The bounds of a linger ------------------------------------------------------- */

START_TEST(what_comes_after_our_fin_is_bounded)
{
	start(&(struct rig_options){ .pair = { WIRE_TCP, false }, .limits.linger_bytes = 1000 });
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	client_send(rig.client, pattern(1000).data, 1000);
	rig_run_until(&rig, rig.conn->bytes_in == 1000);
	ck_assert_int_eq(rig.conn->state, CONN_LINGERING);
	client_send(rig.client, "x", 1);
	expect_ended(ENDING_LINGER_OVERFLOW, ENDING_FIN_OURS);
}
END_TEST

/* Until then the answer is not out: what was read before, and while it is held
 * up, counts for nothing. */
START_TEST(what_comes_before_our_fin_does_not_count)
{
	size_t bytes = 0;

	start(&(struct rig_options){ .pair = { WIRE_TCP, true }, .limits.linger_bytes = 1000 });
	client_send(rig.client, pattern(5000).data, 5000);
	rig_run_until(&rig, rig.conn->bytes_in == 5000);
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_finish(rig.conn, ENDING_TOO_LARGE);
	client_send(rig.client, pattern(5000).data, 5000);
	rig_run_until(&rig, rig.conn->bytes_in == 10000);
	ck_assert_int_eq(rig.conn->state, CONN_FLUSHING);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	ck_assert_uint_eq(bytes, LARGE);
	client_finish(rig.client);
	expect_ended(ENDING_TOO_LARGE, ENDING_FIN_OURS);
}
END_TEST

START_TEST(of_too_many_that_linger_the_oldest_makes_room)
{
	int clients[3];
	struct conn *conns[3];

	rig_init(&rig, &(struct rig_options){ .limits.lingering = 2 });
	for (int i = 0; i < COUNT(clients); i++) {
		rig_open(&rig);
		clients[i] = rig.client;
		conns[i] = rig.conn;
		conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	}
	rig.client = -1;
	ck_assert_int_eq(conns[0]->state, CONN_CLOSED);
	ck_assert_int_eq(conns[1]->state, CONN_LINGERING);
	ck_assert_int_eq(conns[2]->state, CONN_LINGERING);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "linger_overflow");
	for (int i = 0; i < COUNT(clients); i++) {
		ck_assert_int_eq(client_look(clients[i], NULL), SEES_FIN);
		client_close(&clients[i]);
	}
	rig_run_until(&rig, rig.seen.closed == 3);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_RESPONSE_CLOSE], 2);
}
END_TEST

START_TEST(the_first_fault_is_the_cause)
{
	conn_finish(rig.conn, ENDING_BAD_REQUEST);
	conn_abort(rig.conn, ENDING_DRAIN_DEADLINE);
	expect_ended(ENDING_BAD_REQUEST, ENDING_FIN_OURS);
}
END_TEST

/* --- A reset is foretold exactly when the peer sees one -------------------------- */

enum input { NOTHING, UNREAD, UNREAD_AND_FIN, FIN_UNREAD, FIN_READ };

struct close_row {
	enum input input;
	bool is_reset;
	enum ending_first_fin first_fin;
};

static const struct close_row closes[] = {
	{ NOTHING, false, ENDING_FIN_OURS },
	{ UNREAD, true, ENDING_NO_FIN },
	{ UNREAD_AND_FIN, true, ENDING_FIN_PEERS },
	{ FIN_UNREAD, false, ENDING_FIN_PEERS },
	{ FIN_READ, false, ENDING_FIN_PEERS },
};

static void
bring_input(enum input input)
{
	if (input != FIN_READ)
		conn_pause(rig.conn, CONN_PAUSE_BUSY);
	if (input == UNREAD || input == UNREAD_AND_FIN)
		client_send(rig.client, "unread", 6);
	if (input >= UNREAD_AND_FIN)
		client_finish(rig.client);
	if (input != NOTHING && input != FIN_READ)
		wait_for_unread(rig.conn);
	if (input == FIN_READ)
		rig_run_until(&rig, rig.conn->has_peer_fin);
	/* The FIN may be behind what was waited for. */
	rig_settle(&rig);
}

START_TEST(a_reset_is_foretold_when_the_peer_sees_one)
{
	const struct close_row *row = &closes[_i / COUNT(streams)];
	enum sight sight;

	start(&(struct rig_options){ .pair = { streams[_i % COUNT(streams)], false } });
	bring_input(row->input);
	conn_abort(rig.conn, ENDING_DRAINED);
	rig_run_until(&rig, rig.conn == NULL);
	sight = rig_run_until_client_sees_end(&rig, NULL);
	ck_assert_int_eq(sight, row->is_reset ? SEES_RESET : SEES_FIN);
	ck_assert_int_eq(rig.seen.ending.reset_sent, row->is_reset);
	ck_assert_int_eq(rig.seen.ending.first_fin, row->first_fin);
	ck_assert_str_eq(
	    ending_label(rig.seen.ending.cause), row->is_reset ? "reset_by_us" : "drained");
}
END_TEST

static void
add_order(Suite *suite)
{
	TCase *order = tcase_create("order");

	tcase_add_checked_fixture(order, NULL, tear_down);
	tcase_add_loop_test(order, our_fin_follows_the_last_byte, 0, 2);
	tcase_add_loop_test(
	    order, a_client_that_goes_on_sending_gets_all_and_no_reset, 0, COUNT(streams));
	tcase_add_test(order, a_fin_while_output_is_held_up_does_not_cut_it);
	tcase_add_loop_test(order, a_half_closed_client_gets_its_answer, 0, COUNT(streams));
	tcase_add_test(order, a_listener_may_take_a_fin_for_leaving);
	tcase_add_loop_test(order, a_peer_that_leaves_is_noticed_though_nothing_is_read, 0, 16);
	tcase_add_loop_test(order, a_peer_that_stays_costs_nothing_while_nothing_is_read, 0, 2);
	tcase_add_loop_test(order, a_protocol_that_goes_on_does_not_stop_the_ending, 0, 2);
	suite_add_tcase(suite, order);
}

static void
add_shortcuts(Suite *suite)
{
	TCase *shortcuts = tcase_create("without linger");

	tcase_add_checked_fixture(shortcuts, set_up, tear_down);
	tcase_add_test(shortcuts, a_client_that_sends_no_more_is_not_waited_for);
	tcase_add_test(shortcuts, a_client_that_promised_to_send_no_more_and_does_is_lingered_for);
	tcase_add_test(shortcuts, a_fin_that_nobody_has_read_yet_came_first);
	tcase_add_test(shortcuts, a_fin_behind_unread_input_is_lingered_for);
	tcase_add_loop_test(shortcuts, a_reset_that_nobody_has_read_yet_is_noticed, 0, 2);
	tcase_add_test(shortcuts, the_first_fault_is_the_cause);
	suite_add_tcase(suite, shortcuts);
}

static void
add_bounds(Suite *suite)
{
	TCase *bounds = tcase_create("bounds");
	TCase *resets = tcase_create("resets");

	tcase_add_checked_fixture(bounds, NULL, tear_down);
	tcase_add_test(bounds, what_comes_after_our_fin_is_bounded);
	tcase_add_test(bounds, what_comes_before_our_fin_does_not_count);
	tcase_add_test(bounds, of_too_many_that_linger_the_oldest_makes_room);
	tcase_add_checked_fixture(resets, NULL, tear_down);
	tcase_add_loop_test(
	    resets, a_reset_is_foretold_when_the_peer_sees_one, 0, COUNT(closes) * COUNT(streams));
	suite_add_tcase(suite, bounds);
	suite_add_tcase(suite, resets);
}

int
main(void)
{
	Suite *suite = suite_create("net/conn_end: linger");

	add_order(suite);
	add_shortcuts(suite);
	add_bounds(suite);
	return run_suite(suite);
}
