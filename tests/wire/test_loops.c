/* SPDX-License-Identifier: MIT
 *
 * loops: a reload changes how many there are, and no client can tell.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/admin.h"
#include "harness/json.h"
#include "harness/loader.h"
#include "harness/wire.h"

#define ECHO                                                                          \
	"listener \"echo\" { address = \"127.0.0.1\" port = 0 service = \"echo\" }\n" \
	"service \"echo\" { protocol = echo }\n"
#define QUIET "log { level = info access_format = off }\n"
#define UNIX "listener \"unix\" { address = \"unix:@dir@/s\" service = \"site\" }\n"
#define SERVES WEB UNIX ECHO ADMIN QUIET "service \"site\" {\n" ROUTES "}\n"
#define SOON "timeouts { park = \"20ms\" }\n"
#define CLIENTS 24

static unsigned reloads;

/* Where the first daemon of a test has its configuration (harness/usherd.c). */
static void
reload(struct usherd *usherd, unsigned loops, const char *text)
{
	char *config = place_expand(text);
	char line[32];
	struct bytes whole = { 0 };

	(void)snprintf(line, sizeof(line), "loops = %u\n", loops);
	bytes_put_string(&whole, line);
	bytes_put_string(&whole, config);
	put_file("usher0.conf", bytes_string(&whole));
	bytes_free(&whole);
	free(config);
	usherd_signal(usherd, SIGHUP);
	usherd_expect_log_times(usherd, "reload: generation", ++reloads);
}

static struct usherd *
start(const char *text)
{
	reloads = 0;
	return usherd_start(text);
}

static unsigned
count_entries(const struct usherd *usherd, const char *of)
{
	char path[64];
	unsigned count = 0;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)usherd_pid(usherd), of);
	directory = opendir(path);
	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

static void
ask(struct client *client)
{
	send_get(client, "/hello");
	expect_response(client, 200);
	expect_body(client, "hello\n");
	expect_no_field(client, "Connection");
}

static void
ask_all(struct client **clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ask(clients[i]);
}

static void
connect_all(struct usherd *usherd, const char *listener, struct client **clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		clients[i] = wire_connect(usherd, listener);
}

static void
close_all(struct client **clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
}

/* --- Who is served meanwhile ---------------------------------------------------------- */

START_TEST(loops_come_and_go_under_load_without_loss)
{
	static const unsigned counts[] = { 4, 2, 1, 3, 1 };
	struct usherd *usherd = start("loops = 1\n" SERVES);
	const uint16_t port = ntohs(usherd_endpoint(usherd, "web").address.in.sin_port);
	struct loader *keeps = loader_start(ARGS("--expect-no-loss", "-c", "8", "--idle", "40",
	    "-n", "1000000000", loader_url(port, "/hello")));
	struct loader *comes = loader_start(ARGS("--expect-no-loss", "-c", "4", "--close", "-n",
	    "1000000000", loader_url(port, "/hello")));
	unsigned gone = 0;
	unsigned before = 1;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		reload(usherd, counts[i], SERVES);
		gone += before > counts[i] ? before - counts[i] : 0;
		before = counts[i];
		usherd_expect_log_times(usherd, "has ended:", gone);
	}
	loader_signal(keeps, SIGINT);
	loader_signal(comes, SIGINT);
	loader_expect_exit(keeps, 0);
	loader_expect_exit(comes, 0);
}
END_TEST

START_TEST(idle_connections_move_to_the_loops_that_stay)
{
	static const char *const listeners[] = { "web", "unix" };
	struct usherd *usherd = start("loops = 4\n" SERVES);
	struct client *clients[CLIENTS];

	connect_all(usherd, listeners[_i], clients, CLIENTS);
	ask_all(clients, CLIENTS / 2);
	reload(usherd, 1, SERVES);
	usherd_expect_log_times(usherd, "has ended:", 3);
	ask_all(clients, CLIENTS);
	reload(usherd, 3, SERVES);
	ask_all(clients, CLIENTS);
	reload(usherd, 2, SERVES);
	usherd_expect_log_times(usherd, "has ended:", 4);
	ask_all(clients, CLIENTS);
	close_all(clients, CLIENTS);
}
END_TEST

START_TEST(parked_connections_move_with_their_deadline)
{
	struct usherd *usherd =
	    start("loops = 4\n" SERVES "timeouts { park = \"20ms\" idle = \"6s\" }\n");
	struct client *clients[CLIENTS];

	connect_all(usherd, "web", clients, CLIENTS);
	ask_all(clients, CLIENTS);
	admin_wait_for("/status", "connections.parked", CLIENTS);
	reload(usherd, 1, SERVES "timeouts { park = \"20ms\" idle = \"6s\" }\n");
	usherd_expect_log_times(usherd, "has ended:", 3);
	for (unsigned i = 0; i < CLIENTS; i++)
		expect_fin(clients[i]);
	close_all(clients, CLIENTS);
}
END_TEST

