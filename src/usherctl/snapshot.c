/* SPDX-License-Identifier: MIT
 *
 * snapshot: tables of paths, and the four lists.
 */
#include "usherctl/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "usherctl/object.h"

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])
#define TOP(path, kind, member)                               \
	{                                                     \
		path, kind, offsetof(struct snapshot, member) \
	}
#define LISTENER(path, kind, member)                                   \
	{                                                              \
		path, kind, offsetof(struct snapshot_listener, member) \
	}
#define LOOP(path, kind, member)                                   \
	{                                                          \
		path, kind, offsetof(struct snapshot_loop, member) \
	}

static const struct object_member top[] = {
	TOP("version", OBJECT_STRING, version),
	TOP("state", OBJECT_STRING, state),
	TOP("started", OBJECT_STRING, started),
	TOP("pid", OBJECT_COUNT, pid),
	TOP("uptime_s", OBJECT_NUMBER, uptime_s),
	TOP("config.file", OBJECT_STRING, config.file),
	TOP("config.loaded", OBJECT_STRING, config.loaded),
	TOP("config.generation", OBJECT_COUNT, config.generation),
	TOP("config.generations", OBJECT_COUNT, config.generations),
	TOP("config.last_reload.ok", OBJECT_FLAG, config.reload_ok),
	TOP("config.last_reload.at", OBJECT_STRING, config.reload_at),
	TOP("config.last_reload.error", OBJECT_STRING, config.reload_error),
	TOP("connections.open", OBJECT_COUNT, connections.open),
	TOP("connections.busy", OBJECT_COUNT, connections.busy),
	TOP("connections.idle", OBJECT_COUNT, connections.idle),
	TOP("connections.parked", OBJECT_COUNT, connections.parked),
	TOP("connections.flushing", OBJECT_COUNT, connections.flushing),
	TOP("connections.lingering", OBJECT_COUNT, connections.lingering),
	TOP("connections.limit", OBJECT_COUNT, connections.limit),
	TOP("connections.accepted", OBJECT_COUNT, connections.accepted),
	TOP("limits.memory_used", OBJECT_COUNT, limits.memory_used),
	TOP("limits.memory", OBJECT_COUNT, limits.memory),
	TOP("limits.memory_shortages", OBJECT_COUNT, limits.memory_shortages),
	TOP("limits.memory_short_loops", OBJECT_COUNT, limits.memory_short_loops),
	TOP("limits.connections_full", OBJECT_COUNT, limits.connections_full),
	TOP("limits.connections_full_loops", OBJECT_COUNT, limits.connections_full_loops),
	TOP("limits.requests_refused_rate", OBJECT_COUNT, limits.requests_rate),
	TOP("limits.requests_refused_memory", OBJECT_COUNT, limits.requests_memory),
	TOP("limits.addresses", OBJECT_COUNT, limits.addresses),
	TOP("requests.total", OBJECT_COUNT, requests.total),
	TOP("requests.in_flight", OBJECT_COUNT, requests.in_flight),
	TOP("requests.by_class.none", OBJECT_COUNT, requests.none),
	TOP("requests.by_class.1xx", OBJECT_COUNT, requests.c1xx),
	TOP("requests.by_class.2xx", OBJECT_COUNT, requests.c2xx),
	TOP("requests.by_class.3xx", OBJECT_COUNT, requests.c3xx),
	TOP("requests.by_class.4xx", OBJECT_COUNT, requests.c4xx),
	TOP("requests.by_class.5xx", OBJECT_COUNT, requests.c5xx),
	TOP("requests.bytes_in", OBJECT_COUNT, requests.bytes_in),
	TOP("requests.bytes_out", OBJECT_COUNT, requests.bytes_out),
	TOP("requests.duration.count", OBJECT_COUNT, requests.count),
	TOP("requests.duration.sum_s", OBJECT_NUMBER, requests.sum_s),
	TOP("requests.duration.p50_s", OBJECT_NUMBER, requests.p50_s),
	TOP("requests.duration.p90_s", OBJECT_NUMBER, requests.p90_s),
	TOP("requests.duration.p99_s", OBJECT_NUMBER, requests.p99_s),
	TOP("requests.duration.p999_s", OBJECT_NUMBER, requests.p999_s),
	TOP("endings.total", OBJECT_COUNT, endings.total),
	TOP("endings.by_first_fin.none", OBJECT_COUNT, endings.fin_none),
	TOP("endings.by_first_fin.ours", OBJECT_COUNT, endings.fin_ours),
	TOP("endings.by_first_fin.peer", OBJECT_COUNT, endings.fin_peer),
	TOP("endings.resets_sent", OBJECT_COUNT, endings.resets_sent),
	TOP("endings.resets_received", OBJECT_COUNT, endings.resets_received),
	TOP("file_cache.hits", OBJECT_COUNT, cache.hits),
	TOP("file_cache.stale", OBJECT_COUNT, cache.stale),
	TOP("file_cache.misses", OBJECT_COUNT, cache.misses),
	TOP("file_cache.evicted", OBJECT_COUNT, cache.evicted),
	TOP("file_cache.files", OBJECT_COUNT, cache.files),
	TOP("file_cache.bytes", OBJECT_COUNT, cache.bytes),
	TOP("log.level", OBJECT_STRING, log.level),
	TOP("log.lost_lines", OBJECT_COUNT, log.lost_lines),
	TOP("drain.step", OBJECT_STRING, drain.step),
	TOP("drain.since_s", OBJECT_NUMBER, drain.since_s),
	TOP("drain.deadline_s", OBJECT_NUMBER, drain.deadline_s),
	TOP("process.user_s", OBJECT_NUMBER, process.user_s),
	TOP("process.system_s", OBJECT_NUMBER, process.system_s),
	TOP("process.resident_bytes", OBJECT_COUNT, process.resident_bytes),
	TOP("process.open_fds", OBJECT_COUNT, process.open_fds),
	TOP("process.max_fds", OBJECT_COUNT, process.max_fds),
	TOP("process.threads", OBJECT_COUNT, process.threads),
};

