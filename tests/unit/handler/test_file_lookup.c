/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/file_lookup and handler/file_entry: files that change under the cache,
 * and what their validators say then.
 */
#include "handler/file_lookup.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "handler/file_entry.h"
#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	tree_write(&rig.tree, "a", "first");
	tree_write_pattern(&rig.tree, "large", 100000);
	rig_start(&rig);
}

static void
tear_down(void)
{
	rig_done(&rig);
}

/* A copy of the field; the caller frees it. */
static char *
field_at(const char *target, const char *name, int64_t now)
{
	struct fake *fake = rig_get_at(&rig, target, NULL, now);
	char *value = strdup(fake_field(fake, name));

	fake_done(fake);
	return value;
}

START_TEST(a_change_is_seen_within_a_second)
{
	rig_expect(&rig, "/a", 200, "first");
	tree_write(&rig.tree, "a", "other");
	/* Within the second the answer may be the old one, and is whole. */
	rig_expect(&rig, "/a", 200, "first");
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 200, "other");
}
END_TEST

START_TEST(a_change_is_seen_when_size_and_time_are_the_same)
{
	rig_expect(&rig, "/a", 200, "first");
	tree_write(&rig.tree, "b", "FIRST");
	ck_assert_int_eq(renameat(rig.tree.fd, "b", rig.tree.fd, "a"), 0);
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 200, "FIRST");
}
END_TEST

START_TEST(an_unchanged_file_is_kept)
{
	rig_expect(&rig, "/large", 200, NULL);
	rig_expect_at(&rig, "/large", TREE_NOW + 1, 200, NULL);
	rig_expect_at(&rig, "/large", TREE_NOW + 1, 200, NULL);
	ck_assert_uint_eq(file_cache_counts(rig.cache).hits, 1);
	ck_assert_uint_eq(file_cache_counts(rig.cache).stale, 1);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
}
END_TEST

static void
ask_for_large(int times)
{
	for (int i = 0; i < times; i++)
		rig_expect(&rig, "/large", 200, NULL);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
}

START_TEST(a_file_that_is_asked_for_often_is_read_into_memory)
{
	struct fake *fake;
	const char *body;
	size_t len;

	ask_for_large(FILE_HOT_ANSWERS);
	fake = rig_get_at(&rig, "/large", NULL, TREE_NOW + _i);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 0);
	ck_assert_uint_eq(file_cache_usage(rig.cache).files, 1);
	ck_assert_uint_eq(file_cache_usage(rig.cache).bytes, 100000);
	body = fake_body(fake, &len);
	ck_assert_uint_eq(len, 100000);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(body[i], tree_pattern(i));
	fake_done(fake);
}
END_TEST

START_TEST(one_that_is_asked_for_less_often_stays_a_descriptor)
{
	for (int i = 0; i < 3; i++) {
		for (int n = 1; n < FILE_HOT_ANSWERS; n++)
			rig_expect_at(&rig, "/large", TREE_NOW + i, 200, NULL);
		ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
	}
}
END_TEST

START_TEST(one_that_is_too_large_stays_a_descriptor)
{
	rig.hot_max = 99999;
	rig_restart(&rig);
	ask_for_large(2 * FILE_HOT_ANSWERS);
	rig_expect_at(&rig, "/large", TREE_NOW + 1, 200, NULL);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
}
END_TEST

START_TEST(one_that_changes_while_it_is_asked_for_often_begins_anew)
{
	ask_for_large(FILE_HOT_ANSWERS);
	ck_assert_int_eq(truncate(tree_path(&rig.tree, "large"), 80000), 0);
	rig_expect_at(&rig, "/large", TREE_NOW + 1, 200, NULL);
	ck_assert_uint_eq(file_cache_usage(rig.cache).descriptors, 1);
	ck_assert_uint_eq(file_cache_usage(rig.cache).bytes, 0);
}
END_TEST

START_TEST(a_truncated_file_is_served_as_it_is_now)
{
	struct fake *fake;

	rig_expect(&rig, "/a", 200, "first");
	ck_assert_int_eq(truncate(tree_path(&rig.tree, "a"), 2), 0);
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 200, "fi");
	rig_expect(&rig, "/large", 200, NULL);
	ck_assert_int_eq(truncate(tree_path(&rig.tree, "large"), 70000), 0);
	fake = rig_get_at(&rig, "/large", NULL, TREE_NOW + 1);
	ck_assert_int_eq(fake->content_length, 70000);
	fake_done(fake);
}
END_TEST

