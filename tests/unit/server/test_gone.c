/* SPDX-License-Identifier: MIT
 *
 * Tests of server/gone: of a loop that is no more the counters stay, and what it had does
 * not.
 */
#include "server/gone.h"

#include <check.h>
#include <stdlib.h>

static struct gone gone;
static struct snapshot seen;

static void
tear_down(void)
{
	gone_done(&gone);
}

START_TEST(what_was_counted_stays_and_what_was_in_use_goes)
{
	struct snapshot_part part = {
		.by_state = { [CONN_BUSY] = 2 },
		.accepted = 3,
		.cached = { .files = 4 },
		.limits = { .memory_used = 5,
		    .shortages = 6,
		    .short_loops = 1,
		    .fulls = 7,
		    .full_loops = 1,
		    .requests_rate = 8,
		    .requests_overload = 9 },
	};

	gone_add(&gone, &part);
	gone_put(&gone, &seen);
	ck_assert_uint_eq(seen.sum.accepted, 3);
	ck_assert_uint_eq(seen.sum.limits.shortages, 6);
	ck_assert_uint_eq(seen.sum.limits.fulls, 7);
	ck_assert_uint_eq(seen.sum.limits.requests_rate, 8);
	ck_assert_uint_eq(seen.sum.limits.requests_overload, 9);
	ck_assert_uint_eq(seen.sum.by_state[CONN_BUSY], 0);
	ck_assert_uint_eq(seen.sum.cached.files, 0);
	ck_assert_uint_eq(seen.sum.limits.memory_used, 0);
	ck_assert_uint_eq(seen.sum.limits.short_loops, 0);
	ck_assert_uint_eq(seen.sum.limits.full_loops, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/gone");
	TCase *cases = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, NULL, tear_down);
	tcase_add_test(cases, what_was_counted_stays_and_what_was_in_use_goes);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
