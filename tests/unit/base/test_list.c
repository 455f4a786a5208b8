/* SPDX-License-Identifier: MIT
 *
 * Tests of base/list.
 */
#include "base/list.h"

#include <check.h>
#include <stdlib.h>

struct item {
	int number;
	struct list_link link;
};

#define ITEM_COUNT 3

static struct list_link head;
static struct item items[ITEM_COUNT];

/* A list of items 0, 1, 2. */
static void
set_up(void)
{
	list_init(&head);
	for (int i = 0; i < ITEM_COUNT; i++) {
		items[i].number = i;
		list_init(&items[i].link);
		list_append(&head, &items[i].link);
	}
}

/* The numbers in the list as decimal digits, first the most significant,
 * behind a 1: an empty list is 1, the list of 0 and 2 is 102. */
static int
numbers_in_list(void)
{
	struct list_link *link;
	int numbers = 1;

	list_foreach (link, &head)
		numbers = numbers * 10 + list_entry(link, struct item, link)->number;
	return numbers;
}

START_TEST(a_new_list_is_empty_and_has_no_first)
{
	struct list_link list;

	list_init(&list);
	ck_assert(list_is_empty(&list));
	ck_assert_ptr_null(list_first(&list));
}
END_TEST

START_TEST(appended_items_stand_in_order)
{
	ck_assert(!list_is_empty(&head));
	ck_assert_int_eq(numbers_in_list(), 1012);
	ck_assert_ptr_eq(list_first(&head), &items[0].link);
	ck_assert_ptr_eq(head.prev, &items[2].link);
}
END_TEST

START_TEST(an_entry_is_found_from_its_link)
{
	ck_assert_ptr_eq(list_entry(&items[1].link, struct item, link), &items[1]);
}
END_TEST

START_TEST(a_removed_item_leaves_the_others_in_order)
{
	static const int left[ITEM_COUNT] = { 112, 102, 101 };

	list_remove(&items[_i].link);
	ck_assert_int_eq(numbers_in_list(), left[_i]);
	ck_assert(list_is_empty(&items[_i].link));
}
END_TEST

START_TEST(removal_is_idempotent)
{
	list_remove(&items[1].link);
	list_remove(&items[1].link);
	ck_assert_int_eq(numbers_in_list(), 102);
}
END_TEST

START_TEST(a_removed_item_can_be_appended_again)
{
	list_remove(&items[0].link);
	list_append(&head, &items[0].link);
	ck_assert_int_eq(numbers_in_list(), 1120);
}
END_TEST

START_TEST(the_walk_backwards_is_the_mirror_of_the_walk_forwards)
{
	struct list_link *link = head.prev;

	for (int i = ITEM_COUNT - 1; i >= 0; i--, link = link->prev)
		ck_assert_ptr_eq(link, &items[i].link);
	ck_assert_ptr_eq(link, &head);
}
END_TEST

START_TEST(each_item_may_be_removed_while_the_list_is_walked)
{
	struct list_link *link, *following;
	int visited = 0;

	list_foreach_safe (link, following, &head) {
		list_remove(link);
		visited++;
	}
	ck_assert_int_eq(visited, ITEM_COUNT);
	ck_assert(list_is_empty(&head));
}
END_TEST

static Suite *
list_suite(void)
{
	Suite *suite = suite_create("list");
	TCase *tcase = tcase_create("list");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_new_list_is_empty_and_has_no_first);
	tcase_add_test(tcase, appended_items_stand_in_order);
	tcase_add_test(tcase, an_entry_is_found_from_its_link);
	tcase_add_loop_test(tcase, a_removed_item_leaves_the_others_in_order, 0, ITEM_COUNT);
	tcase_add_test(tcase, removal_is_idempotent);
	tcase_add_test(tcase, a_removed_item_can_be_appended_again);
	tcase_add_test(tcase, the_walk_backwards_is_the_mirror_of_the_walk_forwards);
	tcase_add_test(tcase, each_item_may_be_removed_while_the_list_is_walked);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(list_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
