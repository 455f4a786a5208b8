/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/file_answer: preconditions and ranges.
 */
#include "handler/file_answer.h"

#include <stdio.h>

#include "rig.h"

#define DATE_EXACT "Sun, 13 Sep 2020 12:26:40 GMT"
#define DATE_BEFORE "Sun, 13 Sep 2020 12:26:39 GMT"
#define DATE_AFTER "Sun, 13 Sep 2020 12:26:41 GMT"

static struct rig rig;
static char tag[128];

static void
set_up(void)
{
	struct fake *fake;

	rig_init(&rig);
	tree_write(&rig.tree, "a", "0123456789");
	tree_write(&rig.tree, "empty", "");
	tree_write_pattern(&rig.tree, "lent", 20000);
	tree_write_pattern(&rig.tree, "large", 100000);
	rig.route.cache_control = strdup("no-cache");
	rig_start(&rig);
	fake = rig_get(&rig, "/a", NULL);
	snprintf(tag, sizeof(tag), "%s", fake_field(fake, "ETag"));
	fake_done(fake);
}

static void
tear_down(void)
{
	free(rig.route.cache_control);
	rig_done(&rig);
}

/* `template` with each '$' replaced by the file's entity-tag. */
static const char *
fill_in(const char *template)
{
	static char filled[1024];
	struct text text = text_over(filled, sizeof(filled));

	for (; *template; template ++) {
		if (*template == '$')
			text_put_string(&text, tag);
		else
			text_put_char(&text, *template);
	}
	return text_string(&text);
}

/* RFC 9110 13.2.2, step by step. */
static const struct {
	const char *fields;
	int status;
} conditions[] = {
	{ "", 200 },
	{ "If-Match: $\r\n", 200 },
	{ "If-Match: *\r\n", 200 },
	{ "If-Match: \"x\", $\r\n", 200 },
	{ "If-Match: \"x\"\r\n", 412 },
	{ "If-Match: W/$\r\n", 412 },
	{ "If-Unmodified-Since: " DATE_EXACT "\r\n", 200 },
	{ "If-Unmodified-Since: " DATE_AFTER "\r\n", 200 },
	{ "If-Unmodified-Since: " DATE_BEFORE "\r\n", 412 },
	{ "If-Unmodified-Since: yesterday\r\n", 200 },
	{ "If-Match: $\r\nIf-Unmodified-Since: " DATE_BEFORE "\r\n", 200 },
	{ "If-None-Match: $\r\n", 304 },
	{ "If-None-Match: W/$\r\n", 304 },
	{ "If-None-Match: *\r\n", 304 },
	{ "If-None-Match: \"x\", W/\"y\", $\r\n", 304 },
	{ "If-None-Match: \"x\"\r\n", 200 },
	{ "If-Modified-Since: " DATE_EXACT "\r\n", 304 },
	{ "If-Modified-Since: " DATE_AFTER "\r\n", 304 },
	{ "If-Modified-Since: " DATE_BEFORE "\r\n", 200 },
	{ "If-Modified-Since: tomorrow\r\n", 200 },
	{ "If-None-Match: \"x\"\r\nIf-Modified-Since: " DATE_EXACT "\r\n", 200 },
	{ "If-Match: \"x\"\r\nIf-None-Match: $\r\n", 412 },
	{ "If-Match: $\r\nIf-None-Match: $\r\n", 304 },
	{ "Range: bytes=0-1\r\nIf-None-Match: $\r\n", 304 },
	{ "Range: bytes=0-1\r\nIf-Match: \"x\"\r\n", 412 },
	{ "Range: bytes=0-1\r\nIf-Match: $\r\n", 206 },
	{ "Range: bytes=0-1\r\nIf-Range: $\r\n", 206 },
	{ "Range: bytes=0-1\r\nIf-Range: W/$\r\n", 200 },
	{ "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n", 200 },
	{ "Range: bytes=0-1\r\nIf-Range: " DATE_EXACT "\r\n", 206 },
	{ "Range: bytes=0-1\r\nIf-Range: " DATE_AFTER "\r\n", 200 },
	{ "Range: bytes=99-\r\nIf-Range: \"x\"\r\n", 200 },
	{ "If-Range: $\r\n", 200 },
};

START_TEST(preconditions_come_to_what_the_rfc_says)
{
	struct fake *fake = rig_get(&rig, "/a", fill_in(conditions[_i].fields));

	ck_assert_msg(fake->status == conditions[_i].status, "%s is %d, not %d",
	    conditions[_i].fields, fake->status, conditions[_i].status);
	expect_status(fake, conditions[_i].status);
	fake_done(fake);
}
END_TEST

