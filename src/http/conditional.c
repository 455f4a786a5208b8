/* SPDX-License-Identifier: MIT
 *
 * conditional: first what the request says, then each condition as a function
 * that says whether it holds, then their order.
 */
#include "http/conditional.h"

#include "http/date.h"
#include "http/etag.h"
#include "http/head.h"

static void
read_lines(
    const struct http_head *head, enum http_field id, struct http_conditional_lines *ret_lines)
{
	size_t cursor = 0;

	ret_lines->count = 0;
	while (ret_lines->count < HTTP_CONDITIONAL_LINES_MAX &&
	    http_head_next_value(head, id, &cursor, &ret_lines->values[ret_lines->count]))
		ret_lines->count++;
}

/* The value of a field that may stand only once; `repeated` where it does not. */
static struct slice
read_single(const struct http_head *head, enum http_field id, struct slice repeated)
{
	return http_head_field_count_of(head, id) > 1 ? repeated : http_head_value(head, id);
}

void
http_conditional_read(const struct http_head *head, struct http_conditional *ret_conditional)
{
	const struct slice absent = { NULL, 0 };
	enum http_method method = http_head_method(head);

	ret_conditional->is_get_or_head = method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD;
	read_lines(head, HTTP_FIELD_IF_MATCH, &ret_conditional->if_match);
	read_lines(head, HTTP_FIELD_IF_NONE_MATCH, &ret_conditional->if_none_match);
	ret_conditional->if_modified_since =
	    read_single(head, HTTP_FIELD_IF_MODIFIED_SINCE, absent);
	ret_conditional->if_unmodified_since =
	    read_single(head, HTTP_FIELD_IF_UNMODIFIED_SINCE, absent);
	ret_conditional->if_range = read_single(head, HTTP_FIELD_IF_RANGE, SLICE(""));
}

/* Whether the lines name the representation: "*" names any there is. */
static bool
lines_name(const struct http_conditional_lines *lines, const struct http_validators *validators,
    enum http_etag_comparison comparison)
{
	struct http_etag etag;
	bool has_etag;

	if (!validators)
		return false;
	has_etag = http_etag_parse(validators->etag, &etag) == 0;
	for (unsigned i = 0; i < lines->count; i++) {
		if (slice_equals(lines->values[i], SLICE("*")))
			return true;
		if (has_etag && http_etag_list_has(lines->values[i], &etag, comparison))
			return true;
	}
	return false;
}

/* Whether the condition has a date to be measured by, and on which side of it
 * the representation was modified last. */
enum side { SIDE_UNKNOWN, SIDE_NOT_AFTER, SIDE_AFTER };

static enum side
side_of_date(struct slice date, const struct http_validators *validators, int64_t now)
{
	int64_t seconds;

	if (!validators || !validators->has_last_modified)
		return SIDE_UNKNOWN;
	if (!date.data || http_date_parse(date, now, &seconds) < 0)
		return SIDE_UNKNOWN;
	return validators->last_modified > seconds ? SIDE_AFTER : SIDE_NOT_AFTER;
}

/* Steps 1 and 2 of RFC 9110 13.2.2: what protects against a lost update. */
static bool
is_as_expected(const struct http_conditional *conditional, const struct http_validators *validators,
    int64_t now)
{
	if (conditional->if_match.count > 0)
		return lines_name(&conditional->if_match, validators, HTTP_ETAG_STRONG);
	return side_of_date(conditional->if_unmodified_since, validators, now) != SIDE_AFTER;
}

enum http_precondition
http_conditional_evaluate(const struct http_conditional *conditional,
    const struct http_validators *validators, int64_t now)
{
	if (!is_as_expected(conditional, validators, now))
		return HTTP_PRECONDITION_FAILED;
	if (conditional->if_none_match.count > 0) { /* step 3 */
		if (!lines_name(&conditional->if_none_match, validators, HTTP_ETAG_WEAK))
			return HTTP_PRECONDITION_PROCEED;
		return conditional->is_get_or_head ? HTTP_PRECONDITION_NOT_MODIFIED
						   : HTTP_PRECONDITION_FAILED;
	}
	if (conditional->is_get_or_head && /* step 4 */
	    side_of_date(conditional->if_modified_since, validators, now) == SIDE_NOT_AFTER)
		return HTTP_PRECONDITION_NOT_MODIFIED;
	return HTTP_PRECONDITION_PROCEED;
}

/* The first character tells a date from a tag: no weekday begins with '"' or
 * "W/" (RFC 9110 13.1.5). */
bool
http_conditional_allows_range(const struct http_conditional *conditional,
    const struct http_validators *validators, int64_t now)
{
	struct http_etag wanted, etag;
	int64_t date;

	if (!conditional->if_range.data)
		return true;
	if (!validators)
		return false;
	if (http_etag_parse(conditional->if_range, &wanted) == 0)
		return http_etag_parse(validators->etag, &etag) == 0 &&
		    http_etag_matches(&wanted, &etag, HTTP_ETAG_STRONG);
	return validators->has_last_modified && validators->is_last_modified_strong &&
	    http_date_parse(conditional->if_range, now, &date) == 0 &&
	    date == validators->last_modified;
}