START_TEST(a_request_in_progress_is_answered_before_its_connection_moves)
{
	struct usherd *usherd = start("loops = 4\n" SERVES);
	struct client *clients[CLIENTS];

	connect_all(usherd, "web", clients, CLIENTS);
	for (unsigned i = 0; i < CLIENTS; i++) {
		send_text(
		    clients[i], "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
		expect_response_head(clients[i], 200);
		expect_text(clients[i], "half");
	}
	reload(usherd, 1, SERVES);
	for (unsigned i = 0; i < CLIENTS; i++) {
		send_text(clients[i], "rest");
		expect_text(clients[i], "rest");
	}
	usherd_expect_log_times(usherd, "has ended:", 3);
	ask_all(clients, CLIENTS);
	close_all(clients, CLIENTS);
}
END_TEST

START_TEST(streams_survive)
{
	struct usherd *usherd = start("loops = 4\n" SERVES);
	struct client *clients[CLIENTS];

	connect_all(usherd, "echo", clients, CLIENTS);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CLIENTS; i++) {
			send_text(clients[i], "over and ");
			expect_text(clients[i], "over and ");
			send_text(clients[i], "over");
		}
		reload(usherd, round == 1 ? 4 : 1, SERVES);
		for (unsigned i = 0; i < CLIENTS; i++)
			expect_text(clients[i], "over");
	}
	usherd_expect_log_times(usherd, "has ended:", 6);
	close_all(clients, CLIENTS);
}
END_TEST

/* --- What else the reload changes ------------------------------------------------------ */

START_TEST(listeners_come_and_go_in_the_same_reload)
{
	static const char other[] = ECHO ADMIN QUIET
	    "listener \"new\" { address = \"127.0.0.1\" port = 0 service = \"site\" }\n"
	    "service \"site\" {\n" ROUTES "}\n"
	    "drain { idle_grace = \"200ms\" }\n";
	struct usherd *usherd = start("loops = 3\n" SERVES);
	struct endpoint gone = usherd_endpoint(usherd, "web");
	struct client *leaves[CLIENTS];
	struct client *stays[CLIENTS];

	connect_all(usherd, "web", leaves, CLIENTS);
	connect_all(usherd, "echo", stays, CLIENTS);
	ask_all(leaves, CLIENTS);
	reload(usherd, 1, other);
	for (unsigned i = 0; i < CLIENTS; i++) {
		send_text(stays[i], "still");
		expect_text(stays[i], "still");
		expect_fin(leaves[i]);
	}
	close_all(leaves, CLIENTS);
	usherd_expect_log_times(usherd, "has ended:", 2);
	ck_assert(wire_is_refused(&gone));
	connect_all(usherd, "new", leaves, CLIENTS);
	reload(usherd, 4, other);
	ask_all(leaves, CLIENTS);
	close_all(leaves, CLIENTS);
	close_all(stays, CLIENTS);
}
END_TEST

START_TEST(a_reload_that_fails_leaves_the_loops_as_they_were)
{
	struct usherd *usherd = start("loops = 2\n" SERVES);
	unsigned threads = count_entries(usherd, "task");
	unsigned descriptors = count_entries(usherd, "fd");
	struct client *client = wire_connect(usherd, "web");

	ask(client);
	put_file("usher0.conf",
	    "loops = 8\n" SITE "listener \"no\" { address = \"192.0.2.1\" port = 1 service = "
	    "\"site\" }\n");
	usherd_signal(usherd, SIGHUP);
	usherd_expect_log(usherd, "generation 1 goes on");
	ask(client);
	client_close(client);
	ck_assert_uint_eq(count_entries(usherd, "task"), threads);
	admin_wait_for("/status", "connections.open", 0);
	ck_assert_uint_le(count_entries(usherd, "fd"), descriptors);
}
END_TEST

/* --- What is told ------------------------------------------------------------------------ */

START_TEST(what_was_counted_stays_counted)
{
	struct usherd *usherd = start("loops = 4\n" SERVES);
	struct client *clients[CLIENTS];

	connect_all(usherd, "web", clients, CLIENTS);
	ask_all(clients, CLIENTS);
	admin_wait_for("/status", "requests.total", CLIENTS);
	reload(usherd, 1, SERVES);
	usherd_expect_log_times(usherd, "has ended:", 3);
	ask_all(clients, CLIENTS);
	admin_wait_for("/status", "requests.total", 2 * CLIENTS);
	admin_wait_for("/status", "connections.accepted", CLIENTS);
	admin_wait_for("/status", "connections.open", CLIENTS);
	admin_wait_for("/listeners", "listeners.0.accepted", CLIENTS);
	close_all(clients, CLIENTS);
}
END_TEST