START_TEST(not_modified_has_the_fields_that_caches_need_and_no_more)
{
	struct fake *fake = rig_get(&rig, "/a", fill_in("If-None-Match: $\r\n"));

	expect_field(fake, "ETag", tag);
	expect_field(fake, "Cache-Control", "no-cache");
	expect_field(fake, "Vary", "Accept-Encoding");
	expect_field(fake, "Content-Type", NULL);
	expect_field(fake, "Last-Modified", NULL);
	expect_body(fake, "");
	fake_done(fake);
}
END_TEST

START_TEST(head_is_conditional_and_knows_no_ranges)
{
	char head[512];
	struct fake *fake;

	snprintf(head, sizeof(head), "HEAD /a HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n", tag);
	fake = rig_ask(&rig, head);
	expect_status(fake, 304);
	fake_done(fake);
	fake = rig_ask(&rig, "HEAD /a HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n");
	expect_status(fake, 200);
	ck_assert_int_eq(fake->content_length, 10);
	expect_field(fake, "Content-Range", NULL);
	fake_done(fake);
}
END_TEST

START_TEST(a_young_file_vouches_for_no_range)
{
	struct fake *fake;
	char fields[256];

	tree_set_modified(&rig.tree, "a", TREE_NOW, 0);
	rig_restart(&rig);
	fake = rig_get(&rig, "/a", NULL);
	snprintf(fields, sizeof(fields), "Range: bytes=0-1\r\nIf-Range: %s\r\n",
	    fake_field(fake, "ETag"));
	fake_done(fake);
	fake = rig_get(&rig, "/a", fields);
	expect_status(fake, 200);
	fake_done(fake);
	fake =
	    rig_get(&rig, "/a", "Range: bytes=0-1\r\nIf-Range: Tue, 14 Nov 2023 22:13:20 GMT\r\n");
	expect_status(fake, 200);
	fake_done(fake);
}
END_TEST

static const struct {
	const char *range;
	int status;
	const char *body, *content_range;
} ranges[] = {
	{ "bytes=0-4", 206, "01234", "bytes 0-4/10" },
	{ "bytes=0-0", 206, "0", "bytes 0-0/10" },
	{ "bytes=9-9", 206, "9", "bytes 9-9/10" },
	{ "bytes=5-", 206, "56789", "bytes 5-9/10" },
	{ "bytes=5-99", 206, "56789", "bytes 5-9/10" },
	{ "bytes=-3", 206, "789", "bytes 7-9/10" },
	{ "bytes=-99", 206, "0123456789", "bytes 0-9/10" },
	{ "bytes=10-", 416, "page 416\n", "bytes */10" },
	{ "bytes=99-100", 416, "page 416\n", "bytes */10" },
	{ "bytes=-0", 416, "page 416\n", "bytes */10" },
	{ "bytes=4-2", 200, "0123456789", NULL },
	{ "bytes=a-b", 200, "0123456789", NULL },
	{ "lines=0-1", 200, "0123456789", NULL },
	{ "bytes=99-, 0-1", 206, "01", "bytes 0-1/10" },
};

START_TEST(a_range_is_what_was_asked_for)
{
	char fields[128];
	struct fake *fake;

	snprintf(fields, sizeof(fields), "Range: %s\r\n", ranges[_i].range);
	fake = rig_get(&rig, "/a", fields);
	expect_status(fake, ranges[_i].status);
	expect_body(fake, ranges[_i].body);
	expect_field(fake, "Content-Range", ranges[_i].content_range);
	if (ranges[_i].status == 206)
		expect_field(fake, "ETag", tag);
	fake_done(fake);
}
END_TEST

START_TEST(two_range_fields_are_none)
{
	struct fake *fake = rig_get(&rig, "/a", "Range: bytes=0-1\r\nRange: bytes=2-3\r\n");

	expect_status(fake, 200);
	fake_done(fake);
}
END_TEST

START_TEST(an_empty_file_has_no_ranges)
{
	struct fake *fake = rig_get(&rig, "/empty", "Range: bytes=0-\r\n");

	expect_status(fake, 416);
	expect_field(fake, "Content-Range", "bytes */0");
	fake_done(fake);
}
END_TEST

static const struct {
	const char *target;
	int64_t first, last;
} pieces[] = {
	{ "/lent", 0, 4095 },
	{ "/lent", 1, 4097 },
	{ "/lent", 19999, 19999 },
	{ "/large", 0, 0 },
	{ "/large", 65000, 99999 },
};

