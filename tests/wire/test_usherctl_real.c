/* SPDX-License-Identifier: MIT
 *
 * usherctl_real: usherctl and usherd with each other: what one says, the other
 * understands.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/ctl.h"
#include "harness/terminal.h"
#include "harness/wire.h"

#define ADMIN "admin = \"unix:@dir@/admin.sock\"\n"
#define SOCKET "-s", "unix:@dir@/admin.sock"

static void
put_config(const char *text)
{
	char *config = place_expand(text);

	put_file("usher.conf", config);
	free(config);
}

static struct usherd *
start(void)
{
	put_config(ADMIN SITE);
	return usherd_start_with(ARGS("-c", "@dir@/usher.conf"));
}

static struct ctl *
run(const char *const *args, int status)
{
	struct ctl *ctl = ctl_start(args);

	ctl_expect_exit(ctl, status);
	return ctl;
}

START_TEST(each_reading_verb_understands_the_daemon)
{
	struct usherd *usherd = start();
	struct client *client = wire_connect(usherd, "web");
	struct ctl *ctl;

	send_get(client, "/hello");
	expect_response(client, 200);
	ctl = run(ARGS(SOCKET, "status"), 0);
	ctl_expect_said(ctl, ", serving, up ");
	ctl_expect_said(ctl, "web accepting");
	ctl_expect_said(ctl, "total 1  in flight 0  2xx 1  ");
	ctl = run(ARGS(SOCKET, "listeners"), 0);
	ctl_expect_said(ctl, "web   127.0.0.1:");
	ctl_expect_said(ctl, "  tcp        accepting     4096 ");
	ctl = run(ARGS(SOCKET, "connections", "--sort", "age"), 0);
	ctl_expect_said(ctl, "  web       http      ");
	ctl = run(ARGS(SOCKET, "connections", "--state", "lingering"), 0);
	ck_assert_ptr_null(strstr(ctl_output(ctl), "http"));
	ctl = run(ARGS(SOCKET, "top", "--once", "--interval", "100ms"), 0);
	ctl_expect_said(ctl, "connections open 1 of 10000  busy 0 ");
}
END_TEST

START_TEST(the_doctor_reads_the_configuration_in_force)
{
	struct ctl *ctl;

	(void)start();
	ctl = ctl_start(ARGS(SOCKET, "doctor", "--json"));
	ctl_expect_output(ctl, "\"warnings\": ");
	ctl_expect_said(ctl, "\"check\": \"descriptors\"");
	ctl_expect_said(ctl, "listener web: at most 0 waited in a queue of ");
}
END_TEST

/* Limits that were met: what the daemon counts is what the doctor judges. */
START_TEST(the_doctor_tells_which_limits_were_reached)
{
	struct usherd *usherd;
	struct client *first;
	struct ctl *ctl;

	put_config(ADMIN "limits { connections = 1 overload = 503 memory = 64m\n"
			 "requests_per_second_per_address = 1 request_burst = 1 }\n" SITE);
	usherd = usherd_start_with(ARGS("-c", "@dir@/usher.conf"));
	first = wire_connect(usherd, "web");
	send_get(first, "/hello");
	expect_response(first, 200);
	for (int status = 200; status != 429; status = read_response(first))
		send_get(first, "/hello");
	expect_response(wire_connect(usherd, "web"), 503);
	ctl = run(ARGS(SOCKET, "doctor"), 1);
	ctl_expect_said(ctl, "raise limits.connections from 1 to 2: it was reached 1 time, and is");
	ctl_expect_said(ctl, "limits.memory = 64.0 MiB was never reached");
	ctl_expect_said(ctl, "0 connections were refused, and 1 requests answered 429");
	ctl = run(ARGS(SOCKET, "status"), 0);
	ctl_expect_said(ctl, "connections reached 1\n");
}
END_TEST

START_TEST(the_log_level_is_changed_and_said)
{
	(void)start();
	ctl_expect_said(run(ARGS(SOCKET, "log-level", "info"), 0), "log level: info, was debug\n");
	ctl_expect_said(run(ARGS(SOCKET, "log-level", "debug"), 0), "log level: debug, was info\n");
}
END_TEST

