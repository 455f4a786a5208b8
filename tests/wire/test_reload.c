/* SPDX-License-Identifier: MIT
 *
 * reload: SIGHUP: a new configuration takes over without a connection lost, or the
 * old one stays in force, whole.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/wire.h"

#define HASTY "drain { idle_grace = \"200ms\" }\n"
#define SAYS(text) "route \"/\" { respond = 200 body = \"" text "\" }\n"
#define PAGE(text) "service \"site\" { " SAYS(text) "}\n" TRACED
#define LISTENER(name, more) \
	"listener \"" name "\" { address = \"127.0.0.1\" port = 0 service = \"site\" " more " }\n"

/* Where the first daemon of a test has its configuration (harness/usherd.c). */
static void
write_config(const char *text)
{
	char *config = place_expand(text);

	put_file("usher0.conf", config);
	free(config);
}

static unsigned reloads;

static void
reload(struct usherd *usherd, const char *text)
{
	write_config(text);
	usherd_signal(usherd, SIGHUP);
	usherd_expect_log_times(usherd, "reload: generation", ++reloads);
}

static void
fail_to_reload(struct usherd *usherd, const char *text, const char *why)
{
	write_config(text);
	usherd_signal(usherd, SIGHUP);
	usherd_expect_log(usherd, why);
	usherd_expect_log(usherd, "reload: nothing was changed; generation 1 goes on");
}

static void
ask(struct client *client, const char *body)
{
	send_get(client, "/");
	expect_response(client, 200);
	expect_body(client, body);
}

/* --- What stays ------------------------------------------------------------------ */

START_TEST(a_connection_stays_and_its_next_request_is_answered_anew)
{
	struct usherd *usherd = usherd_start(WEB PAGE("one"));
	struct client *client = wire_connect(usherd, "web");

	ask(client, "one");
	reload(usherd, WEB PAGE("two"));
	ask(client, "two");
	expect_no_field(client, "Connection");
	expect_no_reset(client);
	client_close(client);
}
END_TEST

START_TEST(a_request_in_progress_is_answered_as_it_began)
{
	struct usherd *usherd = usherd_start(SITE);
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
	expect_response_head(client, 200);
	expect_text(client, "half");
	reload(usherd, WEB PAGE("two"));
	usherd_refute_log(usherd, "no request of generation 1 is left");
	send_text(client, "rest");
	expect_text(client, "rest");
	usherd_expect_log(usherd, "no request of generation 1 is left");
	ask(client, "two");
	client_close(client);
}
END_TEST

START_TEST(a_listener_keeps_its_socket_and_its_connections_under_another_name)
{
	struct usherd *usherd = usherd_start(
	    "listener \"a\" { address = \"unix:@dir@/s\" service = site }\n" PAGE("one"));
	struct client *client = wire_connect(usherd, "a");

	ask(client, "one");
	reload(usherd,
	    "listener \"b\" { address = \"unix:@dir@/s\" service = site backlog = 7 }\n" PAGE(
		"two"));
	ask(client, "two");
	usherd_expect_log(usherd, "listener b: listening on unix:");
	usherd_expect_log(usherd, "backlog 7");
	client_close(client);
	client = wire_connect(usherd, "b");
	ask(client, "two");
	client_close(client);
}
END_TEST

