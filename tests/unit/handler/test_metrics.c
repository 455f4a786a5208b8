/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/metrics, handler/status_page and handler/plot. What a whole server
 * tells is asked over the wire, and read by promtool and a browser there.
 */
#include "handler/metrics.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handler/metrics_text.h"
#include "handler/plot.h"
#include "handler/status_page.h"
#include "rig.h"

/* A listener whose name holds all that has to be escaped, and its successor. */
static struct snapshot_listener listeners[2];
static struct snapshot_loop loops[1];
static struct snapshot snapshot;
static struct text text;

static void
set_up(void)
{
	memset(listeners, 0, sizeof(listeners));
	(void)snprintf(listeners[0].name, sizeof(listeners[0].name), "%s", "a\"b\\c\nd\xff");
	(void)snprintf(listeners[0].address, sizeof(listeners[0].address), "%s", "unix:/x");
	listeners[0].transport = "unix";
	loops[0] = (struct snapshot_loop){ .has_answered = true, .busy_us = 1500000 };
	snapshot = (struct snapshot){ .version = "1.2.3",
		.listeners = listeners,
		.listener_count = 1,
		.loops = loops,
		.loop_count = 1 };
	snapshot.config.file = "f.conf";
	text = text_growing(1 << 20);
}

static void
tear_down(void)
{
	text_free(&text);
}

static void
expect_line(const char *line)
{
	char wanted[512];

	(void)snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	ck_assert_msg(strstr(text_string(&text), wanted) != NULL, "no line %s in %s", line,
	    text_string(&text));
}

START_TEST(the_format_follows_what_the_client_prefers)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} rows[] = {
		{ NULL, METRICS_TEXT },
		{ "", METRICS_TEXT },
		{ "*/*", METRICS_TEXT },
		{ "text/plain", METRICS_TEXT },
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		    METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.1, text/plain;q=0.9", METRICS_TEXT },
		{ "application/openmetrics-text;q=0", METRICS_TEXT },
		{ "APPLICATION/OPENMETRICS-TEXT", METRICS_OPENMETRICS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(metrics_negotiate(slice_of(rows[i].accept)), rows[i].format);
}
END_TEST

START_TEST(label_values_are_escaped)
{
	metrics_put(&text, &snapshot, METRICS_TEXT);
	expect_line("usher_listener_accepted_total{listener=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\","
		    "address=\"unix:/x\"} 0");
}
END_TEST

START_TEST(counters_and_info_are_named_as_the_format_wants)
{
	metrics_put(&text, &snapshot, METRICS_TEXT);
	expect_line("# TYPE usher_http_requests_total counter");
	expect_line("# TYPE usher_build_info gauge");
	expect_line("usher_build_info{version=\"1.2.3\"} 1");
	expect_line("usher_loop_busy_seconds_total{loop=\"0\"} 1.5");
	ck_assert_ptr_null(strstr(text_string(&text), "# EOF"));
	text.len = 0;
	metrics_put(&text, &snapshot, METRICS_OPENMETRICS);
	expect_line("# TYPE usher_http_requests counter");
	expect_line("# TYPE usher_build info");
	expect_line("usher_build_info{version=\"1.2.3\"} 1");
	expect_line("usher_loop_busy_seconds_total{loop=\"0\"} 1.5");
	ck_assert_str_eq(text_string(&text) + text.len - 6, "# EOF\n");
}
END_TEST

START_TEST(buckets_are_cumulative)
{
	http1_counters_count(&snapshot.sum.http, 200, HTTP_METHOD_GET);
	http1_counters_time(&snapshot.sum.http, 50, 1);
	http1_counters_count(&snapshot.sum.http, 200, HTTP_METHOD_GET);
	http1_counters_time(&snapshot.sum.http, 700, 1);
	http1_counters_count(&snapshot.sum.http, 500, HTTP_METHOD_OTHER);
	http1_counters_time(&snapshot.sum.http, 20000000, 1);
	metrics_put(&text, &snapshot, METRICS_TEXT);
	expect_line("usher_http_request_duration_seconds_bucket{le=\"0.0001\"} 1");
	expect_line("usher_http_request_duration_seconds_bucket{le=\"0.0005\"} 1");
	expect_line("usher_http_request_duration_seconds_bucket{le=\"0.001\"} 2");
	expect_line("usher_http_request_duration_seconds_bucket{le=\"10.0\"} 2");
	expect_line("usher_http_request_duration_seconds_bucket{le=\"+Inf\"} 3");
	expect_line("usher_http_request_duration_seconds_sum 20.00075");
	expect_line("usher_http_request_duration_seconds_count 3");
	expect_line("usher_http_requests_total{method=\"GET\",class=\"2xx\"} 2");
	expect_line("usher_http_requests_total{method=\"other\",class=\"5xx\"} 1");
}
END_TEST

/* Where no queue is known there is no sample of one, in place of a 0 that means nothing. */
START_TEST(an_unknown_queue_is_left_out)
{
	metrics_put(&text, &snapshot, METRICS_TEXT);
	ck_assert_ptr_null(strstr(text_string(&text), "usher_listener_queue_length{"));
	listeners[0].queue.is_known = true;
	metrics_put(&text, &snapshot, METRICS_TEXT);
	ck_assert_ptr_nonnull(strstr(text_string(&text), "usher_listener_queue_length{"));
}
END_TEST

START_TEST(no_sample_stands_twice)
{
	const char *first;

	listeners[1] = listeners[0];
	listeners[1].is_draining = true;
	listeners[1].accepted = 77;
	snapshot.listener_count = 2;
	metrics_put(&text, &snapshot, METRICS_TEXT);
	ck_assert_ptr_null(strstr(text_string(&text), "} 77\n"));
	first = strstr(text_string(&text), "\nusher_listener_refused_total{");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "\nusher_listener_refused_total{"));
}
END_TEST

