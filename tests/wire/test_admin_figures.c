/* SPDX-License-Identifier: MIT
 *
 * admin_figures: what the admin service tells: the status, the listeners with their
 * accept queues, single connections, the configuration, and the metrics as Prometheus's
 * own tool reads them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/admin.h"
#include "harness/process.h"
#include "harness/wire.h"

#define PROMTOOL "/usr/bin/promtool"
#define TOOL_DEADLINE_US (INT64_C(60) * 1000000)

static void
get(struct client *client, const char *target, int status)
{
	send_get(client, target);
	expect_response(client, status);
}

/* --- Status --------------------------------------------------------------------------- */

START_TEST(the_status_tells_what_was_served)
{
	struct usherd *usherd = usherd_start(ADMIN SITE);
	struct client *client = wire_connect(usherd, "web");
	struct slice status;

	get(client, "/hello", 200);
	get(client, "/hello", 200);
	get(client, "/nothing", 404);
	send_request(client, "POST", "/echo", "Content-Length: 2\r\n");
	send_text(client, "ab");
	expect_response(client, 200);
	status = admin_get("/status");
	json_expect_string(status, "state", "serving");
	json_expect_number(status, "pid", (uint64_t)usherd_pid(usherd));
	json_expect_number(status, "connections.open", 1);
	json_expect_number(status, "connections.idle", 1);
	json_expect_number(status, "connections.parked", 0);
	json_expect_number(status, "connections.accepted", 1);
	json_expect_number(status, "requests.total", 4);
	json_expect_number(status, "requests.in_flight", 0);
	json_expect_number(status, "requests.by_class.2xx", 3);
	json_expect_number(status, "requests.by_class.4xx", 1);
	json_expect_number(status, "requests.by_method.GET", 3);
	json_expect_number(status, "requests.by_method.POST", 1);
	json_expect_number(status, "requests.duration.count", 4);
	json_expect_number(status, "requests.duration.buckets.16.count", 4);
	json_expect_number(status, "endings.total", 0);
	json_expect_true(status, "loops.0.answered");
	ck_assert_uint_gt(json_number(status, "requests.bytes_in"), 100);
	ck_assert_uint_gt(json_number(status, "requests.bytes_out"), 300);
	ck_assert_uint_gt(json_number(status, "loops.0.turns"), 1);
	ck_assert_uint_gt(json_number(status, "process.resident_bytes"), 100000);
	ck_assert_uint_gt(json_number(status, "process.threads"), 1);
}
END_TEST

START_TEST(each_ending_is_told_by_its_cause)
{
	struct usherd *usherd = usherd_start(ADMIN SITE);
	struct client *client = wire_connect(usherd, "web");
	struct client *bad = wire_connect(usherd, "web");
	struct slice status;

	get(client, "/hello", 200);
	client_close(client);
	send_text(bad, "nonsense\r\n\r\n");
	expect_response(bad, 400);
	expect_fin(bad);
	client_close(bad);
	admin_wait_for("/status", "endings.total", 2);
	status = admin_get("/status");
	json_expect_number(status, "endings.by_cause.client_closed", 1);
	json_expect_number(status, "endings.by_cause.bad_request", 1);
	json_expect_number(status, "endings.by_first_fin.peer", 1);
	json_expect_number(status, "endings.by_first_fin.ours", 1);
	json_expect_number(status, "requests.by_method.other", 1);
}
END_TEST

START_TEST(a_request_is_in_flight_until_it_is_answered)
{
	struct usherd *usherd = usherd_start(ADMIN SITE);
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
	admin_wait_for("/status", "requests.in_flight", 1);
	send_text(client, "cd");
	expect_response(client, 200);
	admin_wait_for("/status", "requests.in_flight", 0);
}
END_TEST

START_TEST(the_file_caches_are_told)
{
	struct usherd *usherd;
	struct client *client;
	struct slice status;

	put_file("www/a.txt", "a\n");
	usherd = usherd_start(ADMIN FILES(""));
	client = wire_connect(usherd, "web");
	get(client, "/a.txt", 200);
	get(client, "/a.txt", 200);
	status = admin_get("/status");
	json_expect_number(status, "file_cache.misses", 1);
	json_expect_number(status, "file_cache.files", 1);
	ck_assert_uint_eq(
	    json_number(status, "file_cache.hits") + json_number(status, "file_cache.stale"), 1);
}
END_TEST

