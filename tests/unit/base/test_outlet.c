/* SPDX-License-Identifier: MIT
 *
 * Tests of base/outlet: pipes without a reader, sockets, files, and what of a line
 * is left over.
 */
#include "base/outlet.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static struct outlet outlet;
static int ends[2]; /* of a pipe that blocks */
static char data[4 * 65536];

static void
set_up(void)
{
	/* A write that waits must not be waited for. */
	(void)alarm(20);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETPIPE_SZ, 16384), 16384);
}

/* Lines of `len` bytes over all of `data`, numbered by their first byte. */
static void
fill_with_lines(size_t len)
{
	for (size_t at = 0; at + len <= sizeof(data); at += len)
		memset(data + at, 'a' + (int)(at / len % 26), len);
	for (size_t at = len - 1; at < sizeof(data); at += len)
		data[at] = '\n';
}

/* What can be read now; `got` bytes of it are in `room`. */
static size_t
read_now(int fd, char *room, size_t size)
{
	size_t len = 0;
	ssize_t got;

	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(fd, room + len, size - len)) > 0)
		len += (size_t)got;
	return len;
}

START_TEST(a_pipe_that_nobody_reads_takes_whole_lines_and_then_none)
{
	static char seen[65536];
	ssize_t taken;

	outlet_borrow(&outlet, ends[1]);
	fill_with_lines(100);
	taken = outlet_write(&outlet, data, sizeof(data) / 100 * 100);
	ck_assert_int_gt(taken, 12000);
	ck_assert_int_le(taken, 16384);
	ck_assert_int_eq(taken % 100, 0);
	/* What PIPE_BUF leaves of the last page. */
	while (outlet_write(&outlet, data, 100) > 0)
		taken += 100;
	ck_assert_int_eq(outlet_write(&outlet, data, 100), 0);
	ck_assert_uint_eq(read_now(ends[0], seen, sizeof(seen)), (size_t)taken);
	ck_assert_int_eq(outlet_write(&outlet, data, 100), 100);
	outlet_done(&outlet);
}
END_TEST

START_TEST(the_flags_of_a_borrowed_descriptor_stay_as_they_are)
{
	outlet_borrow(&outlet, ends[1]);
	ck_assert_int_eq(outlet.kind, OUTLET_OPENED);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	outlet_done(&outlet);
	ck_assert_int_ge(fcntl(ends[1], F_GETFD), 0);
}
END_TEST

/* Where there is no /proc the pipe itself is written to. */
START_TEST(a_pipe_that_cannot_be_opened_again_does_not_block_either)
{
	outlet_borrow(&outlet, ends[1]);
	(void)close(outlet.fd);
	outlet.fd = ends[1];
	outlet.owns_fd = false;
	outlet.kind = OUTLET_POLLED;
	fill_with_lines(100);
	ck_assert_int_gt(outlet_write(&outlet, data, sizeof(data) / 100 * 100), 12000);
	ck_assert_int_eq(outlet_write(&outlet, data, 100), 0);
	outlet_done(&outlet);
}
END_TEST

/* Longer than PIPE_BUF: the pipe takes a part, and the rest comes before all else. */
START_TEST(the_rest_of_a_line_leaves_before_another_line)
{
	static char seen[65536];
	size_t len;

	outlet_borrow(&outlet, ends[1]);
	fill_with_lines(12000);
	ck_assert_int_eq(outlet_write(&outlet, data, 24000), 24000);
	ck_assert_uint_gt(outlet.rest_len, 0);
	ck_assert_int_eq(outlet_write(&outlet, "next\n", 5), 0);
	len = read_now(ends[0], seen, sizeof(seen));
	ck_assert_int_eq(outlet_write(&outlet, "next\n", 5), 5);
	len += read_now(ends[0], seen + len, sizeof(seen) - len);
	ck_assert_uint_eq(len, 24005);
	ck_assert_mem_eq(seen, data, 24000);
	ck_assert_mem_eq(seen + 24000, "next\n", 5);
	outlet_done(&outlet);
}
END_TEST

