/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/files and handler/file_lookup: which file answers a path.
 */
#include "handler/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	tree_write(&rig.tree, "index.html", "<h1>root</h1>");
	tree_write(&rig.tree, "a.txt", "letter a");
	tree_write(&rig.tree, "empty", "");
	tree_mkdir(&rig.tree, "dir");
	tree_write(&rig.tree, "dir/index.txt", "second index");
	tree_mkdir(&rig.tree, "bare");
	tree_write(&rig.tree, "bare/b c&d.html", "odd name");
	tree_write(&rig.tree, ".hidden", "hidden");
	tree_mkdir(&rig.tree, ".git");
	tree_write(&rig.tree, ".git/config", "hidden");
	tree_mkdir(&rig.tree, ".well-known");
	tree_write(&rig.tree, ".well-known/security.txt", "well known");
	rig_start(&rig);
}

static void
tear_down(void)
{
	rig_done(&rig);
}

static const struct {
	const char *target;
	int status;
	const char *body;
} plain[] = {
	{ "/", 200, "<h1>root</h1>" },
	{ "/index.html", 200, "<h1>root</h1>" },
	{ "/a.txt", 200, "letter a" },
	{ "/a.txt?with=query", 200, "letter a" },
	{ "/%61.txt", 200, "letter a" },
	{ "//a.txt", 200, "letter a" },
	{ "/dir/../a.txt", 200, "letter a" },
	{ "/empty", 200, "" },
	{ "/dir/", 200, "second index" },
	{ "/dir", 301, NULL },
	{ "/bare/b%20c&d.html", 200, "odd name" },
	{ "/bare/", 403, "page 403\n" },
	{ "/missing", 404, "page 404\n" },
	{ "/missing/", 404, NULL },
	{ "/a.txt/", 404, NULL },
	{ "/a.txt/more", 404, NULL },
	{ "/.hidden", 404, NULL },
	{ "/.git/config", 404, NULL },
	{ "/.git/", 404, NULL },
	{ "/.git", 404, NULL },
	{ "/dir/.hidden", 404, NULL },
	{ "/%2egit/config", 404, NULL },
	{ "/.well-known/security.txt", 200, "well known" },
};

START_TEST(each_path_has_its_answer)
{
	rig_expect(&rig, plain[_i].target, plain[_i].status, plain[_i].body);
	/* The second time from the cache. */
	rig_expect(&rig, plain[_i].target, plain[_i].status, plain[_i].body);
}
END_TEST

/* One of these reaches a file outside, or it is a fault in two places. */
static const char *const traversals[] = {
	"/../secret",
	"/dir/../../secret",
	"/%2e%2e/secret",
	"/%2e%2e%2fsecret",
	"/..%2fsecret",
	"/..%5csecret",
	"/..\\secret",
	"/%252e%252e/secret",
	"/..%252fsecret",
	"/%c0%ae%c0%ae/secret",
	"/%uff0e%uff0e/secret",
	"/....//secret",
	"/dir/%2e%2e/%2e%2e/secret",
	"/./../secret",
	"/.%00./secret",
	"/a.txt%00.html",
	"/..;/secret",
	"//../secret",
	"/etc/passwd",
	"//etc/passwd",
	"/proc/self/environ",
	"/up/secret",
	"/up2",
	"/absolute",
};

START_TEST(no_spelling_leads_out_of_the_root)
{
	char head[256];
	struct fake *fake;

	tree_mkdir(&rig.tree, "root");
	tree_mkdir(&rig.tree, "root/dir");
	tree_write(&rig.tree, "secret", "secret");
	tree_symlink(&rig.tree, "..", "root/up");
	tree_symlink(&rig.tree, "../secret", "root/up2");
	tree_symlink(&rig.tree, "/etc/passwd", "root/absolute");
	rig.route.files = strdup(tree_path(&rig.tree, "root"));
	rig.route.dotfiles = true;
	rig_restart(&rig);
	/* What the path module refuses never gets here; it is answered 400. */
	if (fake_path_is_acceptable(traversals[_i])) {
		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n", traversals[_i]);
		fake = rig_ask(&rig, head);
		ck_assert_msg(fake->status == 404, "%s: %d", traversals[_i], fake->status);
		ck_assert_ptr_null(strstr(fake_body(fake, NULL), "secret"));
		fake_done(fake);
	}
	free(rig.route.files);
}
END_TEST

