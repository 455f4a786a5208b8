/* SPDX-License-Identifier: MIT
 *
 * civil: years are counted from March, so that the leap day is the last of its
 * year and what precedes a month in its year always has the same length.
 */
#include "http/civil.h"

#define DAY_SECONDS 86400

#define ERA_YEARS 400 /* then the calendar repeats, weekdays and all */
#define ERA_DAYS 146097
#define CENTURY_DAYS 36524 /* the last century of an era has a day more */
#define FOUR_YEARS_DAYS 1461
#define YEAR_DAYS 365 /* the last of four years has a day more */

/* Day 0 is 1 March of the year -400, before all that four digits can tell. It
 * was a Wednesday. */
#define FIRST_YEAR (-ERA_YEARS)
#define FIRST_WEEKDAY 3
#define EPOCH_DAY (ERA_DAYS + 719468)

#define MARCH 2 /* from January, 0 */

/* Days from 1 March to the first of each month, March first. */
static const unsigned month_starts[12] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337 };

const struct slice civil_month_names[12] = {
	{ "Jan", 3 },
	{ "Feb", 3 },
	{ "Mar", 3 },
	{ "Apr", 3 },
	{ "May", 3 },
	{ "Jun", 3 },
	{ "Jul", 3 },
	{ "Aug", 3 },
	{ "Sep", 3 },
	{ "Oct", 3 },
	{ "Nov", 3 },
	{ "Dec", 3 },
};

const struct slice civil_day_names[7] = {
	{ "Sunday", 6 },
	{ "Monday", 6 },
	{ "Tuesday", 7 },
	{ "Wednesday", 9 },
	{ "Thursday", 8 },
	{ "Friday", 6 },
	{ "Saturday", 8 },
};

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The date of the day `day` days after day 0. The longer last century of an era
 * and the longer last year of four are why the quotients are capped. */
static struct civil
date_of_day(int64_t day)
{
	int64_t weekday = (day + FIRST_WEEKDAY) % 7;
	int64_t era = day / ERA_DAYS;
	int64_t century, four, year;
	unsigned month = 11;

	day -= era * ERA_DAYS;
	century = min(day / CENTURY_DAYS, 3);
	day -= century * CENTURY_DAYS;
	four = day / FOUR_YEARS_DAYS;
	day -= four * FOUR_YEARS_DAYS;
	year = min(day / YEAR_DAYS, 3);
	day -= year * YEAR_DAYS;
	while (month_starts[month] > day)
		month--;
	day -= month_starts[month];
	year += FIRST_YEAR + era * ERA_YEARS + century * 100 + four * 4;
	month += MARCH;
	return (struct civil){
		.year = (unsigned)(year + month / 12),
		.month = month % 12,
		.day = (unsigned)day + 1,
		.weekday = (unsigned)weekday,
	};
}

struct civil
civil_from_seconds(int64_t seconds)
{
	int64_t since_first = seconds + (int64_t)EPOCH_DAY * DAY_SECONDS;
	struct civil civil = date_of_day(since_first / DAY_SECONDS);
	unsigned second = (unsigned)(since_first % DAY_SECONDS);

	civil.hour = second / 3600;
	civil.minute = second / 60 % 60;
	civil.second = second % 60;
	return civil;
}

int64_t
civil_to_seconds(const struct civil *civil)
{
	unsigned month = (civil->month + 12 - MARCH) % 12;
	int64_t year = (int64_t)civil->year - (civil->month < MARCH) - FIRST_YEAR;
	int64_t day = year * YEAR_DAYS + year / 4 - year / 100 + year / 400 + month_starts[month] +
	    civil->day - 1;
	int64_t second = (int64_t)civil->hour * 3600 + civil->minute * 60 + civil->second;

	return (day - EPOCH_DAY) * DAY_SECONDS + second;
}

static bool
is_time_of_day(const struct civil *civil)
{
	if (civil->second == 60)
		return civil->hour == 23 && civil->minute == 59;
	return civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

/* A day that does not exist comes back as another. */
bool
civil_is_valid(const struct civil *civil)
{
	struct civil midnight = *civil, same;

	midnight.hour = midnight.minute = midnight.second = 0;
	if (civil->year > 9999 || civil->month > 11 || civil->day < 1 || civil->day > 31)
		return false;
	same = civil_from_seconds(civil_to_seconds(&midnight));
	return same.day == civil->day && same.month == civil->month &&
	    same.weekday == civil->weekday && is_time_of_day(civil);
}