/* Each loop has a socket of its own on the port, and the kernel chooses among them. */
START_TEST(the_loops_figures_are_added_up)
{
	struct usherd *usherd = usherd_start("loops = 3\n" ADMIN SITE);
	struct slice status;
	uint64_t sum = 0;

	for (int i = 0; i < 12; i++)
		get(wire_connect(usherd, "web"), "/hello", 200);
	status = admin_get("/status");
	json_expect_number(status, "connections.open", 12);
	json_expect_number(status, "requests.total", 12);
	json_expect_number(status, "listeners.0.accepted", 12);
	json_expect_number(status, "listeners.0.open", 12);
	json_expect_number(status, "listeners.0.queue.limit", 3 * 4096);
	ck_assert_ptr_null(json_find(status, "listeners.1").data);
	sum += json_number(status, "loops.0.connections");
	sum += json_number(status, "loops.1.connections");
	sum += json_number(status, "loops.2.connections");
	ck_assert_uint_eq(sum, 12);
}
END_TEST

/* --- Listeners ------------------------------------------------------------------------ */

START_TEST(a_listener_that_pauses_says_why_and_how_its_queue_grows)
{
	struct usherd *usherd = usherd_start(
	    ADMIN "listener \"web\" { address = \"127.0.0.1\" port = 0 backlog = 4 "
		  "service = \"site\" }\n"
		  "service \"site\" {\n" ROUTES "}\n" TRACED "limits { connections = 1 }\n");
	struct slice listeners;

	for (int i = 0; i < 5; i++)
		(void)wire_connect(usherd, "web");
	admin_wait_for("/listeners", "listeners.0.queue.length", 4);
	listeners = admin_get("/listeners");
	json_expect_string(listeners, "listeners.0.name", "web");
	json_expect_string(listeners, "listeners.0.state", "paused");
	json_expect_string(listeners, "listeners.0.paused.0", "connections");
	json_expect_string(listeners, "listeners.0.services.0", "site");
	json_expect_number(listeners, "listeners.0.backlog", 4);
	json_expect_number(listeners, "listeners.0.queue.limit", 4);
	ck_assert_uint_ge(json_number(listeners, "listeners.0.queue.peak"), 4);
	json_expect_number(listeners, "listeners.0.accepted", 1);
	ck_assert_uint_gt(json_number(listeners, "listeners.0.queue.full"), 0);
	usherd_expect_log(usherd, "clients waited in an accept queue of 4");
	usherd_expect_log(usherd, "raise backlog to 16");
}
END_TEST

START_TEST(of_a_unix_socket_no_queue_is_told)
{
	struct slice listeners;

	usherd_start(ADMIN "listener \"web\" { address = \"unix:@dir@/web.sock\" "
			   "service = \"site\" }\nservice \"site\" {\n" ROUTES "}\n" TRACED);
	listeners = admin_get("/listeners");
	json_expect_string(listeners, "listeners.0.transport", "unix");
	ck_assert(slice_equals(json_find(listeners, "listeners.0.queue"), SLICE("null")));
}
END_TEST

/* --- Connections ------------------------------------------------------------------------ */

START_TEST(each_connection_is_listed_with_what_it_waits_for)
{
	struct usherd *usherd = usherd_start(ADMIN SITE);
	struct client *idle = wire_connect(usherd, "web");
	struct client *head = wire_connect(usherd, "web");
	struct slice list;

	get(idle, "/hello", 200);
	get(idle, "/hello", 200);
	send_text(head, "GET /hel");
	admin_wait_for("/status", "connections.busy", 1);
	list = admin_get("/connections");
	json_expect_number(list, "connections.0.id", 1);
	json_expect_string(list, "connections.0.listener", "web");
	json_expect_string(list, "connections.0.protocol", "http");
	json_expect_string(list, "connections.0.state", "idle");
	json_expect_string(list, "connections.0.waits_for", "idle");
	json_expect_number(list, "connections.0.requests", 2);
	json_expect_string(list, "connections.1.state", "busy");
	json_expect_string(list, "connections.1.waits_for", "head");
	json_expect_number(list, "connections.1.bytes_in", 8);
	json_expect_number(list, "connections.1.unsent", 0);
	json_expect_number(list, "connections.1.unacknowledged", 0);
	json_expect_number(list, "left_out", 0);
}
END_TEST

