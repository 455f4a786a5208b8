/* SPDX-License-Identifier: MIT
 *
 * Tests of config/reader: files that include files.
 */
#include "config/load.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(an_included_file_stands_where_it_is_named)
{
	struct rig rig;

	rig_make_directory("sites");
	rig_write("sites/a.conf", "# a\nservice a {\n  include(\"b/routes.conf\")\n}\n");
	rig_make_directory("sites/b");
	rig_write("sites/b/routes.conf", "route / { echo = on }\nroute /x { health = live }\n");
	rig = rig_load_text("include(\"sites/a.conf\")\nlistener l {\n  service = a\n}\n");
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_uint_eq(rig_service(&rig, "a")->route_count, 2);
	ck_assert_uint_eq(rig_service(&rig, "a")->line, 2);
	ck_assert_uint_eq(rig_route(&rig, "a", "/x")->line, 2);
	ck_assert_uint_eq(rig_listener(&rig, "l")->line, 2);
	ck_assert_uint_eq(rig.config->file_count, 3);
	ck_assert_str_eq(rig.config->files[2], "sites/b/routes.conf");
	rig_done(&rig);
}
END_TEST

START_TEST(names_that_begin_with_a_slash_are_not_relative)
{
	char here[256], path[320], text[400];
	struct rig rig;

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	(void)snprintf(path, sizeof(path), "%s/x.conf", here);
	(void)snprintf(text, sizeof(text), "include(%s)", path);
	rig_write("x.conf", "loops = 5");
	rig_make_directory("sub");
	rig_write("sub/usher.conf", text);
	rig = rig_load("sub/usher.conf");
	ck_assert_int_eq(rig.config->loops, 5);
	ck_assert_str_eq(rig.config->files[1], path);
	rig_done(&rig);
}
END_TEST

START_TEST(a_file_may_be_included_twice)
{
	struct rig rig;

	rig_write("routes.conf", "route /healthz { health = live }");
	rig =
	    rig_load_text("service a { include(routes.conf) } service b { include(routes.conf) }");
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_uint_eq(rig_service(&rig, "b")->route_count, 1);
	rig_done(&rig);
}
END_TEST

/* usher.conf has "include(b.conf)" on its second line, b.conf has `text`. */
static const struct {
	const char *text;
	const char *lines;
} wrong_cases[] = {
	{ "loops = x", "b.conf:1: loops: \"x\" is no whole number\n" },
	{ "\nlops = 1", "b.conf:2: lops: unknown key; did you mean \"loops\"?\n" },
	{ "log {\n", "b.conf:1: [log] the \"{\" of this line is not closed\n" },
	{ "}", "b.conf:1: the name of a key or section is due before }\n" },
	{ "loops = \"", "b.conf:1: loops: the string is not closed on the line it begins\n" },
	{ "\n\x02", "b.conf:2: is not text: it holds the byte 0x02\n" },
	{ "include(c.conf)", "b.conf:1: include: c.conf: No such file or directory\n" },
	{ "include(.)", "b.conf:1: include: .: Is a directory\n" },
	{ "include(b.conf)", "b.conf:1: include: b.conf is being read already: a loop\n" },
	{ "include(./usher.conf)",
	    "b.conf:1: include: ./usher.conf is being read already: a loop\n" },
	{ "drain { notice = 2s }",
	    "b.conf:1: [drain] notice: is given twice; first at usher.conf:1\n" },
};

START_TEST(a_mistake_is_told_of_the_file_it_is_in)
{
	struct rig rig;

	rig_write("b.conf", wrong_cases[_i].text);
	rig = rig_load_text("drain { notice = 1s }\ninclude(b.conf)\n");
	ck_assert_int_eq(rig.result, -EINVAL);
	ck_assert_str_eq(rig_lines(&rig), wrong_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

START_TEST(a_wrong_file_does_not_hide_mistakes_after_it)
{
	struct rig rig;

	rig_write("b.conf", "{");
	rig = rig_load_text("loops = a\ninclude(b.conf)\nlog { level = b }\n");
	ck_assert_str_eq(rig_lines(&rig),
	    "b.conf:1: the name of a key or section is due before {\n"
	    "usher.conf:1: loops: \"a\" is no whole number\n"
	    "usher.conf:3: [log] level: \"b\" is none of error, warning, info, debug\n");
	rig_done(&rig);
}
END_TEST

START_TEST(a_loop_by_another_name_is_seen)
{
	struct rig rig;

	rig_write("b.conf", "include(link)");
	ck_assert_int_eq(symlink("usher.conf", "link"), 0);
	rig = rig_load_text("include(b.conf)");
	ck_assert_str_eq(
	    rig_lines(&rig), "b.conf:1: include: link is being read already: a loop\n");
	rig_done(&rig);
}
END_TEST

/* Files 0.conf to `last`.conf, each of which includes the next. */
static void
write_chain(int last)
{
	char name[32], text[64];

	for (int i = 0; i <= last; i++) {
		(void)snprintf(name, sizeof(name), "%d.conf", i);
		(void)snprintf(text, sizeof(text), "include(%d.conf)", i + 1);
		rig_write(name, i < last ? text : "loops = 9");
	}
}

START_TEST(the_depth_of_includes_is_bounded)
{
	struct rig rig;

	write_chain(CONFIG_INCLUDE_DEPTH_MAX);
	rig = rig_load("0.conf");
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_int_eq(rig.config->loops, 9);
	rig_done(&rig);
	write_chain(CONFIG_INCLUDE_DEPTH_MAX + 1);
	rig = rig_load("0.conf");
	ck_assert_str_eq(
	    rig_lines(&rig), "8.conf:1: include: files include files more than 8 deep\n");
	rig_done(&rig);
}
END_TEST

START_TEST(the_number_of_included_files_is_bounded)
{
	char text[8192];
	struct text out = text_over(text, sizeof(text));
	struct rig rig;

	rig_write("b.conf", "log { }");
	for (int i = 1; i <= CONFIG_FILES_MAX; i++)
		text_put_string(&out, "include(b.conf)\n");
	rig = rig_load_text(text_string(&out));
	ck_assert_str_eq(
	    rig_lines(&rig), "usher.conf:256: include: more than 256 files are read\n");
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/include");
	TCase *tcase = rig_case("include");

	tcase_add_test(tcase, an_included_file_stands_where_it_is_named);
	tcase_add_test(tcase, names_that_begin_with_a_slash_are_not_relative);
	tcase_add_test(tcase, a_file_may_be_included_twice);
	tcase_add_loop_test(tcase, a_mistake_is_told_of_the_file_it_is_in, 0, COUNT(wrong_cases));
	tcase_add_test(tcase, a_wrong_file_does_not_hide_mistakes_after_it);
	tcase_add_test(tcase, a_loop_by_another_name_is_seen);
	tcase_add_test(tcase, the_depth_of_includes_is_bounded);
	tcase_add_test(tcase, the_number_of_included_files_is_bounded);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
