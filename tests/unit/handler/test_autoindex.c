/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/autoindex, handler/listing and handler/display.
 */
#include "handler/autoindex.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handler/display.h"
#include "handler/file_open.h"
#include "handler/listing.h"
#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	rig.route.autoindex = CONFIG_AUTOINDEX_HTML;
	tree_mkdir(&rig.tree, "d");
	tree_write(&rig.tree, "d/b.txt", "12345");
	tree_write(&rig.tree, "d/a.txt", "");
	tree_mkdir(&rig.tree, "d/z");
	tree_mkdir(&rig.tree, "d/y");
	tree_set_modified(&rig.tree, "d/y", TREE_LONG_AGO, 0);
	tree_set_modified(&rig.tree, "d/z", TREE_LONG_AGO, 0);
	tree_write(&rig.tree, "d/.hidden", "");
	rig_start(&rig);
}

static void
tear_down(void)
{
	rig_done(&rig);
}

/* Fails unless `parts` (ended by NULL) stand in `body` in that order. */
static void
expect_in_order(const char *body, const char *const *parts)
{
	const char *at = body;

	for (; *parts; parts++) {
		const char *found = strstr(at, *parts);

		ck_assert_msg(found, "\"%s\" does not follow in: %s", *parts, body);
		at = found + strlen(*parts);
	}
}

START_TEST(html_lists_directories_first_and_sorted)
{
	static const char *const parts[] = { "<title>Index of /d/</title>",
		"<a href=\"../\">Parent directory</a>", "<a href=\"./y/\"><bdi>y/</bdi></a>",
		"<a href=\"./z/\"><bdi>z/</bdi></a>", "<a href=\"./a.txt\"><bdi>a.txt</bdi></a>",
		"<td>0 B</td>", "<a href=\"./b.txt\"><bdi>b.txt</bdi></a>", "<td>5 B</td>",
		"<time datetime=\"2020-09-13T12:26:40Z\">2020-09-13 12:26:40</time>", "</html>\n",
		NULL };
	struct fake *fake = rig_get(&rig, "/d/", NULL);

	expect_status(fake, 200);
	expect_field(fake, "Content-Type", "text/html; charset=utf-8");
	expect_field(fake, "Vary", "Accept");
	expect_field(fake, "Listing-Truncated", NULL);
	ck_assert_int_eq(fake->content_length, HTTP_LENGTH_UNKNOWN);
	expect_in_order(fake_body(fake, NULL), parts);
	ck_assert_ptr_null(strstr(fake_body(fake, NULL), "hidden"));
	fake_done(fake);
}
END_TEST

static const char json_listing[] =
    "[\n"
    "{\"name\":\"y\",\"type\":\"directory\",\"mtime\":\"2020-09-13T12:26:40Z\"},\n"
    "{\"name\":\"z\",\"type\":\"directory\",\"mtime\":\"2020-09-13T12:26:40Z\"},\n"
    "{\"name\":\"a.txt\",\"type\":\"file\",\"size\":0,\"mtime\":\"2020-09-13T12:26:40Z\"},\n"
    "{\"name\":\"b.txt\",\"type\":\"file\",\"size\":5,\"mtime\":\"2020-09-13T12:26:40Z\"}\n"
    "]\n";

START_TEST(json_has_the_same)
{
	struct fake *fake = rig_get(&rig, "/d/?format=json", NULL);

	expect_status(fake, 200);
	expect_field(fake, "Content-Type", "application/json");
	expect_body(fake, json_listing);
	fake_done(fake);
}
END_TEST

