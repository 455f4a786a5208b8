/* SPDX-License-Identifier: MIT
 *
 * Tests of base/log: messages that come again, lines that nobody reads, and other
 * targets than standard error.
 */
#include "base/log.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static int log_fd; /* where standard error arrives */
static char packet[4096];

static void
set_up(void)
{
	int fds[2];

	(void)alarm(20);
	ck_assert_int_eq(pipe2(fds, O_DIRECT | O_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_DIRECT | O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	log_fd = fds[0];
	unsetenv("JOURNAL_STREAM");
	log_open();
}

/* The next line behind its time, or "" if there is none. */
static const char *
next_line(void)
{
	ssize_t got = read(log_fd, packet, sizeof(packet) - 1);
	char *space;

	packet[got > 0 ? got : 0] = '\0';
	space = strchr(packet, ' ');
	return space ? space + 1 : packet;
}

START_TEST(a_message_that_comes_again_is_counted_and_told_before_the_next)
{
	for (int i = 0; i < 13; i++)
		log_warning("no descriptor");
	log_info("ready");
	ck_assert_str_eq(next_line(), "warning: no descriptor\n");
	ck_assert_str_eq(next_line(), "warning: the last message 12 times more\n");
	ck_assert_str_eq(next_line(), "info: ready\n");
	ck_assert_str_eq(next_line(), "");
}
END_TEST

START_TEST(the_same_words_at_another_level_are_another_message)
{
	log_warning("hello");
	log_info("hello");
	ck_assert_str_eq(next_line(), "warning: hello\n");
	ck_assert_str_eq(next_line(), "info: hello\n");
}
END_TEST

START_TEST(what_was_told_counts_from_the_start)
{
	log_info("a");
	log_info("a");
	log_flush();
	log_info("a");
	log_info("a");
	log_flush();
	log_flush();
	ck_assert_str_eq(next_line(), "info: a\n");
	ck_assert_str_eq(next_line(), "info: the last message once more\n");
	ck_assert_str_eq(next_line(), "info: the last message 2 times more\n");
	ck_assert_str_eq(next_line(), "");
}
END_TEST

START_TEST(a_tick_tells_nothing_before_its_time)
{
	log_info("a");
	log_info("a");
	log_tick();
	ck_assert_str_eq(next_line(), "info: a\n");
	ck_assert_str_eq(next_line(), "");
}
END_TEST

START_TEST(nobody_waits_for_a_log_and_what_is_lost_is_told)
{
	int written = 0;

	for (int i = 0; i < 1000; i++)
		log_info("line %d", i);
	ck_assert_uint_gt(log_lost_lines(), 0);
	while (next_line()[0] != '\0')
		written++;
	ck_assert_uint_eq((uint64_t)written + log_lost_lines(), 1000);
	log_tick();
	ck_assert_ptr_nonnull(strstr(next_line(), "lines of this log could not be written"));
	log_info("after it");
	ck_assert_str_eq(next_line(), "info: after it\n");
}
END_TEST

static const struct {
	const char *target;
	int result;
} targets[] = {
	{ "stderr", 0 },
	{ "syslog", 0 },
	{ "syslog:/run/log", 0 },
	{ "/var/log/usher.log", 0 },
	{ "", -EINVAL },
	{ "stdout", -EINVAL },
	{ "syslogd", -EINVAL },
	{ "syslog:", -EINVAL },
	{ "syslog:run", -EINVAL },
	{ "usher.log", -EINVAL },
};

START_TEST(a_target_is_known_by_its_name)
{
	ck_assert_int_eq(log_check_target(targets[_i].target), targets[_i].result);
}
END_TEST

START_TEST(a_target_that_fails_leaves_the_log_where_it_was)
{
	char room[256];
	struct text error = text_over(room, sizeof(room));

	ck_assert_int_eq(log_set_target("/nowhere/at/all", &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(text_string(&error), "/nowhere/at/all"));
	ck_assert_int_eq(log_set_target("syslog:/nowhere/at/all", &error), -ENOENT);
	log_info("still here");
	ck_assert_str_eq(next_line(), "info: still here\n");
	ck_assert_ptr_null(log_file_path());
	ck_assert_int_eq(log_reopen(&error), 0);
}
END_TEST

START_TEST(a_file_gets_what_is_logged_after_it_was_chosen)
{
	char name[] = "/tmp/usher-log-XXXXXX", content[256] = "";
	char room[256];
	struct text error = text_over(room, sizeof(room));
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(log_set_target(name, &error), 0);
	ck_assert_str_eq(log_file_path(), name);
	log_info("in the file");
	ck_assert_str_eq(next_line(), "");
	ck_assert_int_gt(pread(fd, content, sizeof(content) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(content, " info: in the file\n"));
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(log_reopen(&error), 1);
	ck_assert_int_eq(access(name, F_OK), 0);
	ck_assert_int_eq(log_set_target("stderr", &error), 0);
	log_info("back");
	ck_assert_str_eq(next_line(), "info: back\n");
	(void)unlink(name);
	(void)close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_repeats");
	TCase *tcase = tcase_create("repeats");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_message_that_comes_again_is_counted_and_told_before_the_next);
	tcase_add_test(tcase, the_same_words_at_another_level_are_another_message);
	tcase_add_test(tcase, what_was_told_counts_from_the_start);
	tcase_add_test(tcase, a_tick_tells_nothing_before_its_time);
	tcase_add_test(tcase, nobody_waits_for_a_log_and_what_is_lost_is_told);
	tcase_add_loop_test(
	    tcase, a_target_is_known_by_its_name, 0, (int)(sizeof(targets) / sizeof(targets[0])));
	tcase_add_test(tcase, a_target_that_fails_leaves_the_log_where_it_was);
	tcase_add_test(tcase, a_file_gets_what_is_logged_after_it_was_chosen);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
