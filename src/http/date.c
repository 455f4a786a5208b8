/* SPDX-License-Identifier: MIT
 *
 * date: each form is a picture of itself into which the parts are written.
 * Reading stands in date_parse.c.
 */
#include "http/date.h"

#include <string.h>

#include "http/civil.h"

static void
put_two(char *at, unsigned number)
{
	at[0] = (char)('0' + number / 10 % 10);
	at[1] = (char)('0' + number % 10);
}

static void
put_four(char *at, unsigned number)
{
	put_two(at, number / 100);
	put_two(at + 2, number % 100);
}

static void
put_time(char *at, const struct civil *civil)
{
	put_two(at, civil->hour);
	put_two(at + 3, civil->minute);
	put_two(at + 6, civil->second);
}

static struct civil
civil_of(int64_t seconds)
{
	if (seconds < HTTP_DATE_MIN)
		seconds = HTTP_DATE_MIN;
	if (seconds > HTTP_DATE_MAX)
		seconds = HTTP_DATE_MAX;
	return civil_from_seconds(seconds);
}

void
http_date_format(int64_t seconds, char ret_date[HTTP_DATE_LEN])
{
	struct civil civil = civil_of(seconds);

	memcpy(ret_date, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_LEN);
	memcpy(ret_date, civil_day_names[civil.weekday].data, 3);
	put_two(ret_date + 5, civil.day);
	memcpy(ret_date + 8, civil_month_names[civil.month].data, 3);
	put_four(ret_date + 12, civil.year);
	put_time(ret_date + 17, &civil);
}

void
http_date_format_log(int64_t seconds, char ret_date[HTTP_DATE_LOG_LEN])
{
	struct civil civil = civil_of(seconds);

	memcpy(ret_date, "06/Nov/1994:08:49:37 +0000", HTTP_DATE_LOG_LEN);
	put_two(ret_date, civil.day);
	memcpy(ret_date + 3, civil_month_names[civil.month].data, 3);
	put_four(ret_date + 7, civil.year);
	put_time(ret_date + 12, &civil);
}

void
http_date_format_iso(int64_t seconds, char ret_date[HTTP_DATE_ISO_LEN])
{
	struct civil civil = civil_of(seconds);

	memcpy(ret_date, "1994-11-06T08:49:37Z", HTTP_DATE_ISO_LEN);
	put_four(ret_date, civil.year);
	put_two(ret_date + 5, civil.month + 1);
	put_two(ret_date + 8, civil.day);
	put_time(ret_date + 11, &civil);
}
