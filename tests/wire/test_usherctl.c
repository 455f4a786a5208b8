/* SPDX-License-Identifier: MIT
 *
 * usherctl: each verb against a daemon that the test plays: what is asked, what is
 * printed, and the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/bytes.h"
#include "harness/ctl.h"
#include "harness/fake_admin.h"
#include "harness/wire.h"
#include "usherctl_status.h"

/* Runs `verb` with one answer, to the request that begins so. */
static struct ctl *
run(const char *const *args, const char *request, int answer, const char *json, int status)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl;

	ck_assert_int_eq(setenv("USHER_ADMIN", fake_admin_address(admin), 1), 0);
	ctl = ctl_start(args);
	fake_admin_expect(admin, request);
	fake_admin_answer(admin, answer, json);
	ctl_expect_exit(ctl, status);
	return ctl;
}

/* Runs what needs no daemon. */
static struct ctl *
run_alone(const char *const *args, int status)
{
	struct ctl *ctl = ctl_start(args);

	ctl_expect_exit(ctl, status);
	return ctl;
}

/* --- The command line --------------------------------------------------------- */

START_TEST(help_names_every_verb_as_the_manual_and_the_completion_do)
{
	static const char *const verbs[] = { "status", "listeners", "connections", "drain",
		"reload", "stop", "check", "log-level", "top", "doctor" };
	struct ctl *ctl = run_alone(ARGS("--help"), 0);
	struct bytes manual = { 0 }, completion = { 0 };

	ck_assert_int_eq(bytes_put_file(&manual, getenv("MANUAL")), 0);
	ck_assert_int_eq(bytes_put_file(&completion, getenv("COMPLETION")), 0);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "\n  %s ", verbs[i]);
		ctl_expect_said(ctl, line);
		(void)snprintf(line, sizeof(line), "\n.It Cm %s", verbs[i]);
		ck_assert_msg(strstr(manual.data, line) != NULL, "usherctl(8): %s", verbs[i]);
		ck_assert_msg(strstr(completion.data, verbs[i]) != NULL, "%s", verbs[i]);
	}
	bytes_free(&manual);
	bytes_free(&completion);
}
END_TEST

START_TEST(the_version_is_one_line)
{
	struct ctl *ctl = run_alone(ARGS("-V"), 0);

	ck_assert_int_eq(strncmp(ctl_output(ctl), "usherctl ", 9), 0);
	ck_assert_uint_eq(strcspn(ctl_output(ctl), "\n"), strlen(ctl_output(ctl)) - 1);
}
END_TEST

static const struct {
	const char *args[4];
	const char *complaint;
} wrong[] = {
	{ { NULL }, "a verb is missing" },
	{ { "--no-such-option" }, "--help" },
	{ { "statsu" }, "usherctl: there is no verb statsu; did you mean \"status\"?\n" },
	{ { "frobnicate" }, "there is no verb frobnicate" },
	{ { "status", "stray" }, "too many arguments, from here on: stray" },
	{ { "status", "--why" }, "the verb status has no option --why\n" },
	{ { "top", "--json" }, "the verb top has no option --json\n" },
	{ { "check" }, "this verb needs a FILE" },
	{ { "log-level" }, "this verb needs a LEVEL" },
	{ { "log-level", "loud" }, "error, warning, info and debug" },
	{ { "connections", "--state", "bsy" }, "is called bsy; did you mean \"busy\"?\n" },
	{ { "connections", "--sort", "colour" }, "not sorted by colour" },
	{ { "connections", "--limit", "0" }, "1 to 100000" },
	{ { "connections", "--limit", "x" }, "1 to 100000" },
	{ { "status", "--timeout", "soon" }, "--timeout is a time" },
	{ { "top", "--interval", "1ms" }, "--interval is a time" },
	{ { "-s", "nonsense", "status" }, "is no address: it is unix:/path or host:port" },
	{ { "-s", "unix:", "status" }, "is no address" },
};

START_TEST(a_wrong_command_line_is_status_2)
{
	const char *args[5] = { NULL };

	memcpy(args, wrong[_i].args, sizeof(wrong[_i].args));
	ctl_expect_complaint(run_alone(args, 2), wrong[_i].complaint);
}
END_TEST

START_TEST(options_may_stand_before_and_behind_the_verb)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl =
	    ctl_start(ARGS("--json", "connections", "--sort=age", "-s", fake_admin_address(admin)));

	fake_admin_expect(admin, "GET /connections?limit=1000&sort=age HTTP/1.1\r\n");
	fake_admin_answer(admin, 200, "{\"connections\":[]}");
	ctl_expect_exit(ctl, 0);
}
END_TEST

/* --- Reading ------------------------------------------------------------------- */