/* The clients in the queue of a stopped process are still there. */
START_TEST(who_waits_in_the_queue_is_served_after_another_backlog)
{
	struct usherd *usherd = usherd_start(LISTENER("web", "backlog = 16") PAGE("one"));
	struct client *clients[10];

	write_config(LISTENER("web", "backlog = 4") PAGE("two"));
	usherd_signal(usherd, SIGSTOP);
	for (size_t i = 0; i < 10; i++)
		clients[i] = wire_connect(usherd, "web");
	usherd_signal(usherd, SIGHUP);
	usherd_signal(usherd, SIGCONT);
	usherd_expect_log(usherd, "backlog 4");
	for (size_t i = 0; i < 10; i++) {
		send_get(clients[i], "/");
		expect_response(clients[i], 200);
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
	reloads = 0;
}
END_TEST

/* --- What goes ------------------------------------------------------------------- */

START_TEST(a_listener_that_is_gone_drains_while_the_others_serve)
{
	struct usherd *usherd =
	    usherd_start(LISTENER("web", "") LISTENER("other", "") PAGE("one") HASTY);
	struct endpoint gone = usherd_endpoint(usherd, "other");
	struct client *idle = wire_connect(usherd, "other");
	struct client *late = wire_connect(usherd, "other");
	struct client *stays = wire_connect(usherd, "web");

	ask(idle, "one");
	ask(stays, "one");
	send_text(late, "GET / HTTP/1.1\r\nHost:");
	usherd_expect_log(usherd, "idle -> busy");
	reload(usherd, LISTENER("web", "") PAGE("two") HASTY);
	expect_fin(idle);
	send_text(late, " a\r\n\r\n");
	expect_response(late, 200);
	expect_field(late, "Connection", "close");
	expect_fin(late);
	client_close(late);
	client_close(idle);
	ask(stays, "two");
	usherd_expect_log(usherd, "no request of generation 1 is left");
	ck_assert(wire_is_refused(&gone));
	usherd_expect_log(usherd, "reload: listener other: removed; its connections are seen out");
	client_close(stays);
}
END_TEST

START_TEST(an_address_can_change_its_protocol)
{
	struct usherd *usherd = usherd_start(
	    "listener \"a\" { address = \"unix:@dir@/s\" service = site }\n" PAGE("one") HASTY);
	struct client *before = wire_connect(usherd, "a");
	struct client *after;

	ask(before, "one");
	reload(usherd,
	    "listener \"a\" { address = \"unix:@dir@/s\" service = e }\n"
	    "service \"e\" { protocol = echo }\n" TRACED HASTY);
	after = wire_connect(usherd, "a");
	send_text(after, "anything");
	expect_text(after, "anything");
	expect_fin(before);
	client_close(before);
	client_close(after);
}
END_TEST

/* --- What takes another's place --------------------------------------------------- */

/* A SYN that met the old socket would have been sent again. */
static void
expect_unhindered(struct usherd *usherd)
{
	for (int i = 0; i < 20; i++) {
		struct client *client = wire_connect(usherd, "a");
		struct tcp_info info;
		socklen_t len = sizeof(info);

		ck_assert_int_eq(
		    getsockopt(client_fd(client), IPPROTO_TCP, TCP_INFO, &info, &len), 0);
		ck_assert_uint_eq(info.tcpi_total_retrans, 0);
		client_close(client);
	}
}

static void
expect_takes_place(const char *before, const char *after)
{
	struct usherd *usherd = usherd_start(before);
	struct client *client = wire_connect(usherd, "a");
	struct client *newcomer;

	ask(client, "one");
	reload(usherd, after);
	expect_unhindered(usherd);
	ask(client, "two");
	newcomer = wire_connect(usherd, "a");
	ask(newcomer, "two");
	client_close(newcomer);
	usherd_expect_log(usherd, "no request of generation 1 is left");
	ask(client, "two");
	expect_no_field(client, "Connection");
	client_close(client);
}

/* A buffer that has a size never has the system's again. */
START_TEST(a_socket_that_cannot_change_is_replaced_beside_itself)
{
	expect_takes_place(LISTENER("a", "send_buffer = 64k") PAGE("one"),
	    LISTENER("a", "send_buffer = 0") PAGE("two"));
}
END_TEST

START_TEST(several_loops_replace_their_sockets_as_well)
{
	expect_takes_place("loops = 2\n" LISTENER("a", "receive_buffer = 64k") PAGE("one"),
	    "loops = 2\n" LISTENER("a", "") PAGE("two"));
}
END_TEST

START_TEST(an_address_of_unix_can_change_its_transport)
{
	struct usherd *usherd =
	    usherd_start("listener \"a\" { address = \"unix:@dir@/s\" service = e }\n"
			 "service \"e\" { protocol = echo }\n" TRACED HASTY);
	struct client *before = wire_connect(usherd, "a");
	struct client *after;

	send_text(before, "stream");
	expect_text(before, "stream");
	reload(usherd,
	    "listener \"b\" { address = \"unix:@dir@/s\" transport = seqpacket service = e }\n"
	    "service \"e\" { protocol = echo }\n" TRACED HASTY);
	after = wire_connect(usherd, "b");
	send_text(after, "packet");
	ck_assert_int_eq(receive_packet(after), 6);
	client_close(after);
	client_close(before);
}
END_TEST

/* The port of the first is taken from the log: both configurations name it. */
START_TEST(one_address_takes_over_from_all)
{
	struct usherd *usherd = usherd_start(LISTENER("probe", "") PAGE("probe"));
	struct endpoint probe = usherd_endpoint(usherd, "probe");
	char config[512];
	struct client *client;
	const unsigned port = address_port(&probe.address);

	(void)snprintf(config, sizeof(config),
	    "listener \"all\" { address = \"0.0.0.0\" port = %u service = site }\n%s", port,
	    PAGE("all") HASTY);
	reload(usherd, config);
	client = wire_connect_to(&probe, 0);
	ask(client, "all");
	client_close(client);
	(void)snprintf(config, sizeof(config),
	    "listener \"one\" { address = \"127.0.0.1\" port = %u service = site }\n%s", port,
	    PAGE("one") HASTY);
	reload(usherd, config);
	client = wire_connect_to(&probe, 0);
	ask(client, "one");
	client_close(client);
	usherd_expect_log(usherd, "no request of generation 2 is left");
}
END_TEST

/* --- What fails ------------------------------------------------------------------- */

START_TEST(a_broken_file_changes_nothing_and_the_log_says_where)
{
	static const struct {
		const char *config, *why;
	} rows[] = {
		{ "listener \"web\" {", "usher0.conf:1: " },
		{ WEB "service \"site\" { route \"/\" { files = \"/nowhere/at/all\" } }\n",
		    "usher0.conf:2: " },
		{ LISTENER("web", "backlog = 70000") PAGE("two"),
		    "[listener web] backlog: 70000 is out of range 1..65535" },
		{ "include(\"missing.conf\")\n" WEB PAGE("two"), "missing.conf" },
		{ LISTENER("web", "") "service \"site\" { " SAYS(
		      "two") "} log { access = \"/nowhere/a.log\" }\n",
		    "/nowhere" },
		{ "listener \"far\" { address = \"192.0.2.1\" port = 1234 service = site }\n" PAGE(
		      "two"),
		    "usher0.conf:1: [listener far] bind to 192.0.2.1:1234: Cannot assign requested "
		    "address; no interface of this machine has that address" },
		{ LISTENER("web", "backlog = 9") "listener \"far\" { address = \"192.0.2.1\" port "
						 "= 1234 service = site }\n" PAGE("two"),
		    "no interface of this machine has that address" },
	};
	struct usherd *usherd = usherd_start(WEB PAGE("one"));
	struct client *client = wire_connect(usherd, "web");

	ask(client, "one");
	fail_to_reload(usherd, rows[_i].config, rows[_i].why);
	ask(client, "one");
	client_close(client);
	client = wire_connect(usherd, "web");
	ask(client, "one");
	reload(usherd, WEB PAGE("two"));
	ask(client, "two");
	client_close(client);
}
END_TEST

START_TEST(a_key_that_needs_a_restart_is_named)
{
	struct usherd *usherd = usherd_start(WEB PAGE("one"));

	reload(usherd, "landlock = off\n" WEB PAGE("two"));
	usherd_expect_log(
	    usherd, "landlock: on goes on until the server is restarted; then it is off");
}
END_TEST

/* --- Files ------------------------------------------------------------------------- */

static void
expect_lines(const char *path, unsigned count)
{
	char full[256];
	struct bytes text = { 0 };
	unsigned lines = 0;

	(void)snprintf(full, sizeof(full), "%s/%s", place_dir(), path);
	ck_assert_int_eq(bytes_put_file(&text, full), 0);
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	ck_assert_uint_eq(lines, count);
	bytes_free(&text);
}

#define LOGGED(path) "log { level = debug access = \"@dir@/" path "\" access_format = json }\n"

START_TEST(log_files_and_included_files_are_part_of_it)
{
	struct usherd *usherd;
	struct client *client;

	put_file("more.conf", "service \"site\" { " SAYS("one") "}\n");
	usherd = usherd_start("include(\"more.conf\")\n" WEB LOGGED("a.log"));
	client = wire_connect(usherd, "web");
	ask(client, "one");
	put_file("more.conf", "service \"site\" { " SAYS("two") "}\n");
	reload(usherd, "include(\"more.conf\")\n" WEB LOGGED("b.log"));
	ask(client, "two");
	ask(client, "two");
	usherd_expect_log(usherd, "no request of generation 1 is left");
	expect_lines("a.log", 1);
	client_close(client);
	usherd_stop(usherd);
	expect_lines("b.log", 2);
}
END_TEST

/* --- Many --------------------------------------------------------------------------- */

static unsigned
count_descriptors(const struct usherd *usherd)
{
	char path[64];
	unsigned count = 0;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)usherd_pid(usherd));
	directory = opendir(path);
	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

