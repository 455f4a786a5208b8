/* SPDX-License-Identifier: MIT
 *
 * load_run: usher-load against usherd: every way to put a load on it arrives as
 * it was meant, is counted as it was, and loses nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/loader.h"
#include "harness/rogue.h"
#include "harness/terminal.h"
#include "harness/transports.h"
#include "harness/wire.h"

#define LOGGED "log { access = \"@dir@/access.log\" access_format = combined }\n"
/* Its access log has a line for each request. */
#define LOGGED_SITE WEB "service \"site\" {\n" ROUTES "}\n" LOGGED

static uint16_t
port_of(struct usherd *usherd)
{
	return ntohs(usherd_endpoint(usherd, "web").address.in.sin_port);
}

/* Runs with `args` before the URL of `path`; nothing may be lost. */
static struct loader *
load(struct usherd *usherd, const char *path, const char *const *args)
{
	const char *all[32] = { "--expect-no-loss" };
	size_t count = 1;

	for (; *args; args++)
		all[count++] = *args;
	all[count] = loader_url(port_of(usherd), path);
	return loader_run(all, 0);
}

/* How often `part` stands in the log of a daemon that has ended. */
static unsigned
count_in_log(const char *part)
{
	struct bytes log = { 0 };
	char *path = place_expand("@dir@/access.log");
	unsigned count = 0;

	ck_assert_int_eq(bytes_put_file(&log, path), 0);
	for (const char *at = bytes_string(&log); (at = strstr(at, part)) != NULL; at++)
		count++;
	bytes_free(&log);
	free(path);
	return count;
}

/* --- How much --------------------------------------------------------------- */

START_TEST(so_many_requests_arrive_as_were_asked_for)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);
	struct loader *loader = load(usherd, "/hello", ARGS("-c", "7", "-t", "3", "-n", "1000"));

	loader_expect_count(loader, "answered", 1000);
	loader_expect_count(loader, "connects", 7);
	loader_expect_count(loader, "connections_closed", 7);
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
	usherd_stop(usherd);
	ck_assert_uint_eq(count_in_log("GET /hello HTTP/1.1"), 1000);
}
END_TEST

START_TEST(a_connection_for_each_request)
{
	struct loader *loader =
	    load(usherd_start(SITE), "/hello", ARGS("-c", "4", "-n", "60", "--close"));

	loader_expect_count(loader, "answered", 60);
	loader_expect_count(loader, "connects", 60);
	loader_expect_count(loader, "connections_closed", 60);
}
END_TEST

START_TEST(pipelined_requests_are_answered_each)
{
	struct loader *loader =
	    load(usherd_start(SITE), "/hello", ARGS("-c", "3", "-p", "16", "-n", "5000"));

	loader_expect_count(loader, "answered", 5000);
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
}
END_TEST

START_TEST(idle_connections_are_kept_beside)
{
	struct loader *loader =
	    load(usherd_start(SITE), "/hello", ARGS("-c", "2", "--idle", "20", "-n", "500"));

	loader_expect_count(loader, "answered", 500);
	loader_expect_count(loader, "connects", 22);
	loader_expect_count(loader, "connections_closed", 22);
}
END_TEST

START_TEST(an_open_loop_keeps_to_its_rate)
{
	static const char *const kinds[] = { "constant", "poisson" };
	struct loader *loader = load(usherd_start(SITE), "/hello",
	    ARGS("-c", "4", "-t", "2", "-R", "500", "--arrivals", kinds[_i], "-d", "2s"));
	uint64_t requests = loader_count(loader, "answered");

	/* 1000 are expected: more where the machine is late to end the run; and a Poisson
	 * process strays by 32 as a rule. */
	ck_assert_uint_ge(requests, _i == 0 ? 980 : 800);
	ck_assert_uint_le(requests, _i == 0 ? 1200 : 1400);
}
END_TEST

/* Coordinated omission: ten requests are due while the server holds the first for half a
 * second, and all of them waited. */
