/* SPDX-License-Identifier: MIT
 *
 * admin: who may ask, what is refused, the verbs that steer, and clients who hang on the
 * service or send it garbage.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/admin.h"
#include "harness/wire.h"

#define CLIENTS 1000
#define OTHER_USER 65534

#define STEERED ADMIN SITE

static void
expect_error(struct client *client, int status, const char *sentence)
{
	expect_response(client, status);
	expect_field(client, "Content-Type", "application/json");
	expect_body_with(client, "{\"error\":\"");
	expect_body_with(client, sentence);
}

static void
post(struct client *client, const char *target)
{
	send_request(client, "POST", target, "Content-Length: 0\r\n");
}

/* --- Who may ask -------------------------------------------------------------------- */

START_TEST(the_socket_is_for_its_owner_alone)
{
	struct stat status;
	char *path = place_expand("@dir@/admin.sock");

	usherd_start(STEERED);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert(S_ISSOCK(status.st_mode));
	ck_assert_int_eq(status.st_mode & 07777, 0600);
	free(path);
}
END_TEST

/* A name of the abstract space has no file whose mode keeps others out. */
START_TEST(another_user_is_refused_by_his_credentials)
{
	struct endpoint endpoint = { .type = SOCK_STREAM };
	struct client *client;
	char *name = place_expand("unix:@@dir@/admin");

	if (geteuid() != 0) {
		WIRE_SKIP("only root can become another user");
		free(name);
		return;
	}
	ck_assert_int_eq(address_parse(slice_of(name), 0, &endpoint.address), 0);
	usherd_start("admin = \"unix:@@dir@/admin\"\n" SITE);
	client = wire_connect_to(&endpoint, 0);
	send_get(client, "/livez");
	expect_response(client, 200);
	ck_assert_int_eq(setresuid((uid_t)-1, OTHER_USER, (uid_t)-1), 0);
	client = wire_connect_to(&endpoint, 0);
	ck_assert_int_eq(setresuid((uid_t)-1, 0, (uid_t)-1), 0);
	send_get(client, "/livez");
	expect_error(client, 403, "not allowed");
	post(client, "/stop");
	expect_error(client, 403, "not allowed");
	free(name);
}
END_TEST

/* Started as root, it becomes another user, who has to reach the socket too. */
START_TEST(the_socket_belongs_to_the_user_that_usherd_becomes)
{
	struct stat status;
	char *path;

	if (geteuid() != 0) {
		WIRE_SKIP("only root can become another user");
		return;
	}
	usherd_start("user = \"nobody\"\n" ADMIN WEB "service \"site\" {\n" ROUTES "}\n"
		     "log { access_format = off }\n");
	path = place_expand("@dir@/admin.sock");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_uid, OTHER_USER);
	ck_assert_int_eq(status.st_mode & 07777, 0600);
	json_expect_string(admin_get("/status"), "state", "serving");
	free(path);
}
END_TEST

START_TEST(the_address_for_reading_takes_no_verbs)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *client = admin_connect_reading(usherd);

	post(client, "/drain");
	expect_error(client, 403, "GET and HEAD");
	post(client, "/stop");
	expect_error(client, 403, "GET and HEAD");
	post(client, "/log-level?level=debug");
	expect_error(client, 403, "GET and HEAD");
	send_get(client, "/livez");
	expect_response(client, 200);
	expect_body(client, "ok\n");
	send_get(client, "/status");
	expect_response(client, 200);
	expect_body_with(client, "\"state\":\"serving\"");
}
END_TEST

START_TEST(head_is_answered_as_get_without_a_body)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *client = admin_connect_reading(usherd);

	send_request(client, "HEAD", "/status", "");
	expect_response_to_head(client, 200);
	expect_field(client, "Content-Type", "application/json");
	expect_field(client, "Cache-Control", "no-store");
	send_request(client, "HEAD", "/livez", "");
	expect_response_to_head(client, 200);
}
END_TEST

/* --- What is refused ------------------------------------------------------------------ */