#define CLIENTS 20
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RELOADS 200
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RELOADS 200
#endif
#endif
#ifndef RELOADS
#define RELOADS 1000
#endif

/* Now and then a listener goes and another comes, which takes a moment: its queue
 * is emptied first. */
static const char *
config_of(unsigned number)
{
	static const char *const configs[] = {
		"loops = 2\n" LISTENER("web", "") LISTENER("x", "") PAGE("one") HASTY,
		"loops = 2\n" LISTENER("web", "backlog = 99") LISTENER("x", "") PAGE("two") HASTY,
		"loops = 2\n" LISTENER("web", "backlog = 98") LISTENER("y", "") PAGE("two") HASTY,
	};

	return configs[number % 20 == 19 ? 2 : number % 2];
}

static void
reload_under_load(struct usherd *usherd, struct client **clients)
{
	for (unsigned i = 0; i < RELOADS; i++) {
		write_config(config_of(i));
		usherd_signal(usherd, SIGHUP);
		for (size_t c = 0; c < CLIENTS; c++)
			send_get(clients[c], "/");
		for (size_t c = 0; c < CLIENTS; c++) {
			expect_response(clients[c], 200);
			expect_no_field(clients[c], "Connection");
		}
		usherd_expect_log_times(usherd, "reload: generation", i + 1);
	}
}

