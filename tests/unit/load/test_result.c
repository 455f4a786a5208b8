/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/result.
 */
#include "usher-load/result.h"

#include "rig.h"

static struct result result;
static struct measures *whole;

static void
begin(bool has_schedule)
{
	ck_assert_int_eq(result_init(&result, RIG_BEGAN_NS, RIG_SECOND_NS, has_schedule), 0);
	whole = calloc(1, sizeof(*whole));
	ck_assert_ptr_nonnull(whole);
}

static void
set_up(void)
{
	begin(false);
}

static void
tear_down(void)
{
	result_done(&result);
	free(whole);
}

/* `ms` after the run began. */
static int64_t
at(int64_t ms)
{
	return RIG_BEGAN_NS + ms * 1000000;
}

static void
answer(struct result *where, int64_t sent_ms, int64_t ended_ms)
{
	const struct request_times times = { .due_ns = at(sent_ms - 3),
		.sent_ns = at(sent_ms),
		.first_byte_ns = at(ended_ms - 1),
		.ended_ns = at(ended_ms) };

	result_count_answer(where, OUTCOME_ANSWERED, &times, 200);
}

START_TEST(an_answer_is_in_every_figure_it_belongs_to)
{
	answer(&result, 10, 30);
	result_end(&result, at(1000));
	result_finish(&result, whole);
	ck_assert_uint_eq(whole->outcomes.requests[OUTCOME_ANSWERED], 1);
	ck_assert_uint_eq(whole->statuses[200], 1);
	ck_assert_int_eq(whole->first_byte.sum_ns, 19000000);
	ck_assert_int_eq(whole->total.sum_ns, 20000000);
	ck_assert_int_eq(whole->duration_ns, 1000000000);
	ck_assert_uint_eq(result.timeline.slots[0]->requests[OUTCOME_ANSWERED], 1);
	ck_assert_int_gt(
	    small_histogram_quantile_ns(&result.timeline.slots[0]->latency, 0.5), 19800000);
}
END_TEST

START_TEST(without_a_schedule_there_is_no_corrected_latency)
{
	answer(&result, 10, 30);
	ck_assert_uint_eq(result.current->corrected.count, 0);
}
END_TEST

/* Coordinated omission: the three milliseconds before it was sent count. */
START_TEST(with_a_schedule_latency_counts_from_the_moment_it_was_due)
{
	tear_down();
	begin(true);
	answer(&result, 10, 30);
	ck_assert_int_eq(result.current->corrected.sum_ns, 23000000);
	ck_assert_int_eq(result.current->total.sum_ns, 20000000);
	ck_assert_int_gt(
	    small_histogram_quantile_ns(&result.timeline.slots[0]->latency, 0.5), 22700000);
}
END_TEST

START_TEST(a_status_that_is_none_of_http_is_counted_apart)
{
	const struct request_times times = { at(0), at(0), at(1), at(2) };

	result_count_answer(&result, OUTCOME_ANSWERED, &times, 0);
	result_count_answer(&result, OUTCOME_ANSWERED, &times, 600);
	result_count_answer(&result, OUTCOME_ANSWERED, &times, 599);
	ck_assert_uint_eq(result.current->statuses[0], 2);
	ck_assert_uint_eq(result.current->statuses[599], 1);
}
END_TEST

START_TEST(a_lost_request_has_an_outcome_and_no_latency)
{
	result_count_request(&result, OUTCOME_TIMEOUT, at(0), at(1500));
	ck_assert_uint_eq(result.current->outcomes.requests[OUTCOME_TIMEOUT], 1);
	ck_assert_uint_eq(result.current->total.count, 0);
	ck_assert_uint_eq(result.timeline.slots[1]->requests[OUTCOME_TIMEOUT], 1);
}
END_TEST

