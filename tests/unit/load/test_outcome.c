/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/outcome.
 */
#include "usher-load/outcome.h"

#include <string.h>

#include "rig.h"

#define PAIRS (OUTCOME_COUNT * OUTCOME_COUNT)
#define SENTENCE_COLUMNS 42 /* that the table has for one */

START_TEST(a_label_is_a_word_in_lower_case)
{
	const char *label = outcome_label((enum outcome)_i);

	ck_assert_uint_gt(strlen(label), 0);
	ck_assert_uint_eq(strspn(label, "abcdefghijklmnopqrstuvwxyz_"), strlen(label));
}
END_TEST

START_TEST(a_sentence_fits_in_its_column_of_the_table)
{
	ck_assert_uint_gt(strlen(outcome_sentence((enum outcome)_i)), 10);
	ck_assert_uint_le(strlen(outcome_sentence((enum outcome)_i)), SENTENCE_COLUMNS);
}
END_TEST

START_TEST(labels_and_sentences_are_unique)
{
	for (int i = 0; i < PAIRS; i++) {
		enum outcome a = (enum outcome)(i / OUTCOME_COUNT);
		enum outcome b = (enum outcome)(i % OUTCOME_COUNT);

		ck_assert_int_eq(strcmp(outcome_label(a), outcome_label(b)) == 0, a == b);
		ck_assert_int_eq(strcmp(outcome_sentence(a), outcome_sentence(b)) == 0, a == b);
	}
}
END_TEST

/* The keep-alive race is a loss, the same FIN a moment earlier is none. */
START_TEST(a_loss_is_what_left_a_request_without_its_answer)
{
	static const enum outcome no_losses[] = { OUTCOME_ANSWERED, OUTCOME_CLOSED,
		OUTCOME_UNFINISHED, OUTCOME_FIN_IDLE, OUTCOME_RESET_IDLE, OUTCOME_NO_PORTS,
		OUTCOME_NO_DESCRIPTORS, OUTCOME_OWN_FAILURE };
	int others = 0;

	for (int i = 0; i < COUNT(no_losses); i++)
		ck_assert(!outcome_is_loss(no_losses[i]));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		others += !outcome_is_loss((enum outcome)i);
	ck_assert_int_eq(others, COUNT(no_losses));
	ck_assert(outcome_is_loss(OUTCOME_FIN_BEFORE_ANSWER));
}
END_TEST

START_TEST(each_outcome_is_of_a_request_or_of_a_connection)
{
	enum outcome outcome = (enum outcome)_i;

	ck_assert(outcome_is_of(outcome, OUTCOME_OF_BOTH));
	ck_assert(outcome_is_of(outcome, OUTCOME_OF_REQUEST) ||
	    outcome_is_of(outcome, OUTCOME_OF_CONNECTION));
}
END_TEST

START_TEST(kinds_have_names)
{
	ck_assert_str_eq(outcome_kind_name(OUTCOME_FINE), "fine");
	ck_assert_str_eq(outcome_kind_name(OUTCOME_HARMLESS), "harmless");
	ck_assert_str_eq(outcome_kind_name(OUTCOME_LOSS), "loss");
	ck_assert_str_eq(outcome_kind_name(OUTCOME_OWN_FAULT), "own_fault");
	ck_assert_int_eq(outcome_kind(OUTCOME_NO_PORTS), OUTCOME_OWN_FAULT);
}
END_TEST

START_TEST(a_latency_is_of_whole_answers_only)
{
	int with = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		with += outcome_has_latency((enum outcome)i);
	ck_assert_int_eq(with, 3);
	ck_assert(outcome_has_latency(OUTCOME_WRONG_STATUS));
	ck_assert(!outcome_has_latency(OUTCOME_TIMEOUT));
}
END_TEST

/* A reset that ended three requests: three lost, not four. */
START_TEST(a_connection_lost_with_its_requests_is_not_counted_again)
{
	struct outcome_tally tally = { .requests = { 0 } };

	tally.requests[OUTCOME_RESET_IN_ANSWER] = 1;
	tally.requests[OUTCOME_RESET_BEFORE_ANSWER] = 2;
	tally.connections[OUTCOME_RESET_IN_ANSWER] = 1;
	ck_assert_uint_eq(outcome_tally_losses(&tally), 3);
}
END_TEST

START_TEST(a_connection_that_could_not_be_made_is_a_loss_of_its_own)
{
	struct outcome_tally tally = { .requests = { 0 } };

	tally.connections[OUTCOME_REFUSED] = 4;
	tally.connections[OUTCOME_CONNECT_TIMEOUT] = 2;
	tally.connections[OUTCOME_CONNECT_FAILED] = 1;
	ck_assert_uint_eq(outcome_tally_losses(&tally), 7);
}
END_TEST

START_TEST(the_clients_own_faults_are_no_losses)
{
	struct outcome_tally tally = { .requests = { 0 } };

	tally.connections[OUTCOME_NO_PORTS] = 4;
	tally.connections[OUTCOME_OWN_FAILURE] = 1;
	tally.requests[OUTCOME_OWN_FAILURE] = 1;
	ck_assert_uint_eq(outcome_tally_losses(&tally), 0);
	ck_assert_uint_eq(outcome_tally_own_faults(&tally), 5);
}
END_TEST

START_TEST(the_sum_of_two_tallies_has_every_cell_of_both)
{
	struct outcome_tally a, b;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		a.requests[i] = (uint64_t)i;
		a.connections[i] = (uint64_t)i + 100;
		b.requests[i] = 1000;
		b.connections[i] = 2000;
	}
	outcome_tally_add(&a, &b);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		ck_assert_uint_eq(a.requests[i], (uint64_t)i + 1000);
		ck_assert_uint_eq(a.connections[i], (uint64_t)i + 2100);
	}
	ck_assert_uint_eq(outcome_tally_requests(&b), 1000 * OUTCOME_COUNT);
	ck_assert_uint_eq(outcome_tally_connections(&b), 2000 * OUTCOME_COUNT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/outcome");
	TCase *table = tcase_create("table");
	TCase *tally = tcase_create("tally");

	tcase_add_loop_test(table, a_label_is_a_word_in_lower_case, 0, OUTCOME_COUNT);
	tcase_add_loop_test(table, a_sentence_fits_in_its_column_of_the_table, 0, OUTCOME_COUNT);
	tcase_add_loop_test(
	    table, each_outcome_is_of_a_request_or_of_a_connection, 0, OUTCOME_COUNT);
	tcase_add_test(table, labels_and_sentences_are_unique);
	tcase_add_test(table, a_loss_is_what_left_a_request_without_its_answer);
	tcase_add_test(table, kinds_have_names);
	tcase_add_test(table, a_latency_is_of_whole_answers_only);
	suite_add_tcase(suite, table);
	tcase_add_test(tally, a_connection_lost_with_its_requests_is_not_counted_again);
	tcase_add_test(tally, a_connection_that_could_not_be_made_is_a_loss_of_its_own);
	tcase_add_test(tally, the_clients_own_faults_are_no_losses);
	tcase_add_test(tally, the_sum_of_two_tallies_has_every_cell_of_both);
	suite_add_tcase(suite, tally);
	return run_suite(suite);
}
