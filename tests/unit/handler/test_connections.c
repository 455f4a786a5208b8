/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/connections and handler/query.
 */
#include "handler/connections.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handler/query.h"
#include "rig.h"

/* --- Queries -------------------------------------------------------------------- */

START_TEST(parameters_are_taken_one_after_the_other)
{
	static const struct {
		const char *query;
		const char *seen; /* name=value; an absent value is '-' */
	} rows[] = {
		{ "", "" },
		{ "a=1", "a=1;" },
		{ "a=1&b=2", "a=1;b=2;" },
		{ "a", "a=-;" },
		{ "a=", "a=;" },
		{ "&&a=1&&", "a=1;" },
		{ "a=b=c", "a=b=c;" },
		{ "=1", "=1;" },
		{ "a=%31", "a=%31;" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[64];
		struct text text = text_over(room, sizeof(room));
		struct slice query = slice_of(rows[i].query);
		struct slice name;
		struct slice value;

		while (query_next(&query, &name, &value)) {
			text_put(&text, name);
			text_put_char(&text, '=');
			text_put(&text, value.data ? value : SLICE("-"));
			text_put_char(&text, ';');
		}
		ck_assert_str_eq(text_string(&text), rows[i].seen);
	}
}
END_TEST

START_TEST(an_absent_query_has_no_parameters)
{
	struct slice query = { NULL, 0 };
	struct slice name;
	struct slice value;

	ck_assert(!query_next(&query, &name, &value));
}
END_TEST

START_TEST(a_question_is_read_and_what_it_leaves_out_is_the_default)
{
	static const struct {
		const char *query;
		int result;
		struct connections_query wanted;
	} rows[] = {
		{ "", 0, { -1, CONNECTIONS_BY_ID, CONNECTIONS_DEFAULT } },
		{ "state=idle", 0, { CONN_IDLE, CONNECTIONS_BY_ID, CONNECTIONS_DEFAULT } },
		{ "sort=unsent&limit=7", 0, { -1, CONNECTIONS_BY_UNSENT, 7 } },
		{ "limit=1&limit=100000", 0, { -1, CONNECTIONS_BY_ID, CONNECTIONS_MAX } },
		{ "state=new", -EINVAL, { 0 } },
		{ "state=closed", -EINVAL, { 0 } },
		{ "state", -EINVAL, { 0 } },
		{ "sort=", -EINVAL, { 0 } },
		{ "limit=0", -EINVAL, { 0 } },
		{ "limit=100001", -EINVAL, { 0 } },
		{ "limit=-1", -EINVAL, { 0 } },
		{ "limit=99999999999999999999999", -EINVAL, { 0 } },
		{ "colour=red", -EINVAL, { 0 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[256];
		struct text error = text_over(room, sizeof(room));
		struct connections_query query = { 0 };

		ck_assert_int_eq(connections_query_parse(slice_of(rows[i].query), &query, &error),
		    rows[i].result);
		ck_assert_int_eq(query.state, rows[i].wanted.state);
		ck_assert_int_eq(query.sort, rows[i].wanted.sort);
		ck_assert_uint_eq(query.limit, rows[i].wanted.limit);
		ck_assert_int_eq(error.len > 0, rows[i].result != 0);
	}
}
END_TEST

/* --- Pages ------------------------------------------------------------------------- */

static struct connections_page *
make_page(size_t limit)
{
	const struct connections_query query = { -1, CONNECTIONS_BY_REQUESTS, limit };
	struct connections_page *page = connections_page_new(&query);

	ck_assert_ptr_nonnull(page);
	return page;
}

static void
offer(struct connections_page *page, uint64_t id, uint64_t rank)
{
	struct connections_row *row = connections_page_take(page, rank);

	if (!row)
		return;
	*row = (struct connections_row){ .rank = rank,
		.id = id,
		.listener = "web",
		.protocol = "http",
		.state = CONN_IDLE,
		.requests = rank };
	row->peer.in.sin_family = AF_INET;
	connections_page_place(page);
}

/* The ids of the rows in the order in which they are told, and what is left out. */
static void
expect_ids(struct connections_page *const *pages, size_t count, const char *wanted)
{
	struct text text = text_growing(1 << 20);
	char room[256];
	struct text ids = text_over(room, sizeof(room));
	const char *at;

	ck_assert_int_eq(connections_put(&text, pages, count), 0);
	at = text_string(&text);
	while ((at = strstr(at, "{\"id\":")) != NULL) {
		at += strlen("{\"id\":");
		text_put(&ids, (struct slice){ at, strcspn(at, ",") });
		text_put_char(&ids, ' ');
	}
	at = strstr(text_string(&text), "\"left_out\":");
	ck_assert_ptr_nonnull(at);
	text_put_char(&ids, '+');
	text_put(&ids, (struct slice){ at + 11, strcspn(at + 11, "}") });
	ck_assert_str_eq(text_string(&ids), wanted);
	text_free(&text);
}

START_TEST(a_page_keeps_the_best_of_any_number)
{
	struct connections_page *page = make_page(3);

	/* 0 to 999 in an order that is no order */
	for (uint64_t i = 0; i < 1000; i++)
		offer(page, i, i * 617 % 1000);
	ck_assert_uint_eq(page->count, 3);
	ck_assert_uint_eq(page->left_out, 997);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_ge(page->rows[i].rank, 997);
	free(page);
}
END_TEST

START_TEST(pages_of_several_loops_are_told_as_one)
{
	struct connections_page *pages[3] = { make_page(3), NULL, make_page(3) };

	for (uint64_t i = 1; i <= 4; i++) {
		offer(pages[0], i, i * 10);
		offer(pages[2], 100 + i, i * 10 + 5);
	}
	expect_ids(pages, 3, "104 4 103 +5");
	free(pages[0]);
	free(pages[2]);
}
END_TEST

START_TEST(of_equals_the_oldest_stands_first)
{
	struct connections_page *page = make_page(5);

	for (uint64_t id = 5; id >= 1; id--)
		offer(page, id, 7);
	expect_ids(&page, 1, "1 2 3 4 5 +0");
	free(page);
}
END_TEST

START_TEST(without_an_answer_the_list_is_empty)
{
	struct connections_page *pages[2] = { NULL, NULL };

	expect_ids(pages, 2, "+0");
}
END_TEST

START_TEST(what_the_kernel_was_not_asked_is_null)
{
	struct connections_page *page = make_page(1);
	struct text text = text_growing(4096);

	offer(page, 1, 1);
	ck_assert_int_eq(connections_put(&text, &page, 1), 0);
	ck_assert_ptr_nonnull(
	    strstr(text_string(&text), "\"unacknowledged\":null,\"rtt_us\":null}"));
	ck_assert_ptr_nonnull(strstr(text_string(&text), "\"waits_for\":null,"));
	text_free(&text);
	free(page);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/connections");
	TCase *all = tcase_create("all");

	tcase_add_test(all, parameters_are_taken_one_after_the_other);
	tcase_add_test(all, an_absent_query_has_no_parameters);
	tcase_add_test(all, a_question_is_read_and_what_it_leaves_out_is_the_default);
	tcase_add_test(all, a_page_keeps_the_best_of_any_number);
	tcase_add_test(all, pages_of_several_loops_are_told_as_one);
	tcase_add_test(all, of_equals_the_oldest_stands_first);
	tcase_add_test(all, without_an_answer_the_list_is_empty);
	tcase_add_test(all, what_the_kernel_was_not_asked_is_null);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
