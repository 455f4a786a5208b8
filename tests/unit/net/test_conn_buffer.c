/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_buffer: which connections have a bufferevent; and of what goes
 * with the FIN.
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "net/conn_private.h"
#include "net/file_body.h"
#include "rig.h"

static struct rig rig;

static void
begin(enum wire wire, bool has_small_buffers)
{
	memory_take_over();
	rig_init(&rig, &(struct rig_options){ .pair = { wire, has_small_buffers } });
	rig_open(&rig);
}

static void
end(void)
{
	memory_heal();
	rig_done(&rig);
}

static void
answer_all(struct conn *conn)
{
	conn_input_drain(conn, conn_input_length(conn));
	ck_assert_int_eq(conn_write(conn, SLICE("answer")), 0);
	conn_flush(conn);
}

static void
leave_four(struct conn *conn)
{
	if (conn_input_length(conn) > 4)
		conn_input_drain(conn, conn_input_length(conn) - 4);
}

static void
send_and_wait(const char *bytes)
{
	const unsigned before = rig.seen.data;

	client_send(rig.client, bytes, strlen(bytes));
	rig_run_until(&rig, rig.seen.data > before);
}

START_TEST(what_is_served_at_once_needs_no_bufferevent)
{
	begin(WIRE_TCP, false);
	rig.script.data = answer_all;
	for (int i = 0; i < 3; i++) {
		send_and_wait("request");
		ck_assert_ptr_null(rig.conn->bev);
	}
	ck_assert_uint_eq(rig.conn->bytes_in, 21);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), 18);
	end();
}
END_TEST

START_TEST(input_that_is_left_over_stands_in_one)
{
	begin(WIRE_TCP, false);
	rig.script.data = leave_four;
	send_and_wait("12345678");
	ck_assert_ptr_nonnull(rig.conn->bev);
	ck_assert_uint_eq(conn_input_length(rig.conn), 4);
	send_and_wait("9");
	ck_assert_uint_eq(conn_input_length(rig.conn), 4);
	ck_assert(slice_equals(conn_input_contiguous(rig.conn), SLICE("6789")));
	end();
}
END_TEST

START_TEST(output_that_is_held_up_stands_in_one_until_it_is_gone)
{
	size_t received = 0;

	begin(WIRE_TCP, true);
	ck_assert_int_eq(conn_write(rig.conn, pattern(GATHER_BYTES)), 0);
	ck_assert_ptr_null(rig.conn->bev);
	conn_flush(rig.conn);
	ck_assert_ptr_nonnull(rig.conn->bev);
	while (received < GATHER_BYTES) {
		ck_assert_int_eq(client_look(rig.client, &received), SEES_NOTHING);
		rig_turn(&rig);
	}
	rig_run_until(&rig, rig.seen.drained == 1);
	ck_assert_uint_eq(conn_output_length(rig.conn), 0);
	end();
}
END_TEST

/* Before the bytes are lost that need one. */
START_TEST(without_memory_for_one_the_connection_ends)
{
	begin(WIRE_TCP, true);
	if (_i == 0) {
		rig.script.data = leave_four;
		client_send(rig.client, "12345678", 8);
	} else {
		ck_assert_int_eq(conn_write(rig.conn, pattern(GATHER_BYTES)), 0);
	}
	memory_fail_after(0);
	if (_i == 1)
		conn_flush(rig.conn);
	rig_run_until(&rig, rig.seen.ended == 1);
	memory_heal();
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "out_of_memory");
	end();
}
END_TEST

/* Segments with data or a FIN that the client has got so far. */
static unsigned
segments_received(void)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(getsockopt(rig.client, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_segs_in;
}

/* Two packets where the transport is not said to join them, one where it is: for a
 * connection that closes at once, and for one that lingers. */
START_TEST(the_last_bytes_leave_with_the_fin)
{
	const bool joins = _i & 1;
	const bool lingers = _i & 2;
	unsigned before;

	begin(WIRE_TCP, false);
	rig.origin.joins_fin = joins;
	before = segments_received();
	if (!lingers)
		conn_expect_no_more(rig.conn);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("the last answer")), 0);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, lingers ? CONN_LINGERING : CONN_CLOSED);
	ck_assert_uint_eq(segments_received() - before, joins ? 1 : 2);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	end();
}
END_TEST

/* Whatever of it stands where: the loop's buffer, a file, memory of another's. */
START_TEST(output_of_all_kinds_keeps_its_order)
{
	static const char expected[] = "head FILE tail more FILE and another";
	char path[] = "/tmp/usher-order-XXXXXX";
	int file;
	struct file_body *segment;
	char received[64];
	size_t len;
	char *room;

	begin(WIRE_TCP, false);
	file = mkstemp(path);
	ck_assert_int_eq(write(file, "FILE", 4), 4);
	segment = file_body_new(file, 4);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("head ")), 0);
	ck_assert_int_eq(conn_write_file(rig.conn, segment, 0, 4), 0);
	ck_assert_int_eq(conn_write(rig.conn, SLICE(" tail")), 0);
	room = conn_reserve(rig.conn, 100);
	memcpy(room, " more ", 6);
	conn_commit(rig.conn, room, 6);
	ck_assert_int_eq(conn_write_file(rig.conn, segment, 0, 4), 0);
	ck_assert_int_eq(conn_write(rig.conn, SLICE(" and another")), 0);
	ck_assert_uint_eq(conn_output_length(rig.conn), sizeof(expected) - 1);
	conn_flush(rig.conn);
	conn_flush(rig.conn);
	(void)client_read(rig.client, received, sizeof(received), &len);
	ck_assert(slice_equals((struct slice){ received, len }, slice_of(expected)));
	file_body_release(segment);
	(void)unlink(path);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_buffer");
	TCase *buffers = tcase_create("buffers");

	tcase_add_test(buffers, what_is_served_at_once_needs_no_bufferevent);
	tcase_add_test(buffers, input_that_is_left_over_stands_in_one);
	tcase_add_test(buffers, output_that_is_held_up_stands_in_one_until_it_is_gone);
	tcase_add_loop_test(buffers, without_memory_for_one_the_connection_ends, 0, 2);
	tcase_add_loop_test(buffers, the_last_bytes_leave_with_the_fin, 0, 4);
	tcase_add_test(buffers, output_of_all_kinds_keeps_its_order);
	suite_add_tcase(suite, buffers);
	return run_suite(suite);
}
