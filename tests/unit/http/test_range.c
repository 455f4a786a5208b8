/* SPDX-License-Identifier: MIT
 *
 * Tests of http/range.
 */
#include "http/range.h"

#include "support.h"

#define IGNORE HTTP_RANGE_IGNORE
#define UNSATISFIABLE HTTP_RANGE_UNSATISFIABLE
#define OK HTTP_RANGE_OK

#define HUGE_NUMBER "99999999999999999999999999"

/* `expected` is the ranges of the verdict OK, as "first-last first-last". */
static const struct {
	const char *value;
	int64_t size;
	enum http_range_verdict verdict;
	const char *expected;
} cases[] = {
	/* one range */
	{ "bytes=0-499", 10000, OK, "0-499" },
	{ "bytes=500-999", 10000, OK, "500-999" },
	{ "bytes=0-0", 10000, OK, "0-0" },
	{ "bytes=9999-9999", 10000, OK, "9999-9999" },
	{ "bytes=0-9999", 10000, OK, "0-9999" },
	{ "bytes=0-10000", 10000, OK, "0-9999" },
	{ "bytes=9500-", 10000, OK, "9500-9999" },
	{ "bytes=0-", 10000, OK, "0-9999" },
	{ "bytes=9999-", 10000, OK, "9999-9999" },
	{ "bytes=-500", 10000, OK, "9500-9999" },
	{ "bytes=-1", 10000, OK, "9999-9999" },
	{ "bytes=-10000", 10000, OK, "0-9999" },
	{ "bytes=-10001", 10000, OK, "0-9999" },
	{ "bytes=0-0", 1, OK, "0-0" },
	{ "bytes=-1", 1, OK, "0-0" },
	{ "BYTES=0-0", 10, OK, "0-0" },
	{ "Bytes=-1", 10, OK, "9-9" },
	{ "bytes=007-008", 10, OK, "7-8" },
	{ "bytes=00000000000000000000000000000001-2", 10, OK, "1-2" },
	/* numbers beyond 31, 63 and 64 bits */
	{ "bytes=2147483647-2147483648", 4294967296, OK, "2147483647-2147483648" },
	{ "bytes=4294967295-", 4294967296, OK, "4294967295-4294967295" },
	{ "bytes=4294967296-", 4294967296, UNSATISFIABLE, NULL },
	{ "bytes=9223372036854775806-", INT64_MAX, OK, "9223372036854775806-9223372036854775806" },
	{ "bytes=9223372036854775807-", INT64_MAX, UNSATISFIABLE, NULL },
	{ "bytes=0-9223372036854775807", INT64_MAX, OK, "0-9223372036854775806" },
	{ "bytes=0-0,2-9223372036854775806", INT64_MAX, IGNORE, NULL },
	{ "bytes=0-0,2-9223372036854775806", INT64_MAX - HTTP_RANGE_FRAMING_MAX, OK,
	    "0-0 2-9223372036853727230" },
	{ "bytes=0-9223372036854775808", 10, OK, "0-9" },
	{ "bytes=0-18446744073709551616", 10, OK, "0-9" },
	{ "bytes=0-18446744073709551615", 10, OK, "0-9" },
	{ "bytes=18446744073709551616-", 10, UNSATISFIABLE, NULL },
	{ "bytes=18446744073709551616-18446744073709551617", 10, UNSATISFIABLE, NULL },
	{ "bytes=0-" HUGE_NUMBER, 10, OK, "0-9" },
	{ "bytes=-" HUGE_NUMBER, 10, OK, "0-9" },
	{ "bytes=" HUGE_NUMBER "-", 10, UNSATISFIABLE, NULL },
	{ "bytes=" HUGE_NUMBER "-0", 10, IGNORE, NULL },
	/* nothing to send */
	{ "bytes=-0", 10, UNSATISFIABLE, NULL },
	{ "bytes=-0", 0, UNSATISFIABLE, NULL },
	{ "bytes=-00", 10, UNSATISFIABLE, NULL },
	{ "bytes=10-", 10, UNSATISFIABLE, NULL },
	{ "bytes=10-10", 10, UNSATISFIABLE, NULL },
	{ "bytes=0-0", 0, UNSATISFIABLE, NULL },
	{ "bytes=0-", 0, UNSATISFIABLE, NULL },
	{ "bytes=-1", 0, IGNORE, NULL },
	{ "bytes=10-,-0,20-30", 10, UNSATISFIABLE, NULL },
	/* malformed */
	{ NULL, 10, IGNORE, NULL },
	{ "", 10, IGNORE, NULL },
	{ "bytes", 10, IGNORE, NULL },
	{ "bytes=", 10, IGNORE, NULL },
	{ "bytes=,", 10, IGNORE, NULL },
	{ "bytes=-", 10, IGNORE, NULL },
	{ "bytes=--1", 10, IGNORE, NULL },
	{ "bytes=5-3", 10, IGNORE, NULL },
	{ "bytes=20-19", 10, IGNORE, NULL },
	{ "bytes=0-0,5-3", 10, IGNORE, NULL },
	{ "bytes=5", 10, IGNORE, NULL },
	{ "bytes=0-0-0", 10, IGNORE, NULL },
	{ "bytes=0-a", 10, IGNORE, NULL },
	{ "bytes=a-0", 10, IGNORE, NULL },
	{ "bytes=0x0-0x1", 10, IGNORE, NULL },
	{ "bytes=+0-1", 10, IGNORE, NULL },
	{ "bytes=0-+1", 10, IGNORE, NULL },
	{ "bytes=-+1", 10, IGNORE, NULL },
	{ "bytes=0-1;2-3", 10, IGNORE, NULL },
	{ "bytes=0-1 2-3", 10, IGNORE, NULL },
	{ "bytes=0 -1", 10, IGNORE, NULL },
	{ "bytes=0- 1", 10, IGNORE, NULL },
	{ "bytes=- 1", 10, IGNORE, NULL },
	{ "bytes =0-1", 10, IGNORE, NULL },
	{ "bytes:0-1", 10, IGNORE, NULL },
	{ "bytes 0-1", 10, IGNORE, NULL },
	{ " bytes=0-1", 10, IGNORE, NULL },
	{ "bytes=\"0-1\"", 10, IGNORE, NULL },
	{ "bytes=0-1,bytes=2-3", 10, IGNORE, NULL },
	{ "lines=0-1", 10, IGNORE, NULL },
	{ "byte=0-1", 10, IGNORE, NULL },
	{ "0-1", 10, IGNORE, NULL },
	/* several */
	{ "bytes=0-0,-1", 10, OK, "0-0 9-9" },
	{ "bytes=500-600,601-999", 10000, OK, "500-999" },
	{ "bytes=500-700,601-999", 10000, OK, "500-999" },
	{ "bytes= 0-999, 4500-5499, -1000", 10000, OK, "0-999 4500-5499 9000-9999" },
	{ "bytes=,0-0 ,\t, 2-2,", 10, OK, "0-0 2-2" },
	{ "bytes=0-1,20-30,4-5", 10, OK, "0-1 4-5" },
	{ "bytes=8-9,0-1", 10, OK, "8-9 0-1" },
	{ "bytes=0-9,3-4", 10, OK, "0-9" },
	{ "bytes=3-4,0-9", 10, OK, "0-9" },
	{ "bytes=3-4,3-4", 10, OK, "3-4" },
	{ "bytes=0-1,4-5,2-3", 10, OK, "0-5" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8", 10, OK, "0-0 2-2 4-4 6-6 8-8" },
	{ "bytes=0-0,9223372036854775806-", INT64_MAX, OK,
	    "0-0 9223372036854775806-9223372036854775806" },
	/* too many, overlapping, out of order */
	{ "bytes=0-,0-", 10, OK, "0-9" },
	{ "bytes=0-,0-,0-", 10, IGNORE, NULL },
	{ "bytes=0-3,2-5,4-7", 10, IGNORE, NULL },
	{ "bytes=0-1,1-2,5-6,6-7", 10, IGNORE, NULL },
	{ "bytes=6-6,4-4,2-2,0-0", 10, OK, "6-6 4-4 2-2 0-0" },
	{ "bytes=8-8,6-6,4-4,2-2,0-0", 10, IGNORE, NULL },
	{ "bytes=0-0,2-2,4-4,8-8,6-6", 10, IGNORE, NULL },
};

static void
put_ranges(struct text *text, const struct http_ranges *ranges)
{
	for (unsigned i = 0; i < ranges->count; i++)
		text_put_format(text, "%s%lld-%lld", i > 0 ? " " : "",
		    (long long)ranges->items[i].first, (long long)ranges->items[i].last);
}

START_TEST(a_range_is_measured_against_the_size)
{
	struct http_ranges ranges = { .count = 4711 };
	char buffer[256];
	struct text text = text_over(buffer, sizeof(buffer));

	ck_assert_int_eq(
	    http_range_parse(exact(cases[_i].value), cases[_i].size, &ranges), cases[_i].verdict);
	if (cases[_i].verdict != OK) {
		ck_assert_uint_eq(ranges.count, 4711);
		return;
	}
	put_ranges(&text, &ranges);
	assert_slice(text_slice(&text), cases[_i].expected);
}
END_TEST

static void
put_set(struct text *text, unsigned count, unsigned distance)
{
	text_put_string(text, "bytes=");
	for (unsigned i = 0; i < count; i++)
		text_put_format(text, "%u-%u,", i * distance, i * distance);
}

START_TEST(the_maximum_of_ranges_is_served_and_one_more_is_not)
{
	char buffer[512];
	struct text text = text_over(buffer, sizeof(buffer));
	struct http_ranges ranges;

	put_set(&text, HTTP_RANGE_MAX, 10);
	ck_assert_int_eq(http_range_parse(text_slice(&text), 10000, &ranges), OK);
	ck_assert_uint_eq(ranges.count, HTTP_RANGE_MAX);
	text = text_over(buffer, sizeof(buffer));
	put_set(&text, HTTP_RANGE_MAX + 1, 10);
	ck_assert_int_eq(http_range_parse(text_slice(&text), 10000, &ranges), IGNORE);
}
END_TEST

START_TEST(ranges_beyond_the_end_count_towards_the_maximum)
{
	char buffer[512];
	struct text text = text_over(buffer, sizeof(buffer));
	struct http_ranges ranges;

	put_set(&text, HTTP_RANGE_MAX + 1, 10);
	ck_assert_int_eq(http_range_parse(text_slice(&text), 1, &ranges), IGNORE);
}
END_TEST

START_TEST(no_other_byte_stands_for_one_of_the_grammar)
{
	const char *form = "bytes=1-2";

	for (size_t at = 0; at < strlen(form); at++)
		for (int byte = 0; byte < 256; byte++) {
			char value[16];
			struct http_ranges ranges;
			char was = form[at];
			bool is_fine = byte == was || (at < 5 && byte == (was & ~0x20));

			memcpy(value, form, strlen(form));
			value[at] = (char)byte;
			is_fine |= at >= 6 && at != 7 && byte >= '0' && byte <= '9' &&
			    value[6] <= value[8];
			is_fine |= at == 6 && (byte == ' ' || byte == '\t' || byte == ',');
			is_fine |= at == 8 && (byte == ' ' || byte == '\t' || byte == ',');
			ck_assert_msg((http_range_parse((struct slice){ value, strlen(form) }, 10,
					   &ranges) == OK) == is_fine,
			    "byte %d at %zu", byte, at);
		}
}
END_TEST

#define SIZE 12

/* Which of SIZE bytes are within the ranges, one bit for each. */
static unsigned
bits_of(const struct http_ranges *ranges)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < ranges->count; i++) {
		ck_assert_int_ge(ranges->items[i].first, 0);
		ck_assert_int_le(ranges->items[i].first, ranges->items[i].last);
		ck_assert_int_lt(ranges->items[i].last, SIZE);
		for (int64_t at = ranges->items[i].first; at <= ranges->items[i].last; at++) {
			ck_assert_uint_eq(bits & 1u << at, 0);
			bits |= 1u << at;
		}
	}
	return bits;
}

