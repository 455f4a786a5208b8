/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_io: output. Input is test_conn_input's.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

#define LARGE ((size_t)3 << 20)

static struct rig rig;
static char received[PATTERN_MAX];
static size_t received_len;
static int released;

static void
set_up(void)
{
	const struct rig_options options = { .pair = { WIRE_TCP, false } };

	memory_take_over();
	rig_init(&rig, &options);
	rig_open(&rig);
}

/* Output is held up soon. */
static void
set_up_narrow(void)
{
	const struct rig_options options = { .pair = { WIRE_TCP, true } };

	memory_take_over();
	rig_init(&rig, &options);
	rig_open(&rig);
}

static void
tear_down(void)
{
	memory_heal();
	rig_done(&rig);
}

static void
on_release(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	ck_assert_ptr_eq(owner, &released);
	released++;
}

/* Reads what the client has got; true when that are `len` bytes at least. */
static bool
has_received(size_t len)
{
	size_t got;

	(void)client_read(
	    rig.client, received + received_len, sizeof(received) - received_len, &got);
	received_len += got;
	return received_len >= len;
}

static void
expect_received(struct slice bytes)
{
	rig_run_until(&rig, has_received(bytes.len));
	ck_assert_uint_eq(received_len, bytes.len);
	ck_assert_int_eq(memcmp(received, bytes.data, bytes.len), 0);
}

static void
expect_end(enum ending_cause cause)
{
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), ending_label(cause));
}

/* --- Output ------------------------------------------------------------------- */

START_TEST(nothing_is_sent_before_a_flush)
{
	ck_assert_int_eq(conn_write(rig.conn, SLICE("hello")), 0);
	rig_settle(&rig);
	ck_assert_uint_eq(conn_output_length(rig.conn), 5);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 0);
	ck_assert(!has_received(1));
}
END_TEST

START_TEST(what_is_flushed_goes_at_once)
{
	ck_assert_int_eq(conn_write(rig.conn, SLICE("hello, ")), 0);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("world")), 0);
	conn_flush(rig.conn);
	ck_assert_uint_eq(conn_output_length(rig.conn), 0);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 12);
	expect_received(SLICE("hello, world"));
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.drained, 0);
}
END_TEST

START_TEST(a_flush_of_nothing_is_nothing)
{
	conn_flush(rig.conn);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.drained, 0);
	ck_assert_int_eq(rig.conn->state, CONN_BUSY);
}
END_TEST

START_TEST(what_is_held_up_goes_when_the_peer_reads)
{
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	ck_assert_uint_gt(conn_output_length(rig.conn), 0);
	ck_assert_uint_eq(conn_bytes_out(rig.conn) + conn_output_length(rig.conn), LARGE);
	expect_received(pattern(LARGE));
	rig_run_until(&rig, rig.seen.drained > 0);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.drained, 1);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), LARGE);
}
END_TEST

static void
write_once_more(struct conn *conn)
{
	if (rig.seen.drained > 2)
		return;
	ck_assert_int_eq(conn_write(conn, pattern(LARGE / 3)), 0);
	conn_flush(conn);
}

START_TEST(more_may_be_written_when_all_has_gone)
{
	rig.script.drained = write_once_more;
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE / 3)), 0);
	conn_flush(rig.conn);
	rig_run_until(&rig, has_received(LARGE) || rig.seen.drained == 3);
	rig_run_until(&rig, has_received(LARGE));
	rig_run_until(&rig, rig.seen.drained == 3);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), LARGE);
}
END_TEST

/* writev(2) takes 128 pieces here; a flush writes five times and then lets others
 * have their turn. */
