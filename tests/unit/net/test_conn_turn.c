/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_turn: output that waits for the end of the loop's turn, and what
 * happens to a connection before that.
 */
#include <string.h>
#include <sys/socket.h>

#include "memory.h"
#include "net/gather.h"
#include "rig.h"

#define IDLE_US 2000

static struct rig rig;
static struct conn *conns[2];
static int clients[2];

static void
begin_turn(uint64_t turn)
{
	rig.conns.turns = turn;
	rig.conns.now_turn = turn;
}

static void
set_up(void)
{
	memory_take_over();
	rig_init(&rig,
	    &(struct rig_options){
		.pair = { WIRE_TCP, true }, .deadline_us = { [DEADLINE_IDLE] = IDLE_US } });
	rig_open_many(&rig, COUNT(conns), conns, clients);
	begin_turn(1);
}

static void
tear_down(void)
{
	memory_heal();
	clients_close(clients, COUNT(clients));
	rig_done(&rig);
}

static bool
leave(int which, const char *bytes)
{
	ck_assert_int_eq(conn_write(conns[which], slice_of(bytes)), 0);
	return conn_flush_later(conns[which]);
}

/* All that has come to a client by now: what is sent over the loopback is there at once. */
static size_t
receive(int which, char *room, size_t cap)
{
	size_t len = 0;
	size_t got;

	do {
		(void)client_read(clients[which], room + len, cap - len, &got);
		len += got;
	} while (got > 0 && len < cap);
	return len;
}

static void
expect_received(int which, const char *expected)
{
	char room[64];
	const size_t len = receive(which, room, sizeof(room));

	ck_assert(slice_equals((struct slice){ room, len }, slice_of(expected)));
}

static void
expect_fin(int which)
{
	rig_run_until(&rig, client_look(clients[which], NULL) == SEES_FIN);
}

/* --- What waits, and what does not ------------------------------------------------ */

START_TEST(what_is_left_to_the_turn_is_written_when_it_ends)
{
	ck_assert(leave(0, "first"));
	ck_assert(leave(1, "second"));
	expect_received(0, "");
	expect_received(1, "");
	ck_assert_uint_eq(conn_output_length(conns[0]), 5);
	ck_assert_uint_eq(conn_bytes_out(conns[1]), 0);
	conn_set_end_turn(&rig.conns);
	expect_received(0, "first");
	expect_received(1, "second");
	ck_assert_uint_eq(conn_bytes_out(conns[1]), 6);
	ck_assert_uint_eq(rig.seen.written, 2);
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 2);
}
END_TEST

START_TEST(nothing_waits_where_nobody_counts_turns)
{
	begin_turn(0);
	ck_assert(!leave(0, "now"));
	conn_flush(conns[0]);
	expect_received(0, "now");
}
END_TEST

static void
release(const void *data, size_t len, void *owner)
{
	(void)data;
	ck_assert_uint_eq(len, 4);
	*(bool *)owner = true;
}

START_TEST(neither_a_long_output_waits_nor_one_with_a_body)
{
	bool is_released = false;

	ck_assert_int_eq(conn_write(conns[0], pattern(GATHER_DEFERRED_BYTES + 1)), 0);
	ck_assert(!conn_flush_later(conns[0]));
	conn_flush(conns[0]);
	ck_assert_int_eq(conn_write(conns[1], SLICE("head")), 0);
	ck_assert_int_eq(conn_write_reference(conns[1], SLICE("body"), release, &is_released), 0);
	ck_assert(!conn_flush_later(conns[1]));
	conn_flush(conns[1]);
	ck_assert(is_released);
}
END_TEST

START_TEST(one_that_has_nothing_to_say_does_not_wait)
{
	ck_assert(!conn_flush_later(conns[0]));
	ck_assert(leave(1, "here"));
	ck_assert(!conn_flush_later(conns[0]));
	ck_assert(!conn_flush_later(conns[1]));
	conn_set_end_turn(&rig.conns);
	expect_received(1, "here");
}
END_TEST

START_TEST(what_others_write_at_once_does_not_mix_with_what_waits)
{
	ck_assert(leave(0, "waits"));
	ck_assert_int_eq(conn_write(conns[1], SLICE("at once")), 0);
	conn_flush(conns[1]);
	expect_received(1, "at once");
	expect_received(0, "");
	conn_set_end_turn(&rig.conns);
	expect_received(0, "waits");
}
END_TEST

START_TEST(what_another_has_begun_to_write_is_not_lost_when_the_turn_ends)
{
	ck_assert(leave(0, "waits"));
	ck_assert_int_eq(conn_write(conns[1], SLICE("begun ")), 0);
	conn_set_end_turn(&rig.conns);
	ck_assert_int_eq(conn_write(conns[1], SLICE("ended")), 0);
	conn_flush(conns[1]);
	expect_received(0, "waits");
	expect_received(1, "begun ended");
}
END_TEST

