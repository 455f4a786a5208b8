/* SPDX-License-Identifier: MIT
 *
 * Tests of http/field.
 */
#include "http/field.h"

#include <ctype.h>

#include "support.h"

enum { NAME_MAX_BYTES = 64 };

START_TEST(a_field_is_known_by_its_name_in_any_case)
{
	for (unsigned i = 0; i < HTTP_FIELD_OTHER; i++) {
		struct slice name = slice_of(http_field_name((enum http_field)i));
		char upper[NAME_MAX_BYTES];

		ck_assert_uint_lt(name.len, sizeof(upper));
		for (size_t at = 0; at < name.len; at++)
			upper[at] = (char)toupper((unsigned char)name.data[at]);
		ck_assert_uint_eq(http_field_of(name), i);
		ck_assert_uint_eq(http_field_of((struct slice){ upper, name.len }), i);
	}
}
END_TEST

START_TEST(a_name_that_differs_in_one_character_is_another)
{
	for (unsigned i = 0; i < HTTP_FIELD_OTHER; i++) {
		struct slice name = slice_of(http_field_name((enum http_field)i));
		char near[NAME_MAX_BYTES];

		for (size_t at = 0; at < name.len; at++) {
			memcpy(near, name.data, name.len);
			near[at] = name.data[at] == '-' ? '_' : '-';
			ck_assert_uint_eq(
			    http_field_of((struct slice){ near, name.len }), HTTP_FIELD_OTHER);
		}
		ck_assert_uint_ne(http_field_of((struct slice){ name.data, name.len - 1 }), i);
	}
}
END_TEST

START_TEST(every_other_name_is_other)
{
	static const char *const names[] = { "", "x", "abc", "x-other", "if-unmodified-since-",
		"a-name-that-is-longer-than-all-that-are-known" };

	for (int i = 0; i < COUNT(names); i++)
		ck_assert_uint_eq(http_field_of(slice_of(names[i])), HTTP_FIELD_OTHER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/field");
	TCase *tcase = tcase_create("http_field_of");

	tcase_add_test(tcase, a_field_is_known_by_its_name_in_any_case);
	tcase_add_test(tcase, a_name_that_differs_in_one_character_is_another);
	tcase_add_test(tcase, every_other_name_is_other);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
