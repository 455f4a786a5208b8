/* SPDX-License-Identifier: MIT
 *
 * Tests of http/conditional.
 */
#include "http/conditional.h"

#include "http/head.h"
#include "support.h"

#define MODIFIED INT64_C(784111777) /* AT */
#define NOW INT64_C(1795371631)

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AT "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

#define PROCEED HTTP_PRECONDITION_PROCEED
#define NOT_MODIFIED HTTP_PRECONDITION_NOT_MODIFIED
#define FAILED HTTP_PRECONDITION_FAILED

/* The representation: a strong tag "a", and a date. */
static const struct http_validators strong = {
	.etag = { "\"a\"", 3 },
	.has_last_modified = true,
	.last_modified = MODIFIED,
	.is_last_modified_strong = true,
};
static const struct http_validators weak = {
	.etag = { "W/\"a\"", 5 },
	.has_last_modified = true,
	.last_modified = MODIFIED,
};
static const struct http_validators bare = { .etag = { NULL, 0 } };

static void
add_line(struct http_conditional_lines *lines, const char *value)
{
	if (value)
		lines->values[lines->count++] = slice_of(value);
}

static const struct {
	const char *if_match, *if_unmodified_since, *if_none_match, *if_modified_since;
	const struct http_validators *validators;
	enum http_precondition get, put;
} cases[] = {
	{ NULL, NULL, NULL, NULL, &strong, PROCEED, PROCEED },
	{ NULL, NULL, NULL, NULL, NULL, PROCEED, PROCEED },
	/* If-Match, 13.1.1 */
	{ "*", NULL, NULL, NULL, &strong, PROCEED, PROCEED },
	{ "*", NULL, NULL, NULL, &bare, PROCEED, PROCEED },
	{ "*", NULL, NULL, NULL, NULL, FAILED, FAILED },
	{ "\"a\"", NULL, NULL, NULL, &strong, PROCEED, PROCEED },
	{ "\"b\", \"a\"", NULL, NULL, NULL, NULL, FAILED, FAILED },
	{ "\"b\", \"a\"", NULL, NULL, NULL, &strong, PROCEED, PROCEED },
	{ "\"b\"", NULL, NULL, NULL, &strong, FAILED, FAILED },
	{ "W/\"a\"", NULL, NULL, NULL, &strong, FAILED, FAILED },
	{ "\"a\"", NULL, NULL, NULL, &weak, FAILED, FAILED },
	{ "W/\"a\"", NULL, NULL, NULL, &weak, FAILED, FAILED },
	{ "\"a\"", NULL, NULL, NULL, &bare, FAILED, FAILED },
	{ "a", NULL, NULL, NULL, &strong, FAILED, FAILED },
	{ "", NULL, NULL, NULL, &strong, FAILED, FAILED },
	{ "\"*\"", NULL, NULL, NULL, &strong, FAILED, FAILED },
	/* If-Unmodified-Since, 13.1.4; not looked at beside If-Match */
	{ NULL, BEFORE, NULL, NULL, &strong, FAILED, FAILED },
	{ NULL, AT, NULL, NULL, &strong, PROCEED, PROCEED },
	{ NULL, AFTER, NULL, NULL, &strong, PROCEED, PROCEED },
	{ NULL, BEFORE, NULL, NULL, &weak, FAILED, FAILED },
	{ NULL, BEFORE, NULL, NULL, &bare, PROCEED, PROCEED },
	{ NULL, BEFORE, NULL, NULL, NULL, PROCEED, PROCEED },
	{ NULL, "yesterday", NULL, NULL, &strong, PROCEED, PROCEED },
	{ NULL, "", NULL, NULL, &strong, PROCEED, PROCEED },
	{ "\"a\"", BEFORE, NULL, NULL, &strong, PROCEED, PROCEED },
	{ "\"b\"", AFTER, NULL, NULL, &strong, FAILED, FAILED },
	/* If-None-Match, 13.1.2 */
	{ NULL, NULL, "*", NULL, &strong, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "*", NULL, &bare, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "*", NULL, NULL, PROCEED, PROCEED },
	{ NULL, NULL, "\"a\"", NULL, &strong, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "W/\"a\"", NULL, &strong, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "\"a\"", NULL, &weak, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "W/\"a\"", NULL, &weak, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "\"x\", \"y\", \"a\"", NULL, &strong, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "\"b\"", NULL, &strong, PROCEED, PROCEED },
	{ NULL, NULL, "\"a\"", NULL, &bare, PROCEED, PROCEED },
	{ NULL, NULL, "\"a\"", NULL, NULL, PROCEED, PROCEED },
	{ NULL, NULL, "a", NULL, &strong, PROCEED, PROCEED },
	{ NULL, NULL, "", NULL, &strong, PROCEED, PROCEED },
	/* If-Modified-Since, 13.1.3; not looked at beside If-None-Match */
	{ NULL, NULL, NULL, BEFORE, &strong, PROCEED, PROCEED },
	{ NULL, NULL, NULL, AT, &strong, NOT_MODIFIED, PROCEED },
	{ NULL, NULL, NULL, AFTER, &strong, NOT_MODIFIED, PROCEED },
	{ NULL, NULL, NULL, AT, &weak, NOT_MODIFIED, PROCEED },
	{ NULL, NULL, NULL, AT, &bare, PROCEED, PROCEED },
	{ NULL, NULL, NULL, AT, NULL, PROCEED, PROCEED },
	{ NULL, NULL, NULL, "Sunday, 06-Nov-94 08:49:37 GMT", &strong, NOT_MODIFIED, PROCEED },
	{ NULL, NULL, NULL, "Sun Nov  6 08:49:37 1994", &strong, NOT_MODIFIED, PROCEED },
	{ NULL, NULL, NULL, "0", &strong, PROCEED, PROCEED },
	{ NULL, NULL, NULL, AT ", " AT, &strong, PROCEED, PROCEED },
	{ NULL, NULL, "\"b\"", AT, &strong, PROCEED, PROCEED },
	{ NULL, NULL, "\"a\"", BEFORE, &strong, NOT_MODIFIED, FAILED },
	{ NULL, NULL, "", AT, &strong, PROCEED, PROCEED },
	/* both halves, 13.2.2 */
	{ "\"a\"", NULL, "\"a\"", NULL, &strong, NOT_MODIFIED, FAILED },
	{ "\"b\"", NULL, "\"a\"", NULL, &strong, FAILED, FAILED },
	{ "\"a\"", NULL, NULL, AT, &strong, NOT_MODIFIED, PROCEED },
	{ "\"b\"", NULL, NULL, AT, &strong, FAILED, FAILED },
	{ NULL, BEFORE, "\"a\"", NULL, &strong, FAILED, FAILED },
	{ NULL, AT, "\"a\"", NULL, &strong, NOT_MODIFIED, FAILED },
	{ NULL, AT, NULL, AT, &strong, NOT_MODIFIED, PROCEED },
	{ NULL, BEFORE, NULL, AT, &strong, FAILED, FAILED },
};

