/* SPDX-License-Identifier: MIT
 *
 * Tests of net/ending.
 */
#include "net/ending.h"

#include <ctype.h>
#include <string.h>

#include "rig.h"

#define CAUSE_PAIRS (ENDING_CAUSE_COUNT * ENDING_CAUSE_COUNT)

static const char *
tally_text(const struct ending_tally *tally)
{
	static char room[1024];
	struct text text = text_over(room, sizeof(room));

	ending_tally_put(&text, tally);
	return text_string(&text);
}

/* Prometheus: a label's value may be anything, but who asks for one should not
 * have to quote it. */
START_TEST(a_label_is_a_word_in_lower_case)
{
	const char *label = ending_label((enum ending_cause)_i);

	ck_assert(islower((unsigned char)label[0]));
	ck_assert_uint_eq(strspn(label, "abcdefghijklmnopqrstuvwxyz_"), strlen(label));
	ck_assert_int_ne(label[strlen(label) - 1], '_');
}
END_TEST

START_TEST(labels_and_sentences_are_unique)
{
	for (int i = 0; i < CAUSE_PAIRS; i++) {
		enum ending_cause a = (enum ending_cause)(i / ENDING_CAUSE_COUNT);
		enum ending_cause b = (enum ending_cause)(i % ENDING_CAUSE_COUNT);

		ck_assert_int_eq(strcmp(ending_label(a), ending_label(b)) == 0, a == b);
		ck_assert_int_eq(strcmp(ending_sentence(a), ending_sentence(b)) == 0, a == b);
	}
}
END_TEST

/* "c17 ended: the peer reset it": no capital, no full stop. */
START_TEST(a_sentence_goes_on_after_a_colon)
{
	const char *sentence = ending_sentence((enum ending_cause)_i);

	ck_assert_uint_gt(strlen(sentence), 10);
	ck_assert(islower((unsigned char)sentence[0]));
	ck_assert_int_ne(sentence[strlen(sentence) - 1], '.');
}
END_TEST

START_TEST(the_ways_in_which_connections_are_meant_to_end_are_no_faults)
{
	static const enum ending_cause meant[] = { ENDING_CLIENT_CLOSED, ENDING_RESPONSE_CLOSE,
		ENDING_REQUEST_LIMIT, ENDING_IDLE_TIMEOUT, ENDING_PROGRAM_CLOSED, ENDING_DRAINED,
		ENDING_HANDED_OVER };
	int harmless = 0;

	for (int i = 0; i < COUNT(meant); i++)
		ck_assert(!ending_is_fault(meant[i]));
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		harmless += !ending_is_fault((enum ending_cause)i);
	ck_assert_int_eq(harmless, COUNT(meant));
}
END_TEST

START_TEST(whose_fin_came_first_has_a_name)
{
	ck_assert_str_eq(ending_first_fin_name(ENDING_NO_FIN), "none");
	ck_assert_str_eq(ending_first_fin_name(ENDING_FIN_OURS), "ours");
	ck_assert_str_eq(ending_first_fin_name(ENDING_FIN_PEERS), "peer");
}
END_TEST

START_TEST(an_ending_is_counted_in_every_sum)
{
	const struct ending ending = { .cause = ENDING_WRITE_TIMEOUT,
		.first_fin = ENDING_FIN_PEERS,
		.reset_sent = true,
		.reset_received = true,
		.bytes_unsent = 7 };
	struct ending_tally tally = { .total = 0 };

	ending_count(&tally, &ending);
	ending_count(&tally, &ending);
	ck_assert_uint_eq(tally.by_cause[ENDING_WRITE_TIMEOUT], 2);
	ck_assert_uint_eq(tally.by_first_fin[ENDING_FIN_PEERS], 2);
	ck_assert_uint_eq(tally.by_first_fin[ENDING_NO_FIN], 0);
	ck_assert_uint_eq(tally.total, 2);
	ck_assert_uint_eq(tally.resets_sent, 2);
	ck_assert_uint_eq(tally.resets_received, 2);
	ck_assert_uint_eq(tally.bytes_unsent, 14);
}
END_TEST

