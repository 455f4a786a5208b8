/* SPDX-License-Identifier: MIT
 *
 * queue: who has come before the drain is served, in whatever way he waits: in the
 * accept queue, in the middle of the handshake, behind a limit. What close(2) does
 * to a queue is in the load's own tests.
 */
#include <signal.h>
#include <sys/resource.h>

#include "netns.h"
#include "raw_client.h"
#include "scene.h"

#define DRAIN "drain { idle_grace = \"200ms\" }\n"
#define CLIENTS 60

static const struct load_request hello[] = {
	{ .line = "GET /hello", .wanted = { 200, "hello\n" } },
};
static const struct load_role fast_open_role = { .name = "fast open",
	.requests = hello,
	.request_count = 1,
	.then = LOAD_THEN_SILENT,
	.uses_fast_open = true };
/* Connects, and sends nothing before the drain. */
static const struct load_role hesitant_role = { .name = "hesitant",
	.requests = hello,
	.request_count = 1,
	.then = LOAD_THEN_SILENT,
	.hold = LOAD_HOLDS_UNTIL_RELEASE };

/* A queue, SIGTERM, and the drain; each in the queue was served. */
static void
drain_queue(struct scene *scene, const struct load_role *role)
{
	struct load_group *queued;

	life_freeze(scene->usherd);
	queued = load_add(scene->load, role, CLIENTS);
	load_run_until(scene->load, role->hold == LOAD_HOLDS_NOT ? load_all_sent : load_all_hold,
	    queued, "the queue");
	scene_terminate(scene);
	life_thaw(scene->usherd);
	scene_run_to_end(scene);
	ck_assert_uint_eq(queued->counts[LOAD_WHOLE], CLIENTS);
}

START_TEST(the_queue_is_served)
{
	struct scene scene = scene_open(&grounds[_i], DRAIN, 1);

	drain_queue(&scene, &queued_role);
	scene_close(&scene);
}
END_TEST

START_TEST(a_queue_of_clients_who_have_not_asked_yet_is_served)
{
	struct scene scene = scene_open(&grounds[_i], DRAIN, 1);

	drain_queue(&scene, &hesitant_role);
	scene_close(&scene);
}
END_TEST

START_TEST(a_queue_of_clients_let_in_by_cookies_is_served)
{
	struct scene scene;

	if (!netns_set("ipv4/tcp_syncookies", "2")) {
		wire_skip("syn cookies", "the kernel has no net.ipv4.tcp_syncookies");
		return;
	}
	scene = scene_open(&grounds[_i], DRAIN, 1);
	drain_queue(&scene, &queued_role);
	ck_assert_uint_ge(counter_growth(&scene.before, COUNTER_COOKIES_RECEIVED), CLIENTS);
	scene_close(&scene);
}
END_TEST

START_TEST(a_queue_of_clients_whose_syn_held_the_request_is_served)
{
	const struct ground ground = { .name = "TCP Fast Open",
		.listener = "address = \"127.0.0.1\" port = 0 fastopen = 1000",
		.loops = 1,
		.is_tcp = true };
	struct scene scene;

	/* For clients and servers, without cookies (ip-sysctl, tcp_fastopen). */
	if (!netns_set("ipv4/tcp_fastopen", "519")) {
		wire_skip("fast open", "the kernel has no net.ipv4.tcp_fastopen");
		return;
	}
	scene = scene_open(&ground, DRAIN, 1);
	drain_queue(&scene, &fast_open_role);
	ck_assert_uint_ge(counter_growth(&scene.before, COUNTER_FAST_OPEN_PASSIVE), CLIENTS);
	scene_close(&scene);
}
END_TEST

/* With defer_accept a client who has shaken hands is in no queue before he sends;
 * a listener that closes forgets him. */
static const struct ground deferring = { .name = "defer_accept",
	.listener = "address = \"127.0.0.1\" port = 0 defer_accept = \"10s\"",
	.loops = 1,
	.is_tcp = true };

