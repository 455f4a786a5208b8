/* SPDX-License-Identifier: MIT
 *
 * Tests of server/reload_verdict.
 */
#include "server/reload_verdict.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct reload_verdict verdict;

static void
set_up(void)
{
	/* The place has been used before. */
	memset(&verdict, 0xa5, sizeof(verdict));
	reload_verdict_init(&verdict);
}

static void
tear_down(void)
{
	reload_verdict_done(&verdict);
}

static void
expect_json(const char *expected)
{
	char room[4096];
	struct text text = text_over(room, sizeof(room));

	reload_verdict_put(&text, &verdict);
	ck_assert_str_eq(text_string(&text), expected);
}

START_TEST(a_fresh_verdict_says_no_and_nothing_else)
{
	ck_assert_int_eq(reload_verdict_status(&verdict), 422);
	expect_json("{\"ok\":false,\"generation\":0,\"errors\":[],\"warnings\":[]}\n");
}
END_TEST

START_TEST(a_good_one_lists_what_changed)
{
	verdict.is_ok = true;
	verdict.generation = 2;
	reload_verdict_add_change(&verdict, RELOAD_LISTENER_ADDED, "web", NULL, NULL, NULL);
	reload_verdict_add_change(&verdict, RELOAD_LISTENER_REPLACED, "a\"b", NULL, NULL, NULL);
	reload_verdict_add_change(&verdict, RELOAD_KEY, NULL, "limits.body_bytes", "1m", "2m");
	reload_verdict_add_warning(&verdict, "usher.conf:7: loops needs a restart");
	ck_assert_int_eq(reload_verdict_status(&verdict), 200);
	expect_json(
	    "{\"ok\":true,\"generation\":2,\"changes\":["
	    "{\"kind\":\"listener_added\",\"name\":\"web\"},"
	    "{\"kind\":\"listener_replaced\",\"name\":\"a\\\"b\"},"
	    "{\"kind\":\"key\",\"key\":\"limits.body_bytes\",\"from\":\"1m\",\"to\":\"2m\"}],"
	    "\"warnings\":[\"usher.conf:7: loops needs a restart\"]}\n");
}
END_TEST

START_TEST(a_bad_one_lists_what_is_wrong)
{
	reload_verdict_add_error(&verdict, "usher.conf:3: no such key");
	reload_verdict_add_error(&verdict, "usher.conf:4: no such file");
	ck_assert_int_eq(reload_verdict_status(&verdict), 422);
	expect_json("{\"ok\":false,\"generation\":0,\"errors\":[\"usher.conf:3: no such key\","
		    "\"usher.conf:4: no such file\"],\"warnings\":[]}\n");
}
END_TEST

START_TEST(one_that_comes_at_a_bad_time_is_a_conflict)
{
	verdict.is_busy = true;
	ck_assert_int_eq(reload_verdict_status(&verdict), 409);
}
END_TEST

START_TEST(its_strings_are_its_own)
{
	char name[] = "web";

	verdict.is_ok = true;
	reload_verdict_add_change(&verdict, RELOAD_LISTENER_KEPT, name, NULL, NULL, NULL);
	name[0] = 'X';
	ck_assert_str_eq(verdict.changes[0].name, "web");
}
END_TEST

START_TEST(what_is_beyond_its_bounds_is_counted)
{
	char line[32];

	for (int i = 0; i < RELOAD_CHANGES_MAX + 5; i++) {
		(void)snprintf(line, sizeof(line), "l%d", i);
		reload_verdict_add_change(&verdict, RELOAD_LISTENER_KEPT, line, NULL, NULL, NULL);
	}
	ck_assert_uint_eq(verdict.change_count, RELOAD_CHANGES_MAX);
	ck_assert_uint_eq(verdict.left_out, 5);
	ck_assert_str_eq(verdict.changes[RELOAD_CHANGES_MAX - 1].name, "l4095");
	for (int i = 0; i < RELOAD_LINES_MAX + 2; i++) {
		reload_verdict_add_error(&verdict, "e");
		reload_verdict_add_warning(&verdict, "w");
	}
	ck_assert_uint_eq(verdict.errors.count, RELOAD_LINES_MAX);
	ck_assert_uint_eq(verdict.warnings.count, RELOAD_LINES_MAX);
	ck_assert_uint_eq(verdict.left_out, 5 + 2 + 2);
}
END_TEST

static const struct {
	enum reload_change_kind kind;
	const char *name, *key, *from, *to, *line;
} lines[] = {
	{ RELOAD_LISTENER_ADDED, "web", NULL, NULL, NULL, "listener web: added" },
	{ RELOAD_LISTENER_REMOVED, "web", NULL, NULL, NULL,
	    "listener web: removed; its connections are seen out" },
	{ RELOAD_LISTENER_KEPT, "web", NULL, NULL, NULL,
	    "listener web: kept, with its socket and its queue" },
	{ RELOAD_LISTENER_REPLACED, "web", NULL, NULL, NULL,
	    "listener web: its socket was replaced, without a gap" },
	{ RELOAD_SECTION_ADDED, "service \"a\"", NULL, NULL, NULL, "service \"a\": added" },
	{ RELOAD_SECTION_REMOVED, "service \"a\"", NULL, NULL, NULL, "service \"a\": removed" },
	{ RELOAD_KEY, "limits", "body_bytes", "1m", "2m", "limits.body_bytes: 2m, was 1m" },
	{ RELOAD_KEY, "listener \"web\"", "backlog", "1", "2",
	    "listener \"web\": backlog: 2, was 1" },
	{ RELOAD_KEY, "", "loops", "1", "2", "loops: 2, was 1" },
};

START_TEST(a_change_is_a_line_for_people)
{
	char room[256];
	struct text text = text_over(room, sizeof(room));

	reload_verdict_add_change(
	    &verdict, lines[_i].kind, lines[_i].name, lines[_i].key, lines[_i].from, lines[_i].to);
	reload_change_put(&text, &verdict.changes[0]);
	ck_assert_str_eq(text_string(&text), lines[_i].line);
}
END_TEST

START_TEST(each_kind_of_change_has_a_name)
{
	static const char *const names[] = { "listener_added", "listener_removed", "listener_kept",
		"listener_replaced", "section_added", "section_removed", "key" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(reload_change_kind_name((enum reload_change_kind)i), names[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/reload_verdict");
	TCase *verdicts = tcase_create("verdicts");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(verdicts, set_up, tear_down);
	tcase_add_test(verdicts, a_fresh_verdict_says_no_and_nothing_else);
	tcase_add_test(verdicts, a_good_one_lists_what_changed);
	tcase_add_test(verdicts, a_bad_one_lists_what_is_wrong);
	tcase_add_test(verdicts, one_that_comes_at_a_bad_time_is_a_conflict);
	tcase_add_test(verdicts, its_strings_are_its_own);
	tcase_add_test(verdicts, what_is_beyond_its_bounds_is_counted);
	tcase_add_loop_test(
	    verdicts, a_change_is_a_line_for_people, 0, (int)(sizeof(lines) / sizeof(lines[0])));
	tcase_add_test(verdicts, each_kind_of_change_has_a_name);
	suite_add_tcase(suite, verdicts);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
