/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/file_cache.
 */
#include "handler/file_cache.h"

#include <stdio.h>

#include "handler/file_entry.h"
#include "net/file_body.h"
#include "rig.h"

static const int scope, other_scope;
static struct file_cache *cache;

static void
start(size_t files, size_t bytes, size_t descriptors, size_t verdicts)
{
	cache = file_cache_new(&(struct file_cache_limits){ files, bytes, descriptors, verdicts });
	ck_assert_ptr_nonnull(cache);
}

static void
tear_down(void)
{
	file_cache_free(cache);
}

static struct file_cache_key
key_of(const char *path)
{
	return (struct file_cache_key){ &scope, 0, slice_of(path) };
}

/* A file of `size` bytes in memory; a size below 0: by descriptor. */
static struct file_entry *
file_of(int64_t size)
{
	struct file_entry *entry = file_entry_new_verdict(FILE_ENTRY_FILE, 0);

	ck_assert_ptr_nonnull(entry);
	entry->size = size;
	if (size < 0)
		entry->segment = file_body_new(-1, 0);
	else
		entry->body = "";
	return entry;
}

static void
store(const char *path, struct file_entry *entry, int64_t now)
{
	struct file_cache_key key = key_of(path);

	file_cache_store(cache, &key, entry, now);
	file_entry_unref(entry);
}

static struct file_entry *
find(const char *path)
{
	struct file_cache_key key = key_of(path);
	bool is_fresh;

	return file_cache_find(cache, &key, 1, &is_fresh);
}

START_TEST(what_was_stored_is_found)
{
	struct file_entry *entry = file_of(10);

	start(4, 100, 4, 4);
	store("/a", entry, 1);
	ck_assert_ptr_eq(find("/a"), entry);
	ck_assert_ptr_null(find("/b"));
	ck_assert_ptr_null(find(""));
	ck_assert_uint_eq(file_cache_counts(cache).hits, 1);
	ck_assert_uint_eq(file_cache_counts(cache).misses, 2);
}
END_TEST

START_TEST(scope_and_variant_tell_entries_apart)
{
	struct file_cache_key key = key_of("/a");
	struct file_entry *entry = file_of(10);
	bool is_fresh;

	start(4, 100, 4, 4);
	store("/a", entry, 1);
	key.scope = &other_scope;
	ck_assert_ptr_null(file_cache_find(cache, &key, 1, &is_fresh));
	key = key_of("/a");
	key.variant = 1;
	ck_assert_ptr_null(file_cache_find(cache, &key, 1, &is_fresh));
}
END_TEST

START_TEST(an_entry_is_fresh_within_its_second)
{
	struct file_cache_key key = key_of("/a");
	struct file_entry *entry = file_of(10);
	bool is_fresh = false;

	start(4, 100, 4, 4);
	store("/a", entry, 7);
	ck_assert_ptr_eq(file_cache_find(cache, &key, 7, &is_fresh), entry);
	ck_assert(is_fresh);
	ck_assert_ptr_eq(file_cache_find(cache, &key, 8, &is_fresh), entry);
	ck_assert(!is_fresh);
	/* The clock was set back: not fresh for hours, but checked. */
	ck_assert_ptr_eq(file_cache_find(cache, &key, 3, &is_fresh), entry);
	ck_assert(!is_fresh);
	file_cache_store(cache, &key, entry, 8);
	ck_assert_ptr_eq(file_cache_find(cache, &key, 8, &is_fresh), entry);
	ck_assert(is_fresh);
	ck_assert_uint_eq(file_cache_usage(cache).bytes, 10);
}
END_TEST

START_TEST(the_least_recently_used_goes_first)
{
	start(3, 100, 4, 4);
	store("/a", file_of(1), 1);
	store("/b", file_of(1), 1);
	store("/c", file_of(1), 1);
	ck_assert_ptr_nonnull(find("/a"));
	store("/d", file_of(1), 1);
	ck_assert_ptr_null(find("/b"));
	ck_assert_ptr_nonnull(find("/a"));
	ck_assert_ptr_nonnull(find("/c"));
	ck_assert_ptr_nonnull(find("/d"));
	ck_assert_uint_eq(file_cache_usage(cache).files, 3);
	ck_assert_uint_eq(file_cache_counts(cache).evicted, 1);
}
END_TEST

START_TEST(bytes_are_bounded)
{
	start(10, 100, 4, 4);
	store("/a", file_of(40), 1);
	store("/b", file_of(40), 1);
	store("/c", file_of(30), 1);
	ck_assert_ptr_null(find("/a"));
	ck_assert_uint_eq(file_cache_usage(cache).bytes, 70);
	store("/d", file_of(100), 1);
	ck_assert_uint_eq(file_cache_usage(cache).files, 1);
	ck_assert_uint_eq(file_cache_usage(cache).bytes, 100);
	store("/e", file_of(101), 1);
	ck_assert_ptr_null(find("/e"));
	ck_assert_ptr_nonnull(find("/d"));
}
END_TEST