START_TEST(connections_are_chosen_by_state_and_sorted_by_a_column)
{
	struct usherd *usherd = usherd_start("loops = 2\n" ADMIN SITE);
	struct slice list;

	for (int i = 0; i < 6; i++) {
		struct client *client = wire_connect(usherd, "web");

		for (int request = 0; request <= i; request++)
			get(client, "/hello", 200);
	}
	list = admin_get("/connections?sort=requests&limit=2");
	json_expect_number(list, "connections.0.requests", 6);
	json_expect_number(list, "connections.1.requests", 5);
	ck_assert_ptr_null(json_find(list, "connections.2").data);
	json_expect_number(list, "left_out", 4);
	list = admin_get("/connections?state=busy");
	ck_assert_ptr_null(json_find(list, "connections.0").data);
	list = admin_get("/connections?state=idle&sort=age");
	json_expect_number(list, "connections.0.requests", 1);
	json_expect_number(list, "connections.5.requests", 6);
}
END_TEST

START_TEST(a_question_about_connections_that_makes_no_sense_is_refused)
{
	struct client *client;

	usherd_start(ADMIN SITE);
	client = admin_connect();
	get(client, "/connections?state=asleep", 400);
	expect_body_with(client, "state is one of busy, idle");
	get(client, "/connections?sort=colour", 400);
	expect_body_with(client, "sort is one of id, age");
	get(client, "/connections?limit=0", 400);
	get(client, "/connections?limit=100001", 400);
	get(client, "/connections?limit=100000", 200);
	get(client, "/connections?what", 400);
}
END_TEST

/* --- Health and configuration ---------------------------------------------------------------- */

START_TEST(readiness_names_its_checks)
{
	struct client *client;

	usherd_start("loops = 2\n" ADMIN SITE);
	client = admin_connect();
	get(client, "/readyz", 200);
	expect_body(client, "ok\n");
	get(client, "/readyz?verbose", 200);
	expect_body(client, "[+] serving: ok\n[+] loop 0: ok\n[+] loop 1: ok\n");
}
END_TEST

START_TEST(the_configuration_is_told_as_a_file)
{
	struct client *client;

	usherd_start(ADMIN SITE);
	client = admin_connect();
	get(client, "/config", 200);
	expect_field(client, "Content-Type", "text/plain; charset=utf-8");
	expect_body_with(client, "\tbody_bytes = \"1m\"\n");
	expect_body_with(client, "listener \"web\" {\n");
}
END_TEST

/* --- Metrics ---------------------------------------------------------------------------------- */

/* What `args` make of the metrics of a server with something to tell. */
static void
expect_promtool_takes(const char *const *args)
{
	struct process process;

	process_start(&process, "/bin/sh", args, "promtool");
	if (!process_wait(&process, clock_monotonic_us() + TOOL_DEADLINE_US))
		wire_fail("promtool does not end");
	if (process_exit_status(&process) != 0 || strlen(output_text(process.err)) > 0)
		wire_fail("promtool: %s: %s%s", process_status_text(&process),
		    output_text(process.out), output_text(process.err));
	process_done(&process);
}

static struct client *
ask_for_metrics(const char *accept)
{
	struct usherd *usherd = usherd_start("loops = 2\n" ADMIN SITE);
	struct client *client = wire_connect(usherd, "web");
	struct client *reader = admin_connect_reading(usherd);
	char field[256];

	get(client, "/hello", 200);
	get(client, "/nothing", 404);
	(void)snprintf(field, sizeof(field), "Accept: %s\r\n", accept);
	send_request(reader, "GET", "/metrics", field);
	expect_response(reader, 200);
	put_file_bytes(
	    "metrics", last_response(reader)->body.data, last_response(reader)->body.len);
	return reader;
}

