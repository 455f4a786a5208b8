/* SPDX-License-Identifier: MIT
 *
 * Tests of base/nearest: which known word a mistyped one was meant to be.
 */
#include "base/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const char *const words[] = { "address", "backlog", "port", "service", "transport", "host",
	"keepalive", "keepalive_interval", "idle", "r" };

static const struct {
	const char *word;
	const char *nearest;
} nearest_cases[] = {
	{ "port", "port" },
	{ "prot", "port" },  /* swapped */
	{ "prt", "port" },   /* left out */
	{ "porrt", "port" }, /* doubled */
	{ "pord", "port" },  /* replaced */
	{ "PORT", "port" },  /* case does not count */
	{ "adress", "address" },
	{ "addres", "address" },
	{ "back-log", "backlog" },
	{ "backlgo", "backlog" },
	{ "keep_alive", "keepalive" },
	{ "keepalive-interval", "keepalive_interval" },
	{ "keepalive_intvl", "keepalive_interval" },
	{ "tranpsort", "transport" },
	{ "hots", "host" },
	{ "x", NULL }, /* nothing of it is right */
	{ "r", "r" },
	{ "", NULL },
	{ "body", NULL },
	{ "timeouts", NULL },
	{ "pt", NULL },
	{ "completely_different", NULL },
};

START_TEST(the_word_that_was_meant_is_found)
{
	const char *nearest =
	    text_nearest_word(nearest_cases[_i].word, words, sizeof(words) / sizeof(words[0]));

	if (nearest_cases[_i].nearest)
		ck_assert_str_eq(nearest, nearest_cases[_i].nearest);
	else
		ck_assert_ptr_null(nearest);
}
END_TEST

START_TEST(no_words_have_no_nearest)
{
	ck_assert_ptr_null(text_nearest_word("port", words, 0));
}
END_TEST

START_TEST(the_first_of_equally_near_words_wins)
{
	static const char *const twins[] = { "cart", "part", "dart" };

	ck_assert_str_eq(text_nearest_word("xart", twins, 3), "cart");
	ck_assert_str_eq(text_nearest_word("dart", twins, 3), "dart");
}
END_TEST

START_TEST(very_long_words_are_left_alone)
{
	char longest[65] = { 0 }, too_long[66] = { 0 };
	const char *both[] = { too_long, longest };

	memset(longest, 'a', sizeof(longest) - 1);
	memset(too_long, 'a', sizeof(too_long) - 1);
	ck_assert_ptr_eq(text_nearest_word(longest, both, 2), longest);
	ck_assert_ptr_null(text_nearest_word(too_long, both, 2));
}
END_TEST

static Suite *
nearest_suite(void)
{
	Suite *suite = suite_create("nearest");
	TCase *tcase = tcase_create("nearest");

	tcase_add_loop_test(tcase, the_word_that_was_meant_is_found, 0, COUNT(nearest_cases));
	tcase_add_test(tcase, no_words_have_no_nearest);
	tcase_add_test(tcase, the_first_of_equally_near_words_wins);
	tcase_add_test(tcase, very_long_words_are_left_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(nearest_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
