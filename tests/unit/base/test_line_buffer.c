/* SPDX-License-Identifier: MIT
 *
 * Tests of base/line_buffer. The lines go into a pipe of packets (pipe(2),
 * O_DIRECT), of which a read gives what one write put there.
 */
#include "base/line_buffer.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/outlet.h"

#define CAP 64
#define LINE_MAX 20

static struct line_buffer buffer;
static struct outlet outlet;
static int ends[2];

static void
set_up(void)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	outlet_take(&outlet, ends[1]);
	ck_assert_int_eq(line_buffer_init(&buffer, &outlet, CAP, LINE_MAX), 0);
}

static void
tear_down(void)
{
	line_buffer_done(&buffer);
	outlet_done(&outlet);
	ck_assert_int_eq(close(ends[0]), 0);
}

static void
put(const char *line)
{
	struct text text = line_buffer_begin(&buffer);

	text_put_string(&text, line);
	line_buffer_end(&buffer, &text);
}

/* Fails unless the next write was `expected`; NULL: there was none. */
static void
expect_write(const char *expected)
{
	char room[4096];
	ssize_t got = read(ends[0], room, sizeof(room) - 1);

	if (!expected) {
		ck_assert_int_lt(got, 1);
		return;
	}
	ck_assert_int_ge(got, 0);
	room[got] = '\0';
	ck_assert_str_eq(room, expected);
}

START_TEST(lines_leave_together_when_they_are_flushed)
{
	put("one\n");
	put("two\n");
	put("three\n");
	expect_write(NULL);
	line_buffer_flush(&buffer);
	expect_write("one\ntwo\nthree\n");
	expect_write(NULL);
}
END_TEST

START_TEST(a_flush_of_nothing_writes_nothing)
{
	line_buffer_flush(&buffer);
	expect_write(NULL);
	put("one\n");
	line_buffer_flush(&buffer);
	line_buffer_flush(&buffer);
	expect_write("one\n");
	expect_write(NULL);
}
END_TEST

/* Three lines of 20 leave no room for a fourth. */
START_TEST(whole_lines_leave_when_the_next_may_not_fit)
{
	for (int i = 0; i < 4; i++)
		put("0123456789012345678\n");
	expect_write("0123456789012345678\n0123456789012345678\n0123456789012345678\n");
	expect_write(NULL);
	line_buffer_flush(&buffer);
	expect_write("0123456789012345678\n");
	ck_assert_uint_eq(buffer.lost_lines, 0);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_dropped_and_counted)
{
	put("one\n");
	put("01234567890123456789\n");
	put("two\n");
	line_buffer_flush(&buffer);
	expect_write("one\ntwo\n");
	ck_assert_uint_eq(buffer.lost_lines, 1);
}
END_TEST

START_TEST(a_line_that_is_begun_and_given_up_leaves_nothing)
{
	struct text text = line_buffer_begin(&buffer);

	text_put_string(&text, "forgotten");
	put("one\n");
	line_buffer_flush(&buffer);
	expect_write("one\n");
}
END_TEST

START_TEST(the_end_of_the_buffer_flushes_it)
{
	put("last\n");
	line_buffer_done(&buffer);
	expect_write("last\n");
	line_buffer_done(&buffer);
	expect_write(NULL);
}
END_TEST

START_TEST(a_buffer_of_zeros_has_an_end_as_well)
{
	struct line_buffer zeros = { .outlet = NULL };

	line_buffer_done(&zeros);
	ck_assert_ptr_null(zeros.data);
}
END_TEST

START_TEST(what_a_full_disk_does_not_take_is_dropped_and_counted)
{
	int pipe_end = dup(ends[1]);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(full, 0);
	outlet_replace(&outlet, full);
	put("one\n");
	put("two\n");
	line_buffer_flush(&buffer);
	ck_assert_uint_eq(buffer.lost_lines, 2);
	outlet_replace(&outlet, pipe_end);
	put("three\n");
	line_buffer_flush(&buffer);
	expect_write("three\n");
	ck_assert_uint_eq(buffer.lost_lines, 2);
}
END_TEST

/* A pipe of packets takes one write for each of its pages. */
static int
fill_pipe(void)
{
	int pages = fcntl(ends[1], F_GETPIPE_SZ) / (int)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < pages; i++) {
		put("line\n");
		line_buffer_flush(&buffer);
	}
	return pages;
}

