/* SPDX-License-Identifier: MIT
 *
 * logs: where lines go, and that no log stops a request: a pipe that nobody reads,
 * a full disk, a syslog daemon, a file that is rotated.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/bytes.h"
#include "harness/wire.h"

#define LOGGED(log) WEB "service \"site\" {\n" ROUTES "}\nlog { " log " }\n"

/* A line of 2 KiB each: more than a pipe and the buffer of a loop hold. */
#define MANY 400
static char long_target[2048];

static const char *
path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", place_dir(), name);
	return path;
}

static void
make_long_target(void)
{
	memset(long_target, 'x', sizeof(long_target) - 1);
	memcpy(long_target, "/hello?", 7);
}

static void
send_many(struct usherd *usherd)
{
	struct client *client = wire_connect(usherd, "web");

	make_long_target();
	for (int i = 0; i < MANY; i++) {
		send_get(client, long_target);
		expect_response(client, 200);
	}
	client_close(client);
}

START_TEST(a_pipe_that_nobody_reads_stops_no_request_and_no_end)
{
	struct usherd *usherd;
	int reader;

	(void)place_dir();
	ck_assert_int_eq(mkfifo(path_of("access"), 0600), 0);
	reader = open(path_of("access"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	usherd = usherd_start(LOGGED("access = \"@dir@/access\""));
	send_many(usherd);
	usherd_expect_log(usherd, "lines of the access and connections' logs could not be written");
	usherd_stop(usherd);
	ck_assert_int_eq(close(reader), 0);
}
END_TEST

START_TEST(lines_in_a_pipe_are_whole_however_late_they_are_read)
{
	static char text[1 << 20];
	struct usherd *usherd;
	size_t len = 0;
	ssize_t got;
	int reader;

	(void)place_dir();
	ck_assert_int_eq(mkfifo(path_of("access"), 0600), 0);
	reader = open(path_of("access"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	usherd = usherd_start(LOGGED("access = \"@dir@/access\""));
	send_many(usherd);
	usherd_expect_log(usherd, "could not be written");
	while ((got = read(reader, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	usherd_stop(usherd);
	while ((got = read(reader, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	ck_assert_uint_gt(len, 64 * 1024);
	ck_assert_int_eq(text[len - 1], '\n');
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		ck_assert_int_eq(strncmp(line, "127.0.0.1 - - [", 15), 0);
		ck_assert_uint_gt(strcspn(line, "\n"), sizeof(long_target));
	}
	ck_assert_int_eq(close(reader), 0);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_no_request)
{
	struct usherd *usherd =
	    usherd_start(LOGGED("access = \"/dev/full\" connections = \"/dev/full\""));

	send_many(usherd);
	usherd_expect_log(usherd, "lines of the access and connections' logs could not be written");
	usherd_stop(usherd);
}
END_TEST

/* A datagram that arrives at `fd` and holds `text`. */
static void
expect_datagram(int fd, const char *text)
{
	char datagram[4096];
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (poll(&ready, 1, (int)(WIRE_DEADLINE_US / 1000)) == 1) {
		ssize_t got = recv(fd, datagram, sizeof(datagram) - 1, 0);

		ck_assert_int_gt(got, 0);
		datagram[got] = '\0';
		ck_assert_msg(strncmp(datagram, "<3", 2) == 0 || strncmp(datagram, "<2", 2) == 0,
		    "no priority: %s", datagram);
		ck_assert_ptr_nonnull(strstr(datagram, " usherd["));
		ck_assert_ptr_null(strchr(datagram, '\n'));
		if (strstr(datagram, text))
			return;
	}
	ck_abort_msg("syslog does not get: %s", text);
}

static int
open_syslog(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", place_dir(), name);
	(void)unlink(address.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The harness waits for a line on standard error: where they go elsewhere, the test
 * starts the daemon itself. */
static pid_t
start_silent(const char *config)
{
	char *text = place_expand(config);
	char *path = place_expand("@dir@/silent.conf");
	pid_t pid;

	put_file("silent.conf", text);
	pid = fork();
	if (pid == 0) {
		(void)execl(getenv("USHERD"), "usherd", "-c", path, (char *)NULL);
		_exit(127);
	}
	free(text);
	free(path);
	return pid;
}

static void
expect_end(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(syslog_gets_the_lines_also_after_it_was_restarted)
{
	int fd = open_syslog("log");
	pid_t pid = start_silent(LOGGED("target = \"syslog:@dir@/log\" access_format = off"));

	expect_datagram(fd, "]: ready");
	ck_assert_int_eq(close(fd), 0);
	fd = open_syslog("log");
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	expect_datagram(fd, "SIGTERM: draining");
	expect_datagram(fd, "drained: 0 connections ended");
	expect_end(pid);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

/* Waits until the file holds `text`. */
static void
expect_in_file(const char *name, const char *text)
{
	struct bytes content = { 0 };
	bool is_found = false;

	for (int i = 0; i < 2000 && !is_found; i++) {
		bytes_free(&content);
		content = (struct bytes){ 0 };
		if (bytes_put_file(&content, path_of(name)) == 0)
			is_found = strstr(bytes_string(&content), text) != NULL;
		(void)poll(NULL, 0, 10);
	}
	ck_assert_msg(is_found, "%s does not say: %s", name, text);
	bytes_free(&content);
}

START_TEST(a_log_file_is_opened_again_after_it_was_moved)
{
	pid_t pid = start_silent(LOGGED("target = \"@dir@/usher.log\" access_format = off"));
	char moved[256];

	expect_in_file("usher.log", " info: ready\n");
	(void)snprintf(moved, sizeof(moved), "%s", path_of("usher.log.1"));
	ck_assert_int_eq(rename(path_of("usher.log"), moved), 0);
	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	expect_in_file("usher.log", "/usher.log is open again");
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	expect_end(pid);
	expect_in_file("usher.log", "drained: ");
}
END_TEST

START_TEST(a_target_that_cannot_be_opened_ends_the_start)
{
	struct outcome outcome;

	put_file("bad.conf", LOGGED("target = \"syslog:/nowhere/log\" access_format = off"));
	outcome = usherd_run(ARGS("-c", "@dir@/bad.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(
	    strstr(outcome.err, "no syslog daemon can be reached at /nowhere/log"));
	put_file("worse.conf", LOGGED("target = \"sylog\" access_format = off"));
	outcome = usherd_run(ARGS("-t", "-c", "@dir@/worse.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "\"sylog\" is neither stderr nor syslog"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("logs");
	TCase *readers = wire_case(suite, "readers", 60);
	TCase *targets = wire_case(suite, "targets", 60);

	tcase_add_test(readers, a_pipe_that_nobody_reads_stops_no_request_and_no_end);
	tcase_add_test(readers, lines_in_a_pipe_are_whole_however_late_they_are_read);
	tcase_add_test(readers, a_full_disk_loses_lines_and_no_request);
	tcase_add_test(targets, syslog_gets_the_lines_also_after_it_was_restarted);
	tcase_add_test(targets, a_log_file_is_opened_again_after_it_was_moved);
	tcase_add_test(targets, a_target_that_cannot_be_opened_ends_the_start);
	return wire_run(suite);
}
