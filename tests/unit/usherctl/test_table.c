/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/table, usherctl/look and usherctl/drain_why: columns, colours, and
 * reasons in words.
 */
#include "usherctl/table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "usherctl/drain_why.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct table_column columns[] = {
	{ "NAME", false },
	{ "COUNT", true },
	{ "LAST", false },
};

static char *
print(const struct table *table, const struct look *look)
{
	char *data = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&data, &len);

	ck_assert_int_eq(table_print(table, look, stream), 0);
	(void)fclose(stream);
	return data;
}

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	const struct look plain = { 0 };
	struct table table;
	char *text;

	table_init(&table, columns, 3);
	table_add_string(&table, "a longer name");
	table_add_count(&table, 7);
	table_add_string(&table, "x");
	table_add_string(&table, "b\033[31m");
	table_add_count(&table, 1234567);
	table_add_string(&table, "");
	table_add_string(&table, "of no complete row");
	text = print(&table, &plain);
	ck_assert_str_eq(text,
	    "NAME             COUNT  LAST\n"
	    "a longer name        7  x\n"
	    "b?[31m         1234567  \n");
	free(text);
	table_done(&table);
}
END_TEST

START_TEST(a_table_may_be_empty)
{
	const struct look plain = { 0 };
	struct table table;
	char *text;

	table_init(&table, columns, 3);
	text = print(&table, &plain);
	ck_assert_str_eq(text, "NAME  COUNT  LAST\n");
	free(text);
	table_done(&table);
}
END_TEST

START_TEST(colours_are_not_counted_as_columns)
{
	const struct look coloured = { .has_colour = true };
	struct table table;
	char *text;

	table_init(&table, columns, 3);
	table_add(&table, COLOUR_BAD, SLICE("a"));
	table_add_count(&table, 1);
	table_add_string(&table, "z");
	text = print(&table, &coloured);
	ck_assert_ptr_nonnull(strstr(text, "\033[1;31ma\033[m         1  z\n"));
	free(text);
	table_done(&table);
}
END_TEST

START_TEST(many_rows_are_no_trouble)
{
	const struct look plain = { 0 };
	struct table table;
	size_t lines = 0;
	char *text;

	table_init(&table, columns, 3);
	for (int i = 0; i < 30000; i++)
		table_add_count(&table, (uint64_t)i);
	text = print(&table, &plain);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines, 10001);
	ck_assert_ptr_nonnull(strstr(text, "\n29997  29998  29999\n"));
	free(text);
	table_done(&table);
}
END_TEST

static const struct {
	const char *term, *no_color;
} environments[] = { { "xterm", NULL }, { "dumb", NULL }, { NULL, NULL }, { "xterm", "1" } };

START_TEST(what_is_no_terminal_has_no_colours)
{
	struct look look;

	if (environments[_i].term)
		(void)setenv("TERM", environments[_i].term, 1);
	else
		(void)unsetenv("TERM");
	if (environments[_i].no_color)
		(void)setenv("NO_COLOR", environments[_i].no_color, 1);
	(void)setenv("COLUMNS", "133", 1);
	(void)setenv("LINES", "nonsense", 1);
	look_read(&look, -1);
	ck_assert(!look.is_terminal && !look.is_smart && !look.has_colour);
	ck_assert_str_eq(look_colour(&look, COLOUR_BAD), "");
	ck_assert_uint_eq(look.columns, 133);
	ck_assert_uint_eq(look.rows, 24);
}
END_TEST

static const struct {
	const char *state, *waits_for;
	uint64_t unsent, unacknowledged;
	const char *words;
} reasons[] = {
	{ "busy", "body", 0, 0, "the client has not sent all of a request's body" },
	{ "busy", "write", 2048, 100,
	    "the client does not take its answer, 2.00 KiB not yet sent, 100 B not yet "
	    "acknowledged" },
	{ "busy", "", 0, 0, "a request is being answered" },
	{ "busy", "something new", 0, 0, "a request is being answered" },
	{ "lingering", "linger", 0, 0,
	    "our FIN is sent; the client's is waited for (timeouts.linger)" },
	{ "of tomorrow", "", 0, 0, "it is in a state that this usherctl does not know" },
};

START_TEST(why_a_connection_stays_is_said_in_words)
{
	char room[256];
	struct text text = text_over(room, sizeof(room));

	drain_why_put(&text, reasons[_i].state, reasons[_i].waits_for, reasons[_i].unsent,
	    reasons[_i].unacknowledged);
	ck_assert_str_eq(text_string(&text), reasons[_i].words);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, columns_are_as_wide_as_their_widest_cell);
	tcase_add_test(tcase, a_table_may_be_empty);
	tcase_add_test(tcase, colours_are_not_counted_as_columns);
	tcase_add_test(tcase, many_rows_are_no_trouble);
	tcase_add_loop_test(tcase, what_is_no_terminal_has_no_colours, 0, COUNT(environments));
	tcase_add_loop_test(tcase, why_a_connection_stays_is_said_in_words, 0, COUNT(reasons));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