START_TEST(preconditions_hold_by_rule_and_precedence)
{
	struct http_conditional conditional = {
		.if_unmodified_since = slice_of(cases[_i].if_unmodified_since),
		.if_modified_since = slice_of(cases[_i].if_modified_since),
	};

	add_line(&conditional.if_match, cases[_i].if_match);
	add_line(&conditional.if_none_match, cases[_i].if_none_match);
	conditional.is_get_or_head = true;
	ck_assert_int_eq(
	    http_conditional_evaluate(&conditional, cases[_i].validators, NOW), cases[_i].get);
	conditional.is_get_or_head = false;
	ck_assert_int_eq(
	    http_conditional_evaluate(&conditional, cases[_i].validators, NOW), cases[_i].put);
}
END_TEST

START_TEST(every_line_of_a_list_counts)
{
	struct http_conditional conditional = { .is_get_or_head = true };

	add_line(&conditional.if_none_match, "\"x\", \"y\"");
	add_line(&conditional.if_none_match, "broken");
	ck_assert_int_eq(http_conditional_evaluate(&conditional, &strong, NOW), PROCEED);
	add_line(&conditional.if_none_match, "\"a\"");
	ck_assert_int_eq(http_conditional_evaluate(&conditional, &strong, NOW), NOT_MODIFIED);
}
END_TEST

