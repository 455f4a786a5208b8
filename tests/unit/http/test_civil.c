/* SPDX-License-Identifier: MIT
 *
 * Tests of http/civil, against the C library's calendar.
 */
#include "http/civil.h"

#include <time.h>

#include "http/date.h"
#include "support.h"

#define DAY 86400

/* Both ways, and against the C library. One assertion for all: each costs a
 * system call, and there are many days. */
static void
assert_right(int64_t seconds)
{
	struct civil civil = civil_from_seconds(seconds);
	time_t time = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&time, &tm) && (int)civil.year == tm.tm_year + 1900 &&
	    (int)civil.month == tm.tm_mon && (int)civil.day == tm.tm_mday &&
	    (int)civil.weekday == tm.tm_wday && (int)civil.hour == tm.tm_hour &&
	    (int)civil.minute == tm.tm_min && (int)civil.second == tm.tm_sec &&
	    civil_to_seconds(&civil) == seconds && civil_is_valid(&civil))
		return;
	ck_abort_msg("%lld is %u-%u-%u (%u) %u:%u:%u", (long long)seconds, civil.year,
	    civil.month + 1, civil.day, civil.weekday, civil.hour, civil.minute, civil.second);
}

/* Every day of two centuries about the Epoch, and every 97th of the rest; the
 * time of day wanders along. */
START_TEST(a_second_is_the_date_that_the_c_library_says_and_back)
{
	const int64_t from_1900 = INT64_C(-2208988800), to_2100 = INT64_C(4133980800);

	for (int64_t at = HTTP_DATE_MIN; at <= HTTP_DATE_MAX;) {
		assert_right(at);
		at += (at >= from_1900 && at < to_2100 ? DAY : 97 * DAY) + 1;
	}
}
END_TEST

START_TEST(the_first_and_the_last_second_are_right)
{
	static const int64_t edges[] = { HTTP_DATE_MIN, HTTP_DATE_MAX, -1, 0, 1 };

	for (int i = 0; i < COUNT(edges); i++)
		assert_right(edges[i]);
}
END_TEST

static const struct {
	struct civil civil; /* its weekday is filled in */
	bool is_valid;
} day_cases[] = {
	{ { .year = 1900, .month = 1, .day = 28 }, true },
	{ { .year = 1900, .month = 1, .day = 29 }, false },
	{ { .year = 2000, .month = 1, .day = 29 }, true },
	{ { .year = 2000, .month = 1, .day = 30 }, false },
	{ { .year = 2023, .month = 1, .day = 29 }, false },
	{ { .year = 2024, .month = 1, .day = 29 }, true },
	{ { .year = 2100, .month = 1, .day = 29 }, false },
	{ { .year = 2026, .month = 0, .day = 0 }, false },
	{ { .year = 2026, .month = 0, .day = 31 }, true },
	{ { .year = 2026, .month = 0, .day = 32 }, false },
	{ { .year = 2026, .month = 3, .day = 30 }, true },
	{ { .year = 2026, .month = 3, .day = 31 }, false },
	{ { .year = 2026, .month = 11, .day = 31 }, true },
	{ { .year = 2026, .month = 11, .day = 32 }, false },
	{ { .year = 2026, .month = 12, .day = 1 }, false },
	{ { .year = 0, .month = 0, .day = 1 }, true },
	{ { .year = 9999, .month = 11, .day = 31 }, true },
	{ { .year = 10000, .month = 0, .day = 1 }, false },
};

START_TEST(only_days_that_exist_are_valid)
{
	struct civil civil = day_cases[_i].civil;
	int valid = 0;

	for (civil.weekday = 0; civil.weekday < 8; civil.weekday++)
		valid += civil_is_valid(&civil);
	ck_assert_int_eq(valid, day_cases[_i].is_valid);
}
END_TEST

static const struct {
	unsigned hour, minute, second;
	bool is_valid;
} time_cases[] = {
	{ 0, 0, 0, true },
	{ 23, 59, 59, true },
	{ 23, 59, 60, true },
	{ 23, 59, 61, false },
	{ 23, 58, 60, false },
	{ 22, 59, 60, false },
	{ 12, 60, 0, false },
	{ 24, 0, 0, false },
};

START_TEST(only_times_of_day_that_exist_are_valid)
{
	struct civil civil = civil_from_seconds(0);

	civil.hour = time_cases[_i].hour;
	civil.minute = time_cases[_i].minute;
	civil.second = time_cases[_i].second;
	ck_assert_int_eq(civil_is_valid(&civil), time_cases[_i].is_valid);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/civil");
	TCase *tcase = tcase_create("civil");

	tcase_add_test(tcase, a_second_is_the_date_that_the_c_library_says_and_back);
	tcase_add_test(tcase, the_first_and_the_last_second_are_right);
	tcase_add_loop_test(tcase, only_days_that_exist_are_valid, 0, COUNT(day_cases));
	tcase_add_loop_test(tcase, only_times_of_day_that_exist_are_valid, 0, COUNT(time_cases));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
