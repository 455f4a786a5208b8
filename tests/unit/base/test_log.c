/* SPDX-License-Identifier: MIT
 *
 * Tests of base/log. Standard error is replaced by a pipe made of datagrams
 * (pipe2(2), O_DIRECT): each write(2) is read back as one packet, so that a
 * line written in two pieces is seen.
 *
 * Each test runs in a process of its own (Check forks), so descriptors, the
 * environment and the level need no restoring.
 */
#include "base/log.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define LONGEST_LINE 2048
#define TIME_PATTERN "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"

static int log_fd; /* where standard error arrives */
static char packet[4096];

static void
set_up(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_DIRECT | O_NONBLOCK | O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	log_fd = fds[0];
	unsetenv("JOURNAL_STREAM");
	log_open();
}

/* What one write(2) wrote, or "" if there was none. */
static const char *
next_write(void)
{
	ssize_t got = read(log_fd, packet, sizeof(packet) - 1);

	packet[got > 0 ? got : 0] = '\0';
	return packet;
}

static bool
matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool is_match;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	is_match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_match;
}

/* JOURNAL_STREAM naming the device and inode of standard error, with text
 * around them. */
static void
claim_journal(const char *before, const char *between, const char *after)
{
	struct stat status;
	char value[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &status), 0);
	snprintf(value, sizeof(value), "%s%ju%s%ju%s", before, (uintmax_t)status.st_dev, between,
	    (uintmax_t)status.st_ino, after);
	setenv("JOURNAL_STREAM", value, 1);
	log_open();
}

static const struct {
	enum log_level level;
	const char *name;
	const char *plain;
	const char *journal;
	const char *terminal;
} level_cases[] = {
	{ LOG_LEVEL_ERROR, "error", "^" TIME_PATTERN " error: hello 7\n$", "<3>hello 7\n",
	    "^" TIME_PATTERN " \x1b\\[31merror\x1b\\[0m: hello 7\r\n$" },
	{ LOG_LEVEL_WARNING, "warning", "^" TIME_PATTERN " warning: hello 7\n$", "<4>hello 7\n",
	    "^" TIME_PATTERN " \x1b\\[33mwarning\x1b\\[0m: hello 7\r\n$" },
	{ LOG_LEVEL_INFO, "info", "^" TIME_PATTERN " info: hello 7\n$", "<6>hello 7\n",
	    "^" TIME_PATTERN " info: hello 7\r\n$" },
	{ LOG_LEVEL_DEBUG, "debug", "^" TIME_PATTERN " debug: hello 7\n$", "<7>hello 7\n",
	    "^" TIME_PATTERN " debug: hello 7\r\n$" },
};

START_TEST(a_line_has_time_level_and_message)
{
	log_set_level(LOG_LEVEL_DEBUG);
	log_at(level_cases[_i].level, "hello %d", 7);
	ck_assert(matches(next_write(), level_cases[_i].plain));
}
END_TEST

START_TEST(the_time_is_utc_and_now)
{
	struct tm utc = { 0 };
	time_t before = time(NULL);

	setenv("TZ", "XYZ-5", 1);
	tzset();
	log_info("hello");
	ck_assert_ptr_nonnull(strptime(next_write(), "%Y-%m-%dT%H:%M:%S", &utc));
	ck_assert_int_ge(timegm(&utc), before - 1);
	ck_assert_int_le(timegm(&utc), time(NULL) + 1);
}
END_TEST

START_TEST(under_the_journal_a_line_has_its_priority)
{
	claim_journal("", ":", "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_at(level_cases[_i].level, "hello %d", 7);
	ck_assert_str_eq(next_write(), level_cases[_i].journal);
}
END_TEST

START_TEST(a_terminal_shows_errors_and_warnings_in_colour)
{
	int terminal, end;
	ssize_t got;

	ck_assert_int_eq(openpty(&terminal, &end, NULL, NULL, NULL), 0);
	dup2(end, STDERR_FILENO);
	log_open();
	log_set_level(LOG_LEVEL_DEBUG);
	log_at(level_cases[_i].level, "hello %d", 7);
	got = read(terminal, packet, sizeof(packet) - 1);
	ck_assert_int_gt(got, 0);
	packet[got] = '\0';
	ck_assert(matches(packet, level_cases[_i].terminal));
}
END_TEST

/* JOURNAL_STREAM is inherited: it counts only if it names our standard error. */
static const char *const foreign_journals[][3] = {
	{ "1", ":", "" },
	{ "", ":1", "" },
	{ "", ":", "1" },
	{ "", "", "" },
	{ "x", ":", "" },
	{ "", ":", "x" },
	{ "", ";", "" },
	{ " ", ":", "" },
	{ ":", ":", "" },
};

START_TEST(a_journal_stream_that_is_not_ours_is_ignored)
{
	const char *const *parts = foreign_journals[_i];

	claim_journal(parts[0], parts[1], parts[2]);
	log_error("hello 7");
	ck_assert(matches(next_write(), level_cases[LOG_LEVEL_ERROR].plain));
}
END_TEST

START_TEST(lines_above_the_level_are_left_out)
{
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		log_set_level((enum log_level)_i);
		ck_assert_int_eq((int)log_get_level(), _i);
		log_if((enum log_level)level, "through the macro");
		ck_assert_int_eq(next_write()[0] != '\0', level <= _i);
		log_at((enum log_level)level, "directly");
		ck_assert_int_eq(next_write()[0] != '\0', level <= _i);
	}
}
END_TEST