START_TEST(a_directory_is_redirected_to_its_slash)
{
	struct fake *fake = rig_get(&rig, "/dir?a=1&b=%2F", NULL);

	expect_status(fake, 301);
	expect_field(fake, "Location", "/dir/?a=1&b=%2F");
	expect_body(fake, "page 301\n");
	fake_done(fake);
}
END_TEST

START_TEST(the_redirect_encodes_what_a_reference_may_not_hold)
{
	struct fake *fake;

	tree_mkdir(&rig.tree, "d \"<x>%");
	fake = rig_get(&rig, "/d%20%22%3Cx%3E%25", NULL);
	expect_status(fake, 301);
	expect_field(fake, "Location", "/d%20%22%3Cx%3E%25/");
	fake_done(fake);
}
END_TEST

START_TEST(a_long_redirect_is_written_whole)
{
	static char target[8200];
	struct fake *fake;

	memset(target, 'q', sizeof(target) - 1);
	memcpy(target, "/dir?", 5);
	fake = rig_get(&rig, target, NULL);
	expect_status(fake, 301);
	ck_assert_uint_eq(strlen(fake_field(fake, "Location")), strlen(target) + 1);
	fake_done(fake);
}
END_TEST

START_TEST(the_prefix_of_the_route_is_no_part_of_the_name)
{
	struct fake *fake;

	rig.prefix_len = strlen("/static/");
	rig_expect(&rig, "/static/a.txt", 200, "letter a");
	rig_expect(&rig, "/static/", 200, "<h1>root</h1>");
	fake = rig_get(&rig, "/static/dir", NULL);
	expect_field(fake, "Location", "/static/dir/");
	fake_done(fake);
	rig.prefix_len = strlen("/static");
	rig_expect(&rig, "/static/a.txt", 200, "letter a");
	rig_expect(&rig, "/static/", 200, "<h1>root</h1>");
	fake = rig_get(&rig, "/static", NULL);
	expect_status(fake, 301);
	expect_field(fake, "Location", "/static/");
	fake_done(fake);
}
END_TEST

START_TEST(a_hidden_prefix_hides_nothing)
{
	rig.prefix_len = strlen("/.private/");
	rig_expect(&rig, "/.private/a.txt", 200, "letter a");
	rig_expect(&rig, "/.private/.hidden", 404, NULL);
}
END_TEST

START_TEST(dotfiles_are_served_where_it_says_so)
{
	rig.route.dotfiles = true;
	rig_restart(&rig);
	rig_expect(&rig, "/.hidden", 200, "hidden");
	rig_expect(&rig, "/.git/config", 200, "hidden");
}
END_TEST

START_TEST(try_answers_what_is_not_there)
{
	rig.route.try_file = strdup("/index.html");
	rig_restart(&rig);
	rig_expect(&rig, "/app/route", 200, "<h1>root</h1>");
	rig_expect(&rig, "/bare/", 200, "<h1>root</h1>");
	rig_expect(&rig, "/.git/config", 200, "<h1>root</h1>");
	rig_expect(&rig, "/a.txt", 200, "letter a");
	rig_expect(&rig, "/dir", 301, NULL);
	free(rig.route.try_file);
}
END_TEST

START_TEST(try_needs_no_slash_and_may_be_missing_itself)
{
	rig.route.try_file = strdup("nowhere.html");
	rig_restart(&rig);
	rig_expect(&rig, "/app/route", 404, NULL);
	rig_expect(&rig, "/bare/", 404, NULL);
	tree_write(&rig.tree, "nowhere.html", "here");
	rig_expect_at(&rig, "/app/route", TREE_NOW + 1, 200, "here");
	free(rig.route.try_file);
}
END_TEST

START_TEST(what_is_neither_file_nor_directory_is_refused)
{
	ck_assert_int_eq(mkfifoat(rig.tree.fd, "fifo", 0644), 0);
	rig_expect(&rig, "/fifo", 403, NULL);
}
END_TEST

