/* SPDX-License-Identifier: MIT
 *
 * drain: a server under load is told to stop, and nobody loses anything but the
 * chance to connect anew. The clients say so, usherd says so, and the kernel says
 * so.
 */
#include "crowd.h"

#define DRAIN "drain { idle_grace = \"300ms\"  deadline = \"20s\" }\n"

static const struct crowd_size many = {
	.keep_alive = 200,
	.idle = 50,
	.downloads = 20,
	.uploads = 10,
	.queued = 100,
	.warm = 1500,
};

START_TEST(nothing_is_lost_by_a_drain_under_load)
{
	struct scene scene = scene_open(&grounds[_i], DRAIN, (uint64_t)_i);
	struct crowd crowd = crowd_gather(&scene, &many);
	struct life_lines lines;
	uint64_t connected;

	crowd_drain(&scene, &crowd);
	connected = crowd_connected(&crowd);
	scene_close(&scene);
	lines = life_connections();
	ck_assert_uint_eq(lines.count, connected);
	bytes_free(&lines.text);
}
END_TEST

/* The same clients that see a FIN late, but no grace for one more request: the
 * FIN crosses requests on their way, and however clean it is, these are lost. This
 * shows that the test above can fail, and what drain.idle_grace is for. On a Unix
 * socket, since for TCP the grace is a few measured round trips at least. */
START_TEST(without_a_grace_requests_that_cross_the_fin_are_lost)
{
	const struct ground ground = { .name = "Unix, no grace, a FIN is seen late",
		.listener = "address = \"unix:@dir@/socket\"",
		.loops = 1,
		.fin_late_us = 10000 };
	struct scene scene = scene_open(&ground, "drain { idle_grace = \"0\" }\n", 1);
	struct load_group *group = load_add(scene.load, &keep_alive_role, many.keep_alive);

	load_run_until(scene.load, load_all_answered, group, "many answers");
	scene_terminate(&scene);
	scene_run_to_end(&scene);
	ck_assert_uint_gt(group->counts[LOAD_LOST], 0);
	ck_assert_uint_eq(group->counts[LOAD_CUT], 0);
	ck_assert_uint_eq(group->counts[LOAD_RESET], 0);
	usherd_expect_clean_end(scene.usherd);
}
END_TEST

/* So that the clients who come back do not come as one wave. */
START_TEST(the_fins_of_idle_clients_are_spread)
{
	struct scene scene = scene_open(&grounds[0], "drain { idle_grace = \"1s\" }\n", 1);
	struct load_group *group = load_add(scene.load, &idle_role, many.keep_alive);

	load_run_until(scene.load, load_all_answered, group, "an answer for each");
	scene_terminate(&scene);
	scene_run_to_end(&scene);
	ck_assert_uint_eq(group->fins_idle, group->clients);
	ck_assert_int_ge(group->last_fin_us - group->first_fin_us, 300000);
	/* A machine with much to do brings them together, but not all. */
	ck_assert_uint_le(group->fins_at_once, group->clients / 2);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("drain");
	TCase *drain = life_case(suite, "drain", 60);

	tcase_add_loop_test(drain, nothing_is_lost_by_a_drain_under_load, 0, ground_count);
	tcase_add_test(drain, without_a_grace_requests_that_cross_the_fin_are_lost);
	tcase_add_test(drain, the_fins_of_idle_clients_are_spread);
	return life_run(suite);
}
