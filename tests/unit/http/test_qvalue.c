/* SPDX-License-Identifier: MIT
 *
 * Tests of http/qvalue.
 */
#include "http/qvalue.h"

#include "support.h"

static const struct {
	const char *list, *item;
	unsigned weight;
} cases[] = {
	{ "gzip", "gzip", 1000 },
	{ "gzip;q=1", "gzip", 1000 },
	{ "gzip;q=1.", "gzip", 1000 },
	{ "gzip;q=1.0", "gzip", 1000 },
	{ "gzip;q=1.000", "gzip", 1000 },
	{ "gzip;q=0", "gzip", 0 },
	{ "gzip;q=0.", "gzip", 0 },
	{ "gzip;q=0.000", "gzip", 0 },
	{ "gzip;q=0.001", "gzip", 1 },
	{ "gzip;q=0.5", "gzip", 500 },
	{ "gzip;q=0.05", "gzip", 50 },
	{ "gzip;q=0.123", "gzip", 123 },
	{ "gzip;q=0.999", "gzip", 999 },
	{ "gzip;Q=0.5", "gzip", 500 },
	{ "gzip ; q=0.5", "gzip", 500 },
	{ "gzip\t;\tq=0.5\t", "gzip", 500 },
	{ ", ,gzip;q=0.5", "gzip", 500 },
	{ "*;q=0.5", "*", 500 },
	{ "text/html;level=1;q=0.4", "text/html", 400 },
	{ "text/html;level=\"a;q=0.1,\\\"\";q=0.4", "text/html", 400 },
	{ "text/html;q=0.4;ext=1", "text/html", 400 },
	{ "text/html;q=0.4;q=0.9", "text/html", 400 },
	{ "text/html;qq=0.4", "text/html", 1000 },
	{ "text/html;;q=0.4", "text/html", 400 },
	/* malformed: not clearly asked for */
	{ "gzip;q=", "gzip", 0 },
	{ "gzip;q=1.001", "gzip", 0 },
	{ "gzip;q=1.5", "gzip", 0 },
	{ "gzip;q=2", "gzip", 0 },
	{ "gzip;q=10", "gzip", 0 },
	{ "gzip;q=00", "gzip", 0 },
	{ "gzip;q=.5", "gzip", 0 },
	{ "gzip;q=0.1234", "gzip", 0 },
	{ "gzip;q=0.5x", "gzip", 0 },
	{ "gzip;q=-0.5", "gzip", 0 },
	{ "gzip;q=0,5", "gzip", 0 },
	{ "gzip;q= 0.5", "gzip", 0 },
	{ "gzip;q=\"0.5\"", "gzip", 0 },
	{ "gzip;q=1e0", "gzip", 0 },
	{ "gzip;q=abc", "gzip", 0 },
};

START_TEST(an_element_has_a_weight)
{
	struct slice list = exact(cases[_i].list), item;
	unsigned weight;

	ck_assert(http_qvalue_next(&list, &item, &weight));
	assert_slice(item, cases[_i].item);
	ck_assert_uint_eq(weight, cases[_i].weight);
}
END_TEST

START_TEST(a_list_ends)
{
	struct slice list = SLICE("a;q=0.1, b, , c;q=0"), item;
	unsigned weight;
	char all[4] = { 0 };

	for (int i = 0; http_qvalue_next(&list, &item, &weight); i++)
		all[i] = item.data[0];
	ck_assert_str_eq(all, "abc");
	list = ABSENT;
	ck_assert(!http_qvalue_next(&list, &item, &weight));
}
END_TEST

START_TEST(no_other_byte_stands_for_one_of_a_weight)
{
	for (size_t at = 2; at < 5; at++)
		for (int byte = 0; byte < 256; byte++) {
			char value[] = "a;q=0.5";
			struct slice list = { value, 7 }, item;
			unsigned weight;

			value[at + 2] = (char)byte;
			ck_assert(http_qvalue_next(&list, &item, &weight));
			if (at == 3)
				ck_assert(weight == (byte == '.' ? 500u : 0u));
			else if (at == 2)
				ck_assert(weight == (byte == '0' ? 500u : 0u));
			else if (byte >= '0' && byte <= '9')
				ck_assert_uint_eq(weight, (unsigned)(byte - '0') * 100);
			else
				ck_assert_uint_eq(weight, 0);
		}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/qvalue");
	TCase *tcase = tcase_create("http_qvalue_next");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, an_element_has_a_weight, 0, COUNT(cases));
	tcase_add_test(tcase, a_list_ends);
	tcase_add_test(tcase, no_other_byte_stands_for_one_of_a_weight);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