START_TEST(the_status_is_for_people)
{
	struct ctl *ctl = run(ARGS("status"), "GET /status HTTP/1.1\r\n", 200, SERVING, 0);

	ctl_expect_said(
	    ctl, "usherd 0.1.0, pid 4194305, serving, up 10 s, started 2026-11-22T21:00:00Z");
	ctl_expect_said(ctl, "/etc/usher.conf  generation 3");
	ctl_expect_said(ctl, "open 3  limit 100  busy 1  idle 2");
	ctl_expect_said(ctl, "web accepting");
	ck_assert_ptr_null(strchr(ctl_output(ctl), '\033'));
	ck_assert_str_eq(ctl_error(ctl), "");
}
END_TEST

START_TEST(with_json_the_answer_is_printed_as_it_came)
{
	static const struct {
		const char *verb, *request, *json;
	} cases[] = {
		{ "status", "GET /status", SERVING },
		{ "listeners", "GET /listeners", "{\"listeners\": [ ],  \"x\":1.10}" },
		{ "connections", "GET /connections", "{\"connections\":[], \"left_out\":0}" },
		{ "reload", "POST /reload", "{\"ok\":true,\"generation\":2,\"changes\":[]}" },
		{ "stop", "POST /stop", "{\"ok\":true}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctl *ctl =
		    run(ARGS(cases[i].verb, "--json"), cases[i].request, 200, cases[i].json, 0);

		ck_assert_int_eq(strncmp(ctl_output(ctl), cases[i].json, strlen(cases[i].json)), 0);
		ck_assert_str_eq(ctl_output(ctl) + strlen(cases[i].json), "\n");
	}
}
END_TEST

START_TEST(listeners_are_a_table)
{
	struct ctl *ctl = run(ARGS("listeners"), "GET /listeners", 200,
	    "{\"listeners\":[" LISTENER_OF(
		"32") ",{\"name\":\"u\",\"address\":\"unix:/run/u\","
		      "\"state\":\"paused\",\"paused\":[\"descriptors\"],\"queue\":null}]}",
	    0);

	ctl_expect_said(ctl, "NAME  ADDRESS         TRANSPORT  STATE ");
	ctl_expect_said(ctl, "web   127.0.0.1:8080  tcp        accepting                 128");
	ctl_expect_said(
	    ctl, "u     unix:/run/u                paused (descriptors)        0      -");
}
END_TEST

START_TEST(connections_are_asked_for_by_state_and_order)
{
	struct ctl *ctl =
	    run(ARGS("connections", "--state", "busy", "--sort", "unsent", "--limit", "2"),
		"GET /connections?limit=2&state=busy&sort=unsent HTTP/1.1\r\n", 200,
		"{\"connections\":[{\"id\":17,\"peer\":\"192.0.2.1:4711\",\"listener\":\"web\","
		"\"protocol\":\"http\",\"state\":\"busy\",\"waits_for\":\"write\",\"age_s\":75.2,"
		"\"idle_s\":0.25,\"requests\":3,\"bytes_in\":500,\"bytes_out\":2048,\"unsent\":0,"
		"\"unacknowledged\":0,\"rtt_us\":150}],\"left_out\":41}",
		0);

	ctl_expect_said(
	    ctl, "17  192.0.2.1:4711  web       http      busy   write      1 min 15 s");
	ctl_expect_said(ctl, "250 ms         3  500 B  2.00 KiB");
	ctl_expect_said(ctl, "41 more are not listed: --limit\n");
}
END_TEST

/* --- Steering ------------------------------------------------------------------- */

START_TEST(a_reload_says_what_changed)
{
	struct ctl *ctl = run(ARGS("reload"), "POST /reload HTTP/1.1\r\n", 200,
	    "{\"ok\":true,\"generation\":4,\"changes\":["
	    "{\"kind\":\"listener_added\",\"name\":\"new\"},"
	    "{\"kind\":\"listener_removed\",\"name\":\"old\"},"
	    "{\"kind\":\"listener_kept\",\"name\":\"web\"},"
	    "{\"kind\":\"listener_replaced\",\"name\":\"v6\"},"
	    "{\"kind\":\"key\",\"name\":\"listener \\\"web\\\"\",\"key\":\"backlog\",\"from\":"
	    "\"128\",\"to\":\"512\"},"
	    "{\"kind\":\"section_added\",\"name\":\"service \\\"s\\\"\"},"
	    "{\"kind\":\"section_removed\",\"name\":\"service \\\"x\\\"\"},"
	    "{\"kind\":\"key\",\"name\":\"limits\",\"key\":\"body_bytes\",\"from\":\"1m\",\"to\":"
	    "\"2m\"}],"
	    "\"warnings\":[\"usher.conf:3: careful\"]}",
	    0);

	ck_assert_str_eq(ctl_output(ctl),
	    "configuration 4 serves:\n"
	    "  listener new: added\n"
	    "  listener old: removed; its connections are seen out\n"
	    "  listener web: kept, with its socket and its queue\n"
	    "  listener v6: its socket was replaced, without a gap\n"
	    "  listener \"web\": backlog: 512, was 128\n"
	    "  service \"s\": added\n"
	    "  service \"x\": removed\n"
	    "  limits.body_bytes: 2m, was 1m\n");
	ck_assert_str_eq(ctl_error(ctl), "warning: usher.conf:3: careful\n");
}
END_TEST

START_TEST(a_reload_that_fails_shows_each_error_with_its_line)
{
	struct ctl *ctl = run(ARGS("reload"), "POST /reload", 422,
	    "{\"ok\":false,\"errors\":[\"usher.conf:3: [listener web] backlg: unknown key\","
	    "\"usher.conf:9: no\"],\"warnings\":[]}",
	    1);

	ck_assert_str_eq(ctl_output(ctl), "");
	ck_assert_str_eq(ctl_error(ctl),
	    "usher.conf:3: [listener web] backlg: unknown key\nusher.conf:9: no\n"
	    "usherctl: the old configuration stays in force\n");
}
END_TEST

START_TEST(a_refusal_is_said_in_the_words_of_the_daemon)
{
	static const struct {
		const char *verb, *request;
		int answer;
	} cases[] = {
		{ "reload", "POST /reload", 409 },
		{ "stop", "POST /stop", 403 },
		{ "status", "GET /status", 503 },
		{ "connections", "GET /connections", 400 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ctl_expect_complaint(run(ARGS(cases[i].verb), cases[i].request, cases[i].answer,
					 "{\"error\":\"another one is under way\"}", 1),
		    "usherctl: another one is under way\n");
	ctl_expect_complaint(
	    run(ARGS("stop"), "POST /stop", 500, "<html>", 1), "usherd refused, with status 500");
}
END_TEST

START_TEST(the_log_level_is_told_with_the_one_before)
{
	struct ctl *ctl =
	    run(ARGS("log-level", "debug"), "POST /log-level?level=debug HTTP/1.1\r\n", 200,
		"{\"ok\":true,\"from\":\"info\",\"to\":\"debug\"}", 0);

	ck_assert_str_eq(ctl_output(ctl), "log level: debug, was info\n");
}
END_TEST

/* Plays a drain: two looks at it, and the process is gone. */
static void
play_drain(struct fake_admin *admin, struct ctl *ctl)
{
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, DRAINING);
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, DRAINING);
	fake_admin_leave(admin);
	ctl_expect_exit(ctl, 0);
}

START_TEST(a_drain_is_watched_until_the_daemon_is_gone)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "drain"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, SERVING);
	fake_admin_expect(admin, "POST /drain HTTP/1.1\r\n");
	fake_admin_answer(admin, 202, "{\"ok\":true}");
	play_drain(admin, ctl);
	ck_assert_str_eq(ctl_output(ctl),
	    "grace: 3 left (1 busy, 2 idle), 1.50 s of 30.0 s\n"
	    "usherd has ended.\n");
}
END_TEST