START_TEST(what_waits_for_a_connection_is_late_from_its_due_time)
{
	static const struct rogue_step slow[] = { { ROGUE_REQUEST }, { ROGUE_TELL },
		{ ROGUE_AWAIT }, { ROGUE_END } };
	struct loader *loader =
	    loader_run(ARGS("-c", "1", "-R", "20", "-n", "5", "--timeout", "500ms", "--json", "-",
			   loader_url(rogue_start(slow, NULL), "/")),
		0);

	loader_expect_count(loader, "timeout", 1);
	loader_expect_count(loader, "answered", 4);
	/* The second request was due 50 ms after the first and sent some 450 ms later. */
	ck_assert_double_ge(loader_json_number(loader, "corrected_us", "max"), 300e3);
	ck_assert_double_le(loader_json_number(loader, "total_us", "max"), 300e3);
}
END_TEST

/* --- How --------------------------------------------------------------------- */

START_TEST(a_think_time_lies_between_two_requests)
{
	struct loader *loader =
	    load(usherd_start(SITE), "/hello", ARGS("-c", "1", "--think", "50ms", "-d", "1s"));
	uint64_t answered = loader_count(loader, "answered");

	ck_assert_uint_le(answered, 20);
	ck_assert_uint_ge(answered, 2);
}
END_TEST

static struct usherd *
start_with_file(void)
{
	char *bytes = malloc(100000);

	ck_assert_ptr_nonnull(bytes);
	fill_pattern(bytes, 100000, 0);
	put_file_bytes("www/large", bytes, 100000);
	free(bytes);
	return usherd_start(FILES(""));
}

START_TEST(a_slow_reader_gets_the_whole_file)
{
	struct loader *loader = load(start_with_file(), "/large",
	    ARGS("-c", "2", "-n", "2", "--slow-read", "400k", "--expect-body", "@@dir@/www/large",
		"--json", "-"));

	loader_expect_count(loader, "answered", 2);
	/* 100,000 bytes at 409,600 a second. */
	ck_assert_double_ge(loader_json_number(loader, "total_us", "min"), 150e3);
}
END_TEST

START_TEST(a_slow_writer_sends_the_whole_body)
{
	struct loader *loader;

	put_file("body", "0123456789012345678901234567890123456789");
	loader = load(usherd_start(SITE), "/echo",
	    ARGS("-c", "2", "-n", "2", "--slow-write", "400", "--body", "@dir@/body",
		"--expect-body", "@@dir@/body", "--json", "-"));
	loader_expect_count(loader, "answered", 2);
	/* 40 bytes and a head of some 70 at 400 a second. */
	ck_assert_double_ge(loader_json_number(loader, "total_us", "min"), 150e3);
}
END_TEST

START_TEST(a_large_body_is_compared_byte_by_byte)
{
	struct loader *loader = load(start_with_file(), "/large",
	    ARGS("-c", "8", "-n", "200", "--expect-body", "@@dir@/www/large"));

	loader_expect_count(loader, "answered", 200);
}
END_TEST

/* --- What -------------------------------------------------------------------- */

START_TEST(method_headers_and_body_arrive)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);

	put_file("body", "twelve bytes");
	(void)load(usherd, "/echo?a=b",
	    ARGS("-n", "10", "-X", "PUT", "-H", "User-Agent: the agent", "-H",
		"Content-Type: text/x-test", "--body", "@dir@/body", "--expect-body",
		"@@dir@/body"));
	usherd_stop(usherd);
	ck_assert_uint_eq(count_in_log("PUT /echo?a=b HTTP/1.1"), 10);
	ck_assert_uint_eq(count_in_log("the agent"), 10);
}
END_TEST