/* Writes a specification of `bits` (0: beyond the end), in one of the forms. */
static unsigned
put_random_spec(struct text *text, uint64_t *state)
{
	unsigned first = next_random(state) % (SIZE + 4);
	unsigned last = first + next_random(state) % 5;
	unsigned all = (1u << SIZE) - 1, form = next_random(state) % 4;

	if (form == 0) {
		text_put_format(text, "-%u,", first);
		return first >= SIZE ? all : all & ~(all >> first);
	}
	if (form == 1) {
		text_put_format(text, "%u-,", first);
		return first >= SIZE ? 0 : all & ~((1u << first) - 1);
	}
	text_put_format(text, "%u-%u, ", first, last);
	return all & ((2u << last) - (1u << first));
}

START_TEST(what_is_sent_is_what_was_asked_for_each_byte_once)
{
	uint64_t state = 9110;
	int served = 0;

	for (int round = 0; round < 10000; round++) {
		char buffer[128];
		struct text text = text_over(buffer, sizeof(buffer));
		struct http_ranges ranges;
		enum http_range_verdict verdict;
		unsigned asked = 0;

		text_put_string(&text, "bytes=");
		for (unsigned specs = 1 + next_random(&state) % 4; specs > 0; specs--)
			asked |= put_random_spec(&text, &state);
		verdict = http_range_parse(text_slice(&text), SIZE, &ranges);
		ck_assert_int_eq(verdict == UNSATISFIABLE, asked == 0);
		if (verdict != OK)
			continue;
		served++;
		ck_assert_msg(bits_of(&ranges) == asked, "%s", text_string(&text));
	}
	ck_assert_int_gt(served, 5000);
}
END_TEST