/* --- The page ---------------------------------------------------------------------- */

/* The SHA-256 of `bytes` in base64, by the system's own tools. */
static void
hash(struct slice bytes, char *ret_hash, size_t cap)
{
	char path[] = "/tmp/usher-style-XXXXXX";
	char command[256];
	int fd = mkstemp(path);
	FILE *pipe;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
	(void)close(fd);
	(void)snprintf(command, sizeof(command),
	    "sha256sum <%s | cut -c1-64 | tr a-f A-F | basenc --base16 -d | base64", path);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_ptr_nonnull(fgets(ret_hash, (int)cap, pipe));
	ck_assert_int_eq(pclose(pipe), 0);
	(void)unlink(path);
	ret_hash[strcspn(ret_hash, "\n")] = '\0';
}

START_TEST(the_policy_names_the_style_sheet_that_stands_in_the_page)
{
	static struct history history;
	struct slice policy = status_page_policy();
	const char *begin;
	const char *end;
	char wanted[128];
	char found[64];

	status_page_put(&text, &snapshot, &history);
	begin = strstr(text_string(&text), "<style>");
	end = strstr(text_string(&text), "</style>");
	ck_assert(begin && end);
	begin += strlen("<style>");
	hash((struct slice){ begin, (size_t)(end - begin) }, found, sizeof(found));
	(void)snprintf(wanted, sizeof(wanted), "style-src 'sha256-%s';", found);
	ck_assert_msg(memmem(policy.data, policy.len, wanted, strlen(wanted)) != NULL,
	    "%s is not in %.*s", wanted, (int)policy.len, policy.data);
}
END_TEST

START_TEST(the_page_says_what_is_wrong)
{
	static struct history history;

	loops[0].has_answered = false;
	status_page_put(&text, &snapshot, &history);
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<b class=bad>1 of 1 loops stuck</b>"));
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<td>a&quot;b\\c\nd"));
	text.len = 0;
	snapshot.is_draining = true;
	snapshot.sum.drain = (struct snapshot_drain){ 3, "grace", 0 };
	status_page_put(&text, &snapshot, &history);
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<b class=warn>draining: grace</b>"));
}
END_TEST

START_TEST(values_are_written_as_people_read_them)
{
	static const struct {
		double value;
		enum plot_unit unit;
		const char *wanted;
	} rows[] = {
		{ 0, PLOT_COUNT, "0" },
		{ 7, PLOT_COUNT, "7" },
		{ 1.5, PLOT_PER_SECOND, "1.50 /s" },
		{ 12.34, PLOT_COUNT, "12.3" },
		{ 999, PLOT_COUNT, "999" },
		{ 1234, PLOT_COUNT, "1.23k" },
		{ 2e6, PLOT_BYTES_PER_SECOND, "2 MB/s" },
		{ 3.5e9, PLOT_BYTES, "3.50 GB" },
		{ 12, PLOT_BYTES, "12 B" },
		{ 99.4, PLOT_PERCENT, "99.4 %" },
		{ 0.00005, PLOT_SECONDS, "50 µs" },
		{ 0.0025, PLOT_SECONDS, "2.5 ms" },
		{ 0.25, PLOT_SECONDS, "250 ms" },
		{ 2.5, PLOT_SECONDS, "2.50 s" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text.len = 0;
		plot_put_value(&text, rows[i].value, rows[i].unit);
		ck_assert_str_eq(text_string(&text), rows[i].wanted);
	}
}
END_TEST

static double
open_of(const struct history_sample *now, const struct history_sample *before)
{
	(void)before;
	return (double)now->open;
}

/* The newest value stands at the right edge, and the top is a round number above all. */
START_TEST(a_plot_is_drawn_from_the_right)
{
	static const struct plot plot = { "Open", PLOT_COUNT, 10, { { NULL, open_of } } };
	static struct history history;

	for (uint64_t i = 0; i < 3; i++) {
		snapshot.now_us = (int64_t)i * 1000000;
		snapshot.sum.by_state[CONN_IDLE] = i * 20;
		history_add(&history, &snapshot);
	}
	plot_put(&text, &plot, &history);
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<div class=top>50</div>"));
	ck_assert_ptr_nonnull(strstr(text_string(&text), "<b>40</b>"));
	ck_assert_ptr_nonnull(
	    strstr(text_string(&text), "<path class=l1 d=\"M2990 420L3000 140\"/>"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/metrics");
	TCase *metrics = tcase_create("metrics");
	TCase *page = tcase_create("page");

	tcase_add_checked_fixture(metrics, set_up, tear_down);
	tcase_add_test(metrics, the_format_follows_what_the_client_prefers);
	tcase_add_test(metrics, label_values_are_escaped);
	tcase_add_test(metrics, counters_and_info_are_named_as_the_format_wants);
	tcase_add_test(metrics, buckets_are_cumulative);
	tcase_add_test(metrics, an_unknown_queue_is_left_out);
	tcase_add_test(metrics, no_sample_stands_twice);
	suite_add_tcase(suite, metrics);
	tcase_add_checked_fixture(page, set_up, tear_down);
	tcase_add_test(page, the_policy_names_the_style_sheet_that_stands_in_the_page);
	tcase_add_test(page, the_page_says_what_is_wrong);
	tcase_add_test(page, values_are_written_as_people_read_them);
	tcase_add_test(page, a_plot_is_drawn_from_the_right);
	suite_add_tcase(suite, page);
	return run_suite(suite);
}
