/* SPDX-License-Identifier: MIT
 *
 * Tests of net/file_body: files that go by sendfile(2).
 */
#include "net/file_body.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "rig.h"

#define FILE_BYTES ((int64_t)3 << 20)

static struct rig rig;
static char received[PATTERN_MAX];
static size_t received_len;

static void
start(bool has_small_buffers)
{
	const struct rig_options options = { .pair = { WIRE_TCP, has_small_buffers } };

	memory_take_over();
	rig_init(&rig, &options);
	rig_open(&rig);
}

static void
set_up(void)
{
	start(false);
}

static void
set_up_narrow(void)
{
	start(true);
}

static void
tear_down(void)
{
	memory_heal();
	rig_done(&rig);
}

/* A file of `size` bytes of the pattern, of which the last are a hole. */
static int
make_file(int64_t size)
{
	int fd = memfd_create("body", MFD_CLOEXEC);
	size_t filled = (size_t)(size < PATTERN_MAX ? size : PATTERN_MAX);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, pattern(filled).data, filled), (ssize_t)filled);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	return fd;
}

static bool
has_received(size_t len)
{
	size_t got;

	(void)client_read(
	    rig.client, received + received_len, sizeof(received) - received_len, &got);
	received_len += got;
	return received_len >= len;
}

START_TEST(a_file_goes_whole_and_closes_with_its_last_holder)
{
	size_t descriptors = count_descriptors();
	struct file_body *file = file_body_new(make_file(FILE_BYTES), FILE_BYTES);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("head")), 0);
	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, FILE_BYTES), 0);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("tail")), 0);
	file_body_release(file);
	conn_flush(rig.conn);
	rig_run_until(&rig, has_received(FILE_BYTES + 8));
	ck_assert_uint_eq(received_len, FILE_BYTES + 8);
	ck_assert_int_eq(memcmp(received, "head", 4), 0);
	ck_assert_int_eq(memcmp(received + 4, pattern(FILE_BYTES).data, FILE_BYTES), 0);
	ck_assert_int_eq(memcmp(received + 4 + FILE_BYTES, "tail", 4), 0);
	rig_settle(&rig);
	ck_assert_uint_eq(conn_bytes_out(rig.conn), FILE_BYTES + 8);
	ck_assert_uint_eq(count_descriptors(), descriptors);
}
END_TEST

START_TEST(parts_of_one_file_go_in_any_order)
{
	struct file_body *file = file_body_new(make_file(1000), 1000);

	ck_assert_int_eq(conn_write_file(rig.conn, file, 900, 100), 0);
	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, 0), 0);
	ck_assert_int_eq(conn_write_file(rig.conn, file, 10, 20), 0);
	conn_flush(rig.conn);
	rig_run_until(&rig, has_received(120));
	ck_assert_int_eq(memcmp(received, pattern(1000).data + 900, 100), 0);
	ck_assert_int_eq(memcmp(received + 100, pattern(1000).data + 10, 20), 0);
	file_body_release(file);
}
END_TEST

/* Held up again and again, and drained once. */
START_TEST(a_large_file_is_resumed)
{
	struct file_body *file = file_body_new(make_file(FILE_BYTES), FILE_BYTES);

	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, FILE_BYTES), 0);
	file_body_release(file);
	conn_flush(rig.conn);
	ck_assert_uint_gt(conn_output_length(rig.conn), 0);
	rig_run_until(&rig, has_received(FILE_BYTES));
	ck_assert_int_eq(memcmp(received, pattern(FILE_BYTES).data, FILE_BYTES), 0);
	rig_run_until(&rig, rig.seen.drained > 0);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.seen.drained, 1);
}
END_TEST

/* A connection's memory does not grow with the file beyond a thousand pieces. */
START_TEST(a_huge_file_is_a_bounded_number_of_pieces)
{
	const int64_t huge = INT64_C(1) << 40;
	struct file_body *file = file_body_new(make_file(huge), huge);
	size_t before = memory_taken();

	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, huge), 0);
	ck_assert_uint_lt(memory_taken() - before, 2100);
	ck_assert_uint_eq(conn_output_length(rig.conn), (size_t)huge);
	file_body_release(file);
	conn_abort(rig.conn, ENDING_STOPPED);
}
END_TEST