START_TEST(after_a_turn_that_took_long_the_next_ones_write_at_once)
{
	uint64_t turn = 2;

	ck_assert(leave(0, "slow "));
	rig.conns.deferred_since_us -= 2000;
	conn_set_end_turn(&rig.conns);
	for (; turn < 66; turn++) {
		begin_turn(turn);
		ck_assert(!leave(0, "."));
		conn_flush(conns[0]);
	}
	begin_turn(turn);
	ck_assert(leave(0, " again"));
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(conn_bytes_out(conns[0]), 5 + 64 + 6);
}
END_TEST

START_TEST(who_was_not_woken_by_bytes_of_this_turn_writes_at_once)
{
	rig.conns.turns = 2;
	ck_assert(!leave(0, "now"));
	conn_flush(conns[0]);
	expect_received(0, "now");
}
END_TEST

/* --- What happens before the turn ends ----------------------------------------------- */

START_TEST(what_is_written_meanwhile_goes_behind_it)
{
	ck_assert(leave(0, "first "));
	ck_assert(!leave(0, "second"));
	conn_flush(conns[0]);
	expect_received(0, "first second");
	conn_set_end_turn(&rig.conns);
	expect_received(0, "");
	ck_assert_uint_eq(rig.seen.written, 0);
}
END_TEST

START_TEST(an_ending_sends_it_first)
{
	ck_assert(leave(0, "answer"));
	conn_finish(conns[0], ENDING_CLIENT_CLOSED);
	expect_received(0, "answer");
	expect_fin(0);
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 0);
}
END_TEST

START_TEST(an_abort_does_not_lose_what_was_finished)
{
	ck_assert(leave(0, "answer"));
	conn_abort(conns[0], ENDING_STOPPED);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, 0);
	ck_assert_uint_eq(rig.seen.ending.bytes_out, 6);
	expect_received(0, "answer");
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 0);
}
END_TEST

START_TEST(the_wait_before_it_ends_in_nothing)
{
	conn_wait(conns[0], DEADLINE_IDLE);
	ck_assert(leave(0, "answer"));
	ck_assert(!deadline_is_armed(&conns[0]->deadline));
	rig_pass(&rig, 2 * (int64_t)IDLE_US);
	ck_assert_uint_eq(rig.seen.expired, 0);
	ck_assert(conn_is_open(conns[0]));
	conn_set_end_turn(&rig.conns);
	expect_received(0, "answer");
	conn_wait(conns[0], DEADLINE_IDLE);
	rig_run_until(&rig, rig.seen.expired == 1);
}
END_TEST

/* --- What can go wrong when it ends ---------------------------------------------------- */

static size_t
fill_socket(int fd)
{
	size_t filled = 0;
	ssize_t sent;

	while ((sent = send(fd, pattern(1024).data, 1024, MSG_DONTWAIT)) > 0)
		filled += (size_t)sent;
	return filled;
}

START_TEST(what_a_full_socket_does_not_take_goes_later)
{
	static char received[PATTERN_MAX];
	const size_t filled = fill_socket(conns[0]->fd);
	size_t len = 0;

	ck_assert(leave(0, "answer"));
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 1);
	ck_assert_uint_eq(conn_output_length(conns[0]), 6);
	ck_assert(conns[0]->is_write_enabled);
	rig_run_until(
	    &rig, (len += receive(0, received + len, sizeof(received) - len)) == filled + 6);
	ck_assert_int_eq(memcmp(received + filled, "answer", 6), 0);
	rig_run_until(&rig, rig.seen.drained == 1);
}
END_TEST

START_TEST(one_for_which_there_is_no_memory_then_ends_alone)
{
	(void)fill_socket(conns[0]->fd);
	ck_assert(leave(0, "lost"));
	ck_assert(leave(1, "arrives"));
	memory_fail_after(0);
	conn_set_end_turn(&rig.conns);
	memory_heal();
	ck_assert_uint_eq(rig.seen.written, 1);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_int_eq(rig.seen.ending.cause, ENDING_OUT_OF_MEMORY);
	expect_received(1, "arrives");
}
END_TEST

START_TEST(one_whose_peer_has_reset_ends_and_the_others_get_theirs)
{
	ck_assert(leave(0, "lost"));
	ck_assert(leave(1, "arrives"));
	client_reset(&clients[0]);
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 1);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_int_eq(rig.seen.ending.cause, ENDING_RESET_BY_PEER);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, 4);
	expect_received(1, "arrives");
}
END_TEST