START_TEST(a_thousand_reloads_under_load_lose_nothing_and_leak_nothing)
{
	struct usherd *usherd = usherd_start(config_of(0));
	struct client *clients[CLIENTS];
	const unsigned descriptors = count_descriptors(usherd);

	for (size_t c = 0; c < CLIENTS; c++)
		clients[c] = wire_connect(usherd, "web");
	reload_under_load(usherd, clients);
	for (size_t c = 0; c < CLIENTS; c++) {
		expect_no_reset(clients[c]);
		client_close(clients[c]);
	}
	usherd_expect_log_times(usherd, "is left", 2 * RELOADS);
	ck_assert_uint_le(count_descriptors(usherd), descriptors + CLIENTS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reload");
	TCase *stays = wire_case(suite, "stays", 60);
	TCase *goes = wire_case(suite, "goes", 60);
	TCase *replaced = wire_case(suite, "replaced", 60);
	TCase *fails = wire_case(suite, "fails", 60);
	TCase *many = wire_case(suite, "many", 200);

	tcase_add_test(stays, a_connection_stays_and_its_next_request_is_answered_anew);
	tcase_add_test(stays, a_request_in_progress_is_answered_as_it_began);
	tcase_add_test(stays, a_listener_keeps_its_socket_and_its_connections_under_another_name);
	tcase_add_test(stays, who_waits_in_the_queue_is_served_after_another_backlog);
	tcase_add_test(goes, a_listener_that_is_gone_drains_while_the_others_serve);
	tcase_add_test(goes, an_address_can_change_its_protocol);
	tcase_add_test(replaced, a_socket_that_cannot_change_is_replaced_beside_itself);
	tcase_add_test(replaced, several_loops_replace_their_sockets_as_well);
	tcase_add_test(replaced, an_address_of_unix_can_change_its_transport);
	tcase_add_test(replaced, one_address_takes_over_from_all);
	tcase_add_loop_test(fails, a_broken_file_changes_nothing_and_the_log_says_where, 0, 7);
	tcase_add_test(fails, a_key_that_needs_a_restart_is_named);
	tcase_add_test(fails, log_files_and_included_files_are_part_of_it);
	tcase_add_test(many, a_thousand_reloads_under_load_lose_nothing_and_leak_nothing);
	return wire_run(suite);
}