static const struct object_member of_listener[] = {
	LISTENER("name", OBJECT_STRING, name),
	LISTENER("address", OBJECT_STRING, address),
	LISTENER("transport", OBJECT_STRING, transport),
	LISTENER("state", OBJECT_STRING, state),
	LISTENER("backlog", OBJECT_COUNT, backlog),
	LISTENER("queue.length", OBJECT_COUNT, queue_length),
	LISTENER("queue.peak", OBJECT_COUNT, queue_peak),
	LISTENER("queue.limit", OBJECT_COUNT, queue_limit),
	LISTENER("queue.drops", OBJECT_COUNT, queue_drops),
	LISTENER("queue.full", OBJECT_COUNT, queue_full),
	LISTENER("accepted", OBJECT_COUNT, accepted),
	LISTENER("refused", OBJECT_COUNT, refused),
	LISTENER("open", OBJECT_COUNT, open),
};

static const struct object_member of_loop[] = {
	LOOP("index", OBJECT_COUNT, index),
	LOOP("answered", OBJECT_FLAG, answered),
	LOOP("busy_s", OBJECT_NUMBER, busy_s),
	LOOP("turns", OBJECT_COUNT, turns),
	LOOP("events", OBJECT_COUNT, events),
	LOOP("connections", OBJECT_COUNT, connections),
};

int
snapshot_read_listeners(
    const json_t *array, struct snapshot_listener **ret_listeners, size_t *ret_count)
{
	size_t count = json_array_size(array);
	struct snapshot_listener *listeners = calloc(count + 1, sizeof(*listeners));

	if (!listeners)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);

		object_fill(&listeners[i], item, ROWS(of_listener));
		listeners[i].has_queue = json_is_object(object_at(item, "queue"));
		listeners[i].paused = object_at(item, "paused");
	}
	*ret_listeners = listeners;
	*ret_count = count;
	return 0;
}

