/* SPDX-License-Identifier: MIT
 *
 * crowd: its gathering, and what it may expect.
 */
#include "crowd.h"

#define NEWCOMER_EVERY_US 5000
#define PASSER_BY_EVERY_US 7000

static bool
is_warm(const struct load *load, void *arg)
{
	const struct crowd_size *size = arg;

	return load_count(load, LOAD_WHOLE) >= size->warm;
}

struct crowd
crowd_gather(struct scene *scene, const struct crowd_size *size)
{
	struct load *load = scene->load;
	struct crowd crowd = { .size = *size,
		.keep_alive = load_add(load, &keep_alive_role, size->keep_alive),
		.idle = load_add(load, &idle_role, size->idle),
		.downloads = load_add(load, &download_role, size->downloads),
		.uploads = load_add(load, &upload_role, size->uploads),
		.chunked = load_add(load, &chunked_role, size->uploads),
		.newcomers = load_add_steadily(load, &newcomer_role, NEWCOMER_EVERY_US),
		.passers_by = load_add_steadily(load, &passer_by_role, PASSER_BY_EVERY_US) };

	load_run_until(load, load_all_hold, crowd.downloads, "the midst of each download");
	load_run_until(load, load_all_hold, crowd.uploads, "half of each upload");
	load_run_until(load, load_all_hold, crowd.chunked, "half of each chunked upload");
	load_run_until(load, load_all_answered, crowd.idle, "an answer for each idle client");
	load_run_until(load, is_warm, &crowd.size, "many answers");
	return crowd;
}

/* usherd stands still and a queue forms. */
static void
queue_up(struct scene *scene, struct crowd *crowd)
{
	life_freeze(scene->usherd);
	crowd->queued = load_add(scene->load, &queued_role, crowd->size.queued);
	load_run_until(scene->load, load_all_sent, crowd->queued, "a request of each in the queue");
}

static void
expect_at_least(const struct load_group *group, uint64_t answers)
{
	if (group->counts[LOAD_WHOLE] < answers)
		wire_fail("%s: %llu answers instead of %llu", group->role->name,
		    (unsigned long long)group->counts[LOAD_WHOLE], (unsigned long long)answers);
}

/* Each connection was answered, the queue's and the newcomers'; each idle client
 * got its FIN; whoever was in the midst of a request has had one answer more, which
 * said close. */
static void
expect_served(const struct crowd *crowd)
{
	const struct crowd_size *size = &crowd->size;

	expect_at_least(crowd->queued, size->queued);
	expect_at_least(crowd->idle, size->idle);
	expect_at_least(crowd->downloads, UINT64_C(2) * size->downloads);
	expect_at_least(crowd->uploads, UINT64_C(2) * size->uploads);
	expect_at_least(crowd->chunked, UINT64_C(2) * size->uploads);
	expect_at_least(crowd->newcomers, crowd->newcomers->connected);
	expect_at_least(crowd->passers_by, crowd->passers_by->connected);
	if (crowd->idle->fins_idle != size->idle || crowd->queued->fins_idle != size->queued)
		wire_fail("some idle clients got no FIN");
	if (crowd->newcomers->counts[LOAD_REFUSED] == 0)
		wire_fail("newcomers were let in to the end");
}

void
crowd_drain(struct scene *scene, struct crowd *crowd)
{
	queue_up(scene, crowd);
	scene_terminate(scene);
	life_thaw(scene->usherd);
	scene_run_to_end(scene);
	expect_served(crowd);
}

uint64_t
crowd_connected(const struct crowd *crowd)
{
	const struct load_group *groups[] = { crowd->keep_alive, crowd->idle, crowd->downloads,
		crowd->uploads, crowd->chunked, crowd->newcomers, crowd->passers_by,
		crowd->queued };
	uint64_t connected = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		connected += groups[i]->connected;
	return connected;
}
