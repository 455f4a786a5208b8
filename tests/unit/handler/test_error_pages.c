/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/error_pages and handler/file_load.
 */
#include "handler/error_pages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handler/file_load.h"
#include "rig.h"

static struct tree tree;
static struct config_error_page configs[2];
static struct config_service service;
static struct error_pages *pages;
static char bytes[1024];
static struct text why;

static void
set_up(void)
{
	tree_init(&tree);
	why = text_over(bytes, sizeof(bytes));
	service = (struct config_service){ .error_pages = configs };
	pages = NULL;
}

static void
tear_down(void)
{
	error_pages_free(pages);
	for (size_t i = 0; i < service.error_page_count; i++)
		free(configs[i].file);
	tree_done(&tree);
}

static void
add_page(int status, const char *name)
{
	configs[service.error_page_count++] =
	    (struct config_error_page){ .status = status, .file = strdup(tree_path(&tree, name)) };
}

static void
expect_page(int status, const char *body, const char *type)
{
	struct slice found_body, found_type;

	error_pages_find(pages, status, &found_body, &found_type);
	ck_assert(slice_equals(found_body, slice_of(body)));
	ck_assert(slice_equals(found_type, slice_of(type)));
}

#define PLAIN "text/plain; charset=utf-8"

START_TEST(every_status_has_a_line)
{
	pages = error_pages_new(&service, NULL, &why);
	ck_assert_ptr_nonnull(pages);
	expect_page(404, "404 Not Found\n", PLAIN);
	expect_page(431, "431 Request Header Fields Too Large\n", PLAIN);
	expect_page(308, "308 Permanent Redirect\n", PLAIN);
	expect_page(505, "505 HTTP Version Not Supported\n", PLAIN);
	expect_page(499, "499\n", PLAIN);
	expect_page(599, "599\n", PLAIN);
	expect_page(300, "300 Multiple Choices\n", PLAIN);
	expect_page(0, "500 Internal Server Error\n", PLAIN);
	expect_page(600, "500 Internal Server Error\n", PLAIN);
	expect_page(-1, "500 Internal Server Error\n", PLAIN);
}
END_TEST

START_TEST(a_page_of_the_operators_is_read_once)
{
	tree_write(&tree, "404.html", "<h1>Not here</h1>");
	tree_write(&tree, "empty", "");
	add_page(404, "404.html");
	add_page(503, "empty");
	pages = error_pages_new(&service, NULL, &why);
	ck_assert_msg(pages, "%s", text_string(&why));
	ck_assert_int_eq(unlinkat(tree.fd, "404.html", 0), 0);
	expect_page(404, "<h1>Not here</h1>", "text/html; charset=utf-8");
	expect_page(503, "", "application/octet-stream");
	expect_page(403, "403 Forbidden\n", PLAIN);
}
END_TEST

START_TEST(two_pages_for_a_status_leave_the_last)
{
	tree_write(&tree, "one.txt", "one");
	tree_write(&tree, "two.txt", "two");
	add_page(404, "one.txt");
	add_page(404, "two.txt");
	pages = error_pages_new(&service, NULL, &why);
	expect_page(404, "two", PLAIN);
}
END_TEST

START_TEST(a_page_of_the_greatest_size_fits_and_no_more)
{
	struct slice body, type;

	tree_write_pattern(&tree, "page", ERROR_PAGE_MAX);
	add_page(500, "page");
	pages = error_pages_new(&service, NULL, &why);
	ck_assert_ptr_nonnull(pages);
	error_pages_find(pages, 500, &body, &type);
	ck_assert_uint_eq(body.len, ERROR_PAGE_MAX);
	error_pages_free(pages);
	tree_write_pattern(&tree, "page", ERROR_PAGE_MAX + 1);
	pages = error_pages_new(&service, NULL, &why);
	ck_assert_ptr_null(pages);
	ck_assert_ptr_nonnull(strstr(text_string(&why), "page is larger than 1048576 bytes"));
}
END_TEST

START_TEST(a_file_that_is_longer_than_it_says_is_refused)
{
	size_t len = 7;

	/* Its size is said to be 0. */
	ck_assert_ptr_null(file_load("/proc/self/status", 10, &len, &why));
	ck_assert_str_eq(text_string(&why), "/proc/self/status is larger than 10 bytes");
	ck_assert_uint_eq(len, 7);
}
END_TEST

static const struct {
	int status;
	const char *name, *sentence;
} faults[] = {
	{ 404, "missing", "missing cannot be read: No such file or directory" },
	{ 404, "dir", "dir is not a regular file" },
	{ 404, "fifo", "fifo is not a regular file" },
	{ 200, "page", "only answers from 300 to 599 have pages" },
	{ 600, "page", "only answers from 300 to 599 have pages" },
};

START_TEST(a_page_that_cannot_be_read_is_explained)
{
	tree_write(&tree, "page", "page");
	tree_mkdir(&tree, "dir");
	ck_assert_int_eq(mkfifoat(tree.fd, "fifo", 0644), 0);
	add_page(faults[_i].status, faults[_i].name);
	pages = error_pages_new(&service, NULL, &why);
	ck_assert_ptr_null(pages);
	ck_assert_msg(
	    strstr(text_string(&why), faults[_i].sentence), "it says: %s", text_string(&why));
	ck_assert_int_eq(strncmp(bytes, "error_page \"", 12), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/error_pages");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, every_status_has_a_line);
	tcase_add_test(tcase, a_page_of_the_operators_is_read_once);
	tcase_add_test(tcase, two_pages_for_a_status_leave_the_last);
	tcase_add_test(tcase, a_page_of_the_greatest_size_fits_and_no_more);
	tcase_add_test(tcase, a_file_that_is_longer_than_it_says_is_refused);
	tcase_add_loop_test(tcase, a_page_that_cannot_be_read_is_explained, 0, COUNT(faults));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