START_TEST(a_deleted_file_is_gone_and_a_new_one_is_there)
{
	rig_expect(&rig, "/a", 200, "first");
	ck_assert_int_eq(unlinkat(rig.tree.fd, "a", 0), 0);
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 404, NULL);
	tree_write(&rig.tree, "a", "again");
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 404, NULL);
	rig_expect_at(&rig, "/a", TREE_NOW + 2, 200, "again");
}
END_TEST

START_TEST(a_file_becomes_a_directory_and_back)
{
	rig_expect(&rig, "/a", 200, "first");
	ck_assert_int_eq(unlinkat(rig.tree.fd, "a", 0), 0);
	tree_mkdir(&rig.tree, "a");
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 301, NULL);
	ck_assert_int_eq(unlinkat(rig.tree.fd, "a", AT_REMOVEDIR), 0);
	tree_write(&rig.tree, "a", "file");
	rig_expect_at(&rig, "/a", TREE_NOW + 2, 200, "file");
}
END_TEST

START_TEST(an_index_that_appears_is_found)
{
	tree_mkdir(&rig.tree, "dir");
	rig_expect(&rig, "/dir/", 403, NULL);
	tree_write(&rig.tree, "dir/index.txt", "text");
	rig_expect_at(&rig, "/dir/", TREE_NOW + 1, 200, "text");
	tree_write(&rig.tree, "dir/index.html", "html");
	rig_expect_at(&rig, "/dir/", TREE_NOW + 2, 200, "html");
}
END_TEST

START_TEST(an_index_that_is_a_directory_is_passed_over)
{
	tree_mkdir(&rig.tree, "index.html");
	tree_write(&rig.tree, "index.txt", "text");
	rig_expect(&rig, "/", 200, "text");
}
END_TEST

START_TEST(the_same_file_by_another_name_has_that_names_type)
{
	char *type;

	tree_write(&rig.tree, "file", "text");
	tree_symlink(&rig.tree, "file", "index.html");
	tree_symlink(&rig.tree, "file", "index.txt");
	rig_expect(&rig, "/", 200, "text");
	ck_assert_int_eq(unlinkat(rig.tree.fd, "index.html", 0), 0);
	type = field_at("/", "Content-Type", TREE_NOW + 1);
	ck_assert_str_eq(type, "text/plain; charset=utf-8");
	free(type);
}
END_TEST

START_TEST(a_root_behind_a_link_can_be_swapped)
{
	tree_mkdir(&rig.tree, "one");
	tree_mkdir(&rig.tree, "two");
	tree_write(&rig.tree, "one/v", "1");
	tree_write(&rig.tree, "two/v", "2");
	tree_symlink(&rig.tree, "one", "current");
	rig.route.files = strdup(tree_path(&rig.tree, "current"));
	rig_restart(&rig);
	rig_expect(&rig, "/v", 200, "1");
	tree_symlink(&rig.tree, "two", "next");
	ck_assert_int_eq(renameat(rig.tree.fd, "next", rig.tree.fd, "current"), 0);
	rig_expect_at(&rig, "/v", TREE_NOW + 1, 200, "2");
	free(rig.route.files);
}
END_TEST

START_TEST(a_young_file_has_a_weak_tag_until_it_is_older)
{
	char *weak, *strong;

	tree_set_modified(&rig.tree, "a", TREE_NOW - 1, 999999999);
	weak = field_at("/a", "ETag", TREE_NOW);
	strong = field_at("/a", "ETag", TREE_NOW + 1);
	ck_assert_int_eq(strncmp(weak, "W/\"", 3), 0);
	ck_assert_str_eq(weak + 2, strong);
	free(weak);
	free(strong);
}
END_TEST

START_TEST(a_young_file_is_read_again_although_it_looks_the_same)
{
	int fd;

	tree_set_modified(&rig.tree, "a", TREE_NOW, 0);
	rig_expect(&rig, "/a", 200, "first");
	/* As if written within one tick of the file system's clock. */
	fd = openat(rig.tree.fd, "a", O_WRONLY);
	ck_assert_int_eq(write(fd, "FIRST", 5), 5);
	close(fd);
	tree_set_modified(&rig.tree, "a", TREE_NOW, 0);
	rig_expect_at(&rig, "/a", TREE_NOW + 1, 200, "FIRST");
}
END_TEST

