/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/snapshot, handler/history and handler/readiness, and of
 * protocol/http1_counters, whose numbers they add up.
 */
#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "handler/history.h"
#include "handler/readiness.h"
#include "rig.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* --- Durations -------------------------------------------------------------------- */

START_TEST(a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed)
{
	static const struct {
		int64_t us;
		int bucket;
	} rows[] = {
		{ 0, 0 },
		{ 100, 0 },
		{ 101, 1 },
		{ 250, 1 },
		{ 1000, 3 },
		{ 9999999, 15 },
		{ 10000000, 15 },
		{ 10000001, 16 },
		{ INT64_C(1) << 40, 16 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct http1_counters counters = { 0 };

		http1_counters_time(&counters, rows[i].us, 3);
		ck_assert_uint_eq(counters.by_duration[rows[i].bucket], 3);
		ck_assert_uint_eq(counters.duration_us, 3 * (uint64_t)rows[i].us);
	}
}
END_TEST

START_TEST(a_request_is_counted_by_method_and_class_at_once)
{
	struct http1_counters counters = { 0 };
	struct http1_counters sum = { 0 };

	http1_counters_count(&counters, 204, HTTP_METHOD_POST);
	http1_counters_time(&counters, 1, 1);
	http1_counters_count(&counters, 599, HTTP_METHOD_POST);
	http1_counters_time(&counters, 1, 1);
	http1_counters_count(&counters, 0, HTTP_METHOD_OTHER);
	http1_counters_time(&counters, 1, 1);
	http1_counters_add(&sum, &counters);
	http1_counters_add(&sum, &counters);
	ck_assert_uint_eq(sum.requests, 6);
	ck_assert_uint_eq(http1_counters_of_method(&sum, HTTP_METHOD_POST), 4);
	ck_assert_uint_eq(http1_counters_of_method(&sum, HTTP_METHOD_GET), 0);
	ck_assert_uint_eq(http1_counters_of_class(&sum, 2), 2);
	ck_assert_uint_eq(http1_counters_of_class(&sum, 5), 2);
	ck_assert_uint_eq(http1_counters_of_class(&sum, 0), 2);
	ck_assert_uint_eq(sum.by_duration[0], 6);
	ck_assert_uint_eq(sum.duration_us, 6);
}
END_TEST

START_TEST(a_quantile_stands_between_the_bounds_of_its_bucket)
{
	uint64_t counts[HTTP1_DURATION_BUCKETS] = { 0 };

	ck_assert_int_eq(snapshot_quantile_us(counts, 0.5), 0);
	/* How short the shortest are is not known. */
	counts[0] = 100;
	ck_assert_int_eq(snapshot_quantile_us(counts, 0.5), 100);
	ck_assert_int_eq(snapshot_quantile_us(counts, 0.99), 100);
	/* 100 up to 100 us, 100 from 5 to 10 ms */
	counts[6] = 100;
	ck_assert_int_eq(snapshot_quantile_us(counts, 0.5), 100);
	ck_assert_int_eq(snapshot_quantile_us(counts, 0.75), 7500);
	ck_assert_int_eq(snapshot_quantile_us(counts, 1), 10000);
	/* Of the last bucket only its lower bound is known. */
	memset(counts, 0, sizeof(counts));
	counts[HTTP1_DURATION_BOUNDS] = 3;
	ck_assert_int_eq(snapshot_quantile_us(counts, 0.5), 10000000);
}
END_TEST

/* --- Adding up ---------------------------------------------------------------------- */

static void
set_listener(struct snapshot_listener *listener, const char *name, uint64_t accepted)
{
	memset(listener, 0, sizeof(*listener));
	strncpy(listener->name, name, sizeof(listener->name) - 1);
	strncpy(listener->address, "127.0.0.1:80", sizeof(listener->address) - 1);
	listener->accepted = accepted;
	listener->queue = (struct snapshot_queue){ .is_known = true, .limit = 128, .peak = 3 };
}

START_TEST(listeners_of_one_name_and_address_are_one)
{
	struct snapshot_listener rows[2][2];
	struct snapshot_listener room[4];
	struct snapshot_part parts[2] = { { .listeners = rows[0], .listener_count = 2 },
		{ .listeners = rows[1], .listener_count = 2 } };
	struct snapshot snapshot = { .listeners = room };

	for (int loop = 0; loop < 2; loop++) {
		set_listener(&rows[loop][0], "web", 10);
		set_listener(&rows[loop][1], "other", 1);
	}
	rows[1][0].paused = LISTENER_PAUSE_DESCRIPTORS;
	for (int loop = 0; loop < 2; loop++)
		snapshot_add_listeners(&snapshot, &parts[loop]);
	ck_assert_uint_eq(snapshot.listener_count, 2);
	ck_assert_str_eq(room[0].name, "web");
	ck_assert_uint_eq(room[0].accepted, 20);
	ck_assert_uint_eq(room[0].queue.limit, 256);
	ck_assert_uint_eq(room[0].queue.peak, 6);
	ck_assert_str_eq(snapshot_listener_state(&room[0]), "paused");
	ck_assert_str_eq(snapshot_listener_state(&room[1]), "accepting");
}
END_TEST

START_TEST(a_listener_that_drains_is_told_apart_from_its_successor)
{
	struct snapshot_listener rows[2];
	struct snapshot_listener room[2];
	struct snapshot_part part = { .listeners = rows, .listener_count = 2 };
	struct snapshot snapshot = { .listeners = room };

	set_listener(&rows[0], "web", 1);
	set_listener(&rows[1], "web", 10);
	rows[1].is_draining = true;
	snapshot_add_listeners(&snapshot, &part);
	ck_assert_uint_eq(snapshot.listener_count, 2);
	ck_assert_str_eq(snapshot_listener_state(&room[1]), "draining");
}
END_TEST

START_TEST(a_drain_is_where_the_hindmost_loop_stands)
{
	const struct snapshot_part parts[] = { { .drain = { 4, "wait", 10 } },
		{ .drain = { 0, "none", 0 } }, { .drain = { 3, "grace", 11 } } };
	struct snapshot snapshot = { .version = NULL };

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		snapshot_add(&snapshot, &parts[i]);
	ck_assert_uint_eq(snapshot.sum.drain.step, 3);
	ck_assert_str_eq(snapshot.sum.drain.step_name, "grace");
}
END_TEST

/* --- Readiness ------------------------------------------------------------------------ */

static void
expect_readiness(const struct snapshot *snapshot, bool is_verbose, bool is_ready, const char *said)
{
	char room[512];
	struct text text = text_over(room, sizeof(room));

	ck_assert_int_eq(readiness_put(&text, snapshot, is_verbose), is_ready);
	ck_assert_str_eq(text_string(&text), said);
}

START_TEST(a_server_is_ready_while_it_serves_and_all_loops_answer)
{
	struct snapshot_loop loops[2] = { { .index = 0, .has_answered = true },
		{ .index = 1, .has_answered = true } };
	struct snapshot snapshot = { .loops = loops, .loop_count = 2 };

	expect_readiness(&snapshot, false, true, "ok\n");
	expect_readiness(
	    &snapshot, true, true, "[+] serving: ok\n[+] loop 0: ok\n[+] loop 1: ok\n");
	loops[1].has_answered = false;
	expect_readiness(&snapshot, false, false, "loop 1: does not answer\n");
	expect_readiness(&snapshot, true, false,
	    "[+] serving: ok\n[+] loop 0: ok\n[-] loop 1: does not answer\n");
	snapshot.is_draining = true;
	expect_readiness(
	    &snapshot, false, false, "serving: the server drains\nloop 1: does not answer\n");
}
END_TEST

/* --- History --------------------------------------------------------------------------- */

START_TEST(a_history_keeps_the_last_minutes)
{
	static struct history history;
	struct snapshot snapshot = { .version = NULL };

	for (int i = 0; i < HISTORY_SAMPLES + 7; i++) {
		snapshot.now_us = i * CLOCK_SECOND_US;
		snapshot.sum.accepted = (uint64_t)i;
		snapshot.sum.by_state[CONN_IDLE] = 2;
		snapshot.sum.by_state[CONN_BUSY] = 1;
		history_add(&history, &snapshot);
		ck_assert_uint_eq(history_at(&history, 0)->accepted, (uint64_t)i);
	}
	ck_assert_uint_eq(history.count, HISTORY_SAMPLES);
	ck_assert_uint_eq(history_at(&history, HISTORY_SAMPLES - 1)->accepted, 7);
	ck_assert_uint_eq(history_at(&history, 0)->open, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/snapshot");
	TCase *all = tcase_create("all");

	tcase_add_test(all, a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed);
	tcase_add_test(all, a_request_is_counted_by_method_and_class_at_once);
	tcase_add_test(all, a_quantile_stands_between_the_bounds_of_its_bucket);
	tcase_add_test(all, listeners_of_one_name_and_address_are_one);
	tcase_add_test(all, a_listener_that_drains_is_told_apart_from_its_successor);
	tcase_add_test(all, a_drain_is_where_the_hindmost_loop_stands);
	tcase_add_test(all, a_server_is_ready_while_it_serves_and_all_loops_answer);
	tcase_add_test(all, a_history_keeps_the_last_minutes);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
