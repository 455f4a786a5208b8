/* SPDX-License-Identifier: MIT
 *
 * Tests of config/errors.
 */
#include "config/errors.h"

#include "rig.h"

#include <string.h>

static void
add(struct config_errors *errors, const char *file, unsigned line, const char *section,
    const char *key)
{
	const struct config_subject subject = { { file, line }, section, key };

	config_errors_add(errors, &subject, "is %s", "wrong");
}

static const struct {
	const char *file;
	unsigned line;
	const char *section;
	const char *key;
	const char *text;
} form_cases[] = {
	{ "a.conf", 3, "listener web", "port", "a.conf:3: [listener web] port: is wrong" },
	{ "a.conf", 3, "", "loops", "a.conf:3: loops: is wrong" },
	{ "a.conf", 3, NULL, NULL, "a.conf:3: is wrong" },
	{ "a.conf", 3, "limits", NULL, "a.conf:3: [limits] is wrong" },
	{ "a.conf", 0, NULL, NULL, "a.conf: is wrong" },
	{ NULL, 7, "listener web", "port", "[listener web] port: is wrong" },
	{ NULL, 0, NULL, NULL, "is wrong" },
	{ "a\nb", 1, "c\x1b", "d\x7f", "a?b:1: [c?] d?: is wrong" },
};

START_TEST(a_line_names_what_it_is_about)
{
	struct config_errors errors;

	config_errors_init(&errors);
	add(&errors, form_cases[_i].file, form_cases[_i].line, form_cases[_i].section,
	    form_cases[_i].key);
	ck_assert_uint_eq(errors.count, 1);
	ck_assert_uint_eq(errors.fault_count, 1);
	ck_assert_str_eq(errors.items[0].text, form_cases[_i].text);
	config_errors_done(&errors);
}
END_TEST

START_TEST(lines_of_a_file_stand_in_its_order)
{
	static const char *const order[] = { "a:1: 1: is wrong", "a:2: 2: is wrong",
		"a:2: 3: is wrong", "a:9: 4: is wrong", "b:1: 5: is wrong", "b:4: 6: is wrong",
		"7: is wrong" };
	struct config_errors errors;

	config_errors_init(&errors);
	add(&errors, "a", 9, NULL, "4");
	add(&errors, "a", 2, NULL, "2");
	add(&errors, "b", 4, NULL, "6");
	add(&errors, "a", 2, NULL, "3");
	add(&errors, NULL, 0, NULL, "7");
	add(&errors, "b", 1, NULL, "5");
	add(&errors, "a", 1, NULL, "1");
	ck_assert_uint_eq(errors.count, COUNT(order));
	for (int i = 0; i < COUNT(order); i++)
		ck_assert_str_eq(errors.items[i].text, order[i]);
	config_errors_done(&errors);
}
END_TEST

START_TEST(lines_that_do_not_fit_are_counted)
{
	struct config_errors errors;

	config_errors_init(&errors);
	for (unsigned i = 0; i < CONFIG_ERRORS_MAX + 3; i++)
		add(&errors, "a", CONFIG_ERRORS_MAX - i, NULL, NULL);
	ck_assert_uint_eq(errors.count, CONFIG_ERRORS_MAX);
	ck_assert_uint_eq(errors.left_out, 3);
	ck_assert_uint_eq(errors.fault_count, CONFIG_ERRORS_MAX + 3);
	config_errors_done(&errors);
	ck_assert_uint_eq(errors.count, 0);
}
END_TEST

START_TEST(a_warning_is_no_fault)
{
	const struct config_subject subject = { { "a", 1 }, NULL, NULL };
	struct config_errors errors;

	config_errors_init(&errors);
	config_errors_warn(&errors, &subject, "look");
	ck_assert_uint_eq(errors.fault_count, 0);
	ck_assert_uint_eq(errors.count, 1);
	ck_assert(errors.items[0].is_warning);
	config_errors_done(&errors);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut)
{
	struct config_errors errors;
	char key[2000];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	config_errors_init(&errors);
	add(&errors, "a", 1, NULL, key);
	ck_assert_uint_eq(errors.count, 1);
	ck_assert_uint_lt(strlen(errors.items[0].text), 1025);
	config_errors_done(&errors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/errors");
	TCase *tcase = tcase_create("errors");

	tcase_add_loop_test(tcase, a_line_names_what_it_is_about, 0, COUNT(form_cases));
	tcase_add_test(tcase, lines_of_a_file_stand_in_its_order);
	tcase_add_test(tcase, lines_that_do_not_fit_are_counted);
	tcase_add_test(tcase, a_warning_is_no_fault);
	tcase_add_test(tcase, a_line_that_is_too_long_is_cut);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
