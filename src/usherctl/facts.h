/* SPDX-License-Identifier: MIT
 *
 * facts: what `usherctl doctor` knows before it judges: the kernel's settings, and
 * what the running daemon says of itself.
 *
 * usherctl/findings judges; this only reads. What nobody tells is FACT_UNKNOWN.
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "usherctl/snapshot.h"

#define FACT_UNKNOWN INT64_C(-1)

struct facts {
	/* net.core and net.ipv4, ip-sysctl in the kernel's documentation */
	int64_t somaxconn;
	int64_t max_syn_backlog;
	int64_t syncookies;
	int64_t abort_on_overflow;
	int64_t migrate_req;
	int64_t first_ephemeral, last_ephemeral; /* ip_local_port_range */
	char reserved_ports[256];                /* ip_local_reserved_ports; "" */
	/* Since the boot, of the whole network namespace: proc_net(5) */
	int64_t listen_overflows;
	int64_t listen_drops;
	bool is_elsewhere; /* the daemon lives in another network namespace */
	/* Of the configuration that is in force */
	int64_t drain_us; /* the longest that a drain may take */
	int64_t needed_files;
	int64_t max_files;             /* RLIMIT_NOFILE of the daemon */
	int64_t stop_limit_us;         /* TimeoutStopSec= of its unit; INT64_MAX: none */
	const struct snapshot *daemon; /* borrowed */
};

/* Everything unknown. */
void facts_init(struct facts *facts);
/* Reads the kernel's settings below `proc` ("/proc"), for the process `pid`. */
void facts_read_kernel(struct facts *facts, const char *proc, uint64_t pid);
/* Takes what the daemon says: its status, which is borrowed, and the text of its
 * effective configuration, or the absent slice. */
void facts_take_daemon(struct facts *facts, const struct snapshot *snapshot, struct slice config);
