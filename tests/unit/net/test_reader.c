/* SPDX-License-Identifier: MIT
 *
 * Tests of net/reader: streams in pieces, packets as they are.
 */
#include <string.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

static struct rig rig;
static char received[CONN_SCRATCH_BYTES];

static void
start(const struct rig_options *options)
{
	memory_take_over();
	rig_init(&rig, options);
	rig_open(&rig);
}

static void
tear_down(void)
{
	memory_heal();
	rig_done(&rig);
}

/* As the protocol echo: what comes goes back, and where that is held up nothing
 * more is read, so that no two packets become one. */
static void
settle_echo(struct conn *conn)
{
	if (conn_output_length(conn) > 0)
		conn_pause(conn, CONN_PAUSE_OUTPUT);
	else
		conn_resume(conn, CONN_PAUSE_OUTPUT);
}

static void
echo(struct conn *conn)
{
	ck_assert_int_eq(conn_write_input(conn, conn_input_length(conn)), 0);
	conn_flush(conn);
	settle_echo(conn);
}

static void
start_packets(bool has_small_buffers)
{
	start(&(struct rig_options){ .pair = { WIRE_SEQPACKET, has_small_buffers } });
	rig.script.data = echo;
	rig.script.drained = settle_echo;
}

static size_t
receive_packet(void)
{
	ssize_t got = -1;

	rig_run_until(
	    &rig, (got = recv(rig.client, received, sizeof(received), MSG_DONTWAIT)) >= 0);
	return (size_t)got;
}

static const size_t sizes[] = { 1, 2, 100, 4095, 4096, 4097, 16384, 16385, 65535, 65536, 65537,
	100000 };

START_TEST(a_packet_comes_back_as_it_went)
{
	start_packets(false);
	for (int i = 0; i < COUNT(sizes); i++) {
		client_send(rig.client, pattern(sizes[i]).data, sizes[i]);
		ck_assert_uint_eq(receive_packet(), sizes[i]);
		ck_assert_int_eq(memcmp(received, pattern(sizes[i]).data, sizes[i]), 0);
	}
	ck_assert_uint_eq(rig.seen.data, COUNT(sizes));
}
END_TEST

START_TEST(packets_that_wait_together_stay_apart)
{
	start_packets(false);
	for (size_t i = 1; i <= 8; i++)
		client_send(rig.client, pattern(i * 1000).data, i * 1000);
	for (size_t i = 1; i <= 8; i++)
		ck_assert_uint_eq(receive_packet(), i * 1000);
}
END_TEST

/* The client reads late, so that our socket is full again and again. */
START_TEST(packets_stay_apart_when_output_is_held_up)
{
	enum { PACKETS = 60, BYTES = 3000 };
	const int ample = 1 << 20;
	int sent = 0;
	int got = 0;

	start_packets(true);
	ck_assert_int_eq(setsockopt(rig.client, SOL_SOCKET, SO_SNDBUF, &ample, sizeof(ample)), 0);
	for (; sent < 20; sent++)
		client_send(rig.client, pattern(BYTES).data, BYTES);
	rig_run_until(&rig, rig.conn->pause != 0);
	for (; got < PACKETS; got++) {
		if (sent < PACKETS) {
			client_send(rig.client, pattern(BYTES).data, BYTES);
			sent++;
		}
		ck_assert_uint_eq(receive_packet(), BYTES);
		ck_assert_int_eq(memcmp(received, pattern(BYTES).data, BYTES), 0);
	}
	ck_assert_uint_eq(rig.conn->bytes_in, PACKETS * BYTES);
	ck_assert_uint_gt(rig.seen.drained, 0);
}
END_TEST