/* Nobody knows how long what comes out of a pipe will be. */
START_TEST(a_body_may_come_through_a_pipe)
{
	struct usherd *usherd = usherd_start(SITE);
	struct bytes command = { 0 };
	struct loader *loader;

	bytes_put_format(&command,
	    "printf %%09000d 7 >@dir@/body; cat @dir@/body | exec \"$USHER_LOAD\" -n 10 --body "
	    "/dev/stdin --expect-body @@dir@/body --expect-no-loss %s",
	    loader_url(port_of(usherd), "/echo"));
	loader = loader_start_shell(command.data);
	bytes_free(&command);
	loader_expect_exit(loader, 0);
	loader_expect_count(loader, "answered", 10);
}
END_TEST

START_TEST(head_has_no_body)
{
	struct loader *loader =
	    load(usherd_start(SITE), "/hello", ARGS("-X", "HEAD", "-n", "100", "-p", "4"));

	loader_expect_count(loader, "answered", 100);
}
END_TEST

START_TEST(a_mix_keeps_its_weights)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);
	unsigned often, seldom;

	put_file("mix",
	    "# weight method path\n"
	    "90 GET /hello status=200\n"
	    "\n"
	    "10 GET /old/a status=301,302,307,308\n");
	(void)load(usherd, "/", ARGS("-n", "1000", "--request-file", "@dir@/mix"));
	usherd_stop(usherd);
	often = count_in_log("GET /hello ");
	seldom = count_in_log("GET /old/a ");
	ck_assert_uint_eq(often + seldom, 1000);
	ck_assert_uint_ge(seldom, 60);
	ck_assert_uint_le(seldom, 140);
}
END_TEST

START_TEST(several_urls_are_asked_for_in_equal_parts)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);

	(void)load(usherd, "/hello", ARGS("-n", "1000", loader_url(port_of(usherd), "/healthz")));
	usherd_stop(usherd);
	ck_assert_uint_ge(count_in_log("GET /hello "), 400);
	ck_assert_uint_ge(count_in_log("GET /healthz "), 400);
}
END_TEST

/* --- Where ------------------------------------------------------------------- */

static void
put_url(char *url, size_t size, struct usherd *usherd, const struct wire_transport *transport)
{
	struct endpoint endpoint = usherd_endpoint(usherd, "web");
	char room[ADDRESS_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	address_put(&text, &endpoint.address);
	(void)snprintf(
	    url, size, "%s%s", transport->domain == AF_UNIX ? "" : "tcp://", text_string(&text));
}

START_TEST(echoes_come_back_over_each_transport)
{
	const struct wire_transport *transport = wire_transport(_i);
	struct bytes config = { 0 };
	struct loader *loader;
	char url[256];

	wire_about(transport->name);
	if (!wire_transport_exists(transport)) {
		wire_skip(__func__, "this kernel has no such transport");
		return;
	}
	bytes_put_format(&config,
	    "listener \"web\" { address = \"%s\" port = 0 transport = %s service = \"s\" }\n"
	    "service \"s\" { protocol = echo }\n" TRACED,
	    transport->address, transport->name);
	put_url(url, sizeof(url), usherd_start(config.data), transport);
	bytes_free(&config);
	loader = loader_run(ARGS("-c", "3", "-n", "300", "-p", "2", "--echo", "3000", "--transport",
				transport->name, "--expect-no-loss", url),
	    0);
	loader_expect_count(loader, "answered", 300);
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
}
END_TEST

START_TEST(http_goes_over_a_unix_socket)
{
	(void)usherd_start("listener \"web\" { address = \"unix:@dir@/u\" service = \"site\" }\n"
			   "service \"site\" {\n" ROUTES "}\n" TRACED);
	loader_expect_count(
	    loader_run(ARGS("-n", "100", "--expect-no-loss", "unix:@dir@/u:/hello"), 0), "answered",
	    100);
	loader_expect_count(
	    loader_run(ARGS("-n", "100", "--expect-no-loss", "http://unix:@dir@/u:/hello"), 0),
	    "answered", 100);
}
END_TEST

START_TEST(two_urls_of_one_unix_socket_are_one_host)
{
	(void)usherd_start("listener \"web\" { address = \"unix:@dir@/u\" service = \"site\" }\n"
			   "service \"site\" {\n" ROUTES "}\n" TRACED);
	(void)loader_run(
	    ARGS("-c", "1", "-n", "9", "unix:@dir@/u:/hello", "unix:@dir@/u:/healthz"), 0);
}
END_TEST

START_TEST(http_goes_over_ipv6)
{
	struct usherd *usherd;
	char url[64];

	if (!wire_transport_exists(&(struct wire_transport){
		.name = "tcp", .domain = AF_INET6, .type = SOCK_STREAM })) {
		wire_skip(__func__, "there is no IPv6");
		return;
	}
	usherd = usherd_start("listener \"web\" { address = \"::1\" port = 0 service = \"site\" }\n"
			      "service \"site\" {\n" ROUTES "}\n" TRACED);
	(void)snprintf(url, sizeof(url), "http://[::1]:%u/hello",
	    ntohs(usherd_endpoint(usherd, "web").address.in6.sin6_port));
	loader_expect_count(
	    loader_run(ARGS("-n", "100", "--expect-no-loss", url), 0), "answered", 100);
}
END_TEST

START_TEST(connections_come_from_each_source_in_turn)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);

	(void)load(usherd, "/hello",
	    ARGS("-c", "4", "-n", "40", "--close", "--source", "127.0.0.2-127.0.0.4", "--source",
		"127.0.0.9"));
	usherd_stop(usherd);
	ck_assert_uint_eq(count_in_log("127.0.0.2 "), 10);
	ck_assert_uint_eq(count_in_log("127.0.0.3 "), 10);
	ck_assert_uint_eq(count_in_log("127.0.0.4 "), 10);
	ck_assert_uint_eq(count_in_log("127.0.0.9 "), 10);
}
END_TEST

