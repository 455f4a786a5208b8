/* SPDX-License-Identifier: MIT
 *
 * Tests of server/balance: who gives to whom, and how many.
 */
#include "server/balance.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	struct balance_load mine, theirs;
	size_t share;
} rows[] = {
	/* Alike, or nearly so. */
	{ { 0, 0 }, { 0, 0 }, 0 },
	{ { 900, 500 }, { 900, 500 }, 0 },
	{ { 900, 500 }, { 500, 500 }, 0 },
	{ { 0, BALANCE_SLACK }, { 0, 0 }, 0 },
	{ { 0, 1000 }, { 0, 500 }, 0 },
	/* By connections. */
	{ { 0, BALANCE_SLACK + 4 }, { 0, 0 }, 17 },
	{ { 0, 265 }, { 0, 100 }, 41 },
	{ { 0, 8000 }, { 0, 100 }, BALANCE_BATCH },
	/* Not to one that has too much to do. */
	{ { 0, 8000 }, { 900, 100 }, 0 },
	{ { 100, 8000 }, { 200, 100 }, BALANCE_BATCH },
	/* By work, but not to one that has too many. */
	{ { 900, 80 }, { 100, 80 }, 11 },
	{ { 900, 1 }, { 100, 1 }, 1 },
	{ { 900, 8000 }, { 450, 8000 }, BALANCE_BATCH },
	{ { 900, 80 }, { 100, 8000 }, 0 },
	/* Who has little to do keeps what he has. */
	{ { BALANCE_BUSY - 1, 80 }, { 0, 80 }, 0 },
};

START_TEST(the_share_is_as_stated)
{
	ck_assert_uint_eq(balance_share(&rows[_i].mine, &rows[_i].theirs), rows[_i].share);
}
END_TEST

START_TEST(two_never_give_to_each_other)
{
	srandom(1);
	for (int i = 0; i < 200000; i++) {
		const struct balance_load one = { (unsigned)(random() % 1001),
			(size_t)(random() % 1000) };
		const struct balance_load other = { (unsigned)(random() % 1001),
			(size_t)(random() % 1000) };

		ck_assert(balance_share(&one, &other) == 0 || balance_share(&other, &one) == 0);
		ck_assert_uint_le(balance_share(&one, &other), one.open + 1);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/balance");
	TCase *tcase = tcase_create("balance");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, the_share_is_as_stated, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, two_never_give_to_each_other);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