static const struct {
	enum config_autoindex setting;
	const char *target, *fields, *type;
} formats[] = {
	{ CONFIG_AUTOINDEX_HTML, "/d/", "", "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/", "Accept: */*\r\n", "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/", "Accept: text/html, application/json;q=0.9\r\n",
	    "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/", "Accept: application/json\r\n", "application/json" },
	{ CONFIG_AUTOINDEX_HTML, "/d/?format=html", "Accept: application/json\r\n",
	    "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/?a=b&format=json&c", "", "application/json" },
	{ CONFIG_AUTOINDEX_HTML, "/d/?xformat=json", "", "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/?format=jsonx", "", "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_HTML, "/d/?", "", "text/html; charset=utf-8" },
	{ CONFIG_AUTOINDEX_JSON, "/d/", "Accept: text/html\r\n", "application/json" },
	{ CONFIG_AUTOINDEX_JSON, "/d/?format=html", "", "application/json" },
};

START_TEST(the_format_is_what_was_asked_for)
{
	struct fake *fake;

	rig.route.autoindex = formats[_i].setting;
	rig_restart(&rig);
	fake = rig_get(&rig, formats[_i].target, formats[_i].fields);
	expect_field(fake, "Content-Type", formats[_i].type);
	expect_field(fake, "Vary", formats[_i].setting == CONFIG_AUTOINDEX_HTML ? "Accept" : NULL);
	fake_done(fake);
}
END_TEST

START_TEST(the_root_has_no_parent)
{
	struct fake *fake = rig_get(&rig, "/", NULL);

	expect_status(fake, 200);
	ck_assert_ptr_null(strstr(fake_body(fake, NULL), "Parent"));
	ck_assert_ptr_nonnull(strstr(fake_body(fake, NULL), "<a href=\"./d/\">"));
	fake_done(fake);
}
END_TEST

START_TEST(an_index_file_goes_before_a_listing)
{
	tree_write(&rig.tree, "d/index.html", "index");
	rig_expect(&rig, "/d/", 200, "index");
}
END_TEST

START_TEST(head_has_no_body)
{
	struct fake *fake = rig_ask(&rig, "HEAD /d/ HTTP/1.1\r\nHost: a\r\n");

	expect_status(fake, 200);
	expect_body(fake, "");
	fake_done(fake);
}
END_TEST

START_TEST(only_what_would_be_served_is_listed)
{
	struct fake *fake;
	const char *body;

	tree_write(&rig.tree, "outside", "");
	tree_symlink(&rig.tree, "b.txt", "d/inside-link");
	tree_symlink(&rig.tree, "/etc/passwd", "d/outside-link");
	tree_symlink(&rig.tree, "nowhere", "d/dangling-link");
	tree_symlink(&rig.tree, "z", "d/directory-link");
	ck_assert_int_eq(mkfifoat(rig.tree.fd, "d/fifo", 0644), 0);
	fake = rig_get(&rig, "/d/?format=json", NULL);
	body = fake_body(fake, NULL);
	ck_assert_ptr_nonnull(
	    strstr(body, "{\"name\":\"inside-link\",\"type\":\"file\",\"size\":5"));
	ck_assert_ptr_nonnull(strstr(body, "{\"name\":\"directory-link\",\"type\":\"directory\""));
	ck_assert_ptr_null(strstr(body, "outside-link"));
	ck_assert_ptr_null(strstr(body, "dangling-link"));
	ck_assert_ptr_null(strstr(body, "fifo"));
	fake_done(fake);
}
END_TEST

START_TEST(dotfiles_are_listed_where_they_are_served)
{
	struct fake *fake;

	rig.route.dotfiles = true;
	rig_restart(&rig);
	fake = rig_get(&rig, "/d/?format=json", NULL);
	ck_assert_ptr_nonnull(strstr(fake_body(fake, NULL), "\".hidden\""));
	ck_assert_ptr_null(strstr(fake_body(fake, NULL), "\"..\""));
	fake_done(fake);
}
END_TEST

/* Names as an attacker would choose them, and how they have to come out. */
static const struct {
	const char *name, *html, *json;
} hostile[] = {
	{ "<script>alert(1)<",
	    "<a href=\"./%3Cscript%3Ealert(1)%3C\"><bdi>&lt;script&gt;alert(1)&lt;",
	    "\"<script>alert(1)<\"" },
	{ "\"onclick='x'", "<a href=\"./%22onclick='x'\"><bdi>&quot;onclick=&#39;x&#39;</bdi>",
	    "\"\\\"onclick='x'\"" },
	{ "a&amp;b", "<bdi>a&amp;amp;b</bdi>", "\"a&amp;b\"" },
	{ "line\nbreak\ttab",
	    "<a href=\"./line%0Abreak%09tab\"><bdi>line\xef\xbf\xbd"
	    "break\xef\xbf\xbdtab</bdi>",
	    "\"line\\nbreak\\ttab\"" },
	{ "bad\xff\xc0\xafutf",
	    "<a href=\"./bad%FF%C0%AFutf\"><bdi>bad\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbdutf</bdi>",
	    "bad\xef\xbf\xbd" },
	{ "javascript:alert(1)", "<a href=\"./javascript:alert(1)\">", "\"javascript:alert(1)\"" },
	{ "50%25?#;", "<a href=\"./50%2525%3F%23;\"><bdi>50%25?#;</bdi>", "\"50%25?#;\"" },
	{ "back\\slash", "<a href=\"./back%5Cslash\"><bdi>back\\slash</bdi>", "\"back\\\\slash\"" },
	{ "\xc3\xa9t\xc3\xa9", "<a href=\"./%C3%A9t%C3%A9\"><bdi>\xc3\xa9t\xc3\xa9</bdi>",
	    "\"\xc3\xa9t\xc3\xa9\"" },
};

START_TEST(a_hostile_name_is_only_a_name)
{
	struct fake *fake;
	char path[300];

	snprintf(path, sizeof(path), "h/%s", hostile[_i].name);
	tree_mkdir(&rig.tree, "h");
	tree_write(&rig.tree, path, "");
	fake = rig_get(&rig, "/h/", NULL);
	ck_assert_msg(strstr(fake_body(fake, NULL), hostile[_i].html), "%s is not in %s",
	    hostile[_i].html, fake_body(fake, NULL));
	fake_done(fake);
	fake = rig_get(&rig, "/h/?format=json", NULL);
	ck_assert_msg(strstr(fake_body(fake, NULL), hostile[_i].json), "%s is not in %s",
	    hostile[_i].json, fake_body(fake, NULL));
	fake_done(fake);
}
END_TEST

START_TEST(a_hostile_path_is_only_a_path)
{
	struct fake *fake;

	tree_mkdir(&rig.tree, "<b>&");
	fake = rig_get(&rig, "/%3Cb%3E&/", NULL);
	expect_status(fake, 200);
	ck_assert_ptr_nonnull(
	    strstr(fake_body(fake, NULL), "<title>Index of /&lt;b&gt;&amp;/</title>"));
	ck_assert_ptr_nonnull(
	    strstr(fake_body(fake, NULL), "<h1>Index of <bdi>/&lt;b&gt;&amp;/</bdi></h1>"));
	fake_done(fake);
}
END_TEST

START_TEST(names_of_the_greatest_length_fit)
{
	char path[300] = "l/";
	struct fake *fake;

	tree_mkdir(&rig.tree, "l");
	for (int i = 0; i < 40; i++) {
		memset(path + 2, "\"&'<>\x01\xff"[i % 7], 255);
		path[2] = (char)('a' + i % 26);
		path[3] = (char)('a' + i / 26);
		path[257] = '\0';
		tree_write(&rig.tree, path, "");
	}
	fake = rig_get(&rig, "/l/", NULL);
	expect_status(fake, 200);
	ck_assert_ptr_nonnull(strstr(fake_body(fake, NULL), "</html>"));
	fake_done(fake);
	fake = rig_get(&rig, "/l/?format=json", NULL);
	ck_assert_ptr_nonnull(strstr(fake_body(fake, NULL), "\n]\n"));
	fake_done(fake);
}
END_TEST

START_TEST(a_path_of_the_greatest_length_fits)
{
	static char target[12500];
	size_t len = 1;
	struct fake *fake;
	int fd = openat(rig.tree.fd, ".", O_PATH | O_DIRECTORY);

	target[0] = '/';
	for (int depth = 0; depth < 19; depth++) {
		char name[201];
		int next;

		memset(name, '"', 200);
		name[200] = '\0';
		ck_assert_int_eq(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_PATH | O_DIRECTORY);
		close(fd);
		fd = next;
		for (int i = 0; i < 200; i++, len += 3)
			memcpy(target + len, "%22", 3);
		target[len++] = '/';
	}
	close(fd);
	fake = rig_get(&rig, target, NULL);
	expect_status(fake, 200);
	ck_assert_uint_gt(strlen(fake_body(fake, NULL)), 2 * 19 * 200 * 6);
	ck_assert_ptr_nonnull(strstr(fake_body(fake, NULL), "</html>"));
	fake_done(fake);
}
END_TEST

START_TEST(an_empty_directory_is_an_empty_list)
{
	struct fake *fake = rig_get(&rig, "/d/z/?format=json", NULL);

	expect_status(fake, 200);
	expect_body(fake, "[\n]\n");
	fake_done(fake);
}
END_TEST

START_TEST(an_unreadable_directory_is_refused)
{
	ck_assert_int_eq(fchmodat(rig.tree.fd, "d/z", 0711, 0), 0);
	ck_assert_int_eq(chmod(rig.tree.path, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	rig_expect(&rig, "/d/z/", 403, NULL);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(an_unreadable_index_is_not_replaced_by_a_listing)
{
	tree_write(&rig.tree, "d/index.html", "secret");
	ck_assert_int_eq(fchmodat(rig.tree.fd, "d/index.html", 0, 0), 0);
	ck_assert_int_eq(chmod(rig.tree.path, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	rig_expect(&rig, "/d/", 403, "page 403\n");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* As if it had been read from a directory of more than LISTING_MAX entries. */
START_TEST(a_listing_that_was_cut_says_so)
{
	struct listing listing = { .is_cut = true };
	struct fake *html = fake_get("/d/", NULL, TREE_NOW);
	struct fake *json = fake_get("/d/", NULL, TREE_NOW);

	autoindex_answer(&html->request, &listing, CONFIG_AUTOINDEX_HTML, true, SLICE(""));
	autoindex_answer(&json->request, &listing, CONFIG_AUTOINDEX_JSON, true, SLICE(""));
	ck_assert_ptr_nonnull(strstr(fake_body(html, NULL), "holds more than is listed here"));
	expect_field(html, "Listing-Truncated", "?1");
	expect_field(json, "Listing-Truncated", "?1");
	fake_done(html);
	fake_done(json);
}
END_TEST

START_TEST(a_large_directory_is_cut)
{
	struct listing listing;
	struct file_root *root;
	char bytes[256], name[32];
	struct text why = text_over(bytes, sizeof(bytes));

	tree_mkdir(&rig.tree, "many");
	tree_write(&rig.tree, "many/0", "");
	for (int i = 1; i <= LISTING_MAX; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		ck_assert_int_eq(linkat(rig.tree.fd, "many/0", rig.tree.fd, name, 0), 0);
	}
	root = file_root_new(rig.tree.path, &why);
	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(listing_read(root, SLICE("/many/"), false, &listing), 0);
	ck_assert(listing.is_cut);
	ck_assert_uint_eq(listing.count, LISTING_MAX);
	listing_done(&listing);
	ck_assert_int_eq(unlinkat(rig.tree.fd, "many/0", 0), 0);
	ck_assert_int_eq(listing_read(root, SLICE("/many/"), false, &listing), 0);
	ck_assert(!listing.is_cut);
	ck_assert_uint_eq(listing.count, LISTING_MAX);
	listing_done(&listing);
	file_root_free(root);
}
END_TEST

static const struct {
	int64_t bytes;
	const char *text;
} sizes[] = {
	{ 0, "0 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1536, "1.5 KiB" },
	{ 1048575, "1023.9 KiB" },
	{ 1048576, "1.0 MiB" },
	{ INT64_C(5) << 40, "5.0 TiB" },
	{ INT64_MAX, "7.9 EiB" },
};

START_TEST(a_size_is_readable)
{
	char bytes[32];
	struct text text = text_over(bytes, sizeof(bytes));

	display_put_size(&text, sizes[_i].bytes);
	ck_assert_str_eq(text_string(&text), sizes[_i].text);
}
END_TEST

#define R "\xef\xbf\xbd"

static const struct {
	const char *name, *text;
} names[] = {
	{ "plain", "plain" },
	{ "\x01\x1f\x7f", R R R },
	{ "\xc2\x80\xc2\x9f\xc2\xa0", R R "\xc2\xa0" },
	{ "\xc0\x80", R R },
	{ "\xc1\xbf", R R },
	{ "\xe0\x80\x80", R R R },
	{ "\xe0\xa0\x80", "\xe0\xa0\x80" },
	{ "\xed\xa0\x80", R R R },
	{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
	{ "\xf0\x8f\xbf\xbf", R R R R },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "\xf4\x90\x80\x80", R R R R },
	{ "\xf5\x80\x80\x80", R R R R },
	{ "\x80", R },
	{ "\xe2\x82", R R },
	{ "\xe2\x82<", R R "&lt;" },
	{ "\xc3", R },
};

START_TEST(a_name_is_shown_as_valid_text)
{
	char bytes[64];
	struct text text = text_over(bytes, sizeof(bytes));

	display_put_html(&text, slice_of(names[_i].name));
	ck_assert_str_eq(text_string(&text), names[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/autoindex");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, html_lists_directories_first_and_sorted);
	tcase_add_test(tcase, json_has_the_same);
	tcase_add_loop_test(tcase, the_format_is_what_was_asked_for, 0, COUNT(formats));
	tcase_add_test(tcase, the_root_has_no_parent);
	tcase_add_test(tcase, an_index_file_goes_before_a_listing);
	tcase_add_test(tcase, head_has_no_body);
	tcase_add_test(tcase, only_what_would_be_served_is_listed);
	tcase_add_test(tcase, dotfiles_are_listed_where_they_are_served);
	tcase_add_loop_test(tcase, a_hostile_name_is_only_a_name, 0, COUNT(hostile));
	tcase_add_test(tcase, a_hostile_path_is_only_a_path);
	tcase_add_test(tcase, names_of_the_greatest_length_fit);
	tcase_add_test(tcase, a_path_of_the_greatest_length_fits);
	tcase_add_test(tcase, an_empty_directory_is_an_empty_list);
	tcase_add_test(tcase, an_unreadable_directory_is_refused);
	tcase_add_test(tcase, an_unreadable_index_is_not_replaced_by_a_listing);
	tcase_add_test(tcase, a_listing_that_was_cut_says_so);
	tcase_add_test(tcase, a_large_directory_is_cut);
	tcase_add_loop_test(tcase, a_size_is_readable, 0, COUNT(sizes));
	tcase_add_loop_test(tcase, a_name_is_shown_as_valid_text, 0, COUNT(names));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
