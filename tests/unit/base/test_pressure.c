/* SPDX-License-Identifier: MIT
 *
 * Tests of base/pressure.
 */
#include "base/pressure.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static char path[] = "/tmp/usher-pressure-XXXXXX";
static int file;

static void
set_up(void)
{
	file = mkstemp(path);
	ck_assert_int_ge(file, 0);
}

static void
tear_down(void)
{
	(void)unlink(path);
	(void)close(file);
}

static void
write_file(const char *text)
{
	ck_assert_int_eq(ftruncate(file, 0), 0);
	ck_assert_int_eq(pwrite(file, text, strlen(text), 0), (ssize_t)strlen(text));
}

static const struct row {
	const char *text;
	bool is_high;
} rows[] = {
	{ "some avg10=0.00 avg60=99.00 avg300=99.00 total=0\nfull avg10=99.00", false },
	{ "some avg10=9.99 avg60=0.00 avg300=0.00 total=12\n", false },
	{ "some avg10=10.00 avg60=0.00 avg300=0.00 total=12\n", true },
	{ "some avg10=100.00 avg60=0.00 avg300=0.00 total=12\n", true },
	{ "", false },
	{ "some avg10=", false },
	{ "some avg10=x", false },
	{ "full avg10=50.00 avg60=50.00", false },
};

START_TEST(memory_is_short_from_a_tenth_of_the_time_on)
{
	struct pressure pressure;

	write_file(rows[_i].text);
	pressure_init_at(&pressure, path);
	ck_assert_int_eq(pressure_is_high(&pressure, CLOCK_SECOND_US), rows[_i].is_high);
	pressure_done(&pressure);
}
END_TEST

START_TEST(it_looks_once_a_second)
{
	struct pressure pressure;

	write_file("some avg10=50.00");
	pressure_init_at(&pressure, path);
	ck_assert(pressure_is_high(&pressure, CLOCK_SECOND_US));
	write_file("some avg10=0.00 avg60=0.00");
	ck_assert(pressure_is_high(&pressure, 2 * CLOCK_SECOND_US - 1));
	ck_assert(!pressure_is_high(&pressure, 2 * CLOCK_SECOND_US));
	pressure_done(&pressure);
}
END_TEST

START_TEST(where_nobody_tells_it_is_never_short)
{
	struct pressure pressure;

	pressure_init_at(&pressure, "/nonexistent/memory.pressure");
	ck_assert(!pressure_is_high(&pressure, CLOCK_SECOND_US));
	pressure_done(&pressure);
}
END_TEST

/* Whatever this machine tells. */
START_TEST(the_kernels_own_file_is_closed_again)
{
	struct pressure pressure;
	const int next = dup(0);

	(void)close(next);
	pressure_init(&pressure);
	(void)pressure_is_high(&pressure, CLOCK_SECOND_US);
	pressure_done(&pressure);
	ck_assert_int_eq(dup(0), next);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/pressure");
	TCase *cases = tcase_create("pressure");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, memory_is_short_from_a_tenth_of_the_time_on, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(cases, it_looks_once_a_second);
	tcase_add_test(cases, where_nobody_tells_it_is_never_short);
	tcase_add_test(cases, the_kernels_own_file_is_closed_again);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
