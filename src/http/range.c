/* SPDX-License-Identifier: MIT
 *
 * range: one specification at a time is read and measured against the size; then
 * the set is judged as a whole; then what touches becomes one. Several ranges
 * in one answer stand in multipart.c.
 */
#include "http/range.h"

/* Takes 1*DIGIT off the front. A number too large for any file is the largest
 * there is: beyond the end all the same. */
static bool
take_position(struct slice *in, int64_t *ret_position)
{
	size_t digits = 0;
	int64_t position = 0;

	while (digits < in->len && in->data[digits] >= '0' && in->data[digits] <= '9') {
		int64_t digit = in->data[digits] - '0';

		if (__builtin_mul_overflow(position, 10, &position) ||
		    __builtin_add_overflow(position, digit, &position))
			position = INT64_MAX;
		digits++;
	}
	in->data += digits;
	in->len -= digits;
	*ret_position = position;
	return digits > 0;
}

static bool
take_dash(struct slice *in)
{
	if (in->len == 0 || in->data[0] != '-')
		return false;
	in->data++;
	in->len--;
	return true;
}

/* suffix-range = "-" suffix-length, the dash taken. The end of nothing is
 * nothing, which no Content-Range can say. */
static enum http_range_verdict
read_suffix(struct slice in, int64_t size, struct http_range *ret_range)
{
	int64_t length;

	if (!take_position(&in, &length) || in.len > 0)
		return HTTP_RANGE_IGNORE;
	if (length == 0)
		return HTTP_RANGE_UNSATISFIABLE;
	if (size == 0)
		return HTTP_RANGE_IGNORE;
	ret_range->first = length < size ? size - length : 0;
	ret_range->last = size - 1;
	return HTTP_RANGE_OK;
}

/* int-range = first-pos "-" [ last-pos ]. */
static enum http_range_verdict
read_int(struct slice in, int64_t size, struct http_range *ret_range)
{
	int64_t first, last = INT64_MAX;

	if (!take_position(&in, &first) || !take_dash(&in))
		return HTTP_RANGE_IGNORE;
	if (in.len > 0 && (!take_position(&in, &last) || in.len > 0))
		return HTTP_RANGE_IGNORE;
	if (last < first)
		return HTTP_RANGE_IGNORE;
	if (first >= size)
		return HTTP_RANGE_UNSATISFIABLE;
	ret_range->first = first;
	ret_range->last = last < size ? last : size - 1;
	return HTTP_RANGE_OK;
}

/* Gathers the satisfiable ranges of a set, as they come. */
static enum http_range_verdict
read_set(struct slice set, int64_t size, struct http_ranges *ret_ranges)
{
	struct slice spec;
	unsigned specs = 0;

	ret_ranges->count = 0;
	while (slice_next_element(&set, &spec)) {
		struct http_range range;
		enum http_range_verdict verdict;

		if (++specs > HTTP_RANGE_MAX)
			return HTTP_RANGE_IGNORE;
		if (take_dash(&spec))
			verdict = read_suffix(spec, size, &range);
		else
			verdict = read_int(spec, size, &range);
		if (verdict == HTTP_RANGE_IGNORE)
			return HTTP_RANGE_IGNORE;
		if (verdict == HTTP_RANGE_OK)
			ret_ranges->items[ret_ranges->count++] = range;
	}
	if (specs == 0)
		return HTTP_RANGE_IGNORE;
	return ret_ranges->count > 0 ? HTTP_RANGE_OK : HTTP_RANGE_UNSATISFIABLE;
}

static bool
ranges_overlap(struct http_range a, struct http_range b)
{
	return a.first <= b.last && b.first <= a.last;
}

/* How many ranges have bytes in common with another. */
static unsigned
count_overlapping(const struct http_ranges *ranges)
{
	unsigned overlapping = 0;

	for (unsigned i = 0; i < ranges->count; i++)
		for (unsigned j = 0; j < ranges->count; j++)
			if (i != j && ranges_overlap(ranges->items[i], ranges->items[j])) {
				overlapping++;
				break;
			}
	return overlapping;
}

static bool
is_ascending(const struct http_ranges *ranges)
{
	for (unsigned i = 1; i < ranges->count; i++)
		if (ranges->items[i].first < ranges->items[i - 1].first)
			return false;
	return true;
}

/* RFC 9110 14.2: what only a broken or a hostile client asks for. */
static bool
is_abuse(const struct http_ranges *ranges)
{
	if (count_overlapping(ranges) > 2)
		return true;
	return ranges->count > HTTP_RANGE_UNORDERED_MAX && !is_ascending(ranges);
}

/* Appends `range`, and takes into it those it overlaps or touches. Once is
 * enough: those that are there touch no other. */
static void
add_joined(struct http_ranges *ranges, struct http_range range)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < ranges->count; i++) {
		struct http_range other = ranges->items[i];

		if (range.first > other.last + 1 || other.first > range.last + 1) {
			ranges->items[kept++] = other;
			continue;
		}
		if (other.first < range.first)
			range.first = other.first;
		if (other.last > range.last)
			range.last = other.last;
	}
	ranges->items[kept++] = range;
	ranges->count = kept;
}

/* range-unit "=", the unit in any case (RFC 9110 14.1). */
static bool
take_unit(struct slice *value)
{
	const struct slice unit = SLICE("bytes=");

	if (value->len < unit.len ||
	    !slice_equals_nocase((struct slice){ value->data, unit.len }, unit))
		return false;
	value->data += unit.len;
	value->len -= unit.len;
	return true;
}

/* The length of a multipart body is a number like that of a file: there are files so
 * large that what stands between their parts has no room in it. */
static bool
is_too_long(const struct http_ranges *ranges)
{
	int64_t left = INT64_MAX - HTTP_RANGE_FRAMING_MAX;

	for (unsigned i = 0; i < ranges->count; i++) {
		int64_t length = http_range_length(ranges->items[i]);

		if (length > left)
			return ranges->count > 1;
		left -= length;
	}
	return false;
}

enum http_range_verdict
http_range_parse(struct slice value, int64_t size, struct http_ranges *ret_ranges)
{
	struct http_ranges asked, joined = { 0 };
	enum http_range_verdict verdict;

	if (!take_unit(&value))
		return HTTP_RANGE_IGNORE;
	verdict = read_set(value, size, &asked);
	if (verdict != HTTP_RANGE_OK)
		return verdict;
	if (is_abuse(&asked))
		return HTTP_RANGE_IGNORE;
	for (unsigned i = 0; i < asked.count; i++)
		add_joined(&joined, asked.items[i]);
	if (is_too_long(&joined))
		return HTTP_RANGE_IGNORE;
	*ret_ranges = joined;
	return HTTP_RANGE_OK;
}

int64_t
http_range_length(struct http_range range)
{
	return range.last - range.first + 1;
}

void
http_range_put(struct text *text, struct http_range range, int64_t size)
{
	text_put(text, SLICE("bytes "));
	text_put_u64(text, (uint64_t)range.first);
	text_put_char(text, '-');
	text_put_u64(text, (uint64_t)range.last);
	text_put_char(text, '/');
	text_put_u64(text, (uint64_t)size);
}

void
http_range_put_unsatisfied(struct text *text, int64_t size)
{
	text_put(text, SLICE("bytes */"));
	text_put_u64(text, (uint64_t)size);
}
