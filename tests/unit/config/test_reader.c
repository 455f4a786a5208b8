/* SPDX-License-Identifier: MIT
 *
 * Tests of config/reader, and of what config/fill refuses: files that are wrong,
 * and the lines that say so.
 */
#include "config/load.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `section` is opened on line 1, so `text` begins on line 2. */
static const struct {
	const char *section;
	const char *text;
	const char *lines;
} name_cases[] = {
	{ "limits", "conections = 5",
	    "usher.conf:2: [limits] conections: unknown key; did you mean \"connections\"?\n" },
	{ "limits", "xyzzy = 5", "usher.conf:2: [limits] xyzzy: unknown key\n" },
	{ "limits", "port = 80", "usher.conf:2: [limits] port: unknown key\n" },
	{ "", "listen = 80", "usher.conf:2: listen: unknown key; did you mean \"listener\"?\n" },
	{ "listener x", "service = site\nprt = 80",
	    "usher.conf:3: [listener x] prt: unknown key; did you mean \"port\"?\n" },
	{ "", "lisener y { a = {1, 2} b { c = \"}\" } }",
	    "usher.conf:2: lisener: unknown section; did you mean \"listener\"?\n" },
	{ "", "route / { }", "usher.conf:2: route: unknown section\n" },
	{ "service x", "route / { echo = true\nindx = {a, b} }",
	    "usher.conf:3: [service x, route /] indx: unknown key; did you mean \"index\"?\n" },
	{ "", "limits = 5", "usher.conf:2: limits: is a section: limits { ... }\n" },
	{ "", "listener = 5", "usher.conf:2: listener: is a section: listener NAME { ... }\n" },
	{ "limits", "fields { }", "usher.conf:2: [limits] fields: is a key: fields = ...\n" },
	{ "limits", "fields = {1}",
	    "usher.conf:2: [limits] fields: takes one value, not a list\n" },
	{ "limits", "fields += 1", "usher.conf:2: [limits] fields: \"+=\" adds to lists only\n" },
	{ "limits", "fields = 1\nfields = 2",
	    "usher.conf:3: [limits] fields: is given twice; first at usher.conf:2\n" },
	{ "service x", "host = {a}\nhost = {b}",
	    "usher.conf:3: [service x] host: is given twice; first at usher.conf:2\n" },
	{ "", "limits { fields = 1 }\nlimits { fields = 2 }",
	    "usher.conf:3: [limits] fields: is given twice; first at usher.conf:2\n" },
	{ "", "listener { }", "usher.conf:2: listener: is written listener NAME { ... }\n" },
	{ "", "limits x { }", "usher.conf:2: limits: is written limits { ... }\n" },
	{ "", "listener \"\" { }", "usher.conf:2: listener: its NAME cannot be empty\n" },
	{ "", "listener \"a\\\"b\" { }",
	    "usher.conf:2: listener: its NAME cannot hold a backslash, a dollar sign or a tab\n" },
	{ "", "service \"${HOME}\" { }",
	    "usher.conf:2: service: its NAME cannot hold a backslash, a dollar sign or a tab\n" },
	{ "", "listener x { service = site }\nlistener 'x' { port = 1 }",
	    "usher.conf:3: [listener x] exists already, at usher.conf:2\n" },
	{ "service x", "route /a { echo = on }\nroute \"/a\" { echo = on }",
	    "usher.conf:3: [service x, route /a] exists already, at usher.conf:2\n" },
	{ "service x", "error_page 404 { file = a }\nerror_page 404 { file = b }",
	    "usher.conf:3: [service x, error_page 404] exists already, at usher.conf:2\n" },
};

