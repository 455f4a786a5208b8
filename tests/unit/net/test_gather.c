/* SPDX-License-Identifier: MIT
 *
 * Tests of net/gather: connections that share a buffer for their output.
 */
#include "net/gather.h"

#include <string.h>

#include "memory.h"
#include "rig.h"

#define LARGE ((size_t)1 << 20)

static struct rig rig;
static struct conn *conns[2];
static int clients[2];

static void
start(struct pair_options pair)
{
	memory_take_over();
	rig_init(&rig, &(struct rig_options){ .pair = pair });
	rig_open_many(&rig, COUNT(conns), conns, clients);
}

static void
set_up(void)
{
	start((struct pair_options){ WIRE_TCP, true });
}

/* What is sent is taken whole. */
static void
set_up_wide(void)
{
	start((struct pair_options){ WIRE_UNIX, false });
}

static void
tear_down(void)
{
	memory_heal();
	clients_close(clients, COUNT(clients));
	rig_done(&rig);
}

static void
expect_received(int client, const char *expected)
{
	char room[64];
	size_t len = 0;

	rig_run_until(
	    &rig, len > 0 || (client_read(clients[client], room, sizeof(room), &len), len > 0));
	ck_assert(slice_equals((struct slice){ room, len }, slice_of(expected)));
}

START_TEST(bytes_of_two_connections_do_not_mix)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(conn_write(conns[0], SLICE("first ")), 0);
		ck_assert_int_eq(conn_write(conns[1], SLICE("second ")), 0);
	}
	ck_assert_uint_eq(conn_output_length(conns[0]), 18);
	ck_assert_uint_eq(conn_output_length(conns[1]), 21);
	conn_flush(conns[0]);
	conn_flush(conns[1]);
	expect_received(0, "first first first ");
	expect_received(1, "second second second ");
	ck_assert_uint_eq(conn_bytes_out(conns[0]), 18);
	ck_assert_uint_eq(conn_bytes_out(conns[1]), 21);
}
END_TEST

START_TEST(what_one_does_not_write_another_does_not_wait_for)
{
	char *room;

	ck_assert_int_eq(conn_write(conns[0], SLICE("later")), 0);
	room = conn_reserve(conns[1], 100);
	ck_assert_ptr_nonnull(room);
	memcpy(room, "now", 3);
	conn_commit(conns[1], room, 3);
	conn_flush(conns[1]);
	expect_received(1, "now");
	ck_assert_uint_eq(conn_bytes_out(conns[0]), 0);
	conn_flush(conns[0]);
	expect_received(0, "later");
}
END_TEST

START_TEST(what_follows_a_held_up_output_goes_behind_it)
{
	static char received[LARGE + 5];
	size_t len = 0;
	size_t got;

	ck_assert_int_eq(conn_write(conns[0], pattern(GATHER_BYTES)), 0);
	conn_flush(conns[0]);
	ck_assert_int_eq(
	    conn_write(conns[0],
		(struct slice){ pattern(LARGE).data + GATHER_BYTES, LARGE - GATHER_BYTES }),
	    0);
	conn_flush(conns[0]);
	ck_assert_uint_gt(conn_output_length(conns[0]), 0);
	ck_assert_int_eq(conn_write(conns[0], SLICE("after")), 0);
	while (len < sizeof(received)) {
		(void)client_read(clients[0], received + len, sizeof(received) - len, &got);
		len += got;
		rig_turn(&rig);
	}
	ck_assert_int_eq(memcmp(received, pattern(LARGE).data, LARGE), 0);
	ck_assert_int_eq(memcmp(received + LARGE, "after", 5), 0);
}
END_TEST

START_TEST(one_that_ends_leaves_the_buffer_to_others)
{
	ck_assert_int_eq(conn_write(conns[0], SLICE("lost")), 0);
	conn_abort(conns[0], ENDING_STOPPED);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, 4);
	ck_assert_uint_eq(rig.seen.ending.bytes_out, 0);
	ck_assert_int_eq(conn_write(conns[1], SLICE("goes")), 0);
	conn_flush(conns[1]);
	expect_received(1, "goes");
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_int_eq(client_look(clients[0], NULL), SEES_FIN);
}
END_TEST

static int released;

static void
on_release(const void *data, size_t len, void *owner)
{
	ck_assert_ptr_eq(owner, &released);
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(memcmp(data, "body", 4), 0);
	released++;
}

START_TEST(a_body_leaves_with_its_head_and_is_released_then)
{
	released = 0;
	ck_assert_int_eq(conn_write(conns[0], SLICE("head ")), 0);
	ck_assert_int_eq(conn_write_reference(conns[0], SLICE("body"), on_release, &released), 0);
	ck_assert_uint_eq(conn_output_length(conns[0]), 9);
	ck_assert_int_eq(released, 0);
	conn_flush(conns[0]);
	ck_assert_int_eq(released, 1);
	ck_assert_ptr_null(conns[0]->bev);
	expect_received(0, "head body");
	ck_assert_uint_eq(conn_bytes_out(conns[0]), 9);
}
END_TEST

/* A head of 200 bytes before it; 64 KiB and a head are one packet still. */
static const struct {
	size_t body, first, second;
} parts[] = {
	{ 50000, 50200, 0 },
	{ 65536, 65736, 0 },
	{ 100000, 50100, 50100 },
	{ 160000, 53400, 53400 },
	{ 262144, 52469, 52469 },
};