START_TEST(a_socket_that_nobody_reads_does_not_block)
{
	int pair[2];
	ssize_t taken = 1;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	outlet_borrow(&outlet, pair[1]);
	ck_assert_int_eq(outlet.kind, OUTLET_SOCKET);
	fill_with_lines(100);
	for (int i = 0; i < 1000 && taken > 0; i++)
		taken = outlet_write(&outlet, data, sizeof(data) / 100 * 100);
	ck_assert_int_eq(taken, 0);
	ck_assert_int_eq(close(pair[0]), 0);
	ck_assert_int_lt(outlet_write(&outlet, data, 100), 0);
	outlet_done(&outlet);
}
END_TEST

START_TEST(a_terminal_that_was_stopped_does_not_block)
{
	int terminal, end;
	ssize_t taken = 1;

	ck_assert_int_eq(openpty(&terminal, &end, NULL, NULL, NULL), 0);
	outlet_borrow(&outlet, end);
	ck_assert_int_eq(tcflow(end, TCOOFF), 0);
	fill_with_lines(100);
	for (int i = 0; i < 1000 && taken > 0; i++)
		taken = outlet_write(&outlet, data, 10000);
	ck_assert_int_eq(taken, 0);
	outlet_done(&outlet);
}
END_TEST

START_TEST(a_reader_who_left_is_an_error)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	ck_assert_int_eq(sigaction(SIGPIPE, &ignore, NULL), 0);
	outlet_borrow(&outlet, ends[1]);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(outlet_write(&outlet, "line\n", 5), -EPIPE);
	outlet_done(&outlet);
}
END_TEST

/* A file at its limit is as a disk that is full: a part of a line is written. */
START_TEST(a_line_cut_by_a_full_disk_is_completed_once_there_is_room)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit limit = { .rlim_cur = 250, .rlim_max = RLIM_INFINITY };
	FILE *file = tmpfile();
	char seen[1024];

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(sigaction(SIGXFSZ, &ignore, NULL), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	outlet_borrow(&outlet, fileno(file));
	ck_assert_int_eq(outlet.kind, OUTLET_FILE);
	fill_with_lines(100);
	ck_assert_int_eq(outlet_write(&outlet, data, 500), 300);
	ck_assert_int_eq(outlet_write(&outlet, data + 300, 200), -EFBIG);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(outlet_write(&outlet, data + 400, 100), 100);
	ck_assert_int_eq(pread(fileno(file), seen, sizeof(seen), 0), 400);
	ck_assert_mem_eq(seen, data, 300);
	ck_assert_mem_eq(seen + 300, data + 400, 100);
	outlet_done(&outlet);
}
END_TEST

START_TEST(without_a_descriptor_everything_is_refused)
{
	outlet_borrow(&outlet, -1);
	ck_assert_int_eq(outlet_write(&outlet, "line\n", 5), -EBADF);
	ck_assert(!outlet_wait(&outlet));
	outlet_done(&outlet);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/outlet");
	TCase *tcase = tcase_create("outlet");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_pipe_that_nobody_reads_takes_whole_lines_and_then_none);
	tcase_add_test(tcase, the_flags_of_a_borrowed_descriptor_stay_as_they_are);
	tcase_add_test(tcase, a_pipe_that_cannot_be_opened_again_does_not_block_either);
	tcase_add_test(tcase, the_rest_of_a_line_leaves_before_another_line);
	tcase_add_test(tcase, a_socket_that_nobody_reads_does_not_block);
	tcase_add_test(tcase, a_terminal_that_was_stopped_does_not_block);
	tcase_add_test(tcase, a_reader_who_left_is_an_error);
	tcase_add_test(tcase, a_line_cut_by_a_full_disk_is_completed_once_there_is_room);
	tcase_add_test(tcase, without_a_descriptor_everything_is_refused);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