/* 0: before its first byte has gone; 1: in the middle of it. */
START_TEST(a_file_that_shrinks_cuts_the_answer_short)
{
	int fd = make_file(FILE_BYTES);
	struct file_body *file = file_body_new(fd, FILE_BYTES);
	enum sight sight;
	size_t bytes = 0;

	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, FILE_BYTES), 0);
	if (_i == 1)
		conn_flush(rig.conn);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	file_body_release(file);
	conn_flush(rig.conn);
	sight = rig_run_until_client_sees_end(&rig, &bytes);
	ck_assert_int_eq(sight, SEES_FIN);
	ck_assert_uint_lt(bytes, FILE_BYTES);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "cut_short");
	ck_assert_uint_eq(rig.seen.ending.bytes_out, bytes);
	ck_assert_uint_eq(rig.seen.ending.bytes_unsent, FILE_BYTES - bytes);
}
END_TEST

START_TEST(a_file_that_shrinks_cuts_an_ending_short)
{
	int fd = make_file(FILE_BYTES);
	struct file_body *file = file_body_new(fd, FILE_BYTES);

	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, FILE_BYTES), 0);
	file_body_release(file);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig.conn->state, CONN_FLUSHING);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), SEES_FIN);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "cut_short");
}
END_TEST

START_TEST(once_the_ending_has_begun_no_file_is_appended)
{
	struct file_body *file = file_body_new(make_file(10), 10);

	conn_finish(rig.conn, ENDING_DRAINED);
	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, 10), -ENOTCONN);
	file_body_release(file);
}
END_TEST

START_TEST(without_memory_the_connection_ends_and_the_file_closes)
{
	size_t descriptors = count_descriptors();
	struct file_body *file = file_body_new(make_file(FILE_BYTES), FILE_BYTES);

	/* Behind something, so that it goes to the bufferevent. */
	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, 1), 0);
	ck_assert_int_eq(conn_write(rig.conn, SLICE("x")), 0);
	/* Two allocations a piece: see has_memory_for_piece for why the second may not fail. */
	memory_fail_after(2 * (size_t)_i);
	ck_assert_int_eq(conn_write_file(rig.conn, file, 0, FILE_BYTES), -ENOMEM);
	memory_heal();
	file_body_release(file);
	ck_assert_str_eq(ending_label(rig_run_to_end(&rig)->cause), "out_of_memory");
	ck_assert_uint_eq(count_descriptors(), descriptors - 1);
}
END_TEST

START_TEST(without_memory_there_is_no_body_and_the_file_is_closed)
{
	size_t descriptors = count_descriptors();
	int fd = make_file(10);

	memory_fail_after(0);
	ck_assert_ptr_null(file_body_new(fd, 10));
	memory_heal();
	ck_assert_uint_eq(count_descriptors(), descriptors);
	file_body_release(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/file_body");
	TCase *wide = tcase_create("files");
	TCase *narrow = tcase_create("held up");

	tcase_add_checked_fixture(wide, set_up, tear_down);
	tcase_add_test(wide, a_file_goes_whole_and_closes_with_its_last_holder);
	tcase_add_test(wide, parts_of_one_file_go_in_any_order);
	tcase_add_test(wide, a_huge_file_is_a_bounded_number_of_pieces);
	tcase_add_test(wide, once_the_ending_has_begun_no_file_is_appended);
	tcase_add_loop_test(wide, without_memory_the_connection_ends_and_the_file_closes, 0, 3);
	tcase_add_test(wide, without_memory_there_is_no_body_and_the_file_is_closed);
	tcase_add_checked_fixture(narrow, set_up_narrow, tear_down);
	tcase_add_test(narrow, a_large_file_is_resumed);
	tcase_add_loop_test(narrow, a_file_that_shrinks_cuts_the_answer_short, 0, 2);
	tcase_add_test(narrow, a_file_that_shrinks_cuts_an_ending_short);
	tcase_set_timeout(narrow, 60);
	suite_add_tcase(suite, wide);
	suite_add_tcase(suite, narrow);
	return run_suite(suite);
}
