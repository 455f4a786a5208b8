/* SPDX-License-Identifier: MIT
 *
 * civil: seconds since the Epoch as a date and a time of day in UTC, and back.
 *
 * The Gregorian calendar, reaching back before it was invented; no leap
 * seconds (POSIX, "Seconds Since the Epoch"). Used by http/date alone.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct civil {
	unsigned year;    /* 0..9999 */
	unsigned month;   /* 0..11, January first */
	unsigned day;     /* 1..31 */
	unsigned weekday; /* 0..6, Sunday first */
	unsigned hour;
	unsigned minute;
	unsigned second; /* 60 in a leap second */
};

/* English names, as dates have them: the months' three letters, the days' full. */
extern const struct slice civil_month_names[12];
extern const struct slice civil_day_names[7];

/* `seconds` has to be within HTTP_DATE_MIN..HTTP_DATE_MAX. */
struct civil civil_from_seconds(int64_t seconds);

/* The members but for `weekday`, which is not looked at. A day beyond its
 * month's end is one of the next month; likewise second 60. */
int64_t civil_to_seconds(const struct civil *);

/* True for a day and a time of day that exist, leap seconds at 23:59:60 of any
 * day, and for the weekday which that day is. */
bool civil_is_valid(const struct civil *);
