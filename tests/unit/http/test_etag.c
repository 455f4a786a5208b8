/* SPDX-License-Identifier: MIT
 *
 * Tests of http/etag.
 */
#include "http/etag.h"

#include <errno.h>

#include "support.h"

static const struct {
	const char *value;
	const char *opaque; /* NULL: refused */
	bool is_weak;
} parse_cases[] = {
	{ "\"xyzzy\"", "\"xyzzy\"", false },
	{ "W/\"xyzzy\"", "\"xyzzy\"", true },
	{ "\"\"", "\"\"", false },
	{ "W/\"\"", "\"\"", true },
	{ "\"a,b\"", "\"a,b\"", false },
	{ "\"a\\\"", "\"a\\\"", false },
	{ "\"!#~\"", "\"!#~\"", false },
	{ "\"\xc3\xa9\xff\x80\"", "\"\xc3\xa9\xff\x80\"", false },
	{ "\"W/\"", "\"W/\"", false },
	{ NULL, NULL, false },
	{ "", NULL, false },
	{ "*", NULL, false },
	{ "\"", NULL, false },
	{ "W/", NULL, false },
	{ "W", NULL, false },
	{ "W/\"", NULL, false },
	{ "w/\"xyzzy\"", NULL, false },
	{ "W\"xyzzy\"", NULL, false },
	{ "W/ \"xyzzy\"", NULL, false },
	{ "W/W/\"xyzzy\"", NULL, false },
	{ "xyzzy", NULL, false },
	{ "\"xyzzy", NULL, false },
	{ "xyzzy\"", NULL, false },
	{ "'xyzzy'", NULL, false },
	{ "\"xy zzy\"", NULL, false },
	{ "\"xy\tzzy\"", NULL, false },
	{ "\"xy\x7f\"", NULL, false },
	{ "\"a\"b\"", NULL, false },
	{ "\"a\" ", NULL, false },
	{ " \"a\"", NULL, false },
	{ "\"a\",\"b\"", NULL, false },
};

START_TEST(a_tag_is_a_quoted_word_perhaps_weak)
{
	struct http_etag etag = { .opaque = SLICE("untouched"), .is_weak = true };
	int result = http_etag_parse(exact(parse_cases[_i].value), &etag);

	if (!parse_cases[_i].opaque) {
		ck_assert_int_eq(result, -EINVAL);
		assert_slice(etag.opaque, "untouched");
		return;
	}
	ck_assert_int_eq(result, 0);
	assert_slice(etag.opaque, parse_cases[_i].opaque);
	ck_assert_int_eq(etag.is_weak, parse_cases[_i].is_weak);
}
END_TEST

START_TEST(a_tag_holds_the_bytes_that_the_grammar_gives_it)
{
	for (int byte = 0; byte < 256; byte++) {
		char value[] = "\"a?b\"";
		struct http_etag etag;
		bool is_etagc = byte == 0x21 || (byte >= 0x23 && byte != 0x7f);

		value[2] = (char)byte;
		ck_assert_int_eq(
		    http_etag_parse((struct slice){ value, 5 }, &etag), is_etagc ? 0 : -EINVAL);
	}
}
END_TEST

/* The table of RFC 9110 8.8.3.2. */
static const struct {
	const char *a, *b;
	bool is_strong, is_weak;
} compare_cases[] = {
	{ "W/\"1\"", "W/\"1\"", false, true },
	{ "W/\"1\"", "W/\"2\"", false, false },
	{ "W/\"1\"", "\"1\"", false, true },
	{ "\"1\"", "\"1\"", true, true },
	{ "\"1\"", "\"2\"", false, false },
	{ "\"1\"", "\"11\"", false, false },
	{ "\"a\"", "\"A\"", false, false },
	{ "\"\"", "\"\"", true, true },
};

