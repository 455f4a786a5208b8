/* SPDX-License-Identifier: MIT
 *
 * cli: the command line of usherd, its exit statuses, and what it says of
 * configurations that are wrong.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

/* Runs with `args` and demands an exit status. */
static struct outcome
run(const char *const *args, int status)
{
	struct outcome outcome = usherd_run(args);

	ck_assert_msg(outcome.status == status, "exit status %d instead of %d; it said: %s%s",
	    outcome.status, status, outcome.out, outcome.err);
	return outcome;
}

static void
expect_said(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "without '%s': %s", part, text);
}

/* --- Words ---------------------------------------------------------------- */

START_TEST(help_names_every_option)
{
	static const char *const options[] = { "--config", "--test", "--dump", "--root", "--listen",
		"--verbose", "--version", "--help" };
	struct outcome outcome = run(ARGS("-h"), 0);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		expect_said(outcome.out, options[i]);
	ck_assert_str_eq(outcome.err, "");
}
END_TEST

START_TEST(the_version_is_one_line)
{
	struct outcome outcome = run(ARGS("--version"), 0);

	ck_assert_int_eq(strncmp(outcome.out, "usherd ", 7), 0);
	ck_assert_ptr_eq(strchr(outcome.out, '\n'), outcome.out + strlen(outcome.out) - 1);
}
END_TEST

START_TEST(a_wrong_command_line_is_status_2)
{
	(void)run(ARGS("--no-such-option"), 2);
	(void)run(ARGS("-c"), 2);
	expect_said(run(ARGS("stray"), 2).err, "--help");
	(void)run(ARGS("-c", "a", "-r", "b"), 2);
}
END_TEST

/* --- Checking without serving --------------------------------------------- */