START_TEST(descriptors_are_bounded_and_displace_no_bodies)
{
	start(10, 100, 2, 4);
	store("/small", file_of(10), 1);
	store("/a", file_of(-1), 1);
	store("/b", file_of(-1), 1);
	store("/c", file_of(-1), 1);
	ck_assert_uint_eq(file_cache_usage(cache).descriptors, 2);
	ck_assert_ptr_null(find("/a"));
	ck_assert_ptr_nonnull(find("/small"));
	ck_assert_uint_eq(file_cache_shed_descriptors(cache), 2);
	ck_assert_uint_eq(file_cache_usage(cache).descriptors, 0);
	ck_assert_ptr_nonnull(find("/small"));
	ck_assert_uint_eq(file_cache_shed_descriptors(cache), 0);
}
END_TEST

START_TEST(verdicts_displace_no_files)
{
	char path[32];

	start(2, 100, 2, 2);
	store("/file", file_of(10), 1);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/missing/%d", i);
		store(path, file_entry_new_verdict(FILE_ENTRY_ERROR, 404), 1);
	}
	ck_assert_uint_eq(file_cache_usage(cache).verdicts, 2);
	ck_assert_ptr_nonnull(find("/file"));
	ck_assert_ptr_nonnull(find("/missing/99"));
	ck_assert_ptr_null(find("/missing/97"));
}
END_TEST

START_TEST(an_entry_is_replaced_whatever_its_kind)
{
	struct file_entry *missing = file_entry_new_verdict(FILE_ENTRY_ERROR, 404);

	start(2, 100, 2, 2);
	store("/a", file_of(10), 1);
	store("/a", missing, 2);
	ck_assert_ptr_eq(find("/a"), missing);
	ck_assert_uint_eq(file_cache_usage(cache).files, 0);
	ck_assert_uint_eq(file_cache_usage(cache).bytes, 0);
	ck_assert_uint_eq(file_cache_usage(cache).verdicts, 1);
}
END_TEST

START_TEST(an_entry_in_use_survives_its_eviction)
{
	struct file_entry *entry = file_entry_ref(file_of(10));

	start(1, 100, 2, 2);
	store("/a", entry, 1);
	store("/b", file_of(10), 1);
	ck_assert_ptr_null(find("/a"));
	ck_assert_uint_eq(entry->references, 1);
	ck_assert_int_eq(entry->size, 10);
	file_entry_unref(entry);
}
END_TEST

START_TEST(a_cache_without_room_remembers_nothing)
{
	start(0, 0, 0, 0);
	store("/a", file_of(0), 1);
	store("/b", file_of(-1), 1);
	store("/c", file_entry_new_verdict(FILE_ENTRY_ERROR, 404), 1);
	ck_assert_ptr_null(find("/a"));
	ck_assert_ptr_null(find("/b"));
	ck_assert_ptr_null(find("/c"));
}
END_TEST

START_TEST(a_very_long_path_is_not_remembered)
{
	char path[FILE_CACHE_PATH_MAX + 2];

	start(4, 100, 4, 4);
	memset(path, 'a', sizeof(path));
	path[FILE_CACHE_PATH_MAX + 1] = '\0';
	store(path, file_of(1), 1);
	ck_assert_ptr_null(find(path));
	path[FILE_CACHE_PATH_MAX] = '\0';
	store(path, file_of(1), 1);
	ck_assert_ptr_nonnull(find(path));
}
END_TEST

START_TEST(what_is_forgotten_is_gone)
{
	struct file_cache_key key = key_of("/a");

	start(4, 100, 4, 4);
	store("/a", file_of(1), 1);
	file_cache_forget(cache, &key);
	file_cache_forget(cache, &key);
	ck_assert_ptr_null(find("/a"));
}
END_TEST

START_TEST(many_entries_are_each_found)
{
	char path[32];

	start(5000, 5000, 4, 4);
	for (int i = 0; i < 6000; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		store(path, file_of(1), 1);
	}
	for (int i = 0; i < 6000; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		ck_assert_int_eq(find(path) != NULL, i >= 1000);
	}
	ck_assert_uint_eq(file_cache_usage(cache).files, 5000);
	ck_assert_uint_eq(file_cache_usage(cache).bytes, 5000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/file_cache");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, what_was_stored_is_found);
	tcase_add_test(tcase, scope_and_variant_tell_entries_apart);
	tcase_add_test(tcase, an_entry_is_fresh_within_its_second);
	tcase_add_test(tcase, the_least_recently_used_goes_first);
	tcase_add_test(tcase, bytes_are_bounded);
	tcase_add_test(tcase, descriptors_are_bounded_and_displace_no_bodies);
	tcase_add_test(tcase, verdicts_displace_no_files);
	tcase_add_test(tcase, an_entry_is_replaced_whatever_its_kind);
	tcase_add_test(tcase, an_entry_in_use_survives_its_eviction);
	tcase_add_test(tcase, a_cache_without_room_remembers_nothing);
	tcase_add_test(tcase, a_very_long_path_is_not_remembered);
	tcase_add_test(tcase, what_is_forgotten_is_gone);
	tcase_add_test(tcase, many_entries_are_each_found);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