START_TEST(a_time_in_the_future_is_not_sent)
{
	char *date, *tag;

	tree_set_modified(&rig.tree, "a", TREE_NOW + 1000000, 0);
	date = field_at("/a", "Last-Modified", TREE_NOW);
	tag = field_at("/a", "ETag", TREE_NOW);
	ck_assert_str_eq(date, "Tue, 14 Nov 2023 22:13:20 GMT");
	ck_assert_int_eq(tag[0], 'W');
	free(date);
	free(tag);
}
END_TEST

START_TEST(the_tag_changes_with_each_thing_it_is_made_of)
{
	char *tags[5];

	tags[0] = field_at("/a", "ETag", TREE_NOW);
	tree_set_modified(&rig.tree, "a", TREE_LONG_AGO, 1);
	tags[1] = field_at("/a", "ETag", TREE_NOW + 1);
	tree_write(&rig.tree, "a", "longer than it was");
	tags[2] = field_at("/a", "ETag", TREE_NOW + 2);
	tree_write(&rig.tree, "b", "LONGER THAN IT WAS");
	ck_assert_int_eq(renameat(rig.tree.fd, "b", rig.tree.fd, "a"), 0);
	tags[3] = field_at("/a", "ETag", TREE_NOW + 3);
	tree_set_modified(&rig.tree, "a", TREE_LONG_AGO + 1, 0);
	tags[4] = field_at("/a", "ETag", TREE_NOW + 4);
	for (int i = 0; i < 5; i++)
		for (int j = i + 1; j < 5; j++)
			ck_assert_str_ne(tags[i], tags[j]);
	for (int i = 0; i < 5; i++)
		free(tags[i]);
}
END_TEST

START_TEST(an_unchanged_file_keeps_its_tag)
{
	char *before = field_at("/a", "ETag", TREE_NOW);
	char *after;

	rig_restart(&rig);
	after = field_at("/a", "ETag", TREE_NOW + 100);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(unknown_paths_are_remembered_within_bounds)
{
	char target[32];

	for (int i = 0; i < 100; i++) {
		snprintf(target, sizeof(target), "/missing/%d", i);
		rig_expect(&rig, target, 404, NULL);
	}
	ck_assert_uint_eq(file_cache_usage(rig.cache).verdicts, rig.limits.verdicts);
	rig_expect(&rig, "/missing/99", 404, NULL);
	ck_assert_uint_eq(file_cache_counts(rig.cache).hits, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/file_lookup");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_change_is_seen_within_a_second);
	tcase_add_test(tcase, a_change_is_seen_when_size_and_time_are_the_same);
	tcase_add_test(tcase, an_unchanged_file_is_kept);
	tcase_add_loop_test(tcase, a_file_that_is_asked_for_often_is_read_into_memory, 0, 2);
	tcase_add_test(tcase, one_that_is_asked_for_less_often_stays_a_descriptor);
	tcase_add_test(tcase, one_that_is_too_large_stays_a_descriptor);
	tcase_add_test(tcase, one_that_changes_while_it_is_asked_for_often_begins_anew);
	tcase_add_test(tcase, a_truncated_file_is_served_as_it_is_now);
	tcase_add_test(tcase, a_deleted_file_is_gone_and_a_new_one_is_there);
	tcase_add_test(tcase, a_file_becomes_a_directory_and_back);
	tcase_add_test(tcase, an_index_that_appears_is_found);
	tcase_add_test(tcase, an_index_that_is_a_directory_is_passed_over);
	tcase_add_test(tcase, the_same_file_by_another_name_has_that_names_type);
	tcase_add_test(tcase, a_root_behind_a_link_can_be_swapped);
	tcase_add_test(tcase, a_young_file_has_a_weak_tag_until_it_is_older);
	tcase_add_test(tcase, a_young_file_is_read_again_although_it_looks_the_same);
	tcase_add_test(tcase, a_time_in_the_future_is_not_sent);
	tcase_add_test(tcase, the_tag_changes_with_each_thing_it_is_made_of);
	tcase_add_test(tcase, an_unchanged_file_keeps_its_tag);
	tcase_add_test(tcase, unknown_paths_are_remembered_within_bounds);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