START_TEST(a_flush_ends_while_there_is_more_to_write)
{
	enum { PIECES = 1000, PIECES_A_FLUSH = 5 * 128 };

	for (int i = 0; i < PIECES; i++)
		ck_assert_int_eq(
		    conn_write_reference(rig.conn, (struct slice){ pattern(PIECES).data + i, 1 },
			on_release, &released),
		    0);
	conn_flush(rig.conn);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), PIECES_A_FLUSH);
	ck_assert_int_eq(released, PIECES_A_FLUSH);
	expect_received(pattern(PIECES));
	rig_run_until(&rig, rig.seen.drained == 1);
	ck_assert_int_eq(released, PIECES);
}
END_TEST

START_TEST(once_the_ending_has_begun_nothing_is_appended)
{
	struct conn *conn = rig.conn;

	if (_i == 0)
		conn_finish(conn, ENDING_DRAINED);
	else
		conn_abort(conn, ENDING_STOPPED);
	ck_assert_int_eq(conn_write(conn, SLICE("x")), -ENOTCONN);
	ck_assert_int_eq(conn_write_reference(conn, SLICE("x"), on_release, &released), -ENOTCONN);
	ck_assert_int_eq(released, 1);
	ck_assert_int_eq(conn_write_input(conn, 0), -ENOTCONN);
	ck_assert_ptr_null(conn_reserve(conn, 10));
	ck_assert_uint_eq(conn_output_length(conn), 0);
}
END_TEST

/* --- References ----------------------------------------------------------------- */

START_TEST(a_reference_is_released_when_it_has_gone)
{
	ck_assert_int_eq(conn_write_reference(rig.conn, SLICE("x"), on_release, &released), 0);
	ck_assert_int_eq(released, 0);
	conn_flush(rig.conn);
	ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(a_reference_to_nothing_is_released_at_once)
{
	ck_assert_int_eq(
	    conn_write_reference(rig.conn, (struct slice){ "", 0 }, on_release, &released), 0);
	ck_assert_int_eq(released, 1);
	ck_assert_uint_eq(conn_output_length(rig.conn), 0);
}
END_TEST

START_TEST(a_reference_that_cannot_go_is_released_with_the_connection)
{
	ck_assert_int_eq(conn_write_reference(rig.conn, pattern(LARGE), on_release, &released), 0);
	conn_flush(rig.conn);
	conn_abort(rig.conn, ENDING_STOPPED);
	ck_assert_int_eq(released, 0);
	expect_end(ENDING_STOPPED);
	ck_assert_int_eq(released, 1);
	ck_assert_uint_gt(rig.seen.ending.bytes_unsent, 0);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent + rig.seen.ending.bytes_out, LARGE);
}
END_TEST

/* Whoever owns what is referred to may be freed right after the connections. */
START_TEST(no_reference_outlives_the_connections)
{
	ck_assert_int_eq(conn_write_reference(rig.conn, pattern(LARGE), on_release, &released), 0);
	conn_flush(rig.conn);
	conn_set_done(&rig.conns);
	ck_assert_int_eq(released, 1);
	ck_assert_int_eq(
	    conn_set_init(&rig.conns, rig.base, &(struct conn_set_options){ .ids = NULL }), 0);
}
END_TEST

/* The first stays where it is; that it moves behind the other needs memory. */
START_TEST(without_memory_references_are_released)
{
	ck_assert_int_eq(conn_write_reference(rig.conn, SLICE("x"), on_release, &released), 0);
	memory_fail_after(0);
	ck_assert_int_eq(
	    conn_write_reference(rig.conn, SLICE("y"), on_release, &released), -ENOMEM);
	memory_heal();
	ck_assert_int_eq(released, 2);
	expect_end(ENDING_OUT_OF_MEMORY);
	ck_assert_int_eq(released, 2);
}
END_TEST

/* --- Room -------------------------------------------------------------------------- */

START_TEST(what_is_committed_of_a_room_is_sent)
{
	char *room = conn_reserve(rig.conn, 100);

	ck_assert_ptr_nonnull(room);
	memcpy(room, "hello", 5);
	conn_commit(rig.conn, room, 5);
	ck_assert_uint_eq(conn_output_length(rig.conn), 5);
	ck_assert_int_eq(conn_write(rig.conn, SLICE(" world")), 0);
	conn_flush(rig.conn);
	expect_received(SLICE("hello world"));
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 11);
}
END_TEST