/* `strong` but for the date, which is not. */
static const struct http_validators strong_tag = {
	.etag = { "\"a\"", 3 },
	.has_last_modified = true,
	.last_modified = MODIFIED,
};

static const struct {
	const char *if_range;
	const struct http_validators *validators;
	bool is_allowed;
} range_cases[] = {
	{ NULL, &strong, true },
	{ NULL, &bare, true },
	{ "\"a\"", &strong, true },
	{ "\"a\"", &strong_tag, true },
	{ "W/\"a\"", &strong, false },
	{ "\"a\"", &weak, false },
	{ "W/\"a\"", &weak, false },
	{ "\"b\"", &strong, false },
	{ "\"a\"", &bare, false },
	{ "\"a\"", NULL, false },
	{ "\"a\", \"b\"", &strong, false },
	{ "*", &strong, false },
	{ "", &strong, false },
	{ "a", &strong, false },
	{ AT, &strong, true },
	{ "Sun Nov  6 08:49:37 1994", &strong, true },
	{ AT, &strong_tag, false },
	{ BEFORE, &strong, false },
	{ AFTER, &strong, false },
	{ AT, &bare, false },
	{ AT, NULL, false },
};

START_TEST(a_range_counts_only_for_what_is_certainly_the_same)
{
	struct http_conditional conditional = { .is_get_or_head = true };

	conditional.if_range = exact(range_cases[_i].if_range);
	ck_assert_int_eq(
	    http_conditional_allows_range(&conditional, range_cases[_i].validators, NOW),
	    range_cases[_i].is_allowed);
}
END_TEST

/* Reads the preconditions of `request`; the head is the caller's to free. */
static struct http_head *
read_request(const char *request, struct http_conditional *ret_conditional)
{
	const struct http_head_limits limits = { 4096, 1024, 32 };
	struct http_head *head = http_head_new(&limits);

	ck_assert_ptr_nonnull(head);
	ck_assert_int_eq(http_head_feed(head, request, strlen(request)), HTTP_HEAD_DONE);
	ck_assert_int_eq(http_head_settle(head, request), HTTP_HEAD_DONE);
	http_conditional_read(head, ret_conditional);
	return head;
}

static bool
has_none(const struct http_conditional *conditional)
{
	return conditional->if_match.count == 0 && conditional->if_none_match.count == 0 &&
	    !conditional->if_modified_since.data && !conditional->if_unmodified_since.data &&
	    !conditional->if_range.data;
}

START_TEST(a_plain_request_has_no_preconditions)
{
	struct http_conditional conditional;
	struct http_head *head =
	    read_request("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n", &conditional);

	ck_assert(conditional.is_get_or_head);
	ck_assert(has_none(&conditional));
	ck_assert(http_conditional_allows_range(&conditional, &strong, NOW));
	http_head_free(head);
}
END_TEST

static const char *const single_fields[] = { "If-Match: *", "If-None-Match: \"a\"",
	"If-Modified-Since: " AT, "If-Unmodified-Since: " AT, "If-Range: \"a\"" };