START_TEST(promtool_finds_nothing_wrong_with_the_metrics)
{
	struct client *reader;

	if (access(PROMTOOL, X_OK) != 0) {
		WIRE_SKIP("there is no promtool here");
		return;
	}
	reader = ask_for_metrics("*/*");
	expect_field(reader, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	expect_body_with(reader, "\nusher_http_requests_total{method=\"GET\",class=\"2xx\"} 1\n");
	expect_body_with(reader, "\nusher_http_requests_total{method=\"GET\",class=\"4xx\"} 1\n");
	expect_body_with(reader, "\nusher_connections{state=\"idle\"} 1\n");
	expect_body_with(reader, "\nusher_http_request_duration_seconds_bucket{le=\"+Inf\"} 2\n");
	expect_promtool_takes(ARGS("-c", PROMTOOL " check metrics <@dir@/metrics"));
}
END_TEST

/* Its reader of OpenMetrics, which is strict, wants a time with each sample. */
START_TEST(promtool_reads_the_metrics_as_openmetrics)
{
	struct client *reader;

	if (access(PROMTOOL, X_OK) != 0) {
		WIRE_SKIP("there is no promtool here");
		return;
	}
	reader = ask_for_metrics("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
	expect_field(
	    reader, "Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
	expect_body_with(reader, "\n# TYPE usher_http_requests counter\n");
	expect_body_with(reader, "\n# EOF\n");
	expect_promtool_takes(ARGS("-c",
	    "sed '/^#/!s/$/ 1700000000.0/' <@dir@/metrics >@dir@/timed && " PROMTOOL
	    " tsdb create-blocks-from openmetrics @dir@/timed @dir@/blocks"));
}
END_TEST

/* --- The dashboard --------------------------------------------------------------------------- */

static char *
read_dashboard(void)
{
	const char *path = getenv("DASHBOARD");
	FILE *file = path ? fopen(path, "r") : NULL;
	struct text text = text_growing(1 << 20);
	int byte;

	ck_assert_ptr_nonnull(file);
	while ((byte = fgetc(file)) != EOF)
		text_put_char(&text, (char)byte);
	(void)fclose(file);
	ck_assert(json_is_valid(text_slice(&text)));
	return text_string(&text);
}

/* Each name that is drawn is one of a sample. */
START_TEST(the_dashboard_draws_what_there_is)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	char *dashboard = read_dashboard();
	struct slice metrics;
	unsigned names = 0;

	usherd_start(ADMIN SITE);
	metrics = admin_get("/metrics");
	for (const char *at = strstr(dashboard, "usher_"); at; at = strstr(at, "usher_")) {
		const size_t len = strspn(at, letters);
		char sample[128];

		(void)snprintf(sample, sizeof(sample), "\n%.*s", (int)len, at);
		at += len;
		names++;
		if (!memmem(metrics.data, metrics.len, sample, strlen(sample)))
			wire_fail("there is no sample called %s", sample + 1);
	}
	ck_assert_uint_gt(names, 20);
	free(dashboard);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("admin_figures");
	TCase *figures = wire_case(suite, "figures", 30);
	TCase *listeners = wire_case(suite, "listeners", 30);
	TCase *connections = wire_case(suite, "connections", 30);
	TCase *metrics = wire_case(suite, "metrics", 90);

	tcase_add_test(figures, the_status_tells_what_was_served);
	tcase_add_test(figures, each_ending_is_told_by_its_cause);
	tcase_add_test(figures, a_request_is_in_flight_until_it_is_answered);
	tcase_add_test(figures, the_file_caches_are_told);
	tcase_add_test(figures, the_loops_figures_are_added_up);
	tcase_add_test(figures, readiness_names_its_checks);
	tcase_add_test(figures, the_configuration_is_told_as_a_file);
	tcase_add_test(listeners, a_listener_that_pauses_says_why_and_how_its_queue_grows);
	tcase_add_test(listeners, of_a_unix_socket_no_queue_is_told);
	tcase_add_test(connections, each_connection_is_listed_with_what_it_waits_for);
	tcase_add_test(connections, connections_are_chosen_by_state_and_sorted_by_a_column);
	tcase_add_test(connections, a_question_about_connections_that_makes_no_sense_is_refused);
	tcase_add_test(metrics, promtool_finds_nothing_wrong_with_the_metrics);
	tcase_add_test(metrics, promtool_reads_the_metrics_as_openmetrics);
	tcase_add_test(metrics, the_dashboard_draws_what_there_is);
	return wire_run(suite);
}