/* --- During ------------------------------------------------------------------ */

START_TEST(a_command_runs_in_the_midst)
{
	struct loader *loader = load(usherd_start(SITE), "/hello",
	    ARGS("-c", "2", "-d", "900ms", "--settle", "100ms", "--during",
		"echo ran; echo to the file > @dir@/ran", "--json", "-"));
	struct bytes ran = { 0 };
	char *path = place_expand("@dir@/ran");

	ck_assert_int_eq(bytes_put_file(&ran, path), 0);
	ck_assert_str_eq(bytes_string(&ran), "to the file\n");
	/* Its words do not mix with the results. */
	loader_expect_errors(loader, "ran\n");
	ck_assert_ptr_null(strstr(loader_output(loader), "ran\n"));
	loader_expect_output(loader, "\"before\"");
	loader_expect_output(loader, "\"during\"");
	loader_expect_output(loader, "\"after\"");
	bytes_free(&ran);
	free(path);
}
END_TEST

START_TEST(a_run_waits_for_its_command)
{
	struct usherd *usherd = usherd_start(SITE);
	struct loader *loader = loader_run(
	    ARGS("-c", "1", "-d", "300ms", "--settle", "0", "--during", "sleep 0.7", "--during-at",
		"100ms", "--json", "-", loader_url(port_of(usherd), "/hello")),
	    0);

	ck_assert_double_ge(loader_json_number(loader, "whole", "duration_s"), 0.8);
}
END_TEST

START_TEST(a_stop_in_mid_run_is_refusals_and_no_lost_request)
{
	struct usherd *usherd = usherd_start(SITE);
	struct bytes command = { 0 };
	struct loader *loader;

	bytes_put_format(&command, "kill -TERM %d", (int)usherd_pid(usherd));
	loader = loader_run(ARGS("-c", "8", "-d", "1500ms", "--settle", "200ms", "--during",
				command.data, loader_url(port_of(usherd), "/hello")),
	    0);
	bytes_free(&command);
	usherd_expect_clean_end(usherd);
	ck_assert_uint_ge(loader_count(loader, "connections_refused"), 1);
	loader_expect_no_other(loader,
	    ARGS("answered", "connections_closed", "connections_refused", "connections_fin_idle"));
}
END_TEST

/* --- Outputs ----------------------------------------------------------------- */