/* A large packet that has to wait is not cut when it goes at last. */
START_TEST(a_large_packet_that_waits_goes_whole)
{
	int size = 300000;
	int i = 0;

	start_packets(false);
	ck_assert_int_eq(setsockopt(rig.client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	while (rig.conn->pause == 0) {
		client_send(rig.client, pattern(100000).data, 100000);
		rig_settle(&rig);
		i++;
	}
	for (; i > 0; i--) {
		ck_assert_uint_eq(receive_packet(), 100000);
		ck_assert_int_eq(memcmp(received, pattern(100000).data, 100000), 0);
	}
}
END_TEST

START_TEST(a_packet_that_exceeds_every_bound_ends_it)
{
	int size = 8 << 20;

	start_packets(false);
	ck_assert_int_eq(setsockopt(rig.client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	client_send(rig.client, pattern(CONN_SCRATCH_BYTES + 1).data, CONN_SCRATCH_BYTES + 1);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	client_finish(rig.client);
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "too_large");
	ck_assert_uint_eq(rig.seen.data, 0);
}
END_TEST

START_TEST(a_packet_of_no_bytes_is_passed_over)
{
	start_packets(false);
	client_send(rig.client, "", 0);
	client_send(rig.client, "one", 3);
	ck_assert_uint_eq(receive_packet(), 3);
	client_send(rig.client, "", 0);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.data, 1);
	ck_assert_uint_eq(rig.seen.peer_fin, 0);
	ck_assert_int_eq(client_look(rig.client, NULL), SEES_NOTHING);
}
END_TEST

/* Where the FIN has come already a packet of no bytes in front of it is not the end
 * of what is to be read. */
START_TEST(what_stands_before_a_fin_is_read)
{
	start_packets(false);
	client_send(rig.client, "", 0);
	client_send(rig.client, "one", 3);
	client_send(rig.client, "", 0);
	client_send(rig.client, "three", 5);
	client_finish(rig.client);
	rig_run_until(&rig, rig.seen.peer_fin == 1);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.peer_fin, 1);
	ck_assert_uint_eq(rig.seen.data, 2);
	ck_assert_uint_eq(rig.conn->bytes_in, 8);
}
END_TEST

START_TEST(packets_that_are_left_are_appended_to_one_another)
{
	start_packets(false);
	rig.script.data = NULL;
	client_send(rig.client, "first", 5);
	client_send(rig.client, "second", 6);
	rig_run_until(&rig, rig.seen.data == 2);
	ck_assert(slice_equals(conn_input_contiguous(rig.conn), SLICE("firstsecond")));
}
END_TEST

/* Others have their turn: a stream is read in pieces of 16 KiB. */
START_TEST(a_stream_is_read_a_piece_a_turn)
{
	struct slice all = pattern(100000);

	start(&(struct rig_options){ .pair = { WIRE_UNIX, false } });
	client_send(rig.client, all.data, all.len);
	rig_run_until(&rig, rig.conn->bytes_in == all.len);
	ck_assert_uint_eq(rig.seen.data, (all.len + 16383) / 16384);
	ck_assert(slice_equals(conn_input_contiguous(rig.conn), all));
}
END_TEST

/* The buffer in which all connections of a loop read is not theirs to keep. */
/* It came with the handshake, or while the connection waited to be accepted. */
START_TEST(what_has_come_before_its_birth_is_read_at_once)
{
	const struct sockaddr unnamed = { .sa_family = AF_UNIX };
	int server;

	memory_take_over();
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_UNIX, false } });
	pair_open(&rig.pair, &server, &rig.client);
	client_send(rig.client, "early", 5);
	client_finish(rig.client);
	ck_assert_int_eq(
	    conn_open(&rig.conns, &rig.origin, server, &unnamed, sizeof(unnamed.sa_family)), 0);
	ck_assert_uint_eq(rig.seen.data, 1);
	ck_assert(slice_equals(conn_input_contiguous(rig.conn), SLICE("early")));
	rig_run_until(&rig, rig.seen.peer_fin == 1);
}
END_TEST

START_TEST(input_that_is_left_is_kept_while_others_read)
{
	struct conn *first;
	int first_client;

	start(&(struct rig_options){ .pair = { WIRE_UNIX, false } });
	first = rig.conn;
	first_client = rig.client;
	client_send(first_client, "first", 5);
	rig_run_until(&rig, rig.seen.data == 1);
	rig_open(&rig);
	client_send(rig.client, "other", 5);
	rig_run_until(&rig, rig.seen.data == 2);
	ck_assert(slice_equals(conn_input_contiguous(first), SLICE("first")));
	ck_assert(slice_equals(conn_input_contiguous(rig.conn), SLICE("other")));
	client_close(&first_client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/reader");
	TCase *packets = tcase_create("packets");
	TCase *reading = tcase_create("streams");

	tcase_add_checked_fixture(packets, NULL, tear_down);
	tcase_add_test(packets, a_packet_comes_back_as_it_went);
	tcase_add_test(packets, packets_that_wait_together_stay_apart);
	tcase_add_test(packets, packets_stay_apart_when_output_is_held_up);
	tcase_add_test(packets, a_large_packet_that_waits_goes_whole);
	tcase_add_test(packets, a_packet_that_exceeds_every_bound_ends_it);
	tcase_add_test(packets, a_packet_of_no_bytes_is_passed_over);
	tcase_add_test(packets, what_stands_before_a_fin_is_read);
	tcase_add_test(packets, packets_that_are_left_are_appended_to_one_another);
	tcase_set_timeout(packets, 30);
	tcase_add_checked_fixture(reading, NULL, tear_down);
	tcase_add_test(reading, a_stream_is_read_a_piece_a_turn);
	tcase_add_test(reading, what_has_come_before_its_birth_is_read_at_once);
	tcase_add_test(reading, input_that_is_left_is_kept_while_others_read);
	suite_add_tcase(suite, packets);
	suite_add_tcase(suite, reading);
	return run_suite(suite);
}
