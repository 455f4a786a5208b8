/* SPDX-License-Identifier: MIT
 *
 * Tests of server/collect and server/loop_figures, with real loops. A loop whose thread
 * was not started yet is one that does not answer.
 */
#include "server/collect.h"

#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "handler/readiness.h"
#include "server/loop.h"
#include "server/process_info.h"

#define LOOPS 2
#define PATIENCE_US (20 * CLOCK_SECOND_US)

static struct event_base *base;
static atomic_uint_fast64_t ids;
static struct loop *loops[LOOPS];
static bool is_started[LOOPS];
static struct collect *collect;
static unsigned answers;
static bool has_answered[LOOPS];
static char order[16];

static void
on_news(void *arg)
{
	(void)arg;
}

static void
start(unsigned index)
{
	ck_assert_int_eq(loop_start(loops[index]), 0);
	is_started[index] = true;
}

static void
set_up(void)
{
	char room[256];
	struct text error = text_over(room, sizeof(room));

	base = event_base_new();
	for (unsigned i = 0; i < LOOPS; i++) {
		const struct loop_options options = { .index = i, .ids = &ids, .on_news = on_news };

		loops[i] = loop_new(&options, &error);
		ck_assert_ptr_nonnull(loops[i]);
	}
	collect = collect_new(base, LOOPS);
	ck_assert_ptr_nonnull(collect);
	collect_set_loops(collect, loops, LOOPS);
}

static void
tear_down(void)
{
	for (unsigned i = 0; i < LOOPS; i++) {
		loop_tell(loops[i], LOOP_STOP);
		if (is_started[i])
			loop_join(loops[i]);
	}
	collect_free(collect);
	for (unsigned i = 0; i < LOOPS; i++)
		loop_free(loops[i]);
	event_base_free(base);
}

static void
on_answered(struct collect_request *request)
{
	struct snapshot snapshot;

	(void)request;
	answers++;
	ck_assert_int_eq(collect_snapshot(collect, &snapshot), 0);
	ck_assert_uint_eq(snapshot.loop_count, LOOPS);
	for (unsigned i = 0; i < LOOPS; i++)
		has_answered[i] = snapshot.loops[i].has_answered;
	collect_done(&snapshot);
}

static void
init_request(struct collect_request *request, void (*answered)(struct collect_request *))
{
	*request = (struct collect_request){ .answered = answered };
	list_init(&request->link);
}

