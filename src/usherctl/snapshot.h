/* SPDX-License-Identifier: MIT
 *
 * snapshot: what GET /status says, as a struct: docs/admin.md has the meaning of
 * each figure.
 *
 * Owns the JSON object, from which all strings are borrowed. Pure: no input, no
 * output.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "usherctl/json_read.h"

struct snapshot_listener {
	const char *name, *address, *transport, *state;
	const json_t *paused; /* the reasons; an array, or NULL */
	uint64_t backlog;
	bool has_queue; /* else its members are 0 */
	uint64_t queue_length, queue_peak, queue_limit, queue_drops, queue_full;
	uint64_t accepted, refused, open;
};

struct snapshot_loop {
	uint64_t index;
	bool answered;
	double busy_s;
	uint64_t turns, events, connections;
};

struct snapshot_cause {
	const char *name;
	uint64_t count;
};

struct snapshot_bucket {
	double le_s;    /* INFINITY in the last */
	uint64_t count; /* of this and all before */
};

struct snapshot {
	json_t *root; /* owned */
	const char *version, *state, *started;
	uint64_t pid;
	double uptime_s;
	struct {
		const char *file, *loaded, *reload_at, *reload_error;
		uint64_t generation, generations;
		bool has_reloaded, reload_ok;
	} config;
	struct {
		uint64_t open, busy, idle, parked, flushing, lingering, limit, accepted;
	} connections;
	struct {
		uint64_t memory_used, memory; /* 0: no limit */
		uint64_t memory_shortages, memory_short_loops;
		uint64_t connections_full, connections_full_loops;
		uint64_t requests_rate, requests_memory, addresses;
	} limits;
	struct {
		uint64_t total, in_flight, none, c1xx, c2xx, c3xx, c4xx, c5xx;
		uint64_t bytes_in, bytes_out, count;
		double sum_s, p50_s, p90_s, p99_s, p999_s;
	} requests;
	struct {
		uint64_t total, fin_none, fin_ours, fin_peer, resets_sent, resets_received;
	} endings;
	struct {
		uint64_t hits, stale, misses, evicted, files, bytes;
	} cache;
	struct {
		const char *level;
		uint64_t lost_lines;
	} log;
	struct {
		const char *step;
		double since_s, deadline_s;
	} drain;
	struct {
		double user_s, system_s;
		uint64_t resident_bytes, open_fds, max_fds, threads;
	} process;
	struct snapshot_listener *listeners; /* owned */
	size_t listener_count;
	struct snapshot_loop *loops; /* owned */
	size_t loop_count;
	struct snapshot_cause *causes; /* owned; the most frequent first */
	size_t cause_count;
	struct snapshot_bucket *buckets; /* owned; ascending */
	size_t bucket_count;
};

/* Takes a reference of `root`. 0, -ENOMEM, or -EBADMSG where that is no status of
 * usherd. Ended by snapshot_done. */
int snapshot_read(struct snapshot *ret_snapshot, json_t *root) __attribute__((warn_unused_result));
/* Without effect on zeros. */
void snapshot_done(struct snapshot *);

/* The listeners of an array as in /status or /listeners: `*ret_listeners` is the
 * caller's to free. 0, or -ENOMEM. */
int snapshot_read_listeners(const json_t *array, struct snapshot_listener **ret_listeners,
    size_t *ret_count) __attribute__((warn_unused_result));

/* How many connections ended for the cause of that name. */
uint64_t snapshot_cause(const struct snapshot *, const char *name);

bool snapshot_is_draining(const struct snapshot *);