static void
abort_the_other(struct conn *conn)
{
	conn_abort(conn == conns[0] ? conns[1] : conns[0], ENDING_STOPPED);
}

START_TEST(one_that_is_told_may_end_another)
{
	rig.script.written = abort_the_other;
	ck_assert(leave(0, "first"));
	ck_assert(leave(1, "second"));
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, 1);
	ck_assert_uint_eq(rig.seen.ended, 1);
	expect_received(0, "first");
	expect_received(1, "second");
}
END_TEST

/* --- How many ---------------------------------------------------------------------------- */

#define CROWD (GATHER_DEFERRED_MAX + 1)

static void
answer_later(struct conn *conn)
{
	conn_input_drain(conn, conn_input_length(conn));
	ck_assert_int_eq(conn_write(conn, SLICE("answer")), 0);
	ck_assert(conn_flush_later(conn));
}

START_TEST(a_turn_of_many_is_written_in_parts)
{
	struct conn *opened[CROWD];
	int crowd[CROWD];

	rig.script.data = answer_later;
	rig_open_many(&rig, CROWD, opened, crowd);
	for (int i = 0; i < CROWD; i++)
		client_send(crowd[i], "?", 1);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.data, CROWD);
	ck_assert_uint_eq(rig.seen.written, GATHER_DEFERRED_MAX);
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, CROWD);
	clients_close(crowd, CROWD);
}
END_TEST

/* All that may wait does, and there is room for as much as without. */
START_TEST(what_waits_leaves_room_for_others)
{
	struct conn *opened[GATHER_DEFERRED_MAX];
	int crowd[GATHER_DEFERRED_MAX];

	rig_open_many(&rig, GATHER_DEFERRED_MAX, opened, crowd);
	for (int i = 0; i < GATHER_DEFERRED_MAX; i++) {
		ck_assert_int_eq(conn_write(opened[i], pattern(GATHER_DEFERRED_BYTES)), 0);
		ck_assert(conn_flush_later(opened[i]));
	}
	ck_assert(!leave(0, "one too many"));
	ck_assert_int_eq(conn_write(conns[1], pattern(GATHER_BYTES)), 0);
	ck_assert_ptr_null(conns[1]->bev);
	conn_set_end_turn(&rig.conns);
	ck_assert_uint_eq(rig.seen.written, GATHER_DEFERRED_MAX);
	clients_close(crowd, GATHER_DEFERRED_MAX);
}
END_TEST

static void
add_waiting(Suite *suite)
{
	TCase *waiting = tcase_create("waiting");

	tcase_add_checked_fixture(waiting, set_up, tear_down);
	tcase_add_test(waiting, what_is_left_to_the_turn_is_written_when_it_ends);
	tcase_add_test(waiting, nothing_waits_where_nobody_counts_turns);
	tcase_add_test(waiting, neither_a_long_output_waits_nor_one_with_a_body);
	tcase_add_test(waiting, one_that_has_nothing_to_say_does_not_wait);
	tcase_add_test(waiting, what_others_write_at_once_does_not_mix_with_what_waits);
	tcase_add_test(waiting, what_another_has_begun_to_write_is_not_lost_when_the_turn_ends);
	tcase_add_test(waiting, after_a_turn_that_took_long_the_next_ones_write_at_once);
	tcase_add_test(waiting, who_was_not_woken_by_bytes_of_this_turn_writes_at_once);
	tcase_add_test(waiting, what_waits_leaves_room_for_others);
	tcase_add_test(waiting, a_turn_of_many_is_written_in_parts);
	suite_add_tcase(suite, waiting);
}

static void
add_troubles(Suite *suite)
{
	TCase *troubles = tcase_create("troubles");

	tcase_add_checked_fixture(troubles, set_up, tear_down);
	tcase_add_test(troubles, what_is_written_meanwhile_goes_behind_it);
	tcase_add_test(troubles, an_ending_sends_it_first);
	tcase_add_test(troubles, an_abort_does_not_lose_what_was_finished);
	tcase_add_test(troubles, the_wait_before_it_ends_in_nothing);
	tcase_add_test(troubles, what_a_full_socket_does_not_take_goes_later);
	tcase_add_test(troubles, one_for_which_there_is_no_memory_then_ends_alone);
	tcase_add_test(troubles, one_whose_peer_has_reset_ends_and_the_others_get_theirs);
	tcase_add_test(troubles, one_that_is_told_may_end_another);
	suite_add_tcase(suite, troubles);
}

int
main(void)
{
	Suite *suite = suite_create("net/conn_turn");

	add_waiting(suite);
	add_troubles(suite);
	return run_suite(suite);
}