START_TEST(content_range_tells_range_and_size)
{
	char buffer[80];
	struct text text = text_over(buffer, sizeof(buffer));

	http_range_put(&text, (struct http_range){ 42, 1233 }, 1234);
	assert_slice(text_slice(&text), "bytes 42-1233/1234");
	text = text_over(buffer, sizeof(buffer));
	http_range_put(&text, (struct http_range){ 0, INT64_MAX - 1 }, INT64_MAX);
	assert_slice(text_slice(&text), "bytes 0-9223372036854775806/9223372036854775807");
	text = text_over(buffer, sizeof(buffer));
	http_range_put_unsatisfied(&text, 0);
	assert_slice(text_slice(&text), "bytes */0");
}
END_TEST

START_TEST(both_ends_of_a_range_belong_to_it)
{
	ck_assert_int_eq(http_range_length((struct http_range){ 0, 0 }), 1);
	ck_assert_int_eq(http_range_length((struct http_range){ 5, 9 }), 5);
	ck_assert_int_eq(http_range_length((struct http_range){ 0, INT64_MAX - 1 }), INT64_MAX);
}
END_TEST

/* The body of the parts, as a handler would put it together. */
static void
put_body(struct text *text, const struct http_multipart *multipart,
    const struct http_ranges *ranges, const char *bytes)
{
	for (unsigned i = 0; i < ranges->count; i++) {
		struct http_range range = ranges->items[i];

		http_multipart_put_part(text, multipart, range);
		text_put(
		    text, (struct slice){ bytes + range.first, (size_t)http_range_length(range) });
	}
	http_multipart_put_end(text, multipart);
}

