/* SPDX-License-Identifier: MIT
 *
 * date: times as text, in UTC: HTTP's, the common log's, and ISO 8601's.
 *
 * Owns the forms; the calendar is http/civil's, so neither the time zone nor the
 * locale of the process matters. Reads no clock.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* Seconds since the Epoch of the first and the last second that four digits of
 * year can tell. Every formatting function takes what lies beyond as these. */
#define HTTP_DATE_MIN INT64_C(-62167219200) /* 0000-01-01 00:00:00 */
#define HTTP_DATE_MAX INT64_C(253402300799) /* 9999-12-31 23:59:59 */

#define HTTP_DATE_LEN 29     /* "Sun, 06 Nov 1994 08:49:37 GMT" */
#define HTTP_DATE_LOG_LEN 26 /* "06/Nov/1994:08:49:37 +0000" */
#define HTTP_DATE_ISO_LEN 20 /* "1994-11-06T08:49:37Z" */

/* IMF-fixdate (RFC 9110 5.6.7) of `seconds` since the Epoch. Writes exactly
 * HTTP_DATE_LEN bytes and no NUL. */
void http_date_format(int64_t seconds, char ret_date[HTTP_DATE_LEN]);
/* The time of the common log format; HTTP_DATE_LOG_LEN bytes, no NUL. */
void http_date_format_log(int64_t seconds, char ret_date[HTTP_DATE_LOG_LEN]);
/* ISO 8601 (RFC 3339), whole seconds; HTTP_DATE_ISO_LEN bytes, no NUL. */
void http_date_format_iso(int64_t seconds, char ret_date[HTTP_DATE_ISO_LEN]);

/* Reads an HTTP-date in any of its three forms (RFC 9110 5.6.7), case and all:
 * IMF-fixdate, RFC 850's, asctime's. `now` (seconds since the Epoch) decides the
 * century of RFC 850's two digits: what would lie more than 50 years ahead is
 * past. A leap second is taken at 23:59:60 and counts as the second after. 0, or
 * -EINVAL for anything else: a day that does not exist, a weekday that is not
 * that day's, white space around it. */
int http_date_parse(struct slice, int64_t now, int64_t *ret_seconds)
    __attribute__((warn_unused_result));