START_TEST(an_unreadable_file_is_refused)
{
	ck_assert_int_eq(fchmodat(rig.tree.fd, "a.txt", 0, 0), 0);
	ck_assert_int_eq(fchmodat(rig.tree.fd, "dir/index.txt", 0, 0), 0);
	ck_assert_int_eq(chmod(rig.tree.path, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	rig_expect(&rig, "/a.txt", 403, "page 403\n");
	rig_expect(&rig, "/dir/", 403, NULL);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(the_fields_are_those_of_the_file)
{
	struct fake *fake = rig_get(&rig, "/index.html", NULL);

	expect_status(fake, 200);
	expect_field(fake, "Content-Type", "text/html; charset=utf-8");
	expect_field(fake, "Last-Modified", "Sun, 13 Sep 2020 12:26:40 GMT");
	expect_field(fake, "Accept-Ranges", "bytes");
	expect_field(fake, "Vary", "Accept-Encoding");
	expect_field(fake, "Content-Encoding", NULL);
	expect_field(fake, "Cache-Control", NULL);
	ck_assert_int_eq(fake_field(fake, "ETag")[0], '"');
	fake_done(fake);
}
END_TEST

START_TEST(cache_control_is_the_routes)
{
	struct fake *fake;

	rig.route.cache_control = strdup("public, max-age=60");
	rig.route.precompressed = false;
	rig_restart(&rig);
	fake = rig_get(&rig, "/a.txt", NULL);
	expect_field(fake, "Cache-Control", "public, max-age=60");
	expect_field(fake, "Vary", NULL);
	fake_done(fake);
	free(rig.route.cache_control);
}
END_TEST

START_TEST(head_has_the_fields_and_no_body)
{
	struct fake *head = rig_ask(&rig, "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n");
	struct fake *get = rig_get(&rig, "/a.txt", NULL);

	expect_status(head, 200);
	ck_assert_str_eq(head->fields, get->fields);
	ck_assert_int_eq(head->content_length, 8);
	expect_body(head, "");
	fake_done(head);
	fake_done(get);
}
END_TEST

START_TEST(a_file_of_each_size_arrives_whole)
{
	static const size_t sizes[] = { 1, 12288, 12289, 65536, 65537, 300000 };
	struct fake *fake;
	const char *body;
	size_t len;

	tree_write_pattern(&rig.tree, "big", sizes[_i]);
	for (int round = 0; round < 2; round++) {
		fake = rig_get(&rig, "/big", NULL);
		expect_status(fake, 200);
		body = fake_body(fake, &len);
		ck_assert_uint_eq(len, sizes[_i]);
		for (size_t i = 0; i < len; i++)
			ck_assert_int_eq(body[i], tree_pattern(i));
		fake_done(fake);
	}
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, sizes[_i] > 65536 ? 1 : 0);
}
END_TEST

START_TEST(an_answer_in_flight_outlives_the_cache)
{
	struct fake *lent, *large;
	size_t len;

	tree_write_pattern(&rig.tree, "lent", 50000);
	tree_write_pattern(&rig.tree, "large", 100000);
	lent = rig_get(&rig, "/lent", NULL);
	large = rig_get(&rig, "/large", NULL);
	rig_restart(&rig);
	ck_assert_int_eq(fake_body(lent, &len)[49999], tree_pattern(49999));
	ck_assert_int_eq(fake_body(large, &len)[99999], tree_pattern(99999));
	fake_done(lent);
	fake_done(large);
}
END_TEST

START_TEST(without_a_cache_everything_still_works)
{
	rig.limits = (struct file_cache_limits){ 0 };
	rig.memory_max = _i == 0 ? 0 : 65536;
	rig_restart(&rig);
	rig_expect(&rig, "/", 200, "<h1>root</h1>");
	rig_expect(&rig, "/dir/", 200, "second index");
	rig_expect(&rig, "/empty", 200, "");
	rig_expect(&rig, "/missing", 404, NULL);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_not_there)
{
	static char target[6000];

	memset(target, 'a', sizeof(target) - 1);
	target[0] = '/';
	rig_expect(&rig, target, 404, NULL);
	target[300] = '\0';
	rig_expect(&rig, target, 404, NULL);
}
END_TEST

START_TEST(without_descriptors_the_answer_is_503)
{
	struct rlimit limit = { 0, 0 };
	struct fake *fake;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fake = rig_get(&rig, "/a.txt", NULL);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	expect_status(fake, 503);
	expect_field(fake, "Retry-After", "5");
	fake_done(fake);
	/* It is not remembered. */
	rig_expect(&rig, "/a.txt", 200, "letter a");
}
END_TEST

START_TEST(the_cache_gives_up_its_descriptors_first)
{
	struct rlimit limit, before;
	int last;

	tree_write_pattern(&rig.tree, "large", 100000);
	rig_expect(&rig, "/large", 200, NULL);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
	last = dup(0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)last;
	close(last);
	/* The lowest free descriptor is above the limit until the cache closes its own. */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	rig_expect(&rig, "/a.txt", 200, "letter a");
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

START_TEST(a_handler_that_cannot_be_made_says_why)
{
	static const struct {
		const char *files, *cache_control, *sentence;
	} cases[] = {
		{ "/nowhere/at/all", NULL, "cannot be opened: No such file or directory" },
		{ "/", "a\r\nb: c", "control character" },
		{ "/", NULL, NULL },
	};
	char bytes[512];
	struct text why = text_over(bytes, sizeof(bytes));
	struct handler_context context = { .cache = rig.cache };
	char long_value[HANDLER_CACHE_CONTROL_MAX + 2];
	struct config_route route = rig.route;

	memset(long_value, 'a', sizeof(long_value) - 1);
	long_value[sizeof(long_value) - 1] = '\0';
	route.files = strdup(cases[_i].files);
	route.cache_control = strdup(cases[_i].sentence && !cases[_i].cache_control ? ""
		: cases[_i].cache_control ? cases[_i].cache_control
					  : long_value);
	ck_assert_ptr_null(files_kind.make(&route, &context, &why));
	ck_assert_ptr_nonnull(
	    strstr(text_string(&why), cases[_i].sentence ? cases[_i].sentence : "longer than 256"));
	free(route.files);
	free(route.cache_control);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/files");
	TCase *tcase = tcase_create("all");

	tcase_set_timeout(tcase, 60); /* a machine may be busy */
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, each_path_has_its_answer, 0, COUNT(plain));
	tcase_add_loop_test(tcase, no_spelling_leads_out_of_the_root, 0, COUNT(traversals));
	tcase_add_test(tcase, a_directory_is_redirected_to_its_slash);
	tcase_add_test(tcase, the_redirect_encodes_what_a_reference_may_not_hold);
	tcase_add_test(tcase, a_long_redirect_is_written_whole);
	tcase_add_test(tcase, the_prefix_of_the_route_is_no_part_of_the_name);
	tcase_add_test(tcase, a_hidden_prefix_hides_nothing);
	tcase_add_test(tcase, dotfiles_are_served_where_it_says_so);
	tcase_add_test(tcase, try_answers_what_is_not_there);
	tcase_add_test(tcase, try_needs_no_slash_and_may_be_missing_itself);
	tcase_add_test(tcase, what_is_neither_file_nor_directory_is_refused);
	tcase_add_test(tcase, an_unreadable_file_is_refused);
	tcase_add_test(tcase, the_fields_are_those_of_the_file);
	tcase_add_test(tcase, cache_control_is_the_routes);
	tcase_add_test(tcase, head_has_the_fields_and_no_body);
	tcase_add_loop_test(tcase, a_file_of_each_size_arrives_whole, 0, 6);
	tcase_add_test(tcase, an_answer_in_flight_outlives_the_cache);
	tcase_add_loop_test(tcase, without_a_cache_everything_still_works, 0, 2);
	tcase_add_test(tcase, a_name_that_is_too_long_is_not_there);
	tcase_add_test(tcase, without_descriptors_the_answer_is_503);
	tcase_add_test(tcase, the_cache_gives_up_its_descriptors_first);
	tcase_add_loop_test(tcase, a_handler_that_cannot_be_made_says_why, 0, 3);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