START_TEST(what_does_not_exist_is_said_in_json)
{
	struct client *client;

	usherd_start(STEERED);
	client = admin_connect();
	send_get(client, "/statuss");
	expect_error(client, 404, "nothing at this path");
	post(client, "/status");
	expect_error(client, 405, "another method");
	expect_field(client, "Allow", "GET, HEAD, OPTIONS");
	send_get(client, "/drain");
	expect_error(client, 405, "another method");
	send_request(client, "OPTIONS", "/reload", "");
	expect_response(client, 204);
	expect_field_with(client, "Allow", "POST");
}
END_TEST

START_TEST(a_malformed_request_ends_its_connection_and_no_other)
{
	struct client *good;
	struct client *bad;

	usherd_start(STEERED);
	good = admin_connect();
	bad = admin_connect();
	send_text(bad, "GET /status HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	expect_error(bad, 400, "malformed");
	expect_fin(bad);
	send_get(good, "/livez");
	expect_response(good, 200);
}
END_TEST

START_TEST(a_body_above_the_limit_is_refused)
{
	struct client *client;

	usherd_start(STEERED);
	client = admin_connect();
	send_text(client, "POST /drain HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
	expect_error(client, 413, "too large");
	expect_fin(client);
	json_expect_string(admin_get("/status"), "state", "serving");
}
END_TEST

/* --- Verbs ---------------------------------------------------------------------------- */

START_TEST(a_drain_is_told_while_it_goes_on_and_ends_the_server)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *busy = wire_connect(usherd, "web");
	struct client *chief;

	send_text(busy, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
	admin_wait_for("/status", "connections.busy", 1);
	chief = admin_connect();
	post(chief, "/drain");
	expect_response(chief, 202);
	expect_body(chief, "{\"ok\":true}\n");
	usherd_expect_log(usherd, "admin: drain, asked for by unix:pid=");
	post(chief, "/drain");
	expect_error(chief, 409, "drains already");
	send_get(chief, "/readyz");
	expect_response(chief, 503);
	expect_body_with(chief, "the server drains");
	json_expect_string(admin_get("/status"), "state", "draining");
	send_text(busy, "cd");
	expect_response(busy, 200);
	expect_body(busy, "abcd");
	expect_fin(busy);
	client_close(busy);
	expect_fin_after_anything(chief);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(the_steps_of_a_drain_are_shown)
{
	struct usherd *usherd = usherd_start(ADMIN "drain { notice = \"1h\" }\n" SITE);
	struct client *chief = admin_connect();
	struct slice status;

	status = admin_get("/status");
	json_expect_string(status, "drain.step", "none");
	post(chief, "/drain");
	expect_response(chief, 202);
	usherd_expect_log(usherd, "asked for by");
	status = admin_get("/status");
	json_expect_string(status, "drain.step", "announce");
	json_expect_string(status, "state", "draining");
	post(chief, "/stop");
	expect_response(chief, 202);
	usherd_expect_exit(usherd, 0);
}
END_TEST

START_TEST(a_stop_cuts_what_is_open)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *busy = wire_connect(usherd, "web");
	struct client *chief;

	send_text(busy, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
	admin_wait_for("/status", "connections.busy", 1);
	chief = admin_connect();
	post(chief, "/stop");
	expect_response(chief, 202);
	usherd_expect_exit(usherd, 4);
}
END_TEST

START_TEST(the_level_of_the_log_is_changed_while_it_runs)
{
	struct usherd *usherd = usherd_start(
	    ADMIN WEB "service \"site\" {\n" ROUTES "}\nlog { access_format = off }\n");
	struct client *chief = admin_connect();
	struct client *client;

	post(chief, "/log-level?level=loud");
	expect_error(chief, 400, "level is one of error, warning, info, debug");
	post(chief, "/log-level");
	expect_error(chief, 400, "level is one of");
	post(chief, "/log-level?level=debug");
	expect_response(chief, 200);
	expect_body(chief, "{\"ok\":true,\"from\":\"info\",\"to\":\"debug\"}\n");
	json_expect_string(admin_get("/status"), "log.level", "debug");
	usherd_expect_log(usherd, "admin: log level debug, was info, asked for by unix:pid=");
	client = wire_connect(usherd, "web");
	send_get(client, "/hello");
	expect_response(client, 200);
	usherd_expect_log(usherd, "http: idle -> busy");
}
END_TEST

/* --- Reload ----------------------------------------------------------------------------- */

/* Where the first daemon of a test has its configuration (harness/usherd.c). */
static void
write_config(const char *text)
{
	char *config = place_expand(text);

	put_file("usher0.conf", config);
	free(config);
}

START_TEST(a_reload_is_answered_when_the_new_generation_serves)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *chief = admin_connect();
	struct client *client;

	write_config(ADMIN WEB "service \"site\" { route \"/new\" { respond = 204 } }\n" TRACED);
	post(chief, "/reload");
	expect_response(chief, 200);
	expect_body_with(chief, "{\"ok\":true,\"generation\":2,\"changes\":[");
	expect_body_with(chief, "{\"kind\":\"listener_kept\",\"name\":\"web\"}");
	client = wire_connect(usherd, "web");
	send_get(client, "/new");
	expect_response(client, 204);
	json_expect_number(admin_get("/status"), "config.generation", 2);
	json_expect_true(admin_get("/status"), "config.last_reload.ok");
}
END_TEST

START_TEST(each_of_two_pipelined_reloads_is_told_its_own_verdict)
{
	struct client *chief;

	usherd_start(STEERED);
	chief = admin_connect();
	send_text(chief,
	    "POST /reload HTTP/1.1\r\nHost: a\r\n\r\nPOST /reload HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_response(chief, 200);
	expect_body_with(chief, "{\"ok\":true,\"generation\":2,");
	expect_response(chief, 200);
	expect_body_with(chief, "{\"ok\":true,\"generation\":3,");
}
END_TEST

START_TEST(a_reload_that_fails_is_answered_with_file_and_line)
{
	struct client *chief;
	struct slice status;

	usherd_start(STEERED);
	chief = admin_connect();
	write_config(ADMIN SITE "lops = 2\n");
	post(chief, "/reload");
	expect_response(chief, 422);
	expect_body_with(chief, "{\"ok\":false,\"generation\":1,\"errors\":[");
	expect_body_with(chief, "usher0.conf:");
	expect_body_with(chief, "lops");
	status = admin_get("/status");
	json_expect_number(status, "config.generation", 1);
	json_expect_false(status, "config.last_reload.ok");
	ck_assert_ptr_nonnull(strstr(json_find(status, "config.last_reload.error").data, "lops"));
}
END_TEST

/* A client who leaves before the verdict takes nothing with him. */
START_TEST(a_reload_goes_on_without_who_asked_for_it)
{
	struct usherd *usherd = usherd_start(STEERED);

	for (int i = 0; i < 20; i++) {
		struct client *chief = admin_connect();

		post(chief, "/reload");
		client_reset(chief);
	}
	usherd_expect_log(usherd, "reload: generation 2 serves");
	json_expect_string(admin_get("/status"), "state", "serving");
}
END_TEST

START_TEST(figures_do_not_begin_anew_with_a_reload)
{
	struct usherd *usherd = usherd_start(STEERED);
	struct client *client = wire_connect(usherd, "web");
	struct client *chief = admin_connect();
	struct slice status;

	send_get(client, "/hello");
	expect_response(client, 200);
	post(chief, "/reload");
	expect_response(chief, 200);
	send_get(client, "/hello");
	expect_response(client, 200);
	status = admin_get("/status");
	json_expect_number(status, "requests.total", 2);
	json_expect_number(status, "connections.accepted", 1);
	json_expect_number(status, "listeners.0.accepted", 1);
}
END_TEST

/* --- Clients who hang -------------------------------------------------------------------- */

static bool
may_open(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	if (limit.rlim_cur < count && limit.rlim_max >= count) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur >= count;
}

/* One connects; and sends nothing, half a head, half a body, or something else. */
static void
hang(const struct endpoint *reading, int i)
{
	static const char *const pieces[] = { "GET /status HTTP/1.1\r\nHo",
		"POST /drain HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n" };
	struct client *client = i % 2 == 0 ? admin_connect() : wire_connect_to(reading, 0);

	if (i % 5 < 4)
		send_text(client, pieces[i % 5]);
}

START_TEST(a_thousand_clients_who_hang_shut_nobody_out)
{
	struct usherd *usherd;
	struct endpoint reading;

	if (!may_open(CLIENTS + 200)) {
		WIRE_SKIP("fewer than 1,200 open files are allowed");
		return;
	}
	usherd = usherd_start(
	    ADMIN WEB "service \"site\" {\n" ROUTES "}\nlog { access_format = off }\n");
	reading = admin_reading_endpoint(usherd);
	for (int i = 0; i < CLIENTS; i++) {
		hang(&reading, i);
		if (i % 100 == 99)
			json_expect_string(admin_get("/status"), "state", "serving");
	}
	json_expect_number(admin_get("/status"), "connections.accepted", 0);
	ck_assert_uint_lt(json_number(admin_get("/status"), "process.open_fds"), 150);
}
END_TEST

START_TEST(a_client_who_leaves_before_its_answer_is_missed_by_nobody)
{
	usherd_start(STEERED);
	for (int i = 0; i < 200; i++) {
		struct client *client = admin_connect();

		send_get(client, i % 2 == 0 ? "/status" : "/connections");
		if (i % 3 == 0)
			client_reset(client);
		else
			client_close(client);
	}
	json_expect_string(admin_get("/status"), "state", "serving");
}
END_TEST

START_TEST(pipelined_questions_are_answered_in_order)
{
	struct client *client;

	usherd_start(STEERED);
	client = admin_connect();
	send_text(client,
	    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /listeners HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /connections HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_response(client, 200);
	expect_body(client, "ok\n");
	expect_response(client, 200);
	expect_body_with(client, "{\"listeners\":[{\"name\":\"web\"");
	expect_response(client, 200);
	expect_body(client, "{\"connections\":[],\"left_out\":0}\n");
	expect_response(client, 200);
	expect_body(client, "ok\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("admin");
	TCase *rights = wire_case(suite, "rights", 30);
	TCase *refusals = wire_case(suite, "refusals", 30);
	TCase *verbs = wire_case(suite, "verbs", 60);
	TCase *reloads = wire_case(suite, "reloads", 60);
	TCase *hanging = wire_case(suite, "hanging", 60);

	tcase_add_test(rights, the_socket_is_for_its_owner_alone);
	tcase_add_test(rights, another_user_is_refused_by_his_credentials);
	tcase_add_test(rights, the_socket_belongs_to_the_user_that_usherd_becomes);
	tcase_add_test(rights, the_address_for_reading_takes_no_verbs);
	tcase_add_test(rights, head_is_answered_as_get_without_a_body);
	tcase_add_test(refusals, what_does_not_exist_is_said_in_json);
	tcase_add_test(refusals, a_malformed_request_ends_its_connection_and_no_other);
	tcase_add_test(refusals, a_body_above_the_limit_is_refused);
	tcase_add_test(verbs, a_drain_is_told_while_it_goes_on_and_ends_the_server);
	tcase_add_test(verbs, the_steps_of_a_drain_are_shown);
	tcase_add_test(verbs, a_stop_cuts_what_is_open);
	tcase_add_test(verbs, the_level_of_the_log_is_changed_while_it_runs);
	tcase_add_test(reloads, a_reload_is_answered_when_the_new_generation_serves);
	tcase_add_test(reloads, each_of_two_pipelined_reloads_is_told_its_own_verdict);
	tcase_add_test(reloads, a_reload_that_fails_is_answered_with_file_and_line);
	tcase_add_test(reloads, a_reload_goes_on_without_who_asked_for_it);
	tcase_add_test(reloads, figures_do_not_begin_anew_with_a_reload);
	tcase_add_test(hanging, a_thousand_clients_who_hang_shut_nobody_out);
	tcase_add_test(hanging, a_client_who_leaves_before_its_answer_is_missed_by_nobody);
	tcase_add_test(hanging, pipelined_questions_are_answered_in_order);
	return wire_run(suite);
}