START_TEST(a_connection_is_open_from_its_handshake_to_its_end)
{
	result_count_connect(&result, at(0), at(2));
	result_count_connect(&result, at(0), at(3));
	ck_assert_uint_eq(result.timeline.open, 2);
	result_count_connection(&result, OUTCOME_FIN_IDLE, true, at(1100));
	ck_assert_uint_eq(result.timeline.open, 1);
	ck_assert_int_eq(result.current->connect.sum_ns, 5000000);
	ck_assert_uint_eq(result.timeline.slots[0]->connects, 2);
	ck_assert_uint_eq(result.timeline.slots[1]->connections[OUTCOME_FIN_IDLE], 1);
}
END_TEST

START_TEST(a_connection_that_was_refused_was_never_open)
{
	result_count_connection(&result, OUTCOME_REFUSED, false, at(1));
	ck_assert_uint_eq(result.timeline.open, 0);
	ck_assert_uint_eq(result.current->outcomes.connections[OUTCOME_REFUSED], 1);
}
END_TEST

START_TEST(bytes_and_lag_are_counted)
{
	result_count_bytes(&result, 100, 7, at(1));
	result_count_bytes(&result, 20, 1, at(1001));
	result_record_lag(&result, 5000);
	ck_assert_uint_eq(result.current->bytes_in, 120);
	ck_assert_uint_eq(result.current->bytes_out, 8);
	ck_assert_uint_eq(result.timeline.slots[1]->bytes_in, 20);
	ck_assert_int_eq(result.current->lag.max_ns, 5000);
}
END_TEST

/* --- Phases ---------------------------------------------------------------- */

START_TEST(a_request_belongs_to_the_phase_in_which_it_was_sent_and_answered)
{
	answer(&result, 10, 20);
	result_enter_phase(&result, PHASE_DURING, at(100));
	answer(&result, 110, 120);
	answer(&result, 100, 130);
	result_enter_phase(&result, PHASE_AFTER, at(200));
	answer(&result, 210, 220);
	ck_assert_uint_eq(result.phases[PHASE_BEFORE].total.count, 1);
	ck_assert_uint_eq(result.phases[PHASE_DURING].total.count, 2);
	ck_assert_uint_eq(result.phases[PHASE_AFTER].total.count, 1);
}
END_TEST

START_TEST(a_request_that_crossed_a_border_felt_the_command)
{
	result_enter_phase(&result, PHASE_DURING, at(100));
	answer(&result, 90, 110);
	result_enter_phase(&result, PHASE_AFTER, at(200));
	answer(&result, 190, 210);
	answer(&result, 50, 220);
	result_count_request(&result, OUTCOME_RESET_IN_ANSWER, at(199), at(230));
	ck_assert_uint_eq(result.phases[PHASE_BEFORE].total.count, 0);
	ck_assert_uint_eq(result.phases[PHASE_DURING].total.count, 3);
	ck_assert_uint_eq(result.phases[PHASE_AFTER].total.count, 0);
	ck_assert_uint_eq(
	    result.phases[PHASE_DURING].outcomes.requests[OUTCOME_RESET_IN_ANSWER], 1);
}
END_TEST

START_TEST(phases_last_as_long_as_they_did)
{
	result_enter_phase(&result, PHASE_DURING, at(100));
	result_enter_phase(&result, PHASE_AFTER, at(250));
	result_end(&result, at(1000));
	ck_assert_int_eq(result.phases[PHASE_BEFORE].duration_ns, 100000000);
	ck_assert_int_eq(result.phases[PHASE_DURING].duration_ns, 150000000);
	ck_assert_int_eq(result.phases[PHASE_AFTER].duration_ns, 750000000);
}
END_TEST

START_TEST(phases_have_names)
{
	ck_assert_str_eq(phase_name(PHASE_BEFORE), "before");
	ck_assert_str_eq(phase_name(PHASE_DURING), "during");
	ck_assert_str_eq(phase_name(PHASE_AFTER), "after");
}
END_TEST

/* --- Threads --------------------------------------------------------------- */

