/* SPDX-License-Identifier: MIT
 *
 * drain: a server under load is told to stop, and nobody loses anything but the
 * chance to connect anew. The clients say so, usherd says so, and the kernel says
 * so.
 */
#include <signal.h>

#include "scene.h"

#define DRAIN "drain { idle_grace = \"300ms\"  deadline = \"20s\" }\n"
#define QUEUED 100

/* Enough requests that every client has found its place. */
static bool
is_warm(const struct load *load, void *arg)
{
	(void)arg;
	return load_count(load, LOAD_WHOLE) > 1500;
}

struct crowd {
	struct load_group *keep_alive;
	struct load_group *idle;
	struct load_group *downloads;
	struct load_group *uploads;
	struct load_group *chunked;
	struct load_group *newcomers;
	struct load_group *passers_by;
};

/* Everybody comes; until all are in the midst of what they do. */
static struct crowd
gather(struct scene *scene)
{
	struct load *load = scene->load;
	struct crowd crowd = { .keep_alive = load_add(load, &keep_alive_role, 200),
		.idle = load_add(load, &idle_role, 50),
		.downloads = load_add(load, &download_role, 20),
		.uploads = load_add(load, &upload_role, 10),
		.chunked = load_add(load, &chunked_role, 10),
		.newcomers = load_add_steadily(load, &newcomer_role, 5000),
		.passers_by = load_add_steadily(load, &passer_by_role, 7000) };

	load_run_until(load, load_all_hold, crowd.downloads, "half of each download");
	load_run_until(load, load_all_hold, crowd.uploads, "half of each upload");
	load_run_until(load, load_all_hold, crowd.chunked, "half of each chunked upload");
	load_run_until(load, load_all_answered, crowd.idle, "an answer for each idle client");
	load_run_until(load, is_warm, NULL, "many answers");
	return crowd;
}

/* The process stands still, and a queue forms. */
static struct load_group *
fill_queue(struct scene *scene)
{
	struct load_group *queued;

	life_freeze(scene->usherd);
	queued = load_add(scene->load, &queued_role, QUEUED);
	load_run_until(scene->load, load_all_sent, queued, "a request of each in the queue");
	return queued;
}

static void
expect_each_was_served(const struct crowd *crowd, const struct load_group *queued)
{
	ck_assert_uint_eq(queued->counts[LOAD_WHOLE], QUEUED);
	ck_assert_uint_eq(crowd->idle->counts[LOAD_WHOLE], 50);
	ck_assert_uint_eq(crowd->idle->fins_idle, 50);
	/* The large answer, and a small one afterwards that says close. */
	ck_assert_uint_ge(crowd->downloads->counts[LOAD_WHOLE], 2 * 20);
	ck_assert_uint_ge(crowd->uploads->counts[LOAD_WHOLE], 2 * 10);
	ck_assert_uint_ge(crowd->chunked->counts[LOAD_WHOLE], 2 * 10);
	ck_assert_uint_eq(crowd->keep_alive->fins_idle, 0);
	ck_assert_uint_gt(crowd->newcomers->counts[LOAD_REFUSED], 0);
	ck_assert_uint_eq(crowd->newcomers->connected, crowd->newcomers->counts[LOAD_WHOLE]);
	ck_assert_uint_eq(crowd->passers_by->connected, crowd->passers_by->counts[LOAD_WHOLE]);
}

/* Everybody who was connected has a line in the log of connections. */
static void
expect_each_was_logged(const struct scene *scene, uint64_t connected)
{
	struct life_lines lines = life_connections();

	(void)scene;
	ck_assert_uint_eq(lines.count, connected);
	bytes_free(&lines.text);
}

START_TEST(nothing_is_lost_by_a_drain_under_load)
{
	struct scene scene = scene_open(&grounds[_i], DRAIN, (uint64_t)_i);
	struct crowd crowd = gather(&scene);
	struct load_group *queued = fill_queue(&scene);
	uint64_t connected;

	scene_terminate(&scene);
	life_thaw(scene.usherd);
	load_run_to_end(scene.load, WIRE_DEADLINE_US);
	connected =
	    200 + 50 + 20 + 20 + QUEUED + crowd.newcomers->connected + crowd.passers_by->connected;
	expect_each_was_served(&crowd, queued);
	scene_close(&scene);
	expect_each_was_logged(&scene, connected);
}
END_TEST

/* The same clients that see a FIN late, but no grace for one more request: the
 * FIN crosses requests on their way, and however clean it is, these are lost. This
 * shows that the test above can fail, and what drain.idle_grace is for. */
START_TEST(without_a_grace_requests_that_cross_the_fin_are_lost)
{
	struct scene scene = scene_open(&grounds[1], "drain { idle_grace = \"0\" }\n", 1);
	struct bytes text = { 0 };

	(void)load_add(scene.load, &keep_alive_role, 200);
	load_run_until(scene.load, is_warm, NULL, "many answers");
	scene_terminate(&scene);
	load_run_to_end(scene.load, WIRE_DEADLINE_US);
	load_describe(scene.load, &text);
	ck_assert_msg(load_count(scene.load, LOAD_LOST) > 0, "%s", bytes_string(&text));
	ck_assert_msg(load_count(scene.load, LOAD_CUT) == 0, "%s", bytes_string(&text));
	ck_assert_msg(load_count(scene.load, LOAD_RESET) == 0, "%s", bytes_string(&text));
	bytes_free(&text);
	load_free(scene.load);
	usherd_expect_clean_end(scene.usherd);
	expect_counters(&scene.before, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("drain");
	TCase *drain = life_case(suite, "drain", 60);

	tcase_add_loop_test(drain, nothing_is_lost_by_a_drain_under_load, 0, ground_count);
	tcase_add_test(drain, without_a_grace_requests_that_cross_the_fin_are_lost);
	return life_run(suite);
}
