/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/file_open.
 */
#include "handler/file_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"

static struct tree tree;
static struct file_root *root;
static char bytes[512];
static struct text why;

static void
set_up(void)
{
	why = text_over(bytes, sizeof(bytes));
	tree_init(&tree);
	tree_mkdir(&tree, "root");
	tree_mkdir(&tree, "root/dir");
	tree_write(&tree, "root/file", "inside");
	tree_write(&tree, "root/dir/file", "deeper");
	tree_write(&tree, "secret", "outside");
	root = file_root_new(tree_path(&tree, "root"), &why);
	ck_assert_ptr_nonnull(root);
}

static void
tear_down(void)
{
	file_root_free(root);
	tree_done(&tree);
}

static int
open_and_close(const char *path)
{
	struct stat stat;
	int fd = file_open(root, path, &stat);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

START_TEST(a_file_and_a_directory_are_opened)
{
	struct stat stat;
	int fd = file_open(root, "dir/file", &stat);

	ck_assert_int_ge(fd, 0);
	ck_assert(S_ISREG(stat.st_mode) && stat.st_size == 6);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = file_open(root, ".", &stat);
	ck_assert_int_ge(fd, 0);
	ck_assert(S_ISDIR(stat.st_mode));
	close(fd);
}
END_TEST

/* Whatever a path says, and whoever let it through, the kernel keeps it inside. */
static const struct {
	const char *path;
	int error;
} escapes[] = {
	{ "..", EXDEV },
	{ "../secret", EXDEV },
	{ "dir/../../secret", EXDEV },
	{ "./.././secret", EXDEV },
	{ "/etc/passwd", EXDEV },
	{ "/", EXDEV },
	{ "dir/../../root/file", EXDEV },
	{ "%2e%2e/secret", ENOENT },
	{ "..%2fsecret", ENOENT },
	{ "..\\secret", ENOENT },
	{ "missing", ENOENT },
	{ "", ENOENT },
	{ "file/", ENOTDIR },
	{ "file/more", ENOTDIR },
};

START_TEST(nothing_outside_the_root_is_opened)
{
	ck_assert_msg(open_and_close(escapes[_i].path) == -escapes[_i].error, "%s: %s",
	    escapes[_i].path, strerror(-open_and_close(escapes[_i].path)));
}
END_TEST

static const struct {
	const char *target;
	int error;
} links[] = {
	{ "file", 0 },
	{ "dir/file", 0 },
	{ "dir", 0 },
	{ "dir/../file", 0 },
	{ "../secret", EXDEV },
	{ "..", EXDEV },
	{ "/etc/passwd", EXDEV },
	{ "missing", ENOENT },
	{ "link", ELOOP },
};

START_TEST(a_link_is_followed_inside_the_root_only)
{
	tree_symlink(&tree, links[_i].target, "root/link");
	ck_assert_int_eq(open_and_close("link"), -links[_i].error);
}
END_TEST

START_TEST(an_absolute_link_is_refused_even_inside)
{
	tree_symlink(&tree, tree_path(&tree, "root/file"), "root/link");
	ck_assert_int_eq(open_and_close("link"), -EXDEV);
}
END_TEST

START_TEST(a_magic_link_is_refused)
{
	struct file_root *proc = file_root_new("/proc/self", &why);
	struct stat stat;

	ck_assert_ptr_nonnull(proc);
	ck_assert_int_lt(file_open(proc, "exe", &stat), 0);
	ck_assert_int_lt(file_open(proc, "root/etc/passwd", &stat), 0);
	file_root_free(proc);
}
END_TEST

START_TEST(a_fifo_neither_blocks_nor_opens)
{
	ck_assert_int_eq(mkfifoat(tree.fd, "root/fifo", 0644), 0);
	ck_assert_int_eq(open_and_close("fifo"), -ENXIO);
}
END_TEST

START_TEST(a_socket_does_not_open)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", tree_path(&tree, "root/s"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(open_and_close("s"), -ENXIO);
	close(fd);
}
END_TEST

START_TEST(an_unreadable_file_is_refused_but_can_be_described)
{
	struct stat stat;

	ck_assert_int_eq(fchmodat(tree.fd, "root/file", 0, 0), 0);
	ck_assert_int_eq(chmod(tree.path, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(open_and_close("file"), -EACCES);
	ck_assert_int_eq(file_stat(root, "file", &stat), 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_no_file)
{
	char path[5000];

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(open_and_close(path), -ENAMETOOLONG);
}
END_TEST

static const struct {
	int error, status;
} statuses[] = {
	{ ENOENT, 404 },
	{ ENOTDIR, 404 },
	{ ELOOP, 404 },
	{ EXDEV, 404 },
	{ ENAMETOOLONG, 404 },
	{ EACCES, 403 },
	{ EPERM, 403 },
	{ ENXIO, 403 },
	{ ENODEV, 403 },
	{ EMFILE, 503 },
	{ ENFILE, 503 },
	{ ENOMEM, 503 },
	{ EAGAIN, 503 },
	{ EIO, 500 },
};

START_TEST(each_error_has_its_status)
{
	ck_assert_int_eq(file_error_status(-statuses[_i].error), statuses[_i].status);
}
END_TEST

START_TEST(a_root_that_cannot_be_opened_is_explained)
{
	ck_assert_ptr_null(file_root_new(tree_path(&tree, "nowhere"), &why));
	ck_assert_ptr_nonnull(strstr(text_string(&why), "nowhere cannot be opened: No such file"));
	why.len = 0;
	ck_assert_ptr_null(file_root_new(tree_path(&tree, "secret"), &why));
	ck_assert_ptr_nonnull(strstr(text_string(&why), "Not a directory"));
}
END_TEST

START_TEST(a_root_that_was_swapped_is_opened_anew)
{
	tree_mkdir(&tree, "next");
	tree_write(&tree, "next/new", "release");
	file_root_refresh(root, 1);
	ck_assert_int_eq(renameat2(tree.fd, "next", tree.fd, "root", RENAME_EXCHANGE), 0);
	file_root_refresh(root, 1);
	ck_assert_int_eq(open_and_close("new"), -ENOENT);
	file_root_refresh(root, 2);
	ck_assert_int_eq(open_and_close("new"), 0);
}
END_TEST

START_TEST(a_root_that_went_away_stays_open)
{
	ck_assert_int_eq(renameat(tree.fd, "root", tree.fd, "moved"), 0);
	file_root_refresh(root, 1);
	ck_assert_int_eq(open_and_close("file"), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/file_open");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_file_and_a_directory_are_opened);
	tcase_add_loop_test(tcase, nothing_outside_the_root_is_opened, 0, COUNT(escapes));
	tcase_add_loop_test(tcase, a_link_is_followed_inside_the_root_only, 0, COUNT(links));
	tcase_add_test(tcase, an_absolute_link_is_refused_even_inside);
	tcase_add_test(tcase, a_magic_link_is_refused);
	tcase_add_test(tcase, a_fifo_neither_blocks_nor_opens);
	tcase_add_test(tcase, a_socket_does_not_open);
	tcase_add_test(tcase, an_unreadable_file_is_refused_but_can_be_described);
	tcase_add_test(tcase, a_path_that_is_too_long_is_no_file);
	tcase_add_loop_test(tcase, each_error_has_its_status, 0, COUNT(statuses));
	tcase_add_test(tcase, a_root_that_cannot_be_opened_is_explained);
	tcase_add_test(tcase, a_root_that_was_swapped_is_opened_anew);
	tcase_add_test(tcase, a_root_that_went_away_stays_open);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