/* How long that took. */
static int64_t
run_until_answers(unsigned count)
{
	const int64_t began_us = clock_monotonic_us();

	while (answers < count) {
		ck_assert_int_lt(clock_monotonic_us() - began_us, PATIENCE_US);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	return clock_monotonic_us() - began_us;
}

static void
ask_and_wait(void)
{
	struct collect_request request;

	init_request(&request, on_answered);
	collect_ask(collect, &request);
	(void)run_until_answers(answers + 1);
}

START_TEST(loops_that_run_answer)
{
	start(0);
	start(1);
	ask_and_wait();
	ck_assert(has_answered[0]);
	ck_assert(has_answered[1]);
}
END_TEST

START_TEST(the_answer_never_comes_within_the_question)
{
	struct collect_request request;

	init_request(&request, on_answered);
	start(0);
	start(1);
	collect_ask(collect, &request);
	ck_assert_uint_eq(answers, 0);
	(void)run_until_answers(1);
}
END_TEST

START_TEST(a_loop_that_does_not_answer_is_left_out_after_half_a_second)
{
	struct collect_request request;

	start(0);
	init_request(&request, on_answered);
	collect_ask(collect, &request);
	ck_assert_int_ge(run_until_answers(1), COLLECT_WAIT_US - 10000);
	ck_assert(has_answered[0]);
	ck_assert(!has_answered[1]);
}
END_TEST

START_TEST(nobody_waits_twice_for_a_loop_that_is_late)
{
	struct collect_request request;

	start(0);
	ask_and_wait();
	init_request(&request, on_answered);
	collect_ask(collect, &request);
	ck_assert_int_lt(run_until_answers(2), COLLECT_WAIT_US / 2);
	ck_assert(!has_answered[1]);
}
END_TEST

START_TEST(a_late_loop_is_back_when_it_has_answered)
{
	const int64_t until_us = clock_monotonic_us() + PATIENCE_US;

	start(0);
	ask_and_wait();
	ck_assert(!has_answered[1]);
	start(1);
	while (!has_answered[1] && clock_monotonic_us() < until_us)
		ask_and_wait();
	ck_assert(has_answered[1]);
}
END_TEST

START_TEST(without_any_loop_that_answers_there_is_an_answer)
{
	ask_and_wait();
	ck_assert(!has_answered[0]);
	ck_assert(!has_answered[1]);
	ask_and_wait();
}
END_TEST

static void
note_first(struct collect_request *request)
{
	(void)strncat(order, "1", sizeof(order) - strlen(order) - 1);
	on_answered(request);
}

static void
note_second(struct collect_request *request)
{
	(void)strncat(order, "2", sizeof(order) - strlen(order) - 1);
	on_answered(request);
}

START_TEST(several_requests_share_an_answer_and_one_may_be_cancelled)
{
	struct collect_request requests[4];

	start(0);
	start(1);
	init_request(&requests[0], note_first);
	for (int i = 1; i < 4; i++)
		init_request(&requests[i], note_second);
	for (int i = 0; i < 4; i++)
		collect_ask(collect, &requests[i]);
	collect_cancel(&requests[2]);
	collect_cancel(&requests[2]);
	(void)run_until_answers(3);
	ck_assert_str_eq(order, "122");
	collect_cancel(&requests[0]);
}
END_TEST

START_TEST(questions_about_connections_stand_in_line)
{
	struct collect_request requests[3];
	struct text text = text_growing(4096);

	start(0);
	start(1);
	for (int i = 0; i < 3; i++)
		init_request(&requests[i], i == 1 ? note_second : note_first);
	requests[0].subject = COLLECT_CONNECTIONS;
	requests[0].query = (struct connections_query){ -1, CONNECTIONS_BY_ID, 10 };
	requests[1].subject = COLLECT_CONNECTIONS;
	requests[1].query = (struct connections_query){ CONN_IDLE, CONNECTIONS_BY_AGE, 10 };
	requests[2].subject = COLLECT_CONNECTIONS;
	requests[2].query = requests[0].query;
	for (int i = 0; i < 3; i++)
		collect_ask(collect, &requests[i]);
	(void)run_until_answers(3);
	ck_assert_str_eq(order, "121");
	ck_assert_int_eq(collect_put_connections(collect, &text), 0);
	ck_assert_str_eq(text_string(&text), "{\"connections\":[],\"left_out\":0}\n");
	text_free(&text);
}
END_TEST

START_TEST(a_loop_that_has_ended_is_not_waited_for)
{
	struct collect_request request;

	start(0);
	start(1);
	loop_tell(loops[1], LOOP_STOP);
	while (!loop_has_ended(loops[1]))
		ask_and_wait();
	ask_and_wait();
	init_request(&request, on_answered);
	collect_ask(collect, &request);
	ck_assert_int_lt(run_until_answers(answers + 1), COLLECT_WAIT_US / 2);
	ck_assert(has_answered[1]);
}
END_TEST

START_TEST(each_second_there_is_a_sample_of_history)
{
	const int64_t until_us = clock_monotonic_us() + PATIENCE_US;

	start(0);
	start(1);
	while (collect_history(collect)->count < 2 && clock_monotonic_us() < until_us)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(collect_history(collect)->count, 2);
	ck_assert_int_gt(history_at(collect_history(collect), 0)->busy_us, 0);
}
END_TEST

/* How often the log, which is caught in `file`, has said that. */
static unsigned
count_in(FILE *file, const char *said)
{
	char line[1024];
	unsigned found = 0;

	rewind(file);
	while (fgets(line, sizeof(line), file))
		found += strstr(line, said) != NULL;
	return found;
}

START_TEST(a_loop_that_is_stuck_is_named_once_and_once_when_it_is_back)
{
	const int64_t began_us = clock_monotonic_us();
	FILE *log = tmpfile();

	ck_assert_ptr_nonnull(log);
	ck_assert_int_ge(dup2(fileno(log), STDERR_FILENO), 0);
	start(0);
	while (clock_monotonic_us() - began_us < COLLECT_STUCK_US + 3 * CLOCK_SECOND_US)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(count_in(log, "warning: loop 1 does not answer since "), 1);
	ck_assert_uint_eq(count_in(log, "loop 0"), 0);
	start(1);
	while (count_in(log, "info: loop 1 answers again, after ") == 0 &&
	    clock_monotonic_us() - began_us < PATIENCE_US)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(count_in(log, "info: loop 1 answers again, after "), 1);
	(void)fclose(log);
}
END_TEST

START_TEST(what_the_process_uses_is_read)
{
	struct snapshot_process process;

	process_info_read(&process);
	ck_assert_uint_gt(process.resident_bytes, 100000);
	ck_assert_uint_gt(process.virtual_bytes, process.resident_bytes);
	ck_assert_uint_gt(process.open_fds, 2);
	ck_assert_uint_ge(process.max_fds, process.open_fds);
	ck_assert_uint_ge(process.threads, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/collect");
	TCase *all = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, loops_that_run_answer);
	tcase_add_test(all, the_answer_never_comes_within_the_question);
	tcase_add_test(all, a_loop_that_does_not_answer_is_left_out_after_half_a_second);
	tcase_add_test(all, nobody_waits_twice_for_a_loop_that_is_late);
	tcase_add_test(all, a_late_loop_is_back_when_it_has_answered);
	tcase_add_test(all, without_any_loop_that_answers_there_is_an_answer);
	tcase_add_test(all, several_requests_share_an_answer_and_one_may_be_cancelled);
	tcase_add_test(all, questions_about_connections_stand_in_line);
	tcase_add_test(all, a_loop_that_has_ended_is_not_waited_for);
	tcase_add_test(all, each_second_there_is_a_sample_of_history);
	tcase_add_test(all, a_loop_that_is_stuck_is_named_once_and_once_when_it_is_back);
	tcase_add_test(all, what_the_process_uses_is_read);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
