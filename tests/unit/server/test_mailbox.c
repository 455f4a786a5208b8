/* SPDX-License-Identifier: MIT
 *
 * Tests of server/mailbox: what is put in comes out once, and nothing comes in that
 * nobody would take out.
 */
#include "server/mailbox.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#define GIVERS 3
#define LETTERS 20000
#define GENERATION 7

static struct mailbox mailbox;

static struct letter
letter_of(uintptr_t number)
{
	/* Nobody looks at the connection itself. */
	return (struct letter){ (struct conn *)number, number };
}

static bool
put_one(unsigned generation, uintptr_t number)
{
	const bool has_room = mailbox_lock(&mailbox, generation) > 0;

	if (has_room)
		mailbox_put(&mailbox, letter_of(number));
	mailbox_unlock(&mailbox);
	return has_room;
}

static void
set_up(void)
{
	mailbox_init(&mailbox);
}

static void
tear_down(void)
{
	mailbox_done(&mailbox);
}

START_TEST(it_takes_letters_of_its_generation_alone)
{
	struct letter letters[MAILBOX_MAX];

	ck_assert(!put_one(GENERATION, 1));
	mailbox_open(&mailbox, GENERATION);
	ck_assert(!put_one(GENERATION - 1, 1));
	ck_assert(!put_one(GENERATION + 1, 1));
	ck_assert(put_one(GENERATION, 1));
	ck_assert_uint_eq(mailbox_take(&mailbox, letters, true), 1);
	ck_assert_uint_eq(letters[0].listener, 1);
	ck_assert(!put_one(GENERATION, 2));
}
END_TEST

START_TEST(a_full_one_takes_no_more)
{
	struct letter letters[MAILBOX_MAX];

	mailbox_open(&mailbox, GENERATION);
	for (uintptr_t i = 0; i < MAILBOX_MAX; i++)
		ck_assert(put_one(GENERATION, i + 1));
	ck_assert(!put_one(GENERATION, MAILBOX_MAX + 1));
	ck_assert_uint_eq(mailbox_take(&mailbox, letters, false), MAILBOX_MAX);
	for (uintptr_t i = 0; i < MAILBOX_MAX; i++)
		ck_assert_uint_eq(letters[i].listener, i + 1);
	ck_assert(put_one(GENERATION, 1));
	ck_assert_uint_eq(mailbox_take(&mailbox, letters, true), 1);
}
END_TEST

static void *
give(void *arg)
{
	size_t *given = arg;

	for (uintptr_t i = 1; i <= LETTERS; i++)
		*given += put_one(GENERATION, i);
	return NULL;
}

/* Closed in the midst of it, it holds nothing, and all that it took came out. */
START_TEST(nothing_is_left_in_one_that_is_closed)
{
	struct letter letters[MAILBOX_MAX];
	pthread_t givers[GIVERS];
	size_t given[GIVERS] = { 0 };
	size_t taken = 0;
	size_t sum = 0;

	mailbox_open(&mailbox, GENERATION);
	for (int i = 0; i < GIVERS; i++)
		ck_assert_int_eq(pthread_create(&givers[i], NULL, give, &given[i]), 0);
	while (taken < LETTERS / 4)
		taken += mailbox_take(&mailbox, letters, false);
	taken += mailbox_take(&mailbox, letters, true);
	for (int i = 0; i < GIVERS; i++) {
		ck_assert_int_eq(pthread_join(givers[i], NULL), 0);
		sum += given[i];
	}
	ck_assert_uint_eq(taken, sum);
	ck_assert_uint_eq(mailbox_take(&mailbox, letters, false), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/mailbox");
	TCase *tcase = tcase_create("mailbox");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, it_takes_letters_of_its_generation_alone);
	tcase_add_test(tcase, a_full_one_takes_no_more);
	tcase_add_test(tcase, nothing_is_left_in_one_that_is_closed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
