/* SPDX-License-Identifier: MIT
 *
 * notify: what the service manager is told (sd_notify(3)), on a socket of the
 * test's own; and that a loop that hangs is told of, and cannot keep the process.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/wire.h"

static int manager; /* where the messages arrive */
static char message[4096];

/* Binds the manager's socket; `name` begins with '/' or with '@'. */
static void
open_manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void
open_manager_at_path(void)
{
	char name[100];

	(void)snprintf(name, sizeof(name), "%s/notify", place_dir());
	open_manager(name);
}

/* The next message, or NULL if none comes within `most_ms`. */
static const char *
next_message(int most_ms)
{
	struct pollfd ready = { .fd = manager, .events = POLLIN };
	ssize_t got;

	if (poll(&ready, 1, most_ms) != 1)
		return NULL;
	got = recv(manager, message, sizeof(message) - 1, 0);
	ck_assert_int_ge(got, 0);
	message[got] = '\0';
	return message;
}

/* Waits for a message that holds `text`. */
static void
expect_message(const char *text)
{
	const int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (clock_monotonic_us() < end_us)
		if (next_message(100) && strstr(message, text))
			return;
	ck_abort_msg("the manager is not told %s", text);
}

static void
expect_a_life(void)
{
	struct usherd *usherd = usherd_start(SITE);

	expect_message("READY=1\nSTATUS=serving");
	usherd_signal(usherd, SIGTERM);
	expect_message("STOPPING=1");
	usherd_expect_clean_end(usherd);
}

START_TEST(the_manager_at_a_path_is_told)
{
	open_manager_at_path();
	expect_a_life();
}
END_TEST

START_TEST(the_manager_in_the_abstract_space_is_told)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "@usher-test-%d", (int)getpid());
	open_manager(name);
	expect_a_life();
}
END_TEST

START_TEST(a_long_drain_asks_for_time)
{
	struct usherd *usherd;
	struct client *client;

	open_manager_at_path();
	usherd = usherd_start(SITE);
	client = wire_connect(usherd, "web");
	send_text(client, "GET /hello HTTP/1.1\r\nHost: a\r\n");
	usherd_expect_log(usherd, "idle -> busy");
	usherd_signal(usherd, SIGTERM);
	expect_message("STATUS=draining for ");
	expect_message("EXTEND_TIMEOUT_USEC=10000000");
	send_text(client, "\r\n");
	expect_response(client, 200);
	client_close(client);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(without_a_watchdog_the_manager_is_not_told_of_one)
{
	open_manager_at_path();
	(void)unsetenv("WATCHDOG_USEC");
	(void)usherd_start(SITE);
	while (next_message(1500))
		ck_assert_ptr_null(strstr(message, "WATCHDOG"));
}
END_TEST

START_TEST(a_watchdog_of_another_process_is_not_ours)
{
	open_manager_at_path();
	(void)setenv("WATCHDOG_USEC", "300000", 1);
	(void)setenv("WATCHDOG_PID", "1", 1);
	(void)usherd_start(SITE);
	while (next_message(500))
		ck_assert_ptr_null(strstr(message, "WATCHDOG"));
}
END_TEST

/* --- A loop that hangs ------------------------------------------------------- */

/* The thread of the daemon's loop: the one that is not the main thread. */
static pid_t
loop_thread(const struct usherd *usherd)
{
	char path[64];
	struct dirent *entry;
	pid_t found = 0;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)usherd_pid(usherd));
	tasks = opendir(path);
	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks))) {
		long id = strtol(entry->d_name, NULL, 10);

		if (id > 0 && id != usherd_pid(usherd))
			found = (pid_t)id;
	}
	(void)closedir(tasks);
	ck_assert_int_gt(found, 0);
	return found;
}

/* Stops one thread, as a debugger does. False where this is not permitted. */
static bool
hold(pid_t thread)
{
	int status;

	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) {
		ck_assert_int_eq(errno, EPERM);
		return false;
	}
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(thread, &status, __WALL), thread);
	return true;
}

START_TEST(a_loop_that_hangs_silences_the_watchdog)
{
	struct usherd *usherd;
	pid_t thread;

	open_manager_at_path();
	(void)setenv("WATCHDOG_USEC", "900000", 1);
	usherd = usherd_start(SITE);
	expect_message("WATCHDOG=1");
	expect_message("WATCHDOG=1");
	thread = loop_thread(usherd);
	if (!hold(thread)) {
		WIRE_SKIP("ptrace(2) is not permitted here");
		return;
	}
	usherd_expect_log(usherd, "loop 0 has not turned for more than 3 s");
	while (next_message(0))
		;
	ck_assert_ptr_null(next_message(1000));
	ck_assert_int_eq(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
	expect_message("WATCHDOG=1");
	usherd_expect_log(usherd, "every loop turns again");
}
END_TEST

START_TEST(a_second_sigterm_ends_a_process_whose_loop_hangs)
{
	struct usherd *usherd = usherd_start(SITE);
	const pid_t thread = loop_thread(usherd);
	int status;

	if (!hold(thread)) {
		WIRE_SKIP("ptrace(2) is not permitted here");
		return;
	}
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "SIGTERM: draining");
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "loop 0 does not answer: leaving without it");
	/* A held thread is its holder's to bury. */
	(void)waitpid(thread, &status, __WALL);
	usherd_expect_exit(usherd, 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *life = wire_case(suite, "life", 60);
	TCase *hung = wire_case(suite, "hung", 60);

	tcase_add_test(life, the_manager_at_a_path_is_told);
	tcase_add_test(life, the_manager_in_the_abstract_space_is_told);
	tcase_add_test(life, a_long_drain_asks_for_time);
	tcase_add_test(life, without_a_watchdog_the_manager_is_not_told_of_one);
	tcase_add_test(life, a_watchdog_of_another_process_is_not_ours);
	tcase_add_test(hung, a_loop_that_hangs_silences_the_watchdog);
	tcase_add_test(hung, a_second_sigterm_ends_a_process_whose_loop_hangs);
	return wire_run(suite);
}