START_TEST(a_drain_under_way_is_not_begun_again)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "drain"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, DRAINING);
	play_drain(admin, ctl);
	ctl_expect_said(ctl, "A drain is under way already.\n");
}
END_TEST

START_TEST(a_drain_that_somebody_else_began_meanwhile_is_watched_too)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "drain"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, SERVING);
	fake_admin_expect(admin, "POST /drain");
	fake_admin_answer(admin, 409, "{\"error\":\"the server drains already\"}");
	play_drain(admin, ctl);
	ck_assert_str_eq(ctl_error(ctl), "");
}
END_TEST

START_TEST(a_drain_that_takes_too_long_is_status_1)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl =
	    ctl_start(ARGS("-s", fake_admin_address(admin), "drain", "--timeout", "700ms"));

	while (fake_admin_expect_or(admin, "GET /status", ctl_pidfd(ctl)))
		fake_admin_answer(admin, 200, DRAINING);
	ctl_expect_exit(ctl, 1);
	ctl_expect_complaint(ctl, "usherctl drain --why");
}
END_TEST

START_TEST(another_process_at_the_same_socket_is_not_the_one_that_drained)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "drain"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, DRAINING);
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200,
	    "{\"pid\":4194306,\"state\":\"serving\",\"started\":\"2026-11-22T22:00:00Z\","
	    "\"connections\":{},\"listeners\":[]}");
	ctl_expect_exit(ctl, 0);
	ctl_expect_said(ctl, "usherd has ended.\n");
}
END_TEST