static int
read_loops(struct snapshot *snapshot)
{
	const json_t *array = object_at(snapshot->root, "loops");
	size_t count = json_array_size(array);

	snapshot->loops = calloc(count + 1, sizeof(snapshot->loops[0]));
	if (!snapshot->loops)
		return -ENOMEM;
	snapshot->loop_count = count;
	for (size_t i = 0; i < count; i++)
		object_fill(&snapshot->loops[i], json_array_get(array, i), ROWS(of_loop));
	return 0;
}

static int
compare_causes(const void *a, const void *b)
{
	const struct snapshot_cause *one = a, *other = b;

	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return strcmp(one->name, other->name);
}

static int
read_causes(struct snapshot *snapshot)
{
	json_t *causes = json_object_get(json_object_get(snapshot->root, "endings"), "by_cause");
	const char *name;
	json_t *value;

	snapshot->causes = calloc(json_object_size(causes) + 1, sizeof(snapshot->causes[0]));
	if (!snapshot->causes)
		return -ENOMEM;
	/* cppcheck-suppress unknownMacro ; a loop, of a header of the system */
	json_object_foreach(causes, name, value) snapshot->causes[snapshot->cause_count++] =
	    (struct snapshot_cause){ name, object_count(value, "") };
	qsort(snapshot->causes, snapshot->cause_count, sizeof(snapshot->causes[0]), compare_causes);
	return 0;
}

static int
read_buckets(struct snapshot *snapshot)
{
	const json_t *array = object_at(snapshot->root, "requests.duration.buckets");
	size_t count = json_array_size(array);

	snapshot->buckets = calloc(count + 1, sizeof(snapshot->buckets[0]));
	if (!snapshot->buckets)
		return -ENOMEM;
	snapshot->bucket_count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		bool has_end = json_is_number(object_at(item, "le_s"));

		snapshot->buckets[i].le_s = has_end ? object_number(item, "le_s") : INFINITY;
		snapshot->buckets[i].count = object_count(item, "count");
	}
	return 0;
}

static bool
is_status(const json_t *root)
{
	return json_is_integer(object_at(root, "pid")) &&
	    json_is_string(object_at(root, "state")) &&
	    json_is_object(object_at(root, "connections")) &&
	    json_is_array(object_at(root, "listeners"));
}

int
snapshot_read(struct snapshot *ret_snapshot, json_t *root)
{
	struct snapshot snapshot = { 0 };
	int error;

	if (!is_status(root))
		return -EBADMSG;
	snapshot.root = json_incref(root);
	object_fill(&snapshot, root, ROWS(top));
	snapshot.config.has_reloaded = json_is_object(object_at(root, "config.last_reload"));
	error = snapshot_read_listeners(
	    object_at(root, "listeners"), &snapshot.listeners, &snapshot.listener_count);
	if (error == 0)
		error = read_loops(&snapshot);
	if (error == 0)
		error = read_causes(&snapshot);
	if (error == 0)
		error = read_buckets(&snapshot);
	if (error == 0)
		*ret_snapshot = snapshot;
	else
		snapshot_done(&snapshot);
	return error;
}

void
snapshot_done(struct snapshot *snapshot)
{
	free(snapshot->listeners);
	free(snapshot->loops);
	free(snapshot->causes);
	free(snapshot->buckets);
	json_decref(snapshot->root);
	*snapshot = (struct snapshot){ 0 };
}

uint64_t
snapshot_cause(const struct snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->cause_count; i++)
		if (strcmp(snapshot->causes[i].name, name) == 0)
			return snapshot->causes[i].count;
	return 0;
}

bool
snapshot_is_draining(const struct snapshot *snapshot)
{
	return strcmp(snapshot->state, "draining") == 0;
}
