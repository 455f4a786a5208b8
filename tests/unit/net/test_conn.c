/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn: birth, states, and calls of the protocol.
 */
#include <string.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	memory_take_over();
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_TCP, false } });
}

static void
tear_down(void)
{
	memory_heal();
	rig_done(&rig);
}

/* As rig_open, of which the result is the test's. */
static int
try_open(void)
{
	const struct sockaddr unnamed = { .sa_family = AF_UNIX };
	int server;

	client_close(&rig.client);
	pair_open(&rig.pair, &server, &rig.client);
	return conn_open(&rig.conns, &rig.origin, server, &unnamed, sizeof(unnamed.sa_family));
}

START_TEST(a_connection_is_busy_until_its_protocol_says_otherwise)
{
	rig_open(&rig);
	ck_assert_int_eq(rig.conn->state, CONN_BUSY);
	ck_assert(conn_is_open(rig.conn));
	ck_assert(!conn_is_draining(rig.conn));
	ck_assert_uint_eq(rig.conns.open, 1);
	ck_assert_uint_eq(rig.conns.accepted, 1);
	ck_assert_uint_eq(rig.conns.counts[CONN_BUSY], 1);
	ck_assert_uint_eq(rig.origin.open_count, 1);
}
END_TEST

START_TEST(it_is_busy_and_idle_in_turns)
{
	rig_open(&rig);
	for (int i = 0; i < 3; i++) {
		conn_set_idle(rig.conn);
		conn_set_idle(rig.conn);
		ck_assert_int_eq(rig.conn->state, CONN_IDLE);
		ck_assert_uint_eq(rig.conns.counts[CONN_IDLE], 1);
		ck_assert_uint_eq(rig.conns.counts[CONN_BUSY], 0);
		conn_set_busy(rig.conn);
		conn_set_busy(rig.conn);
		ck_assert_int_eq(rig.conn->state, CONN_BUSY);
		ck_assert_uint_eq(rig.conns.counts[CONN_IDLE], 0);
	}
}
END_TEST

/* Nothing would come any more that could end it. */
START_TEST(it_ends_when_it_turns_idle_after_the_peers_fin)
{
	rig_open(&rig);
	client_finish(rig.client);
	rig_run_until(&rig, rig.seen.peer_fin == 1);
	conn_set_idle(rig.conn);
	ck_assert(!conn_is_open(rig.conn));
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "client_closed");
}
END_TEST

START_TEST(every_state_has_a_name)
{
	for (int i = 0; i < CONN_STATES; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(conn_state_name((enum conn_state)i),
			    conn_state_name((enum conn_state)j));
}
END_TEST

START_TEST(a_connection_knows_its_peer)
{
	char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	rig_open(&rig);
	peer_put_host(&text, &rig.conn->peer);
	ck_assert_str_eq(text_string(&text), "127.0.0.1");
}
END_TEST

/* --- Ends in the middle of a call ---------------------------------------------- */

static void
finish_at_once(struct conn *conn)
{
	conn_finish(conn, ENDING_REQUEST_LIMIT);
}

static void
abort_at_once(struct conn *conn)
{
	conn_abort(conn, ENDING_CUT_SHORT);
	/* It stays valid until the callback is over. */
	ck_assert_uint_eq(conn->magic, CONN_MAGIC);
	ck_assert_uint_eq(rig.seen.closed, 0);
	conn_abort(conn, ENDING_STOPPED);
	conn_finish(conn, ENDING_STOPPED);
	ck_assert_uint_eq(conn_input_length(conn), conn_input_peek(conn).len);
}

static void
expire_and_abort(struct conn *conn, enum deadline_kind kind)
{
	ck_assert_int_eq(kind, DEADLINE_BODY);
	abort_at_once(conn);
}

START_TEST(a_protocol_may_end_it_in_its_welcome)
{
	rig.script.open = _i ? abort_at_once : finish_at_once;
	ck_assert_int_eq(try_open(), 0);
	client_finish(rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(rig.seen.closed, 1);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), _i ? "cut_short" : "request_limit");
	ck_assert_int_eq(client_look(rig.client, NULL), SEES_FIN);
}
END_TEST