START_TEST(arguments_are_evaluated_only_if_the_level_is_on)
{
	int evaluated = 0;

	log_debug("%d", ++evaluated);
	ck_assert_int_eq(evaluated, 0);
	log_info("%d", ++evaluated);
	ck_assert_int_eq(evaluated, 1);
}
END_TEST

START_TEST(the_level_is_info_at_first)
{
	ck_assert_int_eq(log_get_level(), LOG_LEVEL_INFO);
}
END_TEST

START_TEST(a_level_is_found_by_its_name)
{
	ck_assert_str_eq(log_level_name(level_cases[_i].level), level_cases[_i].name);
	ck_assert_int_eq(log_level_from_name(level_cases[_i].name), (int)level_cases[_i].level);
}
END_TEST

START_TEST(other_names_are_no_level)
{
	ck_assert_int_eq(log_level_from_name(""), -1);
	ck_assert_int_eq(log_level_from_name("INFO"), -1);
	ck_assert_int_eq(log_level_from_name("infos"), -1);
}
END_TEST

START_TEST(control_characters_cannot_forge_a_line)
{
	log_info("a\nb\r\x1b[31m\tc\x7f");
	ck_assert(matches(next_write(), " info: a\\?b\\?\\?\\[31m\\?c\\?\n$"));
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(utf8_is_left_as_it_is)
{
	log_info("gr\xc3\xbc\xc3\x9f");
	ck_assert(matches(next_write(), " info: gr\xc3\xbc\xc3\x9f\n$"));
}
END_TEST

/* Messages of one-, two-, three- and four-byte characters, each shifted by
 * 0 to 3 bytes: the cut falls everywhere. */
static const char *const characters[] = { "x", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };

START_TEST(a_long_line_is_cut_at_a_character_with_an_ellipsis)
{
	const char *character = characters[_i / 4];
	size_t size = strlen(character), len = (size_t)(_i % 4);
	char message[LONGEST_LINE * 2] = "...";

	for (; len + size < sizeof(message); len += size)
		memcpy(message + len, character, size);
	message[len] = '\0';
	log_info("%s", message);
	len = strlen(next_write());
	ck_assert_uint_le(len, LONGEST_LINE);
	ck_assert_uint_ge(len, LONGEST_LINE - 8);
	ck_assert_str_eq(packet + len - 4, "\xe2\x80\xa6\n");
	ck_assert_mem_eq(packet + len - 4 - size, character, size);
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(a_line_that_just_fits_is_whole)
{
	char message[LONGEST_LINE] = { 0 };

	memset(message, 'x', LONGEST_LINE - 64);
	log_info("%s", message);
	ck_assert_ptr_nonnull(strstr(next_write(), message));
	ck_assert_ptr_null(strstr(packet, "\xe2\x80\xa6"));
}
END_TEST

START_TEST(errno_is_left_as_it_was)
{
	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("to nobody");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

#define THREAD_COUNT 4
#define LINES_PER_THREAD 20

static void *
write_lines(void *name)
{
	for (int i = 0; i < LINES_PER_THREAD; i++) {
		log_set_level(LOG_LEVEL_INFO);
		log_info("%s hello %d", (const char *)name, i);
	}
	return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix)
{
	static char names[THREAD_COUNT][2] = { "a", "b", "c", "d" };
	pthread_t threads[THREAD_COUNT];

	ck_assert_int_ge(fcntl(log_fd, F_SETPIPE_SZ, 1 << 20), 0);
	for (int i = 0; i < THREAD_COUNT; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
	for (int i = 0; i < THREAD_COUNT; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < THREAD_COUNT * LINES_PER_THREAD; i++)
		ck_assert(matches(next_write(), "^" TIME_PATTERN " info: [a-d] hello [0-9]+\n$"));
	ck_assert_str_eq(next_write(), "");
}
END_TEST

static TCase *
form_tcase(void)
{
	TCase *tcase = tcase_create("form");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, a_line_has_time_level_and_message, 0, COUNT(level_cases));
	tcase_add_test(tcase, the_time_is_utc_and_now);
	tcase_add_loop_test(
	    tcase, under_the_journal_a_line_has_its_priority, 0, COUNT(level_cases));
	tcase_add_loop_test(
	    tcase, a_terminal_shows_errors_and_warnings_in_colour, 0, COUNT(level_cases));
	tcase_add_loop_test(
	    tcase, a_journal_stream_that_is_not_ours_is_ignored, 0, COUNT(foreign_journals));
	return tcase;
}

static TCase *
level_tcase(void)
{
	TCase *tcase = tcase_create("level");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, lines_above_the_level_are_left_out, 0, COUNT(level_cases));
	tcase_add_test(tcase, arguments_are_evaluated_only_if_the_level_is_on);
	tcase_add_test(tcase, the_level_is_info_at_first);
	tcase_add_loop_test(tcase, a_level_is_found_by_its_name, 0, COUNT(level_cases));
	tcase_add_test(tcase, other_names_are_no_level);
	return tcase;
}

static TCase *
line_tcase(void)
{
	TCase *tcase = tcase_create("line");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, control_characters_cannot_forge_a_line);
	tcase_add_test(tcase, utf8_is_left_as_it_is);
	tcase_add_loop_test(
	    tcase, a_long_line_is_cut_at_a_character_with_an_ellipsis, 0, COUNT(characters) * 4);
	tcase_add_test(tcase, a_line_that_just_fits_is_whole);
	tcase_add_test(tcase, errno_is_left_as_it_was);
	tcase_add_test(tcase, lines_of_several_threads_do_not_mix);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("log");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, form_tcase());
	suite_add_tcase(suite, level_tcase());
	suite_add_tcase(suite, line_tcase());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
