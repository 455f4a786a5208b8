/* SPDX-License-Identifier: MIT
 *
 * load: the loop and the groups.
 */
#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "load/load_private.h"

static struct list_link all = { &all, &all };

static const char *const names[LOAD_OUTCOME_COUNT] = {
#define X(identifier, word) [LOAD_##identifier] = word,
	LOAD_OUTCOMES(X)
#undef X
};

const char *
load_outcome_name(enum load_outcome outcome)
{
	return names[outcome];
}

/* splitmix64: the same clients with the same seed. */
int64_t
load_random(struct load *load, int64_t max)
{
	uint64_t z = load->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (int64_t)((z ^ (z >> 31)) % ((uint64_t)max + 1));
}

static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
	struct load *load = arg;

	(void)fd;
	(void)events;
	load->is_late = true;
}

static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	/* The coarse clock has steps of several milliseconds. */
	if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) != 0)
		abort();
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base)
		abort();
	return base;
}

struct load *
load_new(const struct load_options *options)
{
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		abort();
	load->base = new_base();
	load->options = *options;
	load->random = options->seed;
	list_init(&load->clients);
	list_append(&all, &load->link);
	(void)event_assign(&load->deadline, load->base, -1, 0, on_deadline, load);
	return load;
}

static void
free_load(struct load *load)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &load->clients)
		load_client_fail(
		    list_entry(link, struct load_client, link), LOAD_TIMEOUT, "given up");
	for (size_t i = 0; i < load->group_count; i++)
		if (load->groups[i].group.is_spawning)
			(void)event_del(&load->groups[i].spawner);
	(void)event_del(&load->deadline);
	event_base_free(load->base);
	bytes_free(&load->complaints);
	free(load);
}

void
load_end_all(void)
{
	struct list_link *first;

	while ((first = list_first(&all)) != NULL) {
		list_remove(first);
		free_load(list_entry(first, struct load, link));
	}
}

static struct load_group_entry *
new_group(struct load *load, const struct load_role *role)
{
	struct load_group_entry *entry = &load->groups[load->group_count++];

	if (load->group_count > LOAD_GROUPS_MAX)
		wire_fail("more than %d groups", LOAD_GROUPS_MAX);
	entry->load = load;
	entry->group.role = role;
	return entry;
}

struct load_group *
load_add(struct load *load, const struct load_role *role, unsigned count)
{
	struct load_group *group = &new_group(load, role)->group;

	while (count-- > 0)
		load_client_start(load, group);
	return group;
}

static void
on_spawn(evutil_socket_t fd, short events, void *arg)
{
	struct load_group_entry *entry = arg;

	(void)fd;
	(void)events;
	if (entry->group.counts[LOAD_REFUSED] == 0) {
		load_client_start(entry->load, &entry->group);
		return;
	}
	entry->group.is_spawning = false;
	(void)event_del(&entry->spawner);
}

struct load_group *
load_add_steadily(struct load *load, const struct load_role *role, int64_t every_us)
{
	struct load_group_entry *entry = new_group(load, role);
	const struct timeval every = { .tv_sec = every_us / CLOCK_SECOND_US,
		.tv_usec = every_us % CLOCK_SECOND_US };

	(void)event_assign(&entry->spawner, load->base, -1, EV_PERSIST, on_spawn, entry);
	(void)event_add(&entry->spawner, &every);
	entry->group.is_spawning = true;
	return &entry->group;
}

static void
set_deadline(struct load *load, int64_t wait_us)
{
	const struct timeval wait = { .tv_sec = wait_us / CLOCK_SECOND_US,
		.tv_usec = wait_us % CLOCK_SECOND_US };

	load->is_late = false;
	(void)event_add(&load->deadline, &wait);
}

uint64_t
load_count(const struct load *load, enum load_outcome outcome)
{
	uint64_t count = 0;

	for (size_t i = 0; i < load->group_count; i++)
		count += load->groups[i].group.counts[outcome];
	return count;
}

static uint64_t
count_lost(const struct load *load)
{
	uint64_t lost = 0;

	for (int i = LOAD_LOST; i < LOAD_OUTCOME_COUNT; i++)
		lost += load_count(load, (enum load_outcome)i);
	return lost;
}

void
load_run_until(
    struct load *load, bool (*is_so)(const struct load *, void *arg), void *arg, const char *what)
{
	struct bytes text = { 0 };

	set_deadline(load, WIRE_DEADLINE_US);
	while (!load->is_late && count_lost(load) == 0 && !is_so(load, arg))
		(void)event_base_loop(load->base, EVLOOP_ONCE);
	if (!load->is_late && count_lost(load) == 0)
		return;
	load_describe(load, &text);
	wire_fail("while waiting for %s\n%s", what, bytes_string(&text));
}

void
load_drain_begins(struct load *load)
{
	struct list_link *link, *following;

	load->is_draining = true;
	list_foreach_safe (link, following, &load->clients) {
		struct load_client *client = list_entry(link, struct load_client, link);

		if (client->role->hold == LOAD_HOLDS_UNTIL_RELEASE)
			load_client_release(client);
	}
}

static bool
is_over(const struct load *load)
{
	for (size_t i = 0; i < load->group_count; i++)
		if (load->groups[i].group.is_spawning)
			return false;
	return list_is_empty(&load->clients);
}

void
load_run_to_end(struct load *load, int64_t patience_us)
{
	struct list_link *link, *following;

	set_deadline(load, patience_us);
	while (!load->is_late && !is_over(load))
		(void)event_base_loop(load->base, EVLOOP_ONCE);
	list_foreach_safe (link, following, &load->clients)
		load_client_fail(
		    list_entry(link, struct load_client, link), LOAD_TIMEOUT, "it took too long");
}

static void
describe_group(const struct load_group *group, struct bytes *text)
{
	bytes_put_format(text, "%s: %llu clients, %llu connected", group->role->name,
	    (unsigned long long)group->clients, (unsigned long long)group->connected);
	for (int i = 0; i < LOAD_OUTCOME_COUNT; i++)
		if (group->counts[i] > 0)
			bytes_put_format(text, ", %llu %s", (unsigned long long)group->counts[i],
			    load_outcome_name((enum load_outcome)i));
	bytes_put_format(text, "; FIN between requests: %llu, after the last: %llu\n",
	    (unsigned long long)group->fins_idle, (unsigned long long)group->fins_after);
}

void
load_describe(const struct load *load, struct bytes *text)
{
	bytes_put_format(text, "seed %llu\n", (unsigned long long)load->options.seed);
	for (size_t i = 0; i < load->group_count; i++)
		describe_group(&load->groups[i].group, text);
	bytes_put_string(text, bytes_string(&load->complaints));
}

void
load_expect_nothing_lost(struct load *load)
{
	struct bytes text = { 0 };
	uint64_t lost = count_lost(load);

	if (lost == 0)
		return;
	load_describe(load, &text);
	wire_fail("%llu requests were lost\n%s", (unsigned long long)lost, bytes_string(&text));
}

bool
load_all_hold(const struct load *load, void *arg)
{
	const struct load_group *group = arg;

	(void)load;
	return group->holding == group->clients;
}

bool
load_all_sent(const struct load *load, void *arg)
{
	const struct load_group *group = arg;

	(void)load;
	return group->sent >= group->clients;
}

bool
load_all_answered(const struct load *load, void *arg)
{
	const struct load_group *group = arg;

	(void)load;
	return group->counts[LOAD_WHOLE] >= group->clients;
}
