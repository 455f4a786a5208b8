/* SPDX-License-Identifier: MIT
 *
 * many: thousands of clients on one loop, and large files to slow clients in little
 * memory.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/wire.h"

#define CLIENTS 5000
#define MIB ((size_t)1 << 20)

/* Lines of each connection's life would be half a million here. */
#define QUIET "log { level = info access_format = off }\n"

/* Each client takes a descriptor here and one in usherd. False where that is more
 * than may be had. */
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

START_TEST(five_thousand_clients_are_served_by_one_loop)
{
	struct usherd *usherd;
	struct client **clients;

	if (!may_open(CLIENTS + 200)) {
		WIRE_SKIP("fewer than 5,200 open files are allowed");
		return;
	}
	usherd = usherd_start("loops = 1\n" WEB "service \"site\" {\n" ROUTES "}\n" QUIET);
	clients = calloc(CLIENTS, sizeof(struct client *));
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = wire_connect(usherd, "web");
	for (int turn = 0; turn < 5; turn++) {
		for (int i = 0; i < CLIENTS; i++)
			send_get(clients[i], "/hello");
		for (int i = 0; i < CLIENTS; i++) {
			expect_response(clients[i], 200);
			expect_body(clients[i], "hello\n");
		}
	}
	free(clients);
}
END_TEST

START_TEST(five_thousand_idle_clients_are_drained_without_loss)
{
	struct usherd *usherd;
	struct client **clients;

	if (!may_open(CLIENTS + 200)) {
		WIRE_SKIP("fewer than 5,200 open files are allowed");
		return;
	}
	usherd = usherd_start(
	    WEB "service \"site\" {\n" ROUTES "}\n" QUIET "limits { lingering = 5000 }\n");
	clients = calloc(CLIENTS, sizeof(struct client *));
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = wire_connect(usherd, "web");
		send_get(clients[i], "/hello");
		expect_response(clients[i], 200);
	}
	usherd_signal(usherd, SIGTERM);
	for (int i = 0; i < CLIENTS; i++) {
		expect_fin(clients[i]);
		expect_no_reset(clients[i]);
		client_close(clients[i]);
	}
	free(clients);
	usherd_expect_clean_end(usherd);
	usherd_expect_last_line(usherd, "drained: 5000 connections ended (5000 drained)");
}
END_TEST

/* --- Memory ----------------------------------------------------------------- */

#define SLOW 4
#define GIB ((size_t)1 << 30)

static void
expect_little_memory(const struct usherd *usherd)
{
	long most_kib = usherd_memory_kib(usherd, "VmHWM:");

	ck_assert_msg(most_kib < 64 * 1024, "usherd took %ld KiB", most_kib);
}

START_TEST(a_gigabyte_for_four_slow_clients_costs_little_memory)
{
	struct usherd *usherd;
	struct client *clients[SLOW];

	if (wire_is_sanitized()) {
		WIRE_SKIP("the memory of a sanitized program says nothing");
		return;
	}
	put_sparse_file("www/gigabyte", (off_t)GIB);
	usherd = usherd_start("loops = 1\n" FILES(""));
	for (int i = 0; i < SLOW; i++) {
		clients[i] = wire_connect_narrow(usherd, "web", 65536);
		send_get(clients[i], "/gigabyte");
		expect_response_head(clients[i], 200);
		expect_field(clients[i], "Content-Length", "1073741824");
	}
	for (size_t taken = 0; taken < GIB; taken += MIB)
		for (int i = 0; i < SLOW; i++)
			discard(clients[i], MIB);
	expect_little_memory(usherd);
	for (int i = 0; i < SLOW; i++) {
		send_request(clients[i], "HEAD", "/gigabyte", "");
		expect_response_to_head(clients[i], 200);
	}
}
END_TEST

START_TEST(idle_clients_cost_a_few_kilobytes_each)
{
	struct usherd *usherd;
	long before_kib, after_kib;

	if (wire_is_sanitized()) {
		WIRE_SKIP("the memory of a sanitized program says nothing");
		return;
	}
	if (!may_open(CLIENTS + 200)) {
		WIRE_SKIP("fewer than 5,200 open files are allowed");
		return;
	}
	usherd = usherd_start(WEB "service \"site\" {\n" ROUTES "}\n" QUIET);
	before_kib = usherd_memory_kib(usherd, "VmRSS:");
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = wire_connect(usherd, "web");

		send_get(client, "/hello");
		expect_response(client, 200);
	}
	after_kib = usherd_memory_kib(usherd, "VmRSS:");
	ck_assert_msg(after_kib - before_kib < 2L * CLIENTS, "%ld KiB", after_kib - before_kib);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("many");
	TCase *many = wire_case(suite, "many", 120);

	tcase_add_test(many, five_thousand_clients_are_served_by_one_loop);
	tcase_add_test(many, five_thousand_idle_clients_are_drained_without_loss);
	tcase_add_test(many, a_gigabyte_for_four_slow_clients_costs_little_memory);
	tcase_add_test(many, idle_clients_cost_a_few_kilobytes_each);
	return wire_run(suite);
}
