/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/snapshot and usherctl/interval: what an answer to GET /status
 * means, and what happened between two of them.
 */
#include "usherctl/interval.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "statuses.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define SLACK 1e-9

START_TEST(a_status_is_read)
{
	struct snapshot now = status_of(4, 1000, 7);

	ck_assert_uint_eq(now.pid, 12);
	ck_assert_str_eq(now.state, "serving");
	ck_assert(!snapshot_is_draining(&now));
	ck_assert(!now.config.has_reloaded);
	ck_assert_uint_eq(now.connections.idle, 5);
	ck_assert_uint_eq(now.requests.c2xx, 1000);
	ck_assert_uint_eq(now.listener_count, 1);
	ck_assert(now.listeners[0].has_queue);
	ck_assert_uint_eq(now.listeners[0].queue_length, 7);
	ck_assert_uint_eq(now.loop_count, 2);
	ck_assert(now.loops[0].answered && !now.loops[1].answered);
	ck_assert_uint_eq(now.cause_count, 2);
	ck_assert_uint_eq(now.bucket_count, 3);
	ck_assert(isinf(now.buckets[2].le_s));
	snapshot_done(&now);
}
END_TEST

START_TEST(causes_are_told_the_most_frequent_first)
{
	struct snapshot now = status_from(
	    "{\"pid\":1,\"state\":\"serving\",\"connections\":{},\"listeners\":[],\"endings\":"
	    "{\"by_cause\":{\"drained\":0,\"peer_left\":3,\"bad_request\":0,\"stopped\":9}}}");

	ck_assert_uint_eq(now.cause_count, 4);
	ck_assert_str_eq(now.causes[0].name, "stopped");
	ck_assert_str_eq(now.causes[1].name, "peer_left");
	ck_assert_str_eq(now.causes[2].name, "bad_request");
	ck_assert_str_eq(now.causes[3].name, "drained");
	snapshot_done(&now);
}
END_TEST

/* What is absent or of another kind is nothing; what is no status is told. */
static const struct {
	const char *json;
	int result;
} odd[] = {
	{ "{}", -EBADMSG },
	{ "{\"pid\":1,\"state\":\"serving\",\"connections\":{}}", -EBADMSG },
	{ "{\"pid\":\"1\",\"state\":\"serving\",\"connections\":{},\"listeners\":[]}", -EBADMSG },
	{ "{\"pid\":1,\"state\":\"serving\",\"connections\":{},\"listeners\":[]}", 0 },
	{ "{\"pid\":1,\"state\":\"serving\",\"connections\":{\"open\":-5,\"busy\":1e300,"
	  "\"idle\":\"x\"},\"listeners\":[1,null,{\"name\":7,\"queue\":[]}],\"loops\":{},"
	  "\"requests\":{\"duration\":{\"buckets\":[3]}},\"endings\":{\"by_cause\":[]}}",
	    0 },
};

START_TEST(an_odd_status_is_no_harm)
{
	json_t *root = json_loads(odd[_i].json, 0, NULL);
	struct snapshot now;

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(snapshot_read(&now, root), odd[_i].result);
	if (odd[_i].result == 0) {
		ck_assert_uint_eq(now.connections.open, 0);
		ck_assert_uint_eq(now.connections.busy, 0);
		ck_assert_uint_eq(now.connections.idle, 0);
		ck_assert_str_eq(now.version, "");
		snapshot_done(&now);
	}
	json_decref(root);
}
END_TEST

START_TEST(rates_are_those_of_the_interval)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(12, 1500, 0);
	struct interval interval = interval_between(&before, &after);
	struct snapshot_listener web = interval_listener(&interval, &after.listeners[0]);

	ck_assert_double_eq_tol(interval.seconds, 2, SLACK);
	ck_assert_double_eq_tol(
	    interval_rate(&interval, before.requests.total, after.requests.total), 250, SLACK);
	ck_assert_double_eq_tol(interval_rate(&interval, 5, 4), 0, SLACK);
	ck_assert_uint_eq(web.accepted, 1000);
	ck_assert_uint_eq(interval_cause(&interval, "client_closed"), 500);
	ck_assert_uint_eq(interval_cause(&interval, "unheard_of"), 0);
	ck_assert_double_eq_tol(interval_busy(&interval, &after.loops[0]), 0.25, SLACK);
	ck_assert_double_eq_tol(interval_busy(&interval, &after.loops[1]), 0, SLACK);
	ck_assert_double_eq_tol(interval_cpu(&interval), 0.5, SLACK);
	snapshot_done(&before);
	snapshot_done(&after);
}
END_TEST

/* 450 of the 500 requests of the interval stayed within 1 ms, all within 10 ms. */
START_TEST(quantiles_are_those_of_the_interval)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(12, 1500, 0);
	struct interval interval = interval_between(&before, &after);

	ck_assert_double_eq_tol(interval_quantile(&interval, 0.45), 0.001, SLACK);
	ck_assert_double_eq_tol(interval_quantile(&interval, 0.9), 0.001, SLACK);
	ck_assert_double_eq_tol(interval_quantile(&interval, 0.95), 0.0055, SLACK);
	ck_assert_double_eq_tol(interval_quantile(&interval, 1), 0.01, SLACK);
	snapshot_done(&before);
	snapshot_done(&after);
}
END_TEST

START_TEST(without_requests_there_is_no_quantile)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(12, 1000, 0);
	struct interval interval = interval_between(&before, &after);

	ck_assert_double_nan(interval_quantile(&interval, 0.5));
	interval = interval_between(NULL, &after);
	ck_assert_double_nan(interval_quantile(&interval, 0.5));
	snapshot_done(&before);
	snapshot_done(&after);
}
END_TEST

START_TEST(a_daemon_that_was_started_again_is_not_compared)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(3, 50, 0);
	struct interval interval = interval_between(&before, &after);

	ck_assert_ptr_null(interval.before);
	ck_assert_double_eq_tol(interval_rate(&interval, 0, 50), 0, SLACK);
	ck_assert_double_eq_tol(interval_busy(&interval, &after.loops[0]), -1, SLACK);
	ck_assert_double_eq_tol(interval_cpu(&interval), -1, SLACK);
	snapshot_done(&before);
	before = status_of(1, 10, 0);
	before.pid = 13;
	interval = interval_between(&before, &after);
	ck_assert_ptr_null(interval.before);
	snapshot_done(&before);
	snapshot_done(&after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("interval");
	TCase *tcase = tcase_create("interval");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_status_is_read);
	tcase_add_test(tcase, causes_are_told_the_most_frequent_first);
	tcase_add_loop_test(tcase, an_odd_status_is_no_harm, 0, COUNT(odd));
	tcase_add_test(tcase, rates_are_those_of_the_interval);
	tcase_add_test(tcase, quantiles_are_those_of_the_interval);
	tcase_add_test(tcase, without_requests_there_is_no_quantile);
	tcase_add_test(tcase, a_daemon_that_was_started_again_is_not_compared);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