START_TEST(tags_compare_by_the_table_of_the_rfc)
{
	struct http_etag a, b;

	ck_assert_int_eq(http_etag_parse(exact(compare_cases[_i].a), &a), 0);
	ck_assert_int_eq(http_etag_parse(exact(compare_cases[_i].b), &b), 0);
	ck_assert_int_eq(http_etag_matches(&a, &b, HTTP_ETAG_STRONG), compare_cases[_i].is_strong);
	ck_assert_int_eq(http_etag_matches(&b, &a, HTTP_ETAG_STRONG), compare_cases[_i].is_strong);
	ck_assert_int_eq(http_etag_matches(&a, &b, HTTP_ETAG_WEAK), compare_cases[_i].is_weak);
	ck_assert_int_eq(http_etag_matches(&b, &a, HTTP_ETAG_WEAK), compare_cases[_i].is_weak);
}
END_TEST

static const struct {
	const char *list;
	const char *tags[4]; /* opaque parts, in order */
} list_cases[] = {
	{ NULL, { NULL } },
	{ "", { NULL } },
	{ " , ,\t,", { NULL } },
	{ "\"a\"", { "\"a\"" } },
	{ "\"a\", W/\"b\",\"c\"", { "\"a\"", "\"b\"", "\"c\"" } },
	{ ",, \"a\" ,\t,\"b\" ,", { "\"a\"", "\"b\"" } },
	{ "\"a,b\", \"c\"", { "\"a,b\"", "\"c\"" } },
	{ "\"a\\\", \"b\"", { "\"a\\\"", "\"b\"" } },
	{ "\"a\\\",\"b\"", { "\"a\\\"", "\"b\"" } },
	{ "\"a\" \"b\"", { "\"a\"" } },
	{ "\"a\"\"b\", \"c\"", { "\"a\"" } },
	{ "\"a\", b, \"c\"", { "\"a\"" } },
	{ "\"a\", \"b", { "\"a\"" } },
	{ "a, \"b\"", { NULL } },
	{ "*", { NULL } },
	{ "\"a\", *", { "\"a\"" } },
};

START_TEST(a_list_gives_its_tags_up_to_what_is_none)
{
	struct slice list = exact(list_cases[_i].list);
	struct http_etag etag;
	int count = 0;

	for (; http_etag_next(&list, &etag); count++)
		assert_slice(etag.opaque, list_cases[_i].tags[count]);
	ck_assert_ptr_null(list_cases[_i].tags[count]);
	ck_assert_uint_eq(list.len, 0);
	ck_assert(!http_etag_next(&list, &etag));
}
END_TEST

START_TEST(a_tag_is_found_in_a_list_by_the_comparison_asked_for)
{
	struct slice list = SLICE("\"a\", W/\"b\", \"c\"");
	struct http_etag b = { SLICE("\"b\""), false }, c = { SLICE("\"c\""), false };
	struct http_etag weak_c = { SLICE("\"c\""), true }, d = { SLICE("\"d\""), false };

	ck_assert(http_etag_list_has(list, &b, HTTP_ETAG_WEAK));
	ck_assert(!http_etag_list_has(list, &b, HTTP_ETAG_STRONG));
	ck_assert(http_etag_list_has(list, &c, HTTP_ETAG_STRONG));
	ck_assert(http_etag_list_has(list, &weak_c, HTTP_ETAG_WEAK));
	ck_assert(!http_etag_list_has(list, &weak_c, HTTP_ETAG_STRONG));
	ck_assert(!http_etag_list_has(list, &d, HTTP_ETAG_WEAK));
	ck_assert(!http_etag_list_has(ABSENT, &d, HTTP_ETAG_WEAK));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/etag");
	TCase *tcase = tcase_create("http_etag");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, a_tag_is_a_quoted_word_perhaps_weak, 0, COUNT(parse_cases));
	tcase_add_test(tcase, a_tag_holds_the_bytes_that_the_grammar_gives_it);
	tcase_add_loop_test(tcase, tags_compare_by_the_table_of_the_rfc, 0, COUNT(compare_cases));
	tcase_add_loop_test(tcase, a_list_gives_its_tags_up_to_what_is_none, 0, COUNT(list_cases));
	tcase_add_test(tcase, a_tag_is_found_in_a_list_by_the_comparison_asked_for);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
