/* SPDX-License-Identifier: MIT
 *
 * reload: a listener is taken away while clients wait in its accept queue and others
 * are in the midst of a request. It drains as the server does: each is answered and
 * gets his FIN, the kernel has sent no reset, and the rest of the server goes on.
 */
#include <signal.h>
#include <stdlib.h>

#include "scene.h"

#define DRAIN "drain { idle_grace = \"200ms\"  deadline = \"20s\" }\n"
#define CLIENTS 120
#define DOWNLOADS 8

/* The same site, but all that listens is another address. */
static void
take_listener_away(struct scene *scene)
{
	const struct ground elsewhere = { .name = "elsewhere",
		.listener = "address = \"unix:@dir@/elsewhere\"",
		.loops = scene->ground->loops };
	char *text = scene_config(&elsewhere, DRAIN);
	char *expanded = place_expand(text);

	put_file("usher.conf", expanded);
	free(expanded);
	free(text);
	load_drain_begins(scene->load);
	usherd_signal(scene->usherd, SIGHUP);
}

START_TEST(a_listener_that_is_gone_serves_its_queue_and_resets_nobody)
{
	struct scene scene = scene_open(&grounds[_i], DRAIN, (uint64_t)_i);
	struct load_group *idle = load_add(scene.load, &idle_role, CLIENTS);
	struct load_group *downloads = load_add(scene.load, &download_role, DOWNLOADS);
	struct load_group *queued;

	load_run_until(scene.load, load_all_answered, idle, "the idle");
	load_run_until(scene.load, load_all_hold, downloads, "the downloads");
	life_freeze(scene.usherd);
	queued = load_add(scene.load, &queued_role, CLIENTS);
	load_run_until(scene.load, load_all_sent, queued, "the queue");
	take_listener_away(&scene);
	life_thaw(scene.usherd);
	scene_run_to_end(&scene);
	usherd_expect_log(scene.usherd, "reload: generation 2 serves");
	ck_assert_uint_eq(queued->counts[LOAD_WHOLE], CLIENTS);
	ck_assert_uint_eq(idle->fins_idle + queued->fins_idle, 2 * CLIENTS);
	ck_assert_uint_ge(downloads->counts[LOAD_WHOLE], DOWNLOADS);
	usherd_signal(scene.usherd, SIGTERM);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lifecycle/reload");
	TCase *tcase = life_case(suite, "reload", 60);

	tcase_add_loop_test(
	    tcase, a_listener_that_is_gone_serves_its_queue_and_resets_nobody, 0, ground_count);
	return life_run(suite);
}