START_TEST(a_range_of_every_kind_of_body_has_its_bytes)
{
	char fields[128];
	struct fake *fake;
	const char *body;
	size_t len;

	snprintf(fields, sizeof(fields), "Range: bytes=%d-%d\r\n", (int)pieces[_i].first,
	    (int)pieces[_i].last);
	fake = rig_get(&rig, pieces[_i].target, fields);
	expect_status(fake, 206);
	body = fake_body(fake, &len);
	ck_assert_int_eq((int64_t)len, pieces[_i].last - pieces[_i].first + 1);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(body[i], tree_pattern((size_t)pieces[_i].first + i));
	fake_done(fake);
}
END_TEST

/* The boundary of a multipart answer; lives until the next call. */
static const char *
boundary_of(const struct fake *fake)
{
	static char boundary[128];
	const char *type = fake_field(fake, "Content-Type");

	ck_assert_int_eq(strncmp(type, "multipart/byteranges; boundary=", 31), 0);
	snprintf(boundary, sizeof(boundary), "%s", type + 31);
	return boundary;
}

START_TEST(several_ranges_are_byte_for_byte_what_they_should_be)
{
	struct fake *fake = rig_get(&rig, "/a", "Range: bytes=0-1,-2,4-5\r\n");
	char expected[1024];
	const char *boundary;

	expect_status(fake, 206);
	boundary = boundary_of(fake);
	snprintf(expected, sizeof(expected),
	    "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 0-1/10\r\n"
	    "\r\n01"
	    "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 8-9/10\r\n"
	    "\r\n89"
	    "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 4-5/10\r\n"
	    "\r\n45"
	    "\r\n--%s--\r\n",
	    boundary, boundary, boundary, boundary);
	expect_body(fake, expected);
	expect_field(fake, "Content-Range", NULL);
	expect_field(fake, "ETag", tag);
	fake_done(fake);
}
END_TEST

START_TEST(several_ranges_of_a_large_file_have_its_bytes)
{
	struct fake *fake = rig_get(&rig, "/large", "Range: bytes=0-9999,50000-59999\r\n");
	const char *body, *second;
	size_t len;

	expect_status(fake, 206);
	body = strstr(fake_body(fake, &len), "0-9999/100000\r\n\r\n") + 17;
	for (size_t i = 0; i < 10000; i++)
		ck_assert_int_eq(body[i], tree_pattern(i));
	second = strstr(body + 10000, "50000-59999/100000\r\n\r\n") + 22;
	for (size_t i = 0; i < 10000; i++)
		ck_assert_int_eq(second[i], tree_pattern(50000 + i));
	fake_done(fake);
}
END_TEST

START_TEST(each_multipart_has_a_boundary_of_its_own)
{
	struct fake *one = rig_get(&rig, "/a", "Range: bytes=0-1,4-5\r\n");
	struct fake *other = rig_get(&rig, "/a", "Range: bytes=0-1,4-5\r\n");
	char *boundary = strdup(boundary_of(one));

	ck_assert_uint_eq(strlen(boundary), 32);
	ck_assert_str_ne(boundary, boundary_of(other));
	free(boundary);
	fake_done(one);
	fake_done(other);
}
END_TEST

START_TEST(ranges_that_touch_are_one)
{
	struct fake *fake = rig_get(&rig, "/a", "Range: bytes=0-4,5-9\r\n");

	expect_status(fake, 206);
	expect_field(fake, "Content-Range", "bytes 0-9/10");
	fake_done(fake);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/file_answer");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, preconditions_come_to_what_the_rfc_says, 0, COUNT(conditions));
	tcase_add_test(tcase, not_modified_has_the_fields_that_caches_need_and_no_more);
	tcase_add_test(tcase, head_is_conditional_and_knows_no_ranges);
	tcase_add_test(tcase, a_young_file_vouches_for_no_range);
	tcase_add_loop_test(tcase, a_range_is_what_was_asked_for, 0, COUNT(ranges));
	tcase_add_test(tcase, two_range_fields_are_none);
	tcase_add_test(tcase, an_empty_file_has_no_ranges);
	tcase_add_loop_test(tcase, a_range_of_every_kind_of_body_has_its_bytes, 0, COUNT(pieces));
	tcase_add_test(tcase, several_ranges_are_byte_for_byte_what_they_should_be);
	tcase_add_test(tcase, several_ranges_of_a_large_file_have_its_bytes);
	tcase_add_test(tcase, each_multipart_has_a_boundary_of_its_own);
	tcase_add_test(tcase, ranges_that_touch_are_one);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
