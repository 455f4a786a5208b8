/* SPDX-License-Identifier: MIT
 *
 * Tests of base/clock.
 */
#include "base/clock.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

static int64_t
now_us(clockid_t id)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(id, &now), 0);
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

START_TEST(monotonic_time_stands_between_two_readings_of_its_clock)
{
	int64_t before = now_us(CLOCK_MONOTONIC);
	int64_t now = clock_monotonic_us();

	ck_assert_int_le(before, now);
	ck_assert_int_le(now, now_us(CLOCK_MONOTONIC));
}
END_TEST

START_TEST(nanoseconds_stand_between_two_readings_in_microseconds)
{
	int64_t before = clock_monotonic_us();
	int64_t now = clock_monotonic_ns() / 1000;

	ck_assert_int_le(before, now);
	ck_assert_int_le(now, clock_monotonic_us());
}
END_TEST

/* An operator may set the clock back meanwhile, so only roughly. */
START_TEST(wall_time_counts_from_the_epoch)
{
	int64_t seconds = clock_wall_us() / CLOCK_SECOND_US;

	ck_assert_int_le(llabs(seconds - (int64_t)time(NULL)), 24 * 60 * 60);
}
END_TEST

static Suite *
clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_test(tcase, monotonic_time_stands_between_two_readings_of_its_clock);
	tcase_add_test(tcase, nanoseconds_stand_between_two_readings_in_microseconds);
	tcase_add_test(tcase, wall_time_counts_from_the_epoch);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(clock_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