START_TEST(a_room_of_which_nothing_is_used_is_nothing)
{
	char *room = conn_reserve(rig.conn, 100);

	conn_commit(rig.conn, room, 0);
	conn_flush(rig.conn);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 0);
}
END_TEST

/* The buffer's last chunk has room for what is used, not for what was reserved:
 * the room is elsewhere then. */
START_TEST(a_room_is_where_it_was_given_whatever_fits_before_it)
{
	static char expected[PATTERN_MAX];
	size_t len = 0;

	for (int i = 0; i < 150; i++) {
		char *room = conn_reserve(rig.conn, 5000);

		ck_assert_ptr_nonnull(room);
		memset(room, 'a' + i % 26, 5000);
		conn_commit(rig.conn, room, (size_t)i * 37 % 1900);
		memset(expected + len, 'a' + i % 26, (size_t)i * 37 % 1900);
		len += (size_t)i * 37 % 1900;
	}
	conn_flush(rig.conn);
	expect_received((struct slice){ expected, len });
}
END_TEST

/* --- The write deadline ----------------------------------------------------------- */

START_TEST(the_write_deadline_lasts_while_there_is_progress)
{
	size_t bytes = 0;

	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	conn_wait(rig.conn, DEADLINE_WRITE);
	for (int i = 0; i < 3; i++) {
		uint64_t out = conn_bytes_out(rig.conn);

		while (conn_bytes_out(rig.conn) == out) {
			(void)client_look(rig.client, &bytes);
			rig_turn(&rig);
		}
		conn_expired(rig.conn, DEADLINE_WRITE);
		ck_assert(conn_is_open(rig.conn));
	}
	conn_expired(rig.conn, DEADLINE_WRITE);
	expect_end(ENDING_WRITE_TIMEOUT);
}
END_TEST

static void
add_output(Suite *suite)
{
	TCase *output = tcase_create("output");
	TCase *narrow = tcase_create("held up");

	tcase_add_checked_fixture(output, set_up, tear_down);
	tcase_add_test(output, nothing_is_sent_before_a_flush);
	tcase_add_test(output, what_is_flushed_goes_at_once);
	tcase_add_test(output, a_flush_of_nothing_is_nothing);
	tcase_add_test(output, a_flush_ends_while_there_is_more_to_write);
	tcase_add_loop_test(output, once_the_ending_has_begun_nothing_is_appended, 0, 2);
	tcase_add_test(output, a_reference_is_released_when_it_has_gone);
	tcase_add_test(output, a_reference_to_nothing_is_released_at_once);
	tcase_add_test(output, without_memory_references_are_released);
	tcase_add_test(output, what_is_committed_of_a_room_is_sent);
	tcase_add_test(output, a_room_of_which_nothing_is_used_is_nothing);
	tcase_add_test(output, a_room_is_where_it_was_given_whatever_fits_before_it);
	tcase_add_checked_fixture(narrow, set_up_narrow, tear_down);
	tcase_add_test(narrow, what_is_held_up_goes_when_the_peer_reads);
	tcase_add_test(narrow, more_may_be_written_when_all_has_gone);
	tcase_add_test(narrow, a_reference_that_cannot_go_is_released_with_the_connection);
	tcase_add_test(narrow, no_reference_outlives_the_connections);
	tcase_add_test(narrow, the_write_deadline_lasts_while_there_is_progress);
	tcase_set_timeout(narrow, 60);
	suite_add_tcase(suite, output);
	suite_add_tcase(suite, narrow);
}

int
main(void)
{
	Suite *suite = suite_create("net/conn_io");

	add_output(suite);
	return run_suite(suite);
}