START_TEST(clients_who_are_deferred_are_served)
{
	struct scene scene = scene_open(&deferring, DRAIN, 1);

	drain_queue(&scene, _i == 0 ? &queued_role : &hesitant_role);
	scene_close(&scene);
}
END_TEST

START_TEST(the_queue_of_an_mptcp_listener_is_served)
{
	const struct ground ground = { .name = "MPTCP",
		.listener = "address = \"127.0.0.1\" port = 0 transport = mptcp",
		.loops = 1,
		.is_tcp = true };
	struct scene scene;

	if (!netns_set("mptcp/enabled", "1")) {
		wire_skip("mptcp", "the kernel has no MPTCP");
		return;
	}
	scene = scene_open(&ground, DRAIN, 1);
	drain_queue(&scene, &queued_role);
	scene_close(&scene);
}
END_TEST

/* At the limit usherd accepts nobody, and the kernel's queue holds the rest. */
START_TEST(a_queue_behind_the_limit_of_connections_is_served)
{
	struct scene scene = scene_open(&grounds[0], "limits { connections = 20 }\n" DRAIN, 1);
	struct load_group *inside = load_add(scene.load, &idle_role, 20);

	load_run_until(scene.load, load_all_answered, inside, "the limit");
	drain_queue(&scene, &queued_role);
	ck_assert_uint_eq(inside->fins_idle, 20);
	scene_close(&scene);
}
END_TEST

/* Descriptors come free when those who are served leave. */
START_TEST(a_queue_behind_the_limit_of_descriptors_is_served)
{
	struct scene scene = scene_open(&grounds[0], DRAIN, 1);
	struct load_group *inside = load_add(scene.load, &idle_role, 20);
	struct rlimit limit = { .rlim_cur = 50, .rlim_max = 50 };

	load_run_until(scene.load, load_all_answered, inside, "some clients");
	ck_assert_int_eq(prlimit(usherd_pid(scene.usherd), RLIMIT_NOFILE, &limit, NULL), 0);
	drain_queue(&scene, &queued_role);
	scene_close(&scene);
}
END_TEST

/* The ACK comes at once, or only when the SYN-ACK was sent again, after a second. */
START_TEST(a_handshake_that_is_half_open_is_completed_and_served)
{
	struct scene scene = scene_open(&grounds[0], DRAIN, 1);
	struct endpoint endpoint = usherd_endpoint(scene.usherd, "web");
	struct raw_client client = raw_client_open(&endpoint);

	raw_client_begin(&client);
	usherd_signal(scene.usherd, SIGTERM);
	usherd_expect_log(scene.usherd, "SIGTERM: draining");
	if (_i == 1)
		raw_client_await_syn_ack(&client);
	raw_client_complete(&client);
	raw_client_send(&client, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_client_read_to_fin(&client);
	ck_assert_ptr_nonnull(strstr(bytes_string(&client.input), "\r\n\r\nhello\n"));
	raw_client_finish(&client);
	scene_close(&scene);
	raw_client_close(&client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("queue");
	TCase *queue = life_case(suite, "queue", 30);
	TCase *kernel = life_case(suite, "kernel", 30);
	TCase *limits = life_case(suite, "limits", 30);

	tcase_add_loop_test(queue, the_queue_is_served, 0, ground_count);
	tcase_add_loop_test(
	    queue, a_queue_of_clients_who_have_not_asked_yet_is_served, 0, ground_count);
	tcase_add_loop_test(kernel, a_queue_of_clients_let_in_by_cookies_is_served, 2, 4);
	tcase_add_test(kernel, a_queue_of_clients_whose_syn_held_the_request_is_served);
	tcase_add_loop_test(kernel, clients_who_are_deferred_are_served, 0, 2);
	tcase_add_test(kernel, the_queue_of_an_mptcp_listener_is_served);
	tcase_add_loop_test(kernel, a_handshake_that_is_half_open_is_completed_and_served, 0, 2);
	tcase_add_test(limits, a_queue_behind_the_limit_of_connections_is_served);
	tcase_add_test(limits, a_queue_behind_the_limit_of_descriptors_is_served);
	return life_run(suite);
}
