/* SPDX-License-Identifier: MIT
 *
 * date_parse: the three forms of HTTP-date (RFC 9110 5.6.7). A form is read off
 * the front of a slice, part by part; all parts have to be there and nothing
 * after them.
 */
#include "http/date.h"

#include <errno.h>

#include "http/civil.h"

static bool
take_literal(struct slice *in, struct slice literal)
{
	if (!slice_starts_with(*in, literal))
		return false;
	in->data += literal.len;
	in->len -= literal.len;
	return true;
}

/* Exactly `digits` digits. */
static bool
take_number(struct slice *in, size_t digits, unsigned *ret_number)
{
	uint64_t number;

	if (in->len < digits || slice_to_u64((struct slice){ in->data, digits }, &number) < 0)
		return false;
	in->data += digits;
	in->len -= digits;
	*ret_number = (unsigned)number;
	return true;
}

static bool
take_month(struct slice *in, unsigned *ret_month)
{
	for (unsigned month = 0; month < 12; month++)
		if (take_literal(in, civil_month_names[month])) {
			*ret_month = month;
			return true;
		}
	return false;
}

/* The day's name, or as many letters of it as `letters_max`. */
static bool
take_weekday(struct slice *in, size_t letters_max, unsigned *ret_weekday)
{
	for (unsigned weekday = 0; weekday < 7; weekday++) {
		struct slice name = civil_day_names[weekday];

		if (name.len > letters_max)
			name.len = letters_max;
		if (take_literal(in, name)) {
			*ret_weekday = weekday;
			return true;
		}
	}
	return false;
}

static bool
take_time(struct slice *in, struct civil *civil)
{
	return take_number(in, 2, &civil->hour) && take_literal(in, SLICE(":")) &&
	    take_number(in, 2, &civil->minute) && take_literal(in, SLICE(":")) &&
	    take_number(in, 2, &civil->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool
read_imf(struct slice in, struct civil *civil)
{
	return take_weekday(&in, 3, &civil->weekday) && take_literal(&in, SLICE(", ")) &&
	    take_number(&in, 2, &civil->day) && take_literal(&in, SLICE(" ")) &&
	    take_month(&in, &civil->month) && take_literal(&in, SLICE(" ")) &&
	    take_number(&in, 4, &civil->year) && take_literal(&in, SLICE(" ")) &&
	    take_time(&in, civil) && take_literal(&in, SLICE(" GMT")) && in.len == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static bool
read_rfc850(struct slice in, struct civil *civil)
{
	return take_weekday(&in, SIZE_MAX, &civil->weekday) && take_literal(&in, SLICE(", ")) &&
	    take_number(&in, 2, &civil->day) && take_literal(&in, SLICE("-")) &&
	    take_month(&in, &civil->month) && take_literal(&in, SLICE("-")) &&
	    take_number(&in, 2, &civil->year) && take_literal(&in, SLICE(" ")) &&
	    take_time(&in, civil) && take_literal(&in, SLICE(" GMT")) && in.len == 0;
}

/* Sun Nov  6 08:49:37 1994 */
static bool
read_asctime(struct slice in, struct civil *civil)
{
	return take_weekday(&in, 3, &civil->weekday) && take_literal(&in, SLICE(" ")) &&
	    take_month(&in, &civil->month) && take_literal(&in, SLICE(" ")) &&
	    take_number(&in, take_literal(&in, SLICE(" ")) ? 1 : 2, &civil->day) &&
	    take_literal(&in, SLICE(" ")) && take_time(&in, civil) &&
	    take_literal(&in, SLICE(" ")) && take_number(&in, 4, &civil->year) && in.len == 0;
}

/* Gives a year of two digits the latest century in which the date is not more
 * than 50 years after `now`. */
static void
choose_century(struct civil *civil, int64_t now)
{
	struct civil limit = civil_from_seconds(now);
	unsigned year = civil->year;

	limit.year += 50;
	civil->year = limit.year - (limit.year + 100 - year) % 100;
	if (civil_to_seconds(civil) > civil_to_seconds(&limit))
		civil->year -= 100;
}

static int64_t
clamp(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds > HTTP_DATE_MAX ? HTTP_DATE_MAX : seconds;
}

int
http_date_parse(struct slice date, int64_t now, int64_t *ret_seconds)
{
	struct civil civil;

	if (read_rfc850(date, &civil))
		choose_century(&civil, clamp(now));
	else if (!read_imf(date, &civil) && !read_asctime(date, &civil))
		return -EINVAL;
	if (!civil_is_valid(&civil))
		return -EINVAL;
	*ret_seconds = civil_to_seconds(&civil);
	return 0;
}