static size_t
count_entries(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

START_TEST(a_test_of_the_configuration_changes_nothing)
{
	char *config = place_expand(
	    "listener \"u\" { address = \"unix:@dir@/below/u.sock\" service = \"site\" }\n"
	    "service \"site\" { route \"/\" { files = \"@dir@/below\" } }\n"
	    "log { access = \"@dir@/below/access.log\" }\n");
	char below[256];
	size_t before;

	put_file("below/x", "x");
	put_file("usher.conf", config);
	free(config);
	(void)snprintf(below, sizeof(below), "%s/below", place_dir());
	before = count_entries(below);
	expect_said(run(ARGS("-t", "-c", "@dir@/usher.conf"), 0).err, "the configuration is right");
	ck_assert_uint_eq(count_entries(below), before);
}
END_TEST

START_TEST(a_test_does_not_mind_that_the_port_is_taken)
{
	struct usherd *usherd = usherd_start(SITE);
	struct endpoint endpoint = usherd_endpoint(usherd, "web");
	struct bytes config = { 0 };

	bytes_put_format(&config,
	    "listener \"web\" { port = %u service = \"site\" }\nservice \"site\" { %s }\n",
	    ntohs(endpoint.address.in.sin_port), ROUTES);
	put_file("usher.conf", config.data);
	bytes_free(&config);
	(void)run(ARGS("-t", "-c", "@dir@/usher.conf"), 0);
	(void)run(ARGS("-c", "@dir@/usher.conf"), 1);
}
END_TEST

START_TEST(the_effective_configuration_can_be_read_back)
{
	struct outcome outcome;
	char *first;

	put_file("usher.conf", SITE "timeouts { idle = \"61s\" }\n");
	outcome = run(ARGS("-T", "-c", "@dir@/usher.conf"), 0);
	expect_said(outcome.out, "listener \"web\" {");
	expect_said(outcome.out, "idle = \"61s\"");
	expect_said(outcome.out, "linger = \"5s\"");
	first = strdup(outcome.out);
	put_file("again.conf", first);
	outcome = run(ARGS("-T", "-c", "@dir@/again.conf"), 0);
	ck_assert_str_eq(outcome.out, first);
	free(first);
}
END_TEST

START_TEST(the_built_in_configuration_is_right)
{
	(void)run(ARGS("-t", "-r", "@dir@"), 0);
	expect_said(run(ARGS("-T", "-r", "@dir@"), 0).out, place_dir());
}
END_TEST

/* --- Errors of configurations ----------------------------------------------- */

static const struct {
	const char *config;
	const char *line; /* after the name of the file */
} wrong[] = {
	{ "listener \"web\" { backlog = 70000 service = \"s\" }\nservice \"s\" {}\n",
	    ":1: [listener web] backlog: 70000 is out of range 1..65535\n" },
	{ "\nlistener \"web\" {\n\tbacklg = 70 service = \"s\" }\nservice \"s\" {}\n",
	    ":3: [listener web] backlg: unknown key; did you mean \"backlog\"?\n" },
	{ "servise \"s\" {}\n", ":1: servise: unknown section; did you mean \"service\"?\n" },
	{ "listener \"web\" { port = 0 }\nservice \"s\" {}\n",
	    ":1: [listener web] has no service: name one" },
	{ "listener \"web\" { port = 0 service = \"t\" }\nservice \"s\" {}\n",
	    ":1: [listener web] service: there is no service \"t\"" },
	{ "listener \"web\" { port = 0 service = \"s\" }\n"
	  "service \"s\" {\n\troute \"/\" {\n\t\tfiles = \"@dir@/missing\" } }\n",
	    ":4: [service s, route /] files: the directory " },
	{ "listener \"a\" { port = 8080 service = \"s\" }\n"
	  "listener \"b\" { port = 8080 service = \"s\" }\nservice \"s\" {}\n",
	    ":2: [listener b] " },
	{ "timeouts { idle = \"5 parsecs\" }\n", ":1: [timeouts] idle: " },
	{ "limits { head_bytes = \"1\" }\n", ":1: [limits] head_bytes: " },
	{ "log { level = loud }\n", ":1: [log] level: \"loud\" is none of " },
	{ "listener \"web\" {\n", ":1: " },
};

START_TEST(an_error_names_file_line_section_and_key)
{
	char *config = place_expand(wrong[_i].config);
	struct outcome outcome;
	char line[512];

	put_file("wrong.conf", config);
	free(config);
	(void)snprintf(line, sizeof(line), "%s/wrong.conf%s", place_dir(), wrong[_i].line);
	outcome = run(ARGS("-t", "-c", "@dir@/wrong.conf"), 1);
	expect_said(outcome.err, line);
	outcome = run(ARGS("-c", "@dir@/wrong.conf"), 1);
	expect_said(outcome.err, line);
}
END_TEST

START_TEST(a_missing_file_is_an_error_that_names_it)
{
	expect_said(run(ARGS("-c", "@dir@/nothing.conf"), 1).err, "nothing.conf");
}
END_TEST

START_TEST(all_errors_are_told_at_once)
{
	struct outcome outcome;

	put_file("wrong.conf", "timeouts { idle = \"x\" }\nlimits { fields = 0 }\nloops = -1\n");
	outcome = run(ARGS("-t", "-c", "@dir@/wrong.conf"), 1);
	expect_said(outcome.err, "wrong.conf:1: [timeouts] idle: ");
	expect_said(outcome.err, "wrong.conf:2: [limits] fields: ");
	expect_said(outcome.err, "wrong.conf:3: loops: ");
}
END_TEST

START_TEST(an_included_file_is_read_and_named_in_errors)
{
	struct outcome outcome;
	char *config = place_expand("include(\"@dir@/part.conf\")\n" SITE);

	put_file("part.conf", "timeouts { idle = \"7s\" }\n");
	put_file("whole.conf", config);
	free(config);
	expect_said(run(ARGS("-T", "-c", "@dir@/whole.conf"), 0).out, "idle = \"7s\"");
	put_file("part.conf", "\ntimeouts { idel = \"7s\" }\n");
	outcome = run(ARGS("-t", "-c", "@dir@/whole.conf"), 1);
	expect_said(outcome.err, "part.conf:2: [timeouts] idel: ");
}
END_TEST

/* --- Serving without a file ---------------------------------------------------- */

START_TEST(a_directory_is_served_at_once)
{
	struct usherd *usherd;
	struct client *client;

	put_file("www/index.html", "welcome");
	usherd = usherd_start_with(
	    ARGS("-r", "@dir@/www", "-l", "127.0.0.1:0", "-l", "unix:@dir@/web.sock"));
	usherd_expect_log_times(usherd, ": listening on ", 2);
	client = wire_connect(usherd, usherd_listener_name(usherd, 0));
	send_get(client, "/");
	expect_response(client, 200);
	expect_body(client, "welcome");
	client = wire_connect(usherd, usherd_listener_name(usherd, 1));
	send_get(client, "/index.html");
	expect_response(client, 200);
}
END_TEST

START_TEST(verbose_tells_the_life_of_each_connection)
{
	struct usherd *usherd;
	struct client *client;

	put_file("www/index.html", "welcome");
	usherd = usherd_start_with(ARGS("-v", "-r", "@dir@/www", "-l", "127.0.0.1:0"));
	client = wire_connect(usherd, usherd_listener_name(usherd, 0));
	send_get(client, "/");
	expect_response(client, 200);
	client_close(client);
	usherd_expect_log(usherd, "ended: the client closed it");
}
END_TEST

static void
add_error_tests(Suite *suite)
{
	TCase *errors = wire_case(suite, "errors", 30);

	tcase_add_loop_test(errors, an_error_names_file_line_section_and_key, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(errors, a_missing_file_is_an_error_that_names_it);
	tcase_add_test(errors, all_errors_are_told_at_once);
	tcase_add_test(errors, an_included_file_is_read_and_named_in_errors);
}

int
main(void)
{
	Suite *suite = suite_create("cli");
	TCase *words = wire_case(suite, "words", 30);
	TCase *checking = wire_case(suite, "checking", 30);
	TCase *serving = wire_case(suite, "serving", 30);

	tcase_add_test(words, help_names_every_option);
	tcase_add_test(words, the_version_is_one_line);
	tcase_add_test(words, a_wrong_command_line_is_status_2);
	tcase_add_test(checking, a_test_of_the_configuration_changes_nothing);
	tcase_add_test(checking, a_test_does_not_mind_that_the_port_is_taken);
	tcase_add_test(checking, the_effective_configuration_can_be_read_back);
	tcase_add_test(checking, the_built_in_configuration_is_right);
	add_error_tests(suite);
	tcase_add_test(serving, a_directory_is_served_at_once);
	tcase_add_test(serving, verbose_tells_the_life_of_each_connection);
	return wire_run(suite);
}