START_TEST(why_a_drain_lasts_is_told_by_connection)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "drain", "--why"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, DRAINING);
	fake_admin_expect(admin, "GET /connections?limit=1000&sort=age HTTP/1.1\r\n");
	fake_admin_answer(admin, 200,
	    "{\"connections\":[{\"id\":17,\"peer\":\"192.0.2.1:4711\",\"listener\":\"web\","
	    "\"state\":\"busy\",\"waits_for\":\"write\",\"age_s\":75.2,\"idle_s\":9.0,"
	    "\"unsent\":2048,\"unacknowledged\":0}],\"left_out\":0}");
	ctl_expect_exit(ctl, 0);
	ctl_expect_said(ctl, "1 connection holds the drain, under way for 1.50 s:\n");
	ctl_expect_said(ctl,
	    "busy   1 min 15 s  9.00 s  the client does not take its answer, "
	    "2.00 KiB not yet sent\n");
}
END_TEST

START_TEST(without_a_drain_there_is_no_why)
{
	ctl_expect_complaint(
	    run(ARGS("drain", "--why"), "GET /status", 200, SERVING, 1), "no drain is under way");
}
END_TEST

START_TEST(a_stop_can_be_waited_for)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "stop", "--wait"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, SERVING);
	fake_admin_expect(admin, "POST /stop HTTP/1.1\r\n");
	fake_admin_answer(admin, 202, "{\"ok\":true}");
	fake_admin_expect(admin, "GET /livez");
	fake_admin_answer(admin, 503, "{}");
	fake_admin_leave(admin);
	ctl_expect_exit(ctl, 0);
	ck_assert_str_eq(
	    ctl_output(ctl), "usherd stops: what is open is cut.\nusherd has ended.\n");
}
END_TEST

/* bash(1) completes from the file that is installed. */
START_TEST(the_shell_completes_verbs_options_and_words)
{
	static const struct {
		const char *words, *completions;
	} cases[] = {
		{ "usherctl st", "status stop" },
		{ "usherctl --json lis", "listeners" },
		{ "usherctl connections --state l", "lingering" },
		{ "usherctl connections --sort bytes_", "bytes_in bytes_out" },
		{ "usherctl connections --l", "--limit" },
		{ "usherctl drain --w", "--why" },
		{ "usherctl log-level d", "debug" },
		{ "usherctl stop --w", "--wait" },
		{ "usherctl top --w", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes command = { 0 };

		bytes_put_format(&command,
		    "bash -c '. \"$COMPLETION\"; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} "
		    "- 1)); "
		    "_usherctl usherctl \"${COMP_WORDS[COMP_CWORD]}\" x; "
		    "[ \"${COMPREPLY[*]}\" = \"%s\" ] || { echo \"${COMPREPLY[*]}\" >&2; exit 1; "
		    "}'",
		    cases[i].words, cases[i].completions);
		ck_assert_msg(system(command.data) == 0, "%s", cases[i].words);
		bytes_free(&command);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usherctl");
	TCase *words = wire_case(suite, "words", 30);
	TCase *verbs = wire_case(suite, "verbs", 30);

	tcase_add_test(words, help_names_every_verb_as_the_manual_and_the_completion_do);
	tcase_add_test(words, the_version_is_one_line);
	tcase_add_loop_test(
	    words, a_wrong_command_line_is_status_2, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(words, options_may_stand_before_and_behind_the_verb);
	tcase_add_test(words, the_shell_completes_verbs_options_and_words);
	tcase_add_test(verbs, the_status_is_for_people);
	tcase_add_test(verbs, with_json_the_answer_is_printed_as_it_came);
	tcase_add_test(verbs, listeners_are_a_table);
	tcase_add_test(verbs, connections_are_asked_for_by_state_and_order);
	tcase_add_test(verbs, a_reload_says_what_changed);
	tcase_add_test(verbs, a_reload_that_fails_shows_each_error_with_its_line);
	tcase_add_test(verbs, a_refusal_is_said_in_the_words_of_the_daemon);
	tcase_add_test(verbs, the_log_level_is_told_with_the_one_before);
	tcase_add_test(verbs, a_drain_is_watched_until_the_daemon_is_gone);
	tcase_add_test(verbs, a_drain_under_way_is_not_begun_again);
	tcase_add_test(verbs, a_drain_that_somebody_else_began_meanwhile_is_watched_too);
	tcase_add_test(verbs, a_drain_that_takes_too_long_is_status_1);
	tcase_add_test(verbs, another_process_at_the_same_socket_is_not_the_one_that_drained);
	tcase_add_test(verbs, why_a_drain_lasts_is_told_by_connection);
	tcase_add_test(verbs, without_a_drain_there_is_no_why);
	tcase_add_test(verbs, a_stop_can_be_waited_for);
	return wire_run(suite);
}