START_TEST(a_wrong_name_is_explained)
{
	struct rig rig = rig_load_within(name_cases[_i].section, name_cases[_i].text);

	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_str_eq(rig_lines(&rig), name_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

/* Whole files: what makes no sense as a text. */
static const struct {
	const char *text;
	const char *lines;
} syntax_cases[] = {
	{ "\nlog {\n\n", "usher.conf:2: [log] the \"{\" of this line is not closed\n" },
	{ "service s {\nroute / {\necho = on }\n",
	    "usher.conf:1: [service s] the \"{\" of this line is not closed\n" },
	{ "\nxyzzy {\n{\n}\n",
	    "usher.conf:2: xyzzy: unknown section\n"
	    "usher.conf:2: the \"{\" of this line is not closed\n" },
	{ "loops = 1\n}\n", "usher.conf:2: the name of a key or section is due before }\n" },
	{ "loops = \n= 2", "usher.conf:2: loops: a value is due before =\n" },
	{ "loops", "usher.conf:1: loops: the file ends where \"=\" is due\n" },
	{ "loops =", "usher.conf:1: loops: the file ends where a value is due\n" },
	{ "loops 2", "usher.conf:1: loops: \"=\" is due before 2\n" },
	{ "loops = 1 2", "usher.conf:1: 2: the file ends where \"=\" is due\n" },
	{ "loops(2)", "usher.conf:1: loops: \"=\" is due before (\n" },
	{ "log\nlevel", "usher.conf:2: log: the file ends where \"{\" is due\n" },
	{ "xyzzy abc", "usher.conf:1: xyzzy: unknown key\n" },
	{ "service s {\nhost = {a b}\n}",
	    "usher.conf:2: [service s] host: \",\" or \"}\" is due before b\n" },
	{ "service s {\nhost = {a,=}\n}",
	    "usher.conf:2: [service s] host: a value or \"}\" is due before =\n" },
	{ "service s {\nhost = {a,",
	    "usher.conf:2: [service s] host: the file ends where a value or \"}\" is due\n" },
	{ "\"loops\" = 1", "usher.conf:1: the name of a key or section is due before \"loops\"\n" },
	{ "loops = \"1\n",
	    "usher.conf:1: loops: the string is not closed on the line it begins\n" },
	{ "loops = 1\n/* loops = 2\n", "usher.conf:2: the comment is not closed\n" },
	{ "loops = *",
	    "usher.conf:1: loops: stray \"*\" or \"+\"; such a value is put in quotes\n" },
	{ "xyzzy { '",
	    "usher.conf:1: xyzzy: unknown section\n"
	    "usher.conf:1: the string is not closed on the line it begins\n" },
	{ "# a\n\n/* b\n*/ loops = \"\\0\"", "usher.conf:4: loops: a string cannot hold NUL\n" },
	{ "loops = 1\n\x01", "usher.conf:2: is not text: it holds the byte 0x01\n" },
	{ "limits { fields = x }\nloops =",
	    "usher.conf:1: [limits] fields: \"x\" is no whole number\n"
	    "usher.conf:2: loops: the file ends where a value is due\n" },
	{ "include", "usher.conf:1: include: the file ends where \"=\" is due\n" },
	{ "include()", "usher.conf:1: include: the name of a file is due before )\n" },
	{ "include(a b)", "usher.conf:1: include: \")\" is due before b\n" },
	{ "include(\"\")", "usher.conf:1: include: the name of a file cannot be empty\n" },
};

START_TEST(wrong_syntax_is_explained)
{
	struct rig rig = rig_load_text(syntax_cases[_i].text);

	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_str_eq(rig_lines(&rig), syntax_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

static const struct {
	const char *section;
	const char *text;
	const char *lines;
} value_cases[] = {
	{ "", "loops = 1000", "usher.conf:2: loops: 1000 is out of range 0..256\n" },
	{ "listener x", "service = site backlog = 70000",
	    "usher.conf:2: [listener x] backlog: 70000 is out of range 1..65535\n" },
	{ "listener x", "service = site\naddress = \"a\\nb\"",
	    "usher.conf:3: [listener x] address: holds the control character 0x0a\n" },
	{ "listener x", "service = {site, \"\"}",
	    "usher.conf:2: [listener x] service: cannot be empty\n" },
	{ "log", "access = \"\"", "usher.conf:2: [log] access: cannot be empty\n" },
	{ "service x", "route / { }",
	    "usher.conf:2: [service x, route /] does not say what to answer: files, redirect, "
	    "respond, "
	    "echo or health\n" },
	{ "service x", "route / { echo = false }",
	    "usher.conf:2: [service x, route /] does not say what to answer: files, redirect, "
	    "respond, "
	    "echo or health\n" },
	{ "service x", "route / { echo = true\nhealth = live }",
	    "usher.conf:3: [service x, route /] health: a route has one of echo and health, not "
	    "both\n" },
	{ "service x", "route / { echo = true\nbody = x\nindex = y }",
	    "usher.conf:3: [service x, route /] body: means nothing in a route with echo\n"
	    "usher.conf:4: [service x, route /] index: means nothing in a route with echo\n" },
	{ "service x", "route / { health = live cache_control = x }",
	    "usher.conf:2: [service x, route /] cache_control: means nothing in a route with "
	    "health\n" },
	{ "service x", "error_page 399 { file = a }",
	    "usher.conf:2: [service x, error_page 399] the STATUS of an error page is 400 to "
	    "599\n" },
	{ "service x", "error_page not_found { file = a }",
	    "usher.conf:2: [service x, error_page not_found] the STATUS of an error page is 400 to "
	    "599\n" },
};

START_TEST(a_wrong_value_is_explained)
{
	struct rig rig = rig_load_within(value_cases[_i].section, value_cases[_i].text);

	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_str_eq(rig_lines(&rig), value_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

START_TEST(all_mistakes_are_reported_at_once_in_order)
{
	struct rig rig = rig_load_text("loops = many\n"
				       "# a remark\n"
				       "listener web {\n"
				       "	backlog = 70000\n"
				       "	prt = 80\n"
				       "	nodelay = maybe\n"
				       "}\n"
				       "limts { }\n"
				       "service s { route / { status = 200 } }\n"
				       "log { level = loud");

	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf:1: loops: \"many\" is no whole number\n"
	    "usher.conf:4: [listener web] backlog: 70000 is out of range 1..65535\n"
	    "usher.conf:5: [listener web] prt: unknown key; did you mean \"port\"?\n"
	    "usher.conf:6: [listener web] nodelay: \"maybe\" is neither true nor false\n"
	    "usher.conf:8: limts: unknown section; did you mean \"limits\"?\n"
	    "usher.conf:9: [service s, route /] status: 200 is out of range 301..308\n"
	    "usher.conf:9: [service s, route /] does not say what to answer: files, redirect, "
	    "respond, "
	    "echo or health\n"
	    "usher.conf:10: [log] the \"{\" of this line is not closed\n"
	    "usher.conf:10: [log] level: \"loud\" is none of error, warning, info, debug\n");
	rig_done(&rig);
}
END_TEST

START_TEST(more_mistakes_than_lines_are_counted)
{
	char text[4096];
	struct text out = text_over(text, sizeof(text));
	struct rig rig;

	for (int i = 0; i < CONFIG_ERRORS_MAX + 6; i++)
		text_put_format(&out, "xyzzy%d = 1\n", i);
	rig = rig_load_text(text_string(&out));
	ck_assert_uint_eq(rig.errors.count, CONFIG_ERRORS_MAX);
	ck_assert_uint_eq(rig.errors.left_out, 6);
	rig_done(&rig);
}
END_TEST

/* "service s {", `count` times "route /N { echo = on }", "}". */
static char *
many_routes(int count)
{
	size_t size = 64 + (size_t)count * 32;
	char *text = malloc(size);
	struct text out = text_over(text, size);

	ck_assert_ptr_nonnull(text);
	text_put_string(&out, "service s {\n");
	for (int i = 0; i < count; i++)
		text_put_format(&out, "route /%d { echo = on }\n", i);
	text_put_string(&out, "}\n");
	(void)text_string(&out);
	ck_assert(!out.is_truncated);
	return text;
}

START_TEST(sections_are_bounded)
{
	char *text = many_routes(CONFIG_SECTIONS_MAX - 1);
	struct rig rig = rig_load_text(text);

	ck_assert_uint_eq(rig_service(&rig, "s")->route_count, CONFIG_SECTIONS_MAX - 1);
	rig_done(&rig);
	free(text);
	text = many_routes(CONFIG_SECTIONS_MAX);
	rig = rig_load_text(text);
	ck_assert_str_eq(
	    rig_lines(&rig), "usher.conf:4097: [service s] there are more than 4096 sections\n");
	rig_done(&rig);
	free(text);
}
END_TEST

START_TEST(braces_without_end_do_not_recurse_without_end)
{
	size_t len = CONFIG_FILE_BYTES_MAX;
	char *text = malloc(len);
	struct rig rig;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 == 0 ? 'a' : '{';
	rig_write_bytes("usher.conf", text, len);
	rig = rig_load("usher.conf");
	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_uint_eq(rig.errors.count, 2);
	rig_done(&rig);
	free(text);
}
END_TEST

START_TEST(names_are_bounded)
{
	char text[400];
	struct text out = text_over(text, sizeof(text));
	struct rig rig;

	text_put_string(&out, "listener ");
	for (int i = 0; i <= CONFIG_NAME_MAX; i++)
		text_put_char(&out, 'n');
	text_put_string(&out, " { }");
	rig = rig_load_text(text_string(&out));
	ck_assert_str_eq(
	    rig_lines(&rig), "usher.conf:1: listener: its NAME is longer than 255 bytes\n");
	rig_done(&rig);
}
END_TEST

START_TEST(lists_are_bounded)
{
	char *text = malloc(16384);
	struct text out = text_over(text, 16384);
	struct rig rig;

	ck_assert_ptr_nonnull(text);
	text_put_string(&out, "service s { host = {");
	for (int i = 0; i <= 1024; i++)
		text_put_format(&out, "h%d,", i);
	text_put_string(&out, "} }");
	rig = rig_load_text(text_string(&out));
	ck_assert_str_eq(
	    rig_lines(&rig), "usher.conf:1: [service s] host: has more than 1024 items\n");
	rig_done(&rig);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/reader");
	TCase *lines = rig_case("lines");
	TCase *bounds = rig_case("bounds");

	tcase_add_loop_test(lines, a_wrong_name_is_explained, 0, COUNT(name_cases));
	tcase_add_loop_test(lines, wrong_syntax_is_explained, 0, COUNT(syntax_cases));
	tcase_add_loop_test(lines, a_wrong_value_is_explained, 0, COUNT(value_cases));
	tcase_add_test(lines, all_mistakes_are_reported_at_once_in_order);
	tcase_add_test(bounds, more_mistakes_than_lines_are_counted);
	tcase_add_test(bounds, sections_are_bounded);
	tcase_add_test(bounds, braces_without_end_do_not_recurse_without_end);
	tcase_add_test(bounds, names_are_bounded);
	tcase_add_test(bounds, lists_are_bounded);
	tcase_set_timeout(bounds, 30);
	suite_add_tcase(suite, lines);
	suite_add_tcase(suite, bounds);
	return run_suite(suite);
}
