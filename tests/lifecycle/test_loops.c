/* SPDX-License-Identifier: MIT
 *
 * loops: a reload to fewer loops, or to more, while clients wait in the accept queues of
 * those that go, or in the middle of the handshake: each is served, and the kernel has sent
 * no reset.
 */
#include <signal.h>
#include <stdlib.h>

#include "raw_client.h"
#include "scene.h"

#define DRAIN "drain { idle_grace = \"200ms\" }\n"
#define CLIENTS 120
#define QUEUED 800
#define HALF_OPEN 12

static const struct change {
	const char *name;
	const char *listener;
	unsigned before, after;
	bool is_tcp;
} changes[] = {
	{ "IPv4, fewer", "address = \"127.0.0.1\" port = 0", 4, 1, true },
	{ "IPv4, more", "address = \"127.0.0.1\" port = 0", 1, 4, true },
	{ "IPv6, fewer", "address = \"::1\" port = 0", 3, 2, true },
	{ "every address, fewer", "address = \"*\" port = 0", 3, 1, true },
	{ "Unix, fewer", "address = \"unix:@dir@/socket\"", 4, 1, false },
	{ "Unix, more", "address = \"unix:@dir@/socket\"", 1, 4, false },
};
#define CHANGES ((int)(sizeof(changes) / sizeof(changes[0])))

static struct ground
ground_of(const struct change *change, unsigned loops)
{
	return (struct ground){ .name = change->name,
		.listener = change->listener,
		.loops = loops,
		.is_tcp = change->is_tcp };
}

/* The reload that makes them `loops`; where life_start has its configuration. */
static void
ask_for(struct scene *scene, const struct change *change, unsigned loops)
{
	const struct ground ground = ground_of(change, loops);
	char *text = scene_config(&ground, DRAIN);
	char *expanded = place_expand(text);

	put_file("usher.conf", expanded);
	free(expanded);
	free(text);
	usherd_signal(scene->usherd, SIGHUP);
}

static void
expect_changed(struct scene *scene, const struct change *change)
{
	usherd_expect_log(scene->usherd, "reload: generation 2 serves");
	if (change->before > change->after)
		usherd_expect_log_times(
		    scene->usherd, "has ended:", change->before - change->after);
}

START_TEST(the_queues_of_loops_that_go_are_served)
{
	const struct change *change = &changes[_i];
	const struct ground ground = ground_of(change, change->before);
	struct scene scene = scene_open(&ground, DRAIN, 1);
	struct load_group *idle = load_add(scene.load, &idle_role, CLIENTS);
	struct load_group *queued;

	load_run_until(scene.load, load_all_answered, idle, "the idle");
	life_freeze(scene.usherd);
	queued = load_add(scene.load, &queued_role, QUEUED);
	load_run_until(scene.load, load_all_sent, queued, "the queue");
	ask_for(&scene, change, change->after);
	life_thaw(scene.usherd);
	load_run_until(scene.load, load_all_answered, queued, "those in the queue");
	expect_changed(&scene, change);
	scene_terminate(&scene);
	scene_run_to_end(&scene);
	ck_assert_uint_eq(queued->counts[LOAD_WHOLE], QUEUED);
	scene_close(&scene);
}
END_TEST

START_TEST(handshakes_at_loops_that_go_are_completed)
{
	const struct change *change = &changes[0];
	const struct ground ground = ground_of(change, change->before);
	struct scene scene = scene_open(&ground, DRAIN, 1);
	const struct endpoint web = usherd_endpoint(scene.usherd, "web");
	struct raw_client clients[HALF_OPEN];

	for (int i = 0; i < HALF_OPEN; i++) {
		clients[i] = raw_client_open(&web);
		raw_client_begin(&clients[i]);
	}
	ask_for(&scene, change, change->after);
	usherd_expect_log(scene.usherd, "reload: generation 2 serves");
	for (int i = 0; i < HALF_OPEN; i++) {
		raw_client_complete(&clients[i]);
		raw_client_send(
		    &clients[i], "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	}
	for (int i = 0; i < HALF_OPEN; i++) {
		raw_client_read_to_fin(&clients[i]);
		raw_client_finish(&clients[i]);
		raw_client_close(&clients[i]);
	}
	expect_changed(&scene, change);
	scene_terminate(&scene);
	scene_run_to_end(&scene);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lifecycle/loops");
	TCase *tcase = life_case(suite, "loops", 60);

	tcase_add_loop_test(tcase, the_queues_of_loops_that_go_are_served, 0, CHANGES);
	tcase_add_test(tcase, handshakes_at_loops_that_go_are_completed);
	return life_run(suite);
}
