/* SPDX-License-Identifier: MIT
 *
 * crowd: its gathering, and what it may expect.
 */
#include "crowd.h"

#include <stdio.h>

#include "outsider.h"

#define NEWCOMER_EVERY_US 5000
#define STRANGERS 4
#define PASSER_BY_EVERY_US 7000

static bool
is_warm(const struct load *load, void *arg)
{
	const struct crowd_size *size = arg;

	return load_count(load, LOAD_WHOLE) >= size->warm;
}

struct count_text {
	char digits[16];
};

static struct count_text
text_of(unsigned count)
{
	struct count_text text;

	(void)snprintf(text.digits, sizeof(text.digits), "%u", count);
	return text;
}

static void
bring_regulars(struct scene *scene, struct crowd *crowd)
{
	const struct count_text count = text_of(crowd->size.keep_alive);

	if (scene->ground->fin_late_us > 0 || !outsider_may_come(scene)) {
		crowd->keep_alive = load_add(scene->load, &keep_alive_role, crowd->size.keep_alive);
		return;
	}
	outsider_put_pages("pages");
	crowd->regulars = outsider_start(scene, "regulars", 1,
	    ARGS("-c", count.digits, "--think", "0-20ms", "--request-file", "@dir@/pages"));
}

static void
bring_newcomers(struct scene *scene, struct crowd *crowd)
{
	const struct count_text count = text_of(STRANGERS);

	if (!outsider_may_come(scene))
		crowd->newcomers =
		    load_add_steadily(scene->load, &newcomer_role, NEWCOMER_EVERY_US);
	else
		crowd->strangers = outsider_start(
		    scene, "strangers", 2, ARGS("-c", count.digits, "--close", "-R", "200"));
}

static void
warm_up(struct scene *scene, struct crowd *crowd)
{
	if (crowd->strangers)
		outsider_await(scene, "strangers");
	if (crowd->regulars)
		outsider_await(scene, "regulars");
	else
		load_run_until(scene->load, is_warm, &crowd->size, "many answers");
}

struct crowd
crowd_gather(struct scene *scene, const struct crowd_size *size)
{
	struct load *load = scene->load;
	struct crowd crowd = { .size = *size,
		.idle = load_add(load, &idle_role, size->idle),
		.downloads = load_add(load, &download_role, size->downloads),
		.uploads = load_add(load, &upload_role, size->uploads),
		.chunked = load_add(load, &chunked_role, size->uploads),
		.passers_by = load_add_steadily(load, &passer_by_role, PASSER_BY_EVERY_US) };

	bring_regulars(scene, &crowd);
	bring_newcomers(scene, &crowd);
	load_run_until(load, load_all_hold, crowd.downloads, "the midst of each download");
	load_run_until(load, load_all_hold, crowd.uploads, "half of each upload");
	load_run_until(load, load_all_hold, crowd.chunked, "half of each chunked upload");
	load_run_until(load, load_all_answered, crowd.idle, "an answer for each idle client");
	warm_up(scene, &crowd);
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
	if (crowd->newcomers)
		expect_at_least(crowd->newcomers, crowd->newcomers->connected);
	expect_at_least(crowd->passers_by, crowd->passers_by->connected);
	if (crowd->idle->fins_idle != size->idle || crowd->queued->fins_idle != size->queued)
		wire_fail("some idle clients got no FIN");
	if (crowd->passers_by->counts[LOAD_REFUSED] == 0)
		wire_fail("passers-by were let in to the end");
}

/* Each attempt that failed, as the kernel counts them, when all clients have ended:
 * usher-load does not count one that it gave up as it was ended. */
static void
count_refused(struct scene *scene, uint64_t seen, uint64_t clients)
{
	if (!scene->ground->is_tcp)
		return;
	scene->refused_apart = counter_growth(&scene->before, COUNTER_FAILED_CONNECTS) -
	    load_count(scene->load, LOAD_REFUSED);
	if (scene->refused_apart < seen || scene->refused_apart > seen + clients)
		wire_fail("usher-load saw %llu connects refused, the kernel %llu",
		    (unsigned long long)seen, (unsigned long long)scene->refused_apart);
}

/* How many of its connects were refused. */
static uint64_t
dismiss(struct loader *outsider, uint64_t answers)
{
	if (!outsider)
		return 0;
	outsider_end(outsider);
	if (loader_count(outsider, "answered") < answers)
		wire_fail("usher-load had %llu answers", (unsigned long long)answers);
	return loader_count(outsider, "connections_refused");
}

static bool
is_shut(const struct load *load, void *arg)
{
	const struct crowd *crowd = arg;

	(void)load;
	return crowd->idle->fins_idle == crowd->size.idle &&
	    crowd->passers_by->counts[LOAD_REFUSED] > 0;
}

/* When the last of the idle has his FIN and nobody is let in, nobody who only thinks has
 * a connection. They are not to try in vain for longer. Returns how many connects they
 * saw refused. */
static uint64_t
dismiss_outsiders(const struct scene *scene, struct crowd *crowd)
{
	uint64_t refused;

	if (!crowd->strangers)
		return 0;
	load_run_until(scene->load, is_shut, crowd, "a FIN for the idle and a closed door");
	/* It begins when it can: with a quarter of its clients, at the least. */
	refused = dismiss(crowd->regulars, crowd->size.keep_alive / 4);
	refused += dismiss(crowd->strangers, 1);
	return refused;
}

void
crowd_drain(struct scene *scene, struct crowd *crowd)
{
	uint64_t refused;

	queue_up(scene, crowd);
	scene_terminate(scene);
	life_thaw(scene->usherd);
	refused = dismiss_outsiders(scene, crowd);
	scene_run_to_end(scene);
	count_refused(scene, refused, crowd->strangers ? STRANGERS + crowd->size.keep_alive : 0);
	expect_served(crowd);
}

uint64_t
crowd_connected(const struct crowd *crowd)
{
	const struct load_group *groups[] = { crowd->keep_alive, crowd->idle, crowd->downloads,
		crowd->uploads, crowd->chunked, crowd->newcomers, crowd->passers_by,
		crowd->queued };
	struct loader *const outsiders[] = { crowd->regulars, crowd->strangers };
	uint64_t connected = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		connected += groups[i] ? groups[i]->connected : 0;
	for (size_t i = 0; i < sizeof(outsiders) / sizeof(outsiders[0]); i++)
		connected += outsiders[i] ? loader_count(outsiders[i], "connects") : 0;
	return connected;
}
