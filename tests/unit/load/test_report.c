/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/report: what all outputs have in common, and the notes.
 */
#include "usher-load/report.h"

#include <string.h>

#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig, &(struct rig_run){ .threads = 1, .seconds = 3, .per_second = 100 });
}

static void
tear_down(void)
{
	rig_done(&rig);
}

/* The i-th note, or an empty string. */
static const char *
note(unsigned i)
{
	static char room[REPORT_NOTE_SIZE];
	struct text text = text_over(room, sizeof(room));
	bool is_there = report_note(&rig.report, i, &text);

	ck_assert(!text.is_truncated);
	ck_assert(is_there == (text.len > 0));
	return text_string(&text);
}

static void
expect_note(const char *part)
{
	ck_assert_msg(strstr(note(0), part) != NULL, "'%s' does not say '%s'", note(0), part);
	ck_assert_int_eq(note(0)[strlen(note(0)) - 1], '.');
	ck_assert_str_eq(note(1), "");
}

START_TEST(a_run_without_trouble_has_no_notes)
{
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(a_busy_client_is_said)
{
	rig.result.cpu_user_us = 1000000;
	rig.result.cpu_system_us = 1900000;
	expect_note("busy 97 % of the time");
}
END_TEST

START_TEST(two_threads_have_twice_the_time)
{
	rig.result.cpu_user_us = 2900000;
	rig.report.threads = 2;
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(what_was_due_and_never_sent_is_said)
{
	rig.result.due = 1300;
	rig.result.never_sent = 1000;
	expect_note("1,000 of 1,300 requests were due and never sent");
}
END_TEST

/* The loop's last turn is a moment before the last one is due. */
START_TEST(a_few_that_come_due_as_the_run_ends_are_not_worth_a_word)
{
	rig.result.due = 6002;
	rig.result.never_sent = 4;
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(a_rate_that_was_not_reached_is_said)
{
	rig.report.rate = 150;
	expect_note("Asked for 150 requests per second, there were");
}
END_TEST

START_TEST(a_rate_that_was_reached_is_not)
{
	rig.report.rate = 90;
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(a_client_that_was_late_says_so)
{
	for (int i = 0; i < 100; i++)
		histogram_record(&rig.whole->lag, 4000000);
	expect_note("sent one request in a hundred 4.0");
}
END_TEST

/* 2 ms beside latencies of 200 ms change nothing. */
START_TEST(a_lag_that_is_small_beside_the_latency_is_not_worth_a_word)
{
	for (int i = 0; i < 100; i++)
		histogram_record(&rig.whole->lag, 2000000);
	for (int i = 0; i < 10000; i++)
		histogram_record(&rig.whole->total, 200000000);
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(what_failed_here_is_said_with_what_helps)
{
	rig.whole->outcomes.connections[OUTCOME_NO_PORTS] = 3;
	expect_note("3 connections failed for reasons of this machine");
	expect_note("--source");
	rig.whole->outcomes.connections[OUTCOME_NO_PORTS] = 0;
	rig.whole->outcomes.connections[OUTCOME_NO_DESCRIPTORS] = 1;
	expect_note("ulimit -n");
}
END_TEST

START_TEST(a_command_that_failed_is_said)
{
	rig.report.command =
	    (struct report_command){ .line = "false", .began_ns = 1, .ended_ns = 2 };
	ck_assert_str_eq(note(0), "");
	rig.report.command.exit_status = 3;
	expect_note("failed with exit status 3");
	rig.report.command.signal = 9;
	expect_note("ended by signal 9");
	rig.report.command.ended_ns = 0;
	expect_note("ended before the command did");
	rig.report.command.began_ns = 0;
	expect_note("ended before the command's time came");
}
END_TEST

START_TEST(a_thread_that_stood_still_is_told_where_it_matters)
{
	rig.result.loop_delay_ns = 4000000;
	ck_assert_str_eq(note(0), "");
	rig.result.loop_delay_ns = INT64_C(60000000000);
	expect_note("stood still for 60");
	for (int i = 0; i < 100; i++)
		histogram_record(&rig.whole->total, INT64_C(100000000000));
	rig.result.loop_delay_ns = 6000000;
	ck_assert_str_eq(note(0), "");
}
END_TEST

START_TEST(notes_have_an_order_and_an_end)
{
	rig.report.was_interrupted = true;
	rig.result.timeline.is_truncated = true;
	rig.result.never_sent = rig.result.due = 5;
	ck_assert_ptr_nonnull(strstr(note(0), "Interrupted"));
	ck_assert_ptr_nonnull(strstr(note(1), "never sent"));
	ck_assert_ptr_nonnull(strstr(note(2), "time line"));
	ck_assert_str_eq(note(3), "");
}
END_TEST

START_TEST(all_notes_at_once_fit)
{
	unsigned count = 0;

	rig.report.was_interrupted = true;
	rig.report.rate = 1000000;
	rig.report.command =
	    (struct report_command){ .line = "x", .began_ns = 1, .ended_ns = 2, .exit_status = 1 };
	rig.result.timeline.is_truncated = true;
	rig.result.never_sent = rig.result.due = UINT64_MAX;
	rig.result.cpu_user_us = INT64_MAX / 2;
	rig.result.loop_delay_ns = INT64_MAX / 2;
	rig.whole->outcomes.connections[OUTCOME_NO_PORTS] = UINT64_MAX / 4;
	rig.whole->outcomes.connections[OUTCOME_NO_DESCRIPTORS] = UINT64_MAX / 4;
	histogram_record(&rig.whole->lag, INT64_C(1) << 41);
	while (*note(count))
		count++;
	ck_assert_uint_eq(count, REPORT_NOTES_MAX);
}
END_TEST

START_TEST(a_quantile_is_known_if_something_lies_beyond_it)
{
	ck_assert(report_quantile_is_known(0.99, 100));
	ck_assert(!report_quantile_is_known(0.99, 99));
	ck_assert(report_quantile_is_known(0.99999, 100000));
	ck_assert(!report_quantile_is_known(0.99999, 99999));
	ck_assert(!report_quantile_is_known(0.5, 0));
}
END_TEST

START_TEST(a_slot_belongs_to_the_command_if_more_than_a_sliver_does)
{
	rig.result.phase_began_ns[PHASE_DURING] = RIG_BEGAN_NS + 1500;
	rig.result.phase_began_ns[PHASE_AFTER] = RIG_BEGAN_NS + 3500;
	ck_assert_int_eq(report_phase_of(&rig.report, 0, 1500), PHASE_BEFORE);
	ck_assert_int_eq(report_phase_of(&rig.report, 501, 1501), PHASE_BEFORE);
	ck_assert_int_eq(report_phase_of(&rig.report, 520, 1520), PHASE_DURING);
	ck_assert_int_eq(report_phase_of(&rig.report, 2000, 3000), PHASE_DURING);
	ck_assert_int_eq(report_phase_of(&rig.report, 3400, 4400), PHASE_DURING);
	ck_assert_int_eq(report_phase_of(&rig.report, 3499, 4499), PHASE_AFTER);
	ck_assert_int_eq(report_phase_of(&rig.report, 3500, 4500), PHASE_AFTER);
}
END_TEST

START_TEST(a_command_shorter_than_a_sliver_still_has_its_slot)
{
	rig.result.phase_began_ns[PHASE_DURING] = RIG_BEGAN_NS + 1500;
	rig.result.phase_began_ns[PHASE_AFTER] = RIG_BEGAN_NS + 1501;
	ck_assert_int_eq(report_phase_of(&rig.report, 0, 1000), PHASE_BEFORE);
	ck_assert_int_eq(report_phase_of(&rig.report, 1000, 2000), PHASE_DURING);
	ck_assert_int_eq(report_phase_of(&rig.report, 2000, 3000), PHASE_AFTER);
}
END_TEST

START_TEST(a_command_that_outlasted_the_run_has_the_rest_of_it)
{
	rig.result.phase_began_ns[PHASE_DURING] = RIG_BEGAN_NS + 1500;
	ck_assert_int_eq(report_phase_of(&rig.report, 0, 1000), PHASE_BEFORE);
	ck_assert_int_eq(
	    report_phase_of(&rig.report, 2 * RIG_SECOND_NS, 3 * RIG_SECOND_NS), PHASE_DURING);
}
END_TEST

START_TEST(without_a_command_all_is_before)
{
	ck_assert_int_eq(report_phase_of(&rig.report, 0, 1000), PHASE_BEFORE);
	ck_assert_int_eq(
	    report_phase_of(&rig.report, 2 * RIG_SECOND_NS, 3 * RIG_SECOND_NS), PHASE_BEFORE);
}
END_TEST

START_TEST(a_rate_of_no_time_is_zero)
{
	ck_assert_double_eq(report_per_second(5, 0), 0);
	ck_assert_double_eq(report_per_second(5, 2 * RIG_SECOND_NS), 2.5);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/report");
	TCase *tcase = tcase_create("report");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_run_without_trouble_has_no_notes);
	tcase_add_test(tcase, a_busy_client_is_said);
	tcase_add_test(tcase, two_threads_have_twice_the_time);
	tcase_add_test(tcase, what_was_due_and_never_sent_is_said);
	tcase_add_test(tcase, a_few_that_come_due_as_the_run_ends_are_not_worth_a_word);
	tcase_add_test(tcase, a_rate_that_was_not_reached_is_said);
	tcase_add_test(tcase, a_rate_that_was_reached_is_not);
	tcase_add_test(tcase, a_client_that_was_late_says_so);
	tcase_add_test(tcase, a_lag_that_is_small_beside_the_latency_is_not_worth_a_word);
	tcase_add_test(tcase, what_failed_here_is_said_with_what_helps);
	tcase_add_test(tcase, a_command_that_failed_is_said);
	tcase_add_test(tcase, a_thread_that_stood_still_is_told_where_it_matters);
	tcase_add_test(tcase, notes_have_an_order_and_an_end);
	tcase_add_test(tcase, all_notes_at_once_fit);
	tcase_add_test(tcase, a_quantile_is_known_if_something_lies_beyond_it);
	tcase_add_test(tcase, a_slot_belongs_to_the_command_if_more_than_a_sliver_does);
	tcase_add_test(tcase, a_command_shorter_than_a_sliver_still_has_its_slot);
	tcase_add_test(tcase, a_command_that_outlasted_the_run_has_the_rest_of_it);
	tcase_add_test(tcase, without_a_command_all_is_before);
	tcase_add_test(tcase, a_rate_of_no_time_is_zero);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