START_TEST(what_a_full_pipe_has_no_room_for_is_kept)
{
	int pages = fill_pipe();

	put("kept\n");
	line_buffer_flush(&buffer);
	put("also kept\n");
	line_buffer_flush(&buffer);
	ck_assert_uint_eq(buffer.lost_lines, 0);
	for (int i = 0; i < pages; i++)
		expect_write("line\n");
	expect_write(NULL);
	line_buffer_flush(&buffer);
	expect_write("kept\nalso kept\n");
}
END_TEST

/* The buffer has room for three lines of 20 bytes. */
START_TEST(what_neither_the_pipe_nor_the_buffer_has_room_for_is_counted)
{
	int pages = fill_pipe();

	for (int i = 0; i < 10; i++)
		put("0123456789012345678\n");
	ck_assert_uint_eq(buffer.lost_lines, 7);
	for (int i = 0; i < pages; i++)
		expect_write("line\n");
	put("new\n");
	line_buffer_flush(&buffer);
	expect_write("0123456789012345678\n0123456789012345678\n0123456789012345678\n");
	expect_write("new\n");
	ck_assert_uint_eq(buffer.lost_lines, 7);
}
END_TEST

/* On the thread of a loop, at a reload. */
START_TEST(before_the_end_nobody_is_waited_for)
{
	int64_t began_us = clock_monotonic_us();

	(void)fill_pipe();
	put("lost\n");
	line_buffer_done(&buffer);
	ck_assert_int_lt(clock_monotonic_us() - began_us, CLOCK_SECOND_US * 9 / 10);
	ck_assert_uint_eq(buffer.lost_lines, 1);
}
END_TEST

START_TEST(the_end_waits_a_second_for_who_does_not_read)
{
	int64_t began_us = clock_monotonic_us();

	(void)fill_pipe();
	put("lost\n");
	outlet_end(&outlet);
	line_buffer_done(&buffer);
	ck_assert_int_ge(clock_monotonic_us() - began_us, CLOCK_SECOND_US * 9 / 10);
	ck_assert_int_lt(clock_monotonic_us() - began_us, CLOCK_SECOND_US * 9);
	ck_assert_uint_eq(buffer.lost_lines, 1);
}
END_TEST

/* Reads a packet once the end waits for room: see the pipe's poll. */
static void *
read_all(void *unused)
{
	char room[4096];
	struct pollfd data = { .fd = ends[0], .events = POLLIN };

	while (poll(&data, 1, 2000) == 1)
		if (read(ends[0], room, sizeof(room)) > 0 && strstr(room, "last"))
			return unused;
	return NULL;
}

START_TEST(the_end_waits_for_who_is_slow)
{
	pthread_t reader;
	void *found;

	(void)fill_pipe();
	put("last\n");
	outlet_end(&outlet);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_all, &buffer), 0);
	line_buffer_done(&buffer);
	ck_assert_int_eq(pthread_join(reader, &found), 0);
	ck_assert_ptr_eq(found, &buffer);
	ck_assert_uint_eq(buffer.lost_lines, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/line_buffer");
	TCase *lines = tcase_create("lines");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(lines, set_up, tear_down);
	tcase_add_test(lines, lines_leave_together_when_they_are_flushed);
	tcase_add_test(lines, a_flush_of_nothing_writes_nothing);
	tcase_add_test(lines, whole_lines_leave_when_the_next_may_not_fit);
	tcase_add_test(lines, a_line_that_is_too_long_is_dropped_and_counted);
	tcase_add_test(lines, a_line_that_is_begun_and_given_up_leaves_nothing);
	tcase_add_test(lines, the_end_of_the_buffer_flushes_it);
	tcase_add_test(lines, a_buffer_of_zeros_has_an_end_as_well);
	tcase_add_test(lines, what_a_full_disk_does_not_take_is_dropped_and_counted);
	tcase_add_test(lines, what_a_full_pipe_has_no_room_for_is_kept);
	tcase_add_test(lines, what_neither_the_pipe_nor_the_buffer_has_room_for_is_counted);
	tcase_add_test(lines, before_the_end_nobody_is_waited_for);
	tcase_add_test(lines, the_end_waits_a_second_for_who_does_not_read);
	tcase_add_test(lines, the_end_waits_for_who_is_slow);
	suite_add_tcase(suite, lines);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
