/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/svg.
 */
#include "usher-load/svg.h"

#include <string.h>

#include "rig.h"

static struct text text;

static void
set_up(void)
{
	text = text_growing(1 << 20);
}

static void
tear_down(void)
{
	text_free(&text);
}

static void
expect_string(struct slice string, const char *expected)
{
	text.len = 0;
	svg_put_string(&text, string);
	ck_assert_str_eq(text_string(&text), expected);
}

START_TEST(what_xml_gives_a_meaning_is_a_reference)
{
	expect_string(SLICE("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}
END_TEST

/* XML 1.0 2.2: not even a reference may stand for these. */
START_TEST(what_is_no_character_of_xml_is_replaced)
{
	expect_string(SLICE("\x01\t\x7f"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_string(SLICE("\xff"
			    "a\xc3"),
	    "\xef\xbf\xbd"
	    "a\xef\xbf\xbd");
	expect_string(SLICE("\xef\xbf\xbe"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_string(SLICE("é…𝄞"), "é…𝄞");
}
END_TEST

START_TEST(a_path_leaves_out_what_cannot_be_seen)
{
	struct svg_path path = svg_path_begin(&text, "a");

	svg_path_to(&path, 1, 1);
	svg_path_to(&path, 1.1, 1.1);
	svg_path_to(&path, 2, 1);
	svg_path_end(&path);
	ck_assert_str_eq(text_string(&text), "<path class=\"a\" d=\"M1.0 1.0L2.0 1.0\"/>\n");
}
END_TEST

START_TEST(a_lifted_path_begins_anew)
{
	struct svg_path path = svg_path_begin(&text, "a");

	svg_path_to(&path, 1, 1);
	svg_path_lift(&path);
	svg_path_to(&path, 1, 1);
	svg_path_end(&path);
	ck_assert_str_eq(text_string(&text), "<path class=\"a\" d=\"M1.0 1.0M1.0 1.0\"/>\n");
}
END_TEST

START_TEST(a_title_is_there_only_if_it_says_something)
{
	svg_put_dot(&text, "d", 1, 2, 3, SLICE("p<99>"));
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<title>p&lt;99&gt;</title></circle>"));
	text.len = 0;
	svg_put_rect(&text, "r", 1, 2, 3, 4, SLICE(""));
	ck_assert_str_eq(text_string(&text),
	    "<rect class=\"r\" x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\"/>\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/svg");
	TCase *tcase = tcase_create("svg");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_xml_gives_a_meaning_is_a_reference);
	tcase_add_test(tcase, what_is_no_character_of_xml_is_replaced);
	tcase_add_test(tcase, a_path_leaves_out_what_cannot_be_seen);
	tcase_add_test(tcase, a_lifted_path_begins_anew);
	tcase_add_test(tcase, a_title_is_there_only_if_it_says_something);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
