/* SPDX-License-Identifier: MIT
 *
 * Tests of config/diff: a line for each difference, and none where there is none.
 */
#include "config/diff.h"

#include "rig.h"

#include <stdio.h>
#include <string.h>

static char lines[8192];

static void
write_line(const struct config_change *change, void *arg)
{
	struct text *text = arg;
	static const char *const signs[] = { "+", "-", "" };

	text_put_format(text, "%s%s%s", signs[change->kind], change->where,
	    change->where[0] && change->key ? " " : "");
	if (change->key)
		text_put_format(text, "%s: %s -> %s%s", change->key, change->from, change->to,
		    change->needs_restart ? " (restart)" : "");
	text_put_char(text, '\n');
}

static const char *
diff_of(const char *before, const char *after)
{
	struct rig old = rig_load_text(before);
	struct rig new = rig_load_text(after);
	struct text text = text_over(lines, sizeof(lines));

	ck_assert_str_eq(rig_lines(&old), "");
	ck_assert_str_eq(rig_lines(&new), "");
	config_diff(old.config, new.config, write_line, &text);
	rig_done(&old);
	rig_done(&new);
	return text_string(&text);
}

static const struct {
	const char *before, *after, *lines;
} rows[] = {
	{ "", "", "" },
	{ "loops = 1", "loops = 2", "loops: 1 -> 2\n" },
	{ "landlock = off", "landlock = on", "landlock: off -> on (restart)\n" },
	{ "timeouts { idle = 60s }", "timeouts { idle = 1m }", "" },
	{ "timeouts { idle = 5s }", "timeouts { idle = 1500ms }", "timeouts idle: 5s -> 1500ms\n" },
	{ "limits { body_bytes = 1m }", "limits { body_bytes = 2m fields = 7 }",
	    "limits fields: 100 -> 7\nlimits body_bytes: 1m -> 2m\n" },
	{ "listener a { service = s }", "listener b { service = s }",
	    "-listener \"a\"\n+listener \"b\"\n" },
	{ "listener a { service = s } listener b { port = 1 }",
	    "listener b { port = 2 } listener a { service = {s, t} }",
	    "listener \"b\" port: 1 -> 2\nlistener \"a\" service: s -> s, t\n" },
	{ "service s { host = {a, b} }", "service s { host = {b, a} }",
	    "service \"s\" host: a, b -> b, a\n" },
	{ "service s { mime_types = /x }", "service s { }", "service \"s\" mime_types: /x -> \n" },
	{ "service s { route / { echo = on } route /x { respond = 404 } }",
	    "service s { route /y { echo = on } route / { respond = 200 } }",
	    "-service \"s\" route \"/x\"\n+service \"s\" route \"/y\"\n"
	    "service \"s\" route \"/\" respond: 0 -> 200\n"
	    "service \"s\" route \"/\" echo: true -> false\n" },
	{ "service s { error_page 404 { file = /a } }",
	    "service s { error_page 404 { file = /b } error_page 500 { file = /c } }",
	    "service \"s\" error_page \"404\" file: /a -> /b\n"
	    "+service \"s\" error_page \"500\"\n" },
	{ "log { access = \"/a\" }", "log { access = \"-\" level = debug }",
	    "log level: info -> debug\nlog access: /a -> -\n" },
};

START_TEST(each_difference_is_a_line)
{
	ck_assert_str_eq(diff_of(rows[_i].before, rows[_i].after), rows[_i].lines);
}
END_TEST

START_TEST(a_value_that_is_too_long_is_cut_with_an_ellipsis)
{
	char after[1024];
	char many[600];
	const char *got;

	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	(void)snprintf(after, sizeof(after), "log { access = \"/%s\" }", many);
	got = diff_of("log { access = \"/a\" }", after);
	ck_assert_ptr_nonnull(strstr(got, "xxx…\n"));
	ck_assert_uint_lt(strlen(got), CONFIG_CHANGE_VALUE_MAX + 32);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/diff");
	TCase *tests = rig_case("diff");

	tcase_add_loop_test(tests, each_difference_is_a_line, 0, COUNT(rows));
	tcase_add_test(tests, a_value_that_is_too_long_is_cut_with_an_ellipsis);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
