/* SPDX-License-Identifier: MIT */
#include "server/gone.h"

#include <stdlib.h>

void
gone_done(struct gone *gone)
{
	free(gone->counts.listeners);
	gone->counts = (struct snapshot){ .listeners = NULL };
}

static void
keep_counts(struct snapshot_listener *row)
{
	row->config = NULL;
	row->paused = 0;
	row->is_draining = false;
	row->open = 0;
	row->queue.length = 0;
	row->queue.limit = 0;
}

static void
add_listeners(struct snapshot *counts, struct snapshot_part *part)
{
	const size_t most = counts->listener_count + part->listener_count;
	struct snapshot_listener *more =
	    realloc(counts->listeners, (most + 1) * sizeof(struct snapshot_listener));

	if (!more)
		return;
	counts->listeners = more;
	for (size_t i = 0; i < part->listener_count; i++)
		keep_counts(&part->listeners[i]);
	snapshot_add_listeners(counts, part);
	if (counts->listener_count > GONE_LISTENERS_MAX)
		counts->listener_count = GONE_LISTENERS_MAX;
}

void
gone_add(struct gone *gone, struct snapshot_part *part)
{
	for (int state = 0; state < CONN_STATES; state++)
		part->by_state[state] = 0;
	part->limits.memory_used = 0;
	part->limits.short_loops = 0;
	part->limits.full_loops = 0;
	part->cached = (struct file_cache_usage){ .files = 0 };
	part->drain.step = 0;
	snapshot_add(&gone->counts, part);
	add_listeners(&gone->counts, part);
}

void
gone_put(const struct gone *gone, struct snapshot *snapshot)
{
	snapshot_add(snapshot, &gone->counts.sum);
	for (size_t i = 0; i < gone->counts.listener_count; i++)
		snapshot_add_counts(snapshot, &gone->counts.listeners[i]);
}