static const struct http_ranges two = { 2, { { 0, 4 }, { 20, 25 } } };

START_TEST(parts_are_framed_as_the_rfc_shows)
{
	const struct http_multipart multipart = { SLICE("THIS_STRING_SEPARATES"),
		SLICE("text/plain"), 26 };
	char buffer[512];
	struct text text = text_over(buffer, sizeof(buffer));

	put_body(&text, &multipart, &two, "abcdefghijklmnopqrstuvwxyz");
	assert_slice(text_slice(&text),
	    "\r\n--THIS_STRING_SEPARATES\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Range: bytes 0-4/26\r\n"
	    "\r\n"
	    "abcde\r\n"
	    "--THIS_STRING_SEPARATES\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Range: bytes 20-25/26\r\n"
	    "\r\n"
	    "uvwxyz\r\n"
	    "--THIS_STRING_SEPARATES--\r\n");
	ck_assert_int_eq(http_multipart_length(&multipart, &two), (int64_t)text.len);
}
END_TEST

START_TEST(a_part_without_type_has_no_such_line)
{
	const struct http_multipart multipart = { SLICE("B"), ABSENT, 26 };
	char buffer[512];
	struct text text = text_over(buffer, sizeof(buffer));

	put_body(&text, &multipart, &two, "abcdefghijklmnopqrstuvwxyz");
	assert_slice(text_slice(&text),
	    "\r\n--B\r\nContent-Range: bytes 0-4/26\r\n\r\nabcde"
	    "\r\n--B\r\nContent-Range: bytes 20-25/26\r\n\r\nuvwxyz"
	    "\r\n--B--\r\n");
	ck_assert_int_eq(http_multipart_length(&multipart, &two), (int64_t)text.len);
}
END_TEST