START_TEST(a_reload_is_over_when_usherctl_is)
{
	struct usherd *usherd = start();
	struct ctl *ctl;

	put_config(ADMIN "listener \"second\" { address = \"127.0.0.1\" port = 0 service = "
			 "\"site\" }\ntimeouts { idle = \"61s\" }\n" SITE);
	ctl = run(ARGS(SOCKET, "reload"), 0);
	ctl_expect_said(ctl, "configuration 2 serves:\n");
	ctl_expect_said(ctl, "  listener second: added\n");
	ctl_expect_said(ctl, "  listener web: kept, with its socket and its queue\n");
	ctl_expect_said(ctl, "  timeouts.idle: 61s, was 1m\n");
	client_close(wire_connect(usherd, "second"));
	ctl = run(ARGS(SOCKET, "reload"), 0);
	ctl_expect_said(ctl, "configuration 3 serves");
}
END_TEST

START_TEST(a_reload_of_a_broken_file_fails_with_its_line)
{
	struct usherd *usherd = start();
	struct client *client = wire_connect(usherd, "web");
	struct ctl *ctl;

	put_config(ADMIN SITE "timeouts {\n\tidel = \"61s\"\n}\n");
	ctl = run(ARGS(SOCKET, "reload"), 1);
	ctl_expect_complaint(ctl, "[timeouts] idel: unknown key; did you mean \"idle\"?\n");
	ctl_expect_complaint(ctl, "usherctl: the old configuration stays in force\n");
	send_get(client, "/hello");
	expect_response(client, 200);
	ctl_expect_said(run(ARGS(SOCKET, "status"), 0), "the last reload failed, at ");
}
END_TEST

/* Ended, though nobody has waited for it yet. */
static void
expect_ended(const struct usherd *usherd)
{
	siginfo_t info = { 0 };

	ck_assert_int_eq(
	    waitid(P_PID, (id_t)usherd_pid(usherd), &info, WEXITED | WNOHANG | WNOWAIT), 0);
	ck_assert_int_eq(info.si_pid, usherd_pid(usherd));
}

START_TEST(a_drain_is_over_when_usherctl_is)
{
	struct usherd *usherd = start();
	struct client *client = wire_connect(usherd, "web");
	struct ctl *drain;

	send_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
	usherd_expect_log(usherd, "-> busy");
	drain = ctl_start(ARGS(SOCKET, "drain"));
	ctl_expect_output(drain, " 1 left (1 busy), ");
	ctl_expect_said(run(ARGS(SOCKET, "drain", "--why"), 0),
	    "the client has not sent all of a request's body");
	send_text(client, "b");
	expect_response(client, 200);
	expect_fin(client);
	client_close(client);
	ctl_expect_exit(drain, 0);
	expect_ended(usherd);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(a_stop_that_is_waited_for_is_over_when_usherctl_is)
{
	struct usherd *usherd = start();
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	(void)run(ARGS(SOCKET, "stop", "--wait"), 0);
	expect_ended(usherd);
	usherd_expect_exit(usherd, 4);
	(void)run(ARGS(SOCKET, "status"), 3);
}
END_TEST

START_TEST(the_live_view_shows_a_daemon_that_lives)
{
	struct usherd *usherd = start();
	struct terminal *terminal =
	    terminal_start("USHERCTL", ARGS(SOCKET, "top", "--interval", "100ms"), 80, 24);
	struct client *client = wire_connect(usherd, "web");

	terminal_expect(terminal, "open 1 of 10000");
	send_get(client, "/hello");
	expect_response(client, 200);
	client_close(client);
	terminal_expect(terminal, "client_closed");
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usherctl_real");
	TCase *tcase = wire_case(suite, "real", 60);

	tcase_add_test(tcase, each_reading_verb_understands_the_daemon);
	tcase_add_test(tcase, the_doctor_reads_the_configuration_in_force);
	tcase_add_test(tcase, the_doctor_tells_which_limits_were_reached);
	tcase_add_test(tcase, the_log_level_is_changed_and_said);
	tcase_add_test(tcase, a_reload_is_over_when_usherctl_is);
	tcase_add_test(tcase, a_reload_of_a_broken_file_fails_with_its_line);
	tcase_add_test(tcase, a_drain_is_over_when_usherctl_is);
	tcase_add_test(tcase, a_stop_that_is_waited_for_is_over_when_usherctl_is);
	tcase_add_test(tcase, the_live_view_shows_a_daemon_that_lives);
	return wire_run(suite);
}