START_TEST(each_of_the_five_fields_is_a_precondition)
{
	struct http_conditional conditional;
	char request[256];
	struct text text = text_over(request, sizeof(request));
	struct http_head *head;

	text_put_format(&text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", single_fields[_i]);
	head = read_request(text_string(&text), &conditional);
	ck_assert(!has_none(&conditional));
	http_head_free(head);
}
END_TEST

START_TEST(the_preconditions_are_read_from_a_head)
{
	struct http_conditional conditional;
	struct http_head *head = read_request("HEAD / HTTP/1.1\r\n"
					      "Host: a\r\n"
					      "if-none-match: \"x\"\r\n"
					      "If-Modified-Since: " BEFORE "\r\n"
					      "If-None-Match: W/\"y\" , \"z\"\r\n"
					      "If-Unmodified-Since: " AFTER "\r\n"
					      "If-Match: \"m\"\r\n"
					      "If-Range: \"r\"\r\n\r\n",
	    &conditional);

	ck_assert(conditional.is_get_or_head);
	ck_assert_uint_eq(conditional.if_none_match.count, 2);
	assert_slice(conditional.if_none_match.values[0], "\"x\"");
	assert_slice(conditional.if_none_match.values[1], "W/\"y\" , \"z\"");
	ck_assert_uint_eq(conditional.if_match.count, 1);
	assert_slice(conditional.if_match.values[0], "\"m\"");
	assert_slice(conditional.if_modified_since, BEFORE);
	assert_slice(conditional.if_unmodified_since, AFTER);
	assert_slice(conditional.if_range, "\"r\"");
	http_head_free(head);
}
END_TEST

START_TEST(a_repeated_date_is_none_and_a_repeated_if_range_never_holds)
{
	struct http_conditional conditional;
	struct http_head *head = read_request("PUT / HTTP/1.1\r\nHost: a\r\n"
					      "If-Modified-Since: " AT "\r\n"
					      "If-Modified-Since: " AT "\r\n"
					      "If-Unmodified-Since: " BEFORE "\r\n"
					      "If-Unmodified-Since: " BEFORE "\r\n"
					      "If-Range: \"a\"\r\n"
					      "If-Range: \"a\"\r\n\r\n",
	    &conditional);

	ck_assert(!conditional.is_get_or_head);
	ck_assert_ptr_null(conditional.if_modified_since.data);
	ck_assert_ptr_null(conditional.if_unmodified_since.data);
	ck_assert(!http_conditional_allows_range(&conditional, &strong, NOW));
	http_head_free(head);
}
END_TEST

START_TEST(lines_beyond_the_maximum_are_not_read)
{
	struct http_conditional conditional;
	struct http_head *head = read_request("GET / HTTP/1.1\r\nHost: a\r\n"
					      "If-None-Match: \"1\"\r\nIf-None-Match: \"2\"\r\n"
					      "If-None-Match: \"3\"\r\nIf-None-Match: \"4\"\r\n"
					      "If-None-Match: \"a\"\r\n\r\n",
	    &conditional);

	ck_assert_uint_eq(conditional.if_none_match.count, HTTP_CONDITIONAL_LINES_MAX);
	assert_slice(conditional.if_none_match.values[3], "\"4\"");
	ck_assert_int_eq(http_conditional_evaluate(&conditional, &strong, NOW), PROCEED);
	http_head_free(head);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/conditional");
	TCase *evaluate = tcase_create("evaluate");
	TCase *read = tcase_create("read");

	tcase_add_checked_fixture(evaluate, NULL, exact_free);
	tcase_add_loop_test(evaluate, preconditions_hold_by_rule_and_precedence, 0, COUNT(cases));
	tcase_add_test(evaluate, every_line_of_a_list_counts);
	tcase_add_loop_test(
	    evaluate, a_range_counts_only_for_what_is_certainly_the_same, 0, COUNT(range_cases));
	suite_add_tcase(suite, evaluate);
	tcase_add_test(read, a_plain_request_has_no_preconditions);
	tcase_add_loop_test(
	    read, each_of_the_five_fields_is_a_precondition, 0, COUNT(single_fields));
	tcase_add_test(read, the_preconditions_are_read_from_a_head);
	tcase_add_test(read, a_repeated_date_is_none_and_a_repeated_if_range_never_holds);
	tcase_add_test(read, lines_beyond_the_maximum_are_not_read);
	suite_add_tcase(suite, read);
	return run_suite(suite);
}
