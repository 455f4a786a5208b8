/* SPDX-License-Identifier: MIT
 *
 * snapshot: the figures of the whole server at one moment, as plain data. Each loop
 * fills a part of its own; the parts are added up here, and what the admin service
 * answers (status, listeners, metrics, the status page) is made from the sum alone.
 *
 * A part is whole in itself: it may be handed to another thread. A snapshot borrows
 * from the configuration in force and from static memory, and is used up within one
 * callback of the main thread.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/log.h"
#include "config/config.h"
#include "handler/file_cache.h"
#include "net/conn.h"
#include "net/ending.h"
#include "net/listener.h"
#include "protocol/http1_counters.h"

#define SNAPSHOT_NAME_MAX 256 /* of a listener, with its NUL */

struct snapshot_queue {
	bool is_known; /* the transport tells */
	uint64_t length;
	uint64_t peak;
	uint64_t limit;
	uint64_t drops;
	uint64_t full; /* how often it was seen at its limit */
};

struct snapshot_listener {
	char name[SNAPSHOT_NAME_MAX];
	char address[ADDRESS_TEXT_MAX];
	const char *transport;                /* static */
	const struct config_listener *config; /* borrowed; NULL: it is in none any more */
	unsigned paused;                      /* bits of enum listener_pause, of any loop */
	bool is_draining;                     /* it accepts nobody new */
	struct snapshot_queue queue;
	uint64_t accepted;
	uint64_t refused;
	uint64_t open;
	uint64_t pauses[LISTENER_PAUSE_REASONS];
};

/* Of limits that concern many connections. */
struct snapshot_limits {
	uint64_t memory_used; /* in connections, buffers and caches */
	uint64_t shortages;   /* how often a loop came to its share of limits.memory */
	uint64_t short_loops; /* that are short of it now */
	uint64_t fulls;       /* … and likewise, of limits.connections */
	uint64_t full_loops;
	uint64_t requests_rate;     /* answered 429 */
	uint64_t requests_overload; /* answered 503 for want of memory */
};

struct snapshot_loop {
	unsigned index;
	bool has_answered; /* else the figures are those it last told */
	int64_t busy_us;   /* CPU time of its thread */
	int64_t delay_us;  /* how long it took to answer */
	uint64_t turns;
	uint64_t events;
	uint64_t open;
};

/* Where a drain stands: the numbers are the steps' order. */
struct snapshot_drain {
	unsigned step;         /* 0: there is none */
	const char *step_name; /* static */
	int64_t began_us;      /* monotonic */
};

/* What one loop tells. */
struct snapshot_part {
	uint64_t round; /* of the question that it answers */
	struct snapshot_loop loop;
	uint64_t by_state[CONN_STATES];
	uint64_t accepted;
	uint64_t moved;      /* connections that came from another loop, */
	uint64_t taken_over; /* and from another process */
	uint64_t bytes_in;
	uint64_t bytes_out;
	struct ending_tally endings;
	struct http1_counters http;
	struct file_cache_counts cache;
	struct file_cache_usage cached;
	uint64_t lost_lines;
	struct snapshot_limits limits;
	struct snapshot_drain drain;
	size_t listener_count;
	struct snapshot_listener *listeners; /* in the same piece of memory */
};

struct snapshot_config {
	const char *file; /* borrowed */
	uint64_t generation;
	uint64_t generations;   /* that still have users */
	int64_t loaded_seconds; /* wall time */
	/* the last reload; `reloaded_seconds` 0: there was none */
	int64_t reloaded_seconds;
	bool reload_is_ok;
	const char *reload_error; /* borrowed; NULL: none */
};

struct snapshot_process {
	int64_t user_us;
	int64_t system_us;
	uint64_t resident_bytes;
	uint64_t virtual_bytes;
	uint64_t open_fds;
	uint64_t max_fds;
	uint64_t threads;
};

struct snapshot {
	const char *version;
	uint64_t pid;
	int64_t started_seconds; /* wall time */
	int64_t uptime_us;
	int64_t now_us; /* monotonic */
	bool is_draining;
	int64_t drain_deadline_us; /* how long a drain may take */
	uint64_t connection_limit;
	uint64_t memory_limit; /* 0: none */
	uint64_t addresses;    /* in the table of client addresses */
	enum log_level log_level;
	struct snapshot_config config;
	struct snapshot_process process;
	struct snapshot_part sum;            /* of the parts; without listeners */
	struct snapshot_listener *listeners; /* merged; owned by whoever made the snapshot */
	size_t listener_count;
	struct snapshot_loop *loops; /* likewise */
	size_t loop_count;
};

/* Adds a loop's part to the sum, but for its listeners. */
void snapshot_add(struct snapshot *, const struct snapshot_part *);

/* Adds the part's listeners to those of the snapshot, which has room for all: those of
 * one name and address are one, but one that drains is told apart from its successor. */
void snapshot_add_listeners(struct snapshot *, const struct snapshot_part *);

/* Adds the counts of a listener of a loop that is no more to those of the snapshot's listener
 * of that name and address; where there is none, to nothing. */
void snapshot_add_counts(struct snapshot *, const struct snapshot_listener *);

/* Connections that are open, in whatever state. */
uint64_t snapshot_open(const struct snapshot *);

/* The duration that `share` (0 to 1) of the requests did not exceed, between the
 * bounds of its bucket in proportion; 0 where there was no request. */
int64_t snapshot_quantile_us(const uint64_t by_duration[HTTP1_DURATION_BUCKETS], double share);

/* "accepting", "paused", "draining". */
const char *snapshot_listener_state(const struct snapshot_listener *);
