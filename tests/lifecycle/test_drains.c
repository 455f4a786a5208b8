/* SPDX-License-Identifier: MIT
 *
 * drains: one after the other, under load, on all grounds in turn.
 */
#include "crowd.h"
#include "harness/loader.h"

static const struct crowd_size few = {
	.keep_alive = 60,
	.idle = 10,
	.downloads = 5,
	.uploads = 3,
	.queued = 30,
	.warm = 200,
};

START_TEST(ten_drains_in_a_row_lose_nothing)
{
	for (int i = 0; i < 10; i++) {
		struct scene scene = scene_open(
		    &grounds[i % ground_count], "drain { idle_grace = \"300ms\" }\n", (uint64_t)i);
		struct crowd crowd = crowd_gather(&scene, &few);

		crowd_drain(&scene, &crowd);
		scene_close(&scene);
		/* Each holds two of the user's inotify(7) instances, of which there are few. */
		loader_end_all();
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("drains");
	TCase *drains = life_case(suite, "drains", 90);

	tcase_add_test(drains, ten_drains_in_a_row_lose_nothing);
	return life_run(suite);
}