/* --- Balance ------------------------------------------------------------------------------- */

#define MANY 200
/* Between two questions. */
#define PAUSE_MS 100

START_TEST(a_loop_without_connections_is_given_parked_ones)
{
	struct usherd *usherd = start("loops = 1\n" SERVES SOON);
	struct client *clients[MANY];

	connect_all(usherd, "web", clients, MANY);
	ask_all(clients, MANY);
	reload(usherd, 2, SERVES SOON);
	usherd_expect_log(usherd, "reload: generation 2 serves");
	while (json_number(admin_get("/status"), "connections.moved") == 0)
		(void)client_has_input(clients[0], PAUSE_MS);
	ask_all(clients, MANY);
	close_all(clients, MANY);
}
END_TEST

/* --- Endings in the middle ------------------------------------------------------------------ */

START_TEST(a_drain_in_the_middle_of_a_move_loses_nobody)
{
	struct usherd *usherd =
	    start("loops = 4\n" SERVES SOON "drain { idle_grace = \"500ms\" }\n");
	struct client *clients[MANY];

	connect_all(usherd, "web", clients, MANY);
	ask_all(clients, MANY);
	reload(usherd, 1, SERVES SOON "drain { idle_grace = \"500ms\" }\n");
	usherd_signal(usherd, SIGTERM);
	for (unsigned i = 0; i < MANY; i++)
		expect_fin(clients[i]);
	close_all(clients, MANY);
	usherd_expect_clean_end(usherd);
}
END_TEST

START_TEST(reloads_one_after_the_other_lose_nobody)
{
	static const unsigned counts[] = { 1, 4, 3, 1, 2, 4, 1 };
	struct usherd *usherd = start("loops = 4\n" SERVES SOON);
	struct client *clients[MANY];

	connect_all(usherd, "web", clients, MANY);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (unsigned client = 0; client < MANY; client++)
			send_get(clients[client], "/hello");
		reload(usherd, counts[i], SERVES SOON);
		for (unsigned client = 0; client < MANY; client++)
			expect_response(clients[client], 200);
	}
	close_all(clients, MANY);
}
END_TEST

#define CHANGES 100
#define GROWTH_KIB (8 * 1024)

START_TEST(a_hundred_changes_leave_nothing_behind)
{
	struct usherd *usherd = start("loops = 1\n" SERVES);
	struct client *client = wire_connect(usherd, "web");
	unsigned threads = 0;
	unsigned descriptors = 0;
	long memory_kib = 0;
	unsigned gone = 0;

	for (unsigned change = 0; change < CHANGES; change += 2) {
		reload(usherd, 4, SERVES);
		ask(client);
		reload(usherd, 1, SERVES);
		usherd_expect_log_times(usherd, "has ended:", gone += 3);
		ask(client);
		if (change == 20) {
			threads = count_entries(usherd, "task");
			descriptors = count_entries(usherd, "fd");
			memory_kib = usherd_memory_kib(usherd, "VmRSS:");
		}
	}
	ck_assert_uint_eq(count_entries(usherd, "task"), threads);
	ck_assert_uint_le(count_entries(usherd, "fd"), descriptors);
	if (!wire_is_sanitized())
		ck_assert_int_lt(usherd_memory_kib(usherd, "VmRSS:"), memory_kib + GROWTH_KIB);
	client_close(client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("loops");
	TCase *tcase = wire_case(suite, "changes", 60);

	tcase_add_test(tcase, loops_come_and_go_under_load_without_loss);
	tcase_add_loop_test(tcase, idle_connections_move_to_the_loops_that_stay, 0, 2);
	tcase_add_test(tcase, parked_connections_move_with_their_deadline);
	tcase_add_test(tcase, a_request_in_progress_is_answered_before_its_connection_moves);
	tcase_add_test(tcase, streams_survive);
	tcase_add_test(tcase, listeners_come_and_go_in_the_same_reload);
	tcase_add_test(tcase, a_reload_that_fails_leaves_the_loops_as_they_were);
	tcase_add_test(tcase, what_was_counted_stays_counted);
	tcase_add_test(tcase, a_loop_without_connections_is_given_parked_ones);
	tcase_add_test(tcase, a_drain_in_the_middle_of_a_move_loses_nobody);
	tcase_add_test(tcase, reloads_one_after_the_other_lose_nobody);
	tcase = wire_case(suite, "leaks", 180);
	tcase_add_test(tcase, a_hundred_changes_leave_nothing_behind);
	return wire_run(suite);
}
