/* SPDX-License-Identifier: MIT
 *
 * activation: usherd started by systemd-socket-activate(1), at the first connection,
 * with the socket that this came in by.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/bytes.h"
#include "harness/wire.h"

#define ACTIVATE "systemd-socket-activate"

#define CONFIG                                                                                   \
	"loops = 2\nlistener \"web\" { address = \"unix:@dir@/web.sock\" service = \"site\" }\n" \
	"service \"site\" { route \"/\" { respond = 200 body = \"hello\\n\" } }\n"               \
	"log { access_format = off }\n"

static pid_t started;

static bool
has_activate(void)
{
	return system("command -v " ACTIVATE " > /dev/null 2>&1") == 0;
}

/* Listens as the service manager would, on a Unix socket, under the name `name`. */
static void
start(const char *name)
{
	char *socket_path = place_expand("@dir@/web.sock");
	char *config = place_expand(CONFIG);
	char *file = place_expand("@dir@/usher.conf");
	char *log = place_expand("@dir@/log");
	char fdname[64];

	(void)snprintf(fdname, sizeof(fdname), "--fdname=%s", name);
	put_file("usher.conf", config);
	started = fork();
	if (started == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			_exit(126);
		(void)execlp(ACTIVATE, ACTIVATE, "-l", socket_path, fdname, getenv("USHERD"), "-c",
		    file, (char *)NULL);
		_exit(127);
	}
	free(socket_path);
	free(config);
	free(file);
	free(log);
}

/* Tries until somebody listens. */
static int
connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", place_dir(), name);
	while (clock_monotonic_us() < end_us) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		(void)close(fd);
		(void)poll(NULL, 0, 10);
	}
	ck_abort_msg("nobody listens on %s", address.sun_path);
}

/* Sends a request and reads the answer to its end. */
static void
expect_hello(int fd)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	char answer[4096] = "";
	size_t len = 0;
	ssize_t got;

	ck_assert_int_eq(
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL), (ssize_t)sizeof(request) - 1);
	while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)got;
	ck_assert_int_eq(got, 0);
	answer[len] = '\0';
	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 "));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nhello\n"));
	(void)close(fd);
}

static int
wait_for_end(void)
{
	int status = -1;

	ck_assert_int_eq(waitpid(started, &status, 0), started);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
expect_in_log(const char *text)
{
	struct bytes log = { 0 };
	char *path = place_expand("@dir@/log");

	ck_assert_int_eq(bytes_put_file(&log, path), 0);
	ck_assert_msg(
	    strstr(bytes_string(&log), text) != NULL, "%s\ndoes not say: %s", log.data, text);
	bytes_free(&log);
	free(path);
}

START_TEST(the_connection_that_starts_it_is_served)
{
	if (!has_activate()) {
		WIRE_SKIP("no " ACTIVATE);
		return;
	}
	start("web");
	expect_hello(connect_to("web.sock"));
	expect_hello(connect_to("web.sock"));
	ck_assert_int_eq(kill(started, SIGTERM), 0);
	ck_assert_int_eq(wait_for_end(), 0);
	expect_in_log("listener web: its socket was handed over by the service manager");
	expect_in_log(" 0 cut, no reset sent");
}
END_TEST

/* The file is not ours: whoever bound it takes it away, or binds it again. */
START_TEST(the_file_of_an_inherited_socket_stays)
{
	char *path = place_expand("@dir@/web.sock");

	if (!has_activate()) {
		WIRE_SKIP("no " ACTIVATE);
		free(path);
		return;
	}
	start("web");
	expect_hello(connect_to("web.sock"));
	ck_assert_int_eq(kill(started, SIGTERM), 0);
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	free(path);
}
END_TEST

START_TEST(a_name_that_no_listener_has_is_refused)
{
	if (!has_activate()) {
		WIRE_SKIP("no " ACTIVATE);
		return;
	}
	start("wep");
	(void)close(connect_to("web.sock"));
	ck_assert_int_eq(wait_for_end(), 1);
	expect_in_log("a socket named \"wep\", and no listener has that name");
	expect_in_log("FileDescriptorName= of the socket unit to one of \"web\"");
}
END_TEST

/* --- A socket that outlives the server --------------------------------------- */

#define TCP_CONFIG                                                                              \
	"loops = 2\nlistener \"web\" { address = \"127.0.0.1\" port = 0 service = \"site\" }\n" \
	"service \"site\" { route \"/\" { respond = 200 body = \"hello\\n\" } }\n"              \
	"log { access_format = off }\n"

/* Starts it with `listening` in the hands of the service manager, which is the test. */
static void
start_with(int listening)
{
	char *file = place_expand("@dir@/usher.conf");
	char *log = place_expand("@dir@/log");
	char pid[32];

	put_file("usher.conf", TCP_CONFIG);
	started = fork();
	if (started == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			_exit(126);
		(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
		(void)setenv("LISTEN_PID", pid, 1);
		(void)setenv("LISTEN_FDS", "1", 1);
		(void)setenv("LISTEN_FDNAMES", "web", 1);
		if (dup2(listening, 3) < 0)
			_exit(126);
		(void)execl(getenv("USHERD"), "usherd", "-c", file, (char *)NULL);
		_exit(127);
	}
	free(file);
	free(log);
}

static int
connect_to_address(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)address, (socklen_t)sizeof(*address)), 0);
	return fd;
}

/* The drain of an inherited socket must leave nothing on it, such as a filter. */
START_TEST(who_comes_between_two_lives_is_served_by_the_second)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int between;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listening, 16), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&address, &len), 0);
	start_with(listening);
	expect_hello(connect_to_address(&address));
	ck_assert_int_eq(kill(started, SIGTERM), 0);
	ck_assert_int_eq(wait_for_end(), 0);
	between = connect_to_address(&address);
	start_with(listening);
	expect_hello(between);
	ck_assert_int_eq(kill(started, SIGTERM), 0);
	ck_assert_int_eq(wait_for_end(), 0);
	(void)close(listening);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("activation");
	TCase *tcase = wire_case(suite, "activation", 60);

	tcase_add_test(tcase, the_connection_that_starts_it_is_served);
	tcase_add_test(tcase, the_file_of_an_inherited_socket_stays);
	tcase_add_test(tcase, a_name_that_no_listener_has_is_refused);
	tcase_add_test(tcase, who_comes_between_two_lives_is_served_by_the_second);
	return wire_run(suite);
}