START_TEST(the_sum_of_two_tallies_has_every_sum_of_both)
{
	struct ending_tally tallies[2];
	struct ending_tally sum = { .total = 0 };

	/* Every member is a uint64_t: give each a number of its own. */
	for (size_t i = 0; i < sizeof(tallies[0]) / sizeof(uint64_t); i++) {
		uint64_t numbers[2] = { i + 1, 1000 * (i + 1) };

		for (int part = 0; part < 2; part++)
			memcpy((char *)&tallies[part] + i * sizeof(uint64_t), &numbers[part],
			    sizeof(uint64_t));
	}
	ending_tally_add(&sum, &tallies[0]);
	ending_tally_add(&sum, &tallies[1]);
	for (size_t i = 0; i < sizeof(sum) / sizeof(uint64_t); i++) {
		uint64_t number;

		memcpy(&number, (char *)&sum + i * sizeof(uint64_t), sizeof(number));
		ck_assert_uint_eq(number, 1001 * (i + 1));
	}
}
END_TEST

START_TEST(no_endings_make_no_text)
{
	const struct ending_tally tally = { .total = 0 };

	ck_assert_str_eq(tally_text(&tally), "");
}
END_TEST

START_TEST(the_most_frequent_cause_comes_first)
{
	struct ending_tally tally = { .total = 0 };

	tally.by_cause[ENDING_CLIENT_CLOSED] = 3;
	tally.by_cause[ENDING_DRAINED] = 12;
	tally.by_cause[ENDING_OUT_OF_MEMORY] = 5;
	ck_assert_str_eq(tally_text(&tally), "12 drained, 5 out_of_memory, 3 client_closed");
}
END_TEST

START_TEST(equally_frequent_causes_stand_in_the_order_of_the_table)
{
	struct ending_tally tally = { .total = 0 };

	tally.by_cause[ENDING_OUT_OF_MEMORY] = 2;
	tally.by_cause[ENDING_CLIENT_CLOSED] = 2;
	tally.by_cause[ENDING_STOPPED] = 2;
	ck_assert_str_eq(tally_text(&tally), "2 client_closed, 2 stopped, 2 out_of_memory");
}
END_TEST

START_TEST(all_causes_at_once_are_told)
{
	struct ending_tally tally = { .total = 0 };
	const char *at;
	int commas = 0;

	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		tally.by_cause[i] = 1;
	for (at = tally_text(&tally); *at != '\0'; at++)
		commas += *at == ',';
	ck_assert_int_eq(commas, ENDING_CAUSE_COUNT - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/ending");
	TCase *causes = tcase_create("causes");
	TCase *tally = tcase_create("tally");

	tcase_add_loop_test(causes, a_label_is_a_word_in_lower_case, 0, ENDING_CAUSE_COUNT);
	tcase_add_loop_test(causes, a_sentence_goes_on_after_a_colon, 0, ENDING_CAUSE_COUNT);
	tcase_add_test(causes, labels_and_sentences_are_unique);
	tcase_add_test(causes, the_ways_in_which_connections_are_meant_to_end_are_no_faults);
	tcase_add_test(causes, whose_fin_came_first_has_a_name);
	tcase_add_test(tally, an_ending_is_counted_in_every_sum);
	tcase_add_test(tally, the_sum_of_two_tallies_has_every_sum_of_both);
	tcase_add_test(tally, no_endings_make_no_text);
	tcase_add_test(tally, the_most_frequent_cause_comes_first);
	tcase_add_test(tally, equally_frequent_causes_stand_in_the_order_of_the_table);
	tcase_add_test(tally, all_causes_at_once_are_told);
	suite_add_tcase(suite, causes);
	suite_add_tcase(suite, tally);
	return run_suite(suite);
}