START_TEST(the_length_is_right_for_long_boundaries_types_and_numbers)
{
	char boundary[70], type[1000];
	const struct http_multipart multipart = { { boundary, sizeof(boundary) },
		{ type, sizeof(type) }, INT64_MAX };
	const struct http_ranges ranges = { 2,
		{ { INT64_MAX - 10, INT64_MAX - 8 }, { INT64_MAX - 2, INT64_MAX - 1 } } };
	char buffer[4096];
	struct text text = text_over(buffer, sizeof(buffer));

	memset(boundary, 'b', sizeof(boundary));
	memset(type, 't', sizeof(type));
	for (unsigned i = 0; i < ranges.count; i++)
		http_multipart_put_part(&text, &multipart, ranges.items[i]);
	http_multipart_put_end(&text, &multipart);
	ck_assert(!text.is_truncated);
	ck_assert_int_eq(http_multipart_length(&multipart, &ranges), (int64_t)text.len + 3 + 2);
}
END_TEST

START_TEST(the_type_of_several_parts_names_the_boundary)
{
	const struct http_multipart multipart = { SLICE("4f2b"), ABSENT, 26 };
	char buffer[128];
	struct text text = text_over(buffer, sizeof(buffer));

	http_multipart_put_type(&text, &multipart);
	assert_slice(text_slice(&text), "multipart/byteranges; boundary=4f2b");
}
END_TEST

static TCase *
parse_tests(void)
{
	TCase *tcase = tcase_create("http_range_parse");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, a_range_is_measured_against_the_size, 0, COUNT(cases));
	tcase_add_test(tcase, the_maximum_of_ranges_is_served_and_one_more_is_not);
	tcase_add_test(tcase, ranges_beyond_the_end_count_towards_the_maximum);
	tcase_add_test(tcase, no_other_byte_stands_for_one_of_the_grammar);
	tcase_add_test(tcase, what_is_sent_is_what_was_asked_for_each_byte_once);
	return tcase;
}

static TCase *
text_tests(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, content_range_tells_range_and_size);
	tcase_add_test(tcase, both_ends_of_a_range_belong_to_it);
	tcase_add_test(tcase, parts_are_framed_as_the_rfc_shows);
	tcase_add_test(tcase, a_part_without_type_has_no_such_line);
	tcase_add_test(tcase, the_length_is_right_for_long_boundaries_types_and_numbers);
	tcase_add_test(tcase, the_type_of_several_parts_names_the_boundary);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("http/range");

	suite_add_tcase(suite, parse_tests());
	suite_add_tcase(suite, text_tests());
	return run_suite(suite);
}
