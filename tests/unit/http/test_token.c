/* SPDX-License-Identifier: MIT
 *
 * Tests of http/token.
 */
#include "http/token.h"

#include "support.h"

START_TEST(a_token_is_made_of_the_characters_of_rfc_9110)
{
	const char *tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (int byte = 0; byte < 256; byte++) {
		char word[2] = { 'x', (char)byte };
		bool expected = byte != 0 && strchr(tchar, byte);

		ck_assert_msg(
		    http_token_is_valid((struct slice){ word, 2 }) == expected, "byte %d", byte);
		ck_assert_msg(http_token_is_valid((struct slice){ word + 1, 1 }) == expected,
		    "byte %d", byte);
	}
}
END_TEST

START_TEST(a_token_is_not_empty)
{
	ck_assert(!http_token_is_valid(SLICE("")));
	ck_assert(!http_token_is_valid(ABSENT));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/token");
	TCase *tcase = tcase_create("http_token_is_valid");

	tcase_add_test(tcase, a_token_is_made_of_the_characters_of_rfc_9110);
	tcase_add_test(tcase, a_token_is_not_empty);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