START_TEST(all_outputs_are_written)
{
	struct loader *loader = load(usherd_start(SITE), "/hello",
	    ARGS("-n", "100", "--json", "@dir@/a.json", "--plot", "@dir@/a.svg"));
	char *json = place_expand("@dir@/a.json"), *svg = place_expand("@dir@/a.svg");
	struct bytes text = { 0 };

	loader_expect_output(loader, "Nothing was lost.");
	ck_assert_str_eq(loader_errors(loader), "");
	ck_assert_int_eq(bytes_put_file(&text, json), 0);
	ck_assert_ptr_nonnull(strstr(bytes_string(&text), "\"answered\""));
	bytes_free(&text);
	ck_assert_int_eq(bytes_put_file(&text, svg), 0);
	ck_assert_ptr_nonnull(strstr(bytes_string(&text), "<svg"));
	bytes_free(&text);
	free(json);
	free(svg);
}
END_TEST

START_TEST(a_terminal_sees_how_it_goes_and_control_c_gives_the_summary)
{
	const char *url = loader_url(port_of(usherd_start(SITE)), "/hello");
	struct terminal *terminal = terminal_start(
	    "USHER_LOAD", ARGS("-c", "2", "--think", "10ms", "-d", "60s", url), 100, 50);

	terminal_expect(terminal, "0 s of 60.0 s");
	terminal_expect(terminal, " in flight   0 lost   p50 ");
	terminal_type(terminal, "\x03");
	terminal_expect(terminal, "Nothing was lost.");
	terminal_expect(terminal, "Interrupted: this is what there was so far.");
	terminal_expect_given_back(terminal, 0);
	for (unsigned row = 0; row < 50; row++)
		ck_assert_ptr_null(strstr(terminal_row(terminal, row), "in flight"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load_run");
	TCase *amounts = wire_case(suite, "how_much", 60);
	TCase *ways = wire_case(suite, "how", 60);
	TCase *places = wire_case(suite, "where", 60);
	TCase *during = wire_case(suite, "during", 60);

	tcase_add_test(amounts, so_many_requests_arrive_as_were_asked_for);
	tcase_add_test(amounts, a_connection_for_each_request);
	tcase_add_test(amounts, pipelined_requests_are_answered_each);
	tcase_add_test(amounts, idle_connections_are_kept_beside);
	tcase_add_loop_test(amounts, an_open_loop_keeps_to_its_rate, 0, 2);
	tcase_add_test(amounts, what_waits_for_a_connection_is_late_from_its_due_time);
	tcase_add_test(ways, a_think_time_lies_between_two_requests);
	tcase_add_test(ways, a_slow_reader_gets_the_whole_file);
	tcase_add_test(ways, a_slow_writer_sends_the_whole_body);
	tcase_add_test(ways, a_large_body_is_compared_byte_by_byte);
	tcase_add_test(ways, method_headers_and_body_arrive);
	tcase_add_test(ways, a_body_may_come_through_a_pipe);
	tcase_add_test(ways, head_has_no_body);
	tcase_add_test(ways, a_mix_keeps_its_weights);
	tcase_add_test(ways, several_urls_are_asked_for_in_equal_parts);
	tcase_add_loop_test(
	    places, echoes_come_back_over_each_transport, 0, wire_transport_count());
	tcase_add_test(places, http_goes_over_a_unix_socket);
	tcase_add_test(places, two_urls_of_one_unix_socket_are_one_host);
	tcase_add_test(places, http_goes_over_ipv6);
	tcase_add_test(places, connections_come_from_each_source_in_turn);
	tcase_add_test(during, a_command_runs_in_the_midst);
	tcase_add_test(during, a_run_waits_for_its_command);
	tcase_add_test(during, a_stop_in_mid_run_is_refusals_and_no_lost_request);
	tcase_add_test(during, all_outputs_are_written);
	tcase_add_test(during, a_terminal_sees_how_it_goes_and_control_c_gives_the_summary);
	return wire_run(suite);
}