START_TEST(a_protocol_may_end_it_when_data_come)
{
	rig_open(&rig);
	rig.script.data = _i ? abort_at_once : finish_at_once;
	client_send(rig.client, pattern(40000).data, 40000);
	client_finish(rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(rig.seen.closed, 1);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_uint_eq(rig.seen.data, 1);
}
END_TEST

START_TEST(a_protocol_may_end_it_at_the_peers_fin)
{
	rig_open(&rig);
	rig.script.peer_fin = _i ? abort_at_once : finish_at_once;
	client_finish(rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(rig.seen.closed, 1);
	ck_assert_int_eq(rig.seen.ending.first_fin, ENDING_FIN_PEERS);
}
END_TEST

START_TEST(a_protocol_may_end_it_when_a_wait_expires)
{
	rig_open(&rig);
	rig.conns.deadlines.length_us[DEADLINE_BODY] = 1000;
	rig.script.expired = expire_and_abort;
	conn_wait(rig.conn, DEADLINE_BODY);
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "cut_short");
	ck_assert_uint_eq(rig.seen.expired, 1);
}
END_TEST

START_TEST(a_protocol_may_end_it_when_all_is_sent)
{
	rig.pair.has_small_buffers = true;
	rig_open(&rig);
	rig.script.drained = _i ? abort_at_once : finish_at_once;
	ck_assert_int_eq(conn_write(rig.conn, pattern(1 << 20)), 0);
	conn_flush(rig.conn);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	client_finish(rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(rig.seen.drained, 1);
	ck_assert_uint_eq(rig.seen.ending.bytes_out, 1 << 20);
}
END_TEST

/* --- Births that fail -------------------------------------------------------------- */

START_TEST(a_protocol_without_memory_ends_it_unwelcomed)
{
	rig.script.open_result = -ENOMEM;
	ck_assert_int_eq(try_open(), -ENOMEM);
	rig_run_until(&rig, rig.origin.open_count == 0);
	ck_assert_uint_eq(rig.seen.closed, 0);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "out_of_memory");
	ck_assert_int_eq(client_look(rig.client, NULL), SEES_FIN);
}
END_TEST

/* Each allocation of a birth fails in turn; what there is goes again, and the
 * client sees its end. */
START_TEST(without_memory_a_birth_leaves_nothing_behind)
{
	size_t descriptors = count_descriptors();
	unsigned refused = 0;

	rig.pair.wire = _i ? WIRE_SEQPACKET : WIRE_UNIX;
	rig.origin.keeps_messages = _i == 1;
	for (size_t at = 0;; at++) {
		size_t before = memory_refused();

		memory_fail_after(at);
		(void)!try_open();
		memory_heal();
		rig_settle(&rig);
		if (memory_refused() == before)
			break;
		refused++;
		ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_OUT_OF_MEMORY], refused);
		ck_assert_uint_eq(rig.conns.tally.total, refused);
		ck_assert_uint_eq(rig.conns.open, 0);
		ck_assert_uint_eq(rig.origin.open_count, 0);
		ck_assert_int_eq(client_look(rig.client, NULL), SEES_FIN);
		ck_assert_uint_eq(count_descriptors(), descriptors + 1);
	}
	ck_assert_uint_gt(refused, 2);
	ck_assert_uint_eq(rig.conns.open, 1);
	ck_assert_uint_eq(rig.seen.open, rig.seen.closed + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn");
	TCase *states = tcase_create("states");
	TCase *calls = tcase_create("calls");
	TCase *births = tcase_create("births");

	tcase_add_checked_fixture(states, set_up, tear_down);
	tcase_add_test(states, a_connection_is_busy_until_its_protocol_says_otherwise);
	tcase_add_test(states, it_is_busy_and_idle_in_turns);
	tcase_add_test(states, it_ends_when_it_turns_idle_after_the_peers_fin);
	tcase_add_test(states, every_state_has_a_name);
	tcase_add_test(states, a_connection_knows_its_peer);
	tcase_add_checked_fixture(calls, set_up, tear_down);
	tcase_add_loop_test(calls, a_protocol_may_end_it_in_its_welcome, 0, 2);
	tcase_add_loop_test(calls, a_protocol_may_end_it_when_data_come, 0, 2);
	tcase_add_loop_test(calls, a_protocol_may_end_it_at_the_peers_fin, 0, 2);
	tcase_add_test(calls, a_protocol_may_end_it_when_a_wait_expires);
	tcase_add_loop_test(calls, a_protocol_may_end_it_when_all_is_sent, 0, 2);
	tcase_add_checked_fixture(births, set_up, tear_down);
	tcase_add_test(births, a_protocol_without_memory_ends_it_unwelcomed);
	tcase_add_loop_test(births, without_memory_a_birth_leaves_nothing_behind, 0, 2);
	suite_add_tcase(suite, states);
	suite_add_tcase(suite, calls);
	suite_add_tcase(suite, births);
	return run_suite(suite);
}