START_TEST(threads_are_added_figure_by_figure)
{
	struct result other;

	ck_assert_int_eq(result_init(&other, RIG_BEGAN_NS, RIG_SECOND_NS, false), 0);
	answer(&result, 10, 20);
	answer(&other, 10, 40);
	result_count_connect(&other, at(0), at(2));
	result_enter_phase(&result, PHASE_DURING, at(110));
	result_enter_phase(&other, PHASE_DURING, at(100));
	result_count_bytes(&other, 5, 6, at(150));
	result_end(&result, at(990));
	result_end(&other, at(1000));
	other.due = 4;
	other.never_sent = 3;
	other.cpu_user_us = result.cpu_user_us = 1000;
	other.cpu_system_us = result.cpu_system_us = 500;
	ck_assert_int_eq(result_add(&result, &other), 0);
	result_finish(&result, whole);
	ck_assert_uint_eq(whole->total.count, 2);
	ck_assert_int_eq(whole->total.max_ns, 30000000);
	ck_assert_uint_eq(whole->connect.count, 1);
	ck_assert_uint_eq(result.phases[PHASE_DURING].bytes_in, 5);
	ck_assert_int_eq(result.phase_began_ns[PHASE_DURING], at(100));
	ck_assert_int_eq(result.phases[PHASE_DURING].duration_ns, 900000000);
	ck_assert_int_eq(result.phase_began_ns[PHASE_AFTER], 0);
	ck_assert_int_eq(whole->duration_ns, 1000000000);
	ck_assert_uint_eq(result.due, 4);
	ck_assert_uint_eq(result.never_sent, 3);
	ck_assert_int_eq(result.cpu_user_us, 2000);
	ck_assert_int_eq(result.cpu_system_us, 1000);
	result_done(&other);
}
END_TEST

/* A thread that ended early saw the phase only while it ran. */
START_TEST(a_phase_that_one_thread_never_saw_has_the_others_begin)
{
	struct result other;

	ck_assert_int_eq(result_init(&other, RIG_BEGAN_NS, RIG_SECOND_NS, false), 0);
	result_enter_phase(&other, PHASE_DURING, at(500));
	result_end(&result, at(400));
	result_end(&other, at(1000));
	ck_assert_int_eq(result_add(&result, &other), 0);
	ck_assert_int_eq(result.phase_began_ns[PHASE_DURING], at(500));
	ck_assert_int_eq(result.phase, PHASE_DURING);
	ck_assert_int_eq(result.ended_ns, at(1000));
	result_done(&other);
}
END_TEST

START_TEST(a_thread_knows_what_it_cost)
{
	uint64_t random = 1;
	uint64_t sum = 0;

	for (int i = 0; i < 20000000; i++)
		sum += rig_random(&random);
	ck_assert_uint_ne(sum, 0);
	result_end(&result, at(1000));
	ck_assert_int_gt(result.cpu_user_us + result.cpu_system_us, 1000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/result");
	TCase *tcase = tcase_create("result");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_answer_is_in_every_figure_it_belongs_to);
	tcase_add_test(tcase, without_a_schedule_there_is_no_corrected_latency);
	tcase_add_test(tcase, with_a_schedule_latency_counts_from_the_moment_it_was_due);
	tcase_add_test(tcase, a_status_that_is_none_of_http_is_counted_apart);
	tcase_add_test(tcase, a_lost_request_has_an_outcome_and_no_latency);
	tcase_add_test(tcase, a_connection_is_open_from_its_handshake_to_its_end);
	tcase_add_test(tcase, a_connection_that_was_refused_was_never_open);
	tcase_add_test(tcase, bytes_and_lag_are_counted);
	tcase_add_test(tcase, a_request_belongs_to_the_phase_in_which_it_was_sent_and_answered);
	tcase_add_test(tcase, a_request_that_crossed_a_border_felt_the_command);
	tcase_add_test(tcase, phases_last_as_long_as_they_did);
	tcase_add_test(tcase, phases_have_names);
	tcase_add_test(tcase, threads_are_added_figure_by_figure);
	tcase_add_test(tcase, a_phase_that_one_thread_never_saw_has_the_others_begin);
	tcase_add_test(tcase, a_thread_knows_what_it_cost);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