static void
on_long_release(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)owner;
	ck_assert_uint_ge(len, 50000);
	released++;
}

START_TEST(a_long_body_goes_in_equal_parts)
{
	released = 0;
	ck_assert_int_eq(conn_write(conns[0], pattern(200)), 0);
	ck_assert_int_eq(
	    conn_write_reference(conns[0], pattern(parts[_i].body), on_long_release, NULL), 0);
	ck_assert_int_eq(gather_send(conns[0], 0), (ssize_t)parts[_i].first);
	ck_assert_int_eq(released, parts[_i].second == 0);
	ck_assert_int_eq(client_look(clients[0], NULL), SEES_NOTHING);
	if (parts[_i].second > 0)
		ck_assert_int_eq(gather_send(conns[0], 0), (ssize_t)parts[_i].second);
}
END_TEST

START_TEST(what_follows_a_body_goes_behind_it)
{
	released = 0;
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(conn_write(conns[0], SLICE("head ")), 0);
		ck_assert_int_eq(
		    conn_write_reference(conns[0], SLICE("body"), on_release, &released), 0);
	}
	conn_flush(conns[0]);
	expect_received(0, "head bodyhead body");
	rig_run_until(&rig, released == 2);
}
END_TEST

static void
forget(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	(void)owner;
}

/* A part goes at once, the rest by libevent: no byte twice, none left out. */
START_TEST(a_body_that_goes_in_parts_is_whole)
{
	static char received[LARGE];
	size_t len = 0;

	ck_assert_int_eq(conn_write_reference(conns[0], pattern(LARGE), forget, NULL), 0);
	conn_flush(conns[0]);
	ck_assert_uint_gt(conn_bytes_out(conns[0]), 0);
	ck_assert_uint_gt(conn_output_length(conns[0]), 0);
	while (len < LARGE) {
		size_t got = 0;

		(void)client_read(clients[0], received + len, LARGE - len, &got);
		len += got;
		rig_turn(&rig);
	}
	ck_assert_int_eq(memcmp(received, pattern(LARGE).data, LARGE), 0);
}
END_TEST

START_TEST(a_body_moves_for_another_connection)
{
	released = 0;
	ck_assert_int_eq(conn_write(conns[0], SLICE("head ")), 0);
	ck_assert_int_eq(conn_write_reference(conns[0], SLICE("body"), on_release, &released), 0);
	ck_assert_int_eq(conn_write(conns[1], SLICE("goes")), 0);
	conn_flush(conns[1]);
	expect_received(1, "goes");
	conn_flush(conns[0]);
	expect_received(0, "head body");
	rig_run_until(&rig, released == 1);
}
END_TEST

START_TEST(a_body_of_one_that_ends_is_released)
{
	released = 0;
	ck_assert_int_eq(conn_write_reference(conns[0], SLICE("body"), on_release, &released), 0);
	conn_abort(conns[0], ENDING_STOPPED);
	ck_assert_int_eq(released, 1);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, 4);
}
END_TEST

START_TEST(one_that_must_move_and_cannot_ends)
{
	ck_assert_int_eq(conn_write(conns[0], SLICE("lost")), 0);
	memory_fail_after(0);
	ck_assert_int_eq(conn_write(conns[1], SLICE("goes")), 0);
	memory_heal();
	conn_flush(conns[1]);
	expect_received(1, "goes");
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "out_of_memory");
}
END_TEST

START_TEST(without_memory_there_is_no_buffer)
{
	struct conn_set_options options = { .ids = NULL };
	struct conn_set set;

	/* Of conn_set: the buffers are malloc(3)'s, the events libevent's. */
	for (size_t at = 0; at < 2; at++) {
		memory_fail_after(at);
		ck_assert_int_eq(conn_set_init(&set, rig.base, &options), -ENOMEM);
		memory_heal();
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/gather");
	TCase *sharing = tcase_create("sharing");
	TCase *wide = tcase_create("wide");

	tcase_add_checked_fixture(sharing, set_up, tear_down);
	tcase_add_test(sharing, bytes_of_two_connections_do_not_mix);
	tcase_add_test(sharing, what_one_does_not_write_another_does_not_wait_for);
	tcase_add_test(sharing, what_follows_a_held_up_output_goes_behind_it);
	tcase_add_test(sharing, one_that_ends_leaves_the_buffer_to_others);
	tcase_add_test(sharing, a_body_leaves_with_its_head_and_is_released_then);
	tcase_add_test(sharing, what_follows_a_body_goes_behind_it);
	tcase_add_test(sharing, a_body_that_goes_in_parts_is_whole);
	tcase_add_test(sharing, a_body_moves_for_another_connection);
	tcase_add_test(sharing, a_body_of_one_that_ends_is_released);
	tcase_add_test(sharing, one_that_must_move_and_cannot_ends);
	tcase_add_test(sharing, without_memory_there_is_no_buffer);
	suite_add_tcase(suite, sharing);
	tcase_add_checked_fixture(wide, set_up_wide, tear_down);
	tcase_add_loop_test(wide, a_long_body_goes_in_equal_parts, 0, COUNT(parts));
	suite_add_tcase(suite, wide);
	return run_suite(suite);
}
