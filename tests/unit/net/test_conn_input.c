/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_io: input, and what becomes of a connection without memory.
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

static void
set_up(void)
{
	const struct rig_options options = { .pair = { WIRE_TCP, false } };

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

START_TEST(each_byte_that_comes_is_counted_once)
{
	size_t len = 0;

	for (size_t i = 1; i <= 5; i++) {
		client_send(rig.client, pattern(i * 100).data, i * 100);
		len += i * 100;
		rig_run_until(&rig, rig.conn->bytes_in == len);
		ck_assert_uint_eq(conn_input_length(rig.conn), len);
	}
	conn_input_drain(rig.conn, 200);
	ck_assert_uint_eq(conn_input_length(rig.conn), len - 200);
	client_send(rig.client, "x", 1);
	rig_run_until(&rig, rig.conn->bytes_in == len + 1);
	ck_assert_uint_eq(conn_input_length(rig.conn), len - 199);
}
END_TEST

START_TEST(input_is_peeked_at_and_made_contiguous)
{
	struct slice input = conn_input_peek(rig.conn);

	ck_assert_uint_eq(input.len, 0);
	for (size_t at = 0; at < 30000; at += 3000) {
		client_send(rig.client, pattern(30000).data + at, 3000);
		rig_run_until(&rig, rig.conn->bytes_in == at + 3000);
	}
	input = conn_input_peek(rig.conn);
	ck_assert_uint_gt(input.len, 0);
	ck_assert_int_eq(memcmp(input.data, pattern(30000).data, input.len), 0);
	input = conn_input_contiguous(rig.conn);
	ck_assert_uint_eq(input.len, 30000);
	ck_assert_int_eq(memcmp(input.data, pattern(30000).data, input.len), 0);
}
END_TEST

/* What a callback sees is at hand without a copy; what it leaves is kept. */
static void
take_three(struct conn *conn)
{
	struct slice input = conn_input_contiguous(conn);

	ck_assert_uint_eq(input.len, conn_input_length(conn));
	if (input.len >= 3)
		conn_input_drain(conn, 3);
}

START_TEST(what_a_callback_leaves_is_there_in_the_next)
{
	struct slice rest;

	rig.script.data = take_three;
	client_send(rig.client, "0123456789", 10);
	rig_run_until(&rig, rig.seen.data == 1);
	client_send(rig.client, "abcdef", 6);
	rig_run_until(&rig, rig.seen.data == 2);
	rest = conn_input_contiguous(rig.conn);
	ck_assert(slice_equals(rest, SLICE("6789abcdef")));
	ck_assert_uint_eq(rig.conn->bytes_in, 16);
}
END_TEST

static void
move_five(struct conn *conn)
{
	ck_assert_int_eq(conn_write_input(conn, 5), 0);
	conn_flush(conn);
}

START_TEST(input_is_moved_to_the_output)
{
	rig.script.data = move_five;
	client_send(rig.client, "0123456789", 10);
	expect_received(SLICE("01234"));
	ck_assert_uint_eq(conn_input_length(rig.conn), 5);
	ck_assert_int_eq(conn_write_input(rig.conn, 2), 0);
	ck_assert_int_eq(conn_write_input(rig.conn, 0), 0);
	ck_assert_int_eq(conn_write_input(rig.conn, 3), 0);
	conn_flush(rig.conn);
	expect_received(SLICE("0123456789"));
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 10);
	ck_assert_uint_eq(conn_input_length(rig.conn), 0);
}
END_TEST

static bool
is_readable(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	return poll(&readable, 1, 0) == 1;
}

START_TEST(a_paused_connection_reads_when_no_reason_is_left)
{
	conn_pause(rig.conn, CONN_PAUSE_OUTPUT);
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	conn_pause(rig.conn, CONN_PAUSE_BUSY);
	client_send(rig.client, "x", 1);
	rig_run_until(&rig, is_readable(rig.conn->fd));
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.data, 0);
	conn_resume(rig.conn, CONN_PAUSE_BUSY);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.data, 0);
	conn_resume(rig.conn, CONN_PAUSE_BUSY);
	conn_resume(rig.conn, CONN_PAUSE_OUTPUT);
	rig_run_until(&rig, rig.seen.data == 1);
	ck_assert_uint_eq(conn_input_length(rig.conn), 1);
}
END_TEST

START_TEST(a_paused_connection_hears_of_a_fin_later)
{
	conn_pause(rig.conn, CONN_PAUSE_OUTPUT);
	client_finish(rig.client);
	rig_run_until(&rig, is_readable(rig.conn->fd));
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.peer_fin, 0);
	conn_resume(rig.conn, CONN_PAUSE_OUTPUT);
	rig_run_until(&rig, rig.seen.peer_fin == 1);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.peer_fin, 1);
}
END_TEST

static int
reserve_large(struct conn *conn)
{
	return conn_reserve(conn, LARGE) ? 0 : -ENOMEM;
}

static int
write_large(struct conn *conn)
{
	return conn_write(conn, pattern(LARGE));
}

/* A part of a chunk is copied, which libevent does not tell when it fails. */
static int
move_part(struct conn *conn)
{
	return conn_write_input(conn, 9000);
}

static int
make_contiguous(struct conn *conn)
{
	return conn_input_contiguous(conn).data ? 0 : -ENOMEM;
}

START_TEST(without_memory_the_connection_ends)
{
	static int (*const ways[])(
	    struct conn *) = { write_large, reserve_large, move_part, make_contiguous };

	for (size_t at = 0; at < 10000; at += 5000) {
		client_send(rig.client, pattern(10000).data + at, 5000);
		rig_run_until(&rig, rig.conn->bytes_in == at + 5000);
	}
	memory_fail_after(0);
	ck_assert_int_eq(ways[_i](rig.conn), -ENOMEM);
	memory_heal();
	expect_end(ENDING_OUT_OF_MEMORY);
}
END_TEST

static void
add_input(Suite *suite)
{
	TCase *input = tcase_create("input");

	tcase_add_checked_fixture(input, set_up, tear_down);
	tcase_add_test(input, each_byte_that_comes_is_counted_once);
	tcase_add_test(input, input_is_peeked_at_and_made_contiguous);
	tcase_add_test(input, what_a_callback_leaves_is_there_in_the_next);
	tcase_add_test(input, input_is_moved_to_the_output);
	tcase_add_test(input, a_paused_connection_reads_when_no_reason_is_left);
	tcase_add_test(input, a_paused_connection_hears_of_a_fin_later);
	tcase_add_loop_test(input, without_memory_the_connection_ends, 0, 4);
	suite_add_tcase(suite, input);
}

int
main(void)
{
	Suite *suite = suite_create("net/conn_input");

	add_input(suite);
	return run_suite(suite);
}
