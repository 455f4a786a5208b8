/* SPDX-License-Identifier: MIT
 *
 * findings_queues: each listener's accept queue: how long it was to be, how long it
 * is, how full it was, and what did not fit.
 */
#include <string.h>

#include "usherctl/findings.h"

#define BACKLOG_MAX 65535

uint64_t
findings_better_backlog(uint64_t limit, bool was_full)
{
	uint64_t wanted = limit * (was_full ? 4 : 2);
	uint64_t backlog = 64;

	while (backlog < wanted && backlog <= BACKLOG_MAX)
		backlog *= 2;
	return backlog > BACKLOG_MAX ? BACKLOG_MAX : backlog;
}

/* What a longer queue takes: the key, and the kernel's leave. */
static void
mend_backlog(
    struct findings *findings, const struct facts *facts, const char *name, uint64_t backlog)
{
	const char *file = facts->daemon->config.file;

	if (facts->somaxconn != FACT_UNKNOWN && (uint64_t)facts->somaxconn < backlog)
		findings_mend(findings,
		    "sysctl -w net.core.somaxconn=%llu; backlog = %llu in listener \"%s\" of %s; "
		    "usherctl reload",
		    (unsigned long long)backlog, (unsigned long long)backlog, name, file);
	else
		findings_mend(findings, "backlog = %llu in listener \"%s\" of %s; usherctl reload",
		    (unsigned long long)backlog, name, file);
}

/* The kernel took less than was asked for, without a word. */
static void
judge_clamped(
    struct findings *findings, const struct facts *facts, const struct snapshot_listener *listener)
{
	if (!listener->has_queue || listener->queue_limit >= listener->backlog)
		return;
	findings_add(findings, SEVERITY_WARNING, "backlog",
	    "listener %s: backlog = %llu is configured, and the kernel keeps %llu "
	    "(net.core.somaxconn%s)",
	    listener->name, (unsigned long long)listener->backlog,
	    (unsigned long long)listener->queue_limit,
	    facts->somaxconn != FACT_UNKNOWN && (uint64_t)facts->somaxconn >= listener->backlog
		? " was lower when it began to listen"
		: "");
	findings_mend(findings, "sysctl -w net.core.somaxconn=%llu; usherctl reload",
	    (unsigned long long)listener->backlog);
}

/* What `backlog` is in effect: the queue's limit is that of all loops together. */
static uint64_t
backlog_in_effect(const struct snapshot_listener *listener)
{
	if (listener->backlog > 0 && listener->backlog < listener->queue_limit)
		return listener->backlog;
	return listener->queue_limit;
}

static void
judge_fill(
    struct findings *findings, const struct facts *facts, const struct snapshot_listener *listener)
{
	uint64_t limit = listener->queue_limit, peak = listener->queue_peak;
	uint64_t now = backlog_in_effect(listener);
	uint64_t better = findings_better_backlog(now, listener->queue_full > 0);
	unsigned long long shown_better = better, shown_now = now;

	if (listener->queue_full > 0) {
		findings_add(findings, SEVERITY_WARNING, "queue",
		    "raise backlog of listener %s from %llu to %llu: it was full %llu time%s",
		    listener->name, shown_now, shown_better,
		    (unsigned long long)listener->queue_full, listener->queue_full == 1 ? "" : "s");
		mend_backlog(findings, facts, listener->name, better);
	} else if (peak * 5 >= limit * 4 && peak > 0) {
		findings_add(findings, SEVERITY_WARNING, "queue",
		    "raise backlog of listener %s from %llu to %llu: %llu waited in it at its "
		    "peak, %llu %% of what fits",
		    listener->name, shown_now, shown_better, (unsigned long long)peak,
		    (unsigned long long)(peak * 100 / (limit > 0 ? limit : 1)));
		mend_backlog(findings, facts, listener->name, better);
	} else {
		findings_add(findings, SEVERITY_OK, "queue",
		    "listener %s: at most %llu waited in a queue of %llu", listener->name,
		    (unsigned long long)peak, (unsigned long long)limit);
	}
}

/* Drops without a full queue have other reasons, of which memory is the likeliest. */
static void
judge_drops(struct findings *findings, const struct snapshot_listener *listener)
{
	if (listener->queue_drops == 0)
		return;
	findings_add(findings, SEVERITY_WARNING, "drops",
	    "listener %s: the kernel dropped %llu connections or handshakes%s", listener->name,
	    (unsigned long long)listener->queue_drops,
	    listener->queue_full > 0 ? "" : ", though its queue was never seen full");
	findings_mend(findings,
	    "watch it: usherctl top; nstat -az TcpExtListenOverflows TcpExtListenDrops "
	    "TcpExtTCPReqQFullDrop");
}

static void
judge_state(struct findings *findings, const struct snapshot_listener *listener)
{
	const char *reason = json_string_value(json_array_get(listener->paused, 0));

	if (strcmp(listener->state, "paused") != 0)
		return;
	findings_add(findings, SEVERITY_WARNING, "paused",
	    "listener %s accepts nobody at the moment: %s", listener->name,
	    reason ? reason : "it is paused");
	findings_mend(findings, "%s",
	    reason && strcmp(reason, "descriptors") == 0
		? "systemctl edit usher: [Service] LimitNOFILE=, or lower limits.connections"
		: "raise limits.connections, or wait until connections end: usherctl connections "
		  "--sort idle");
}

void
findings_judge_queues(struct findings *findings, const struct facts *facts)
{
	const struct snapshot *daemon = facts->daemon;

	for (size_t i = 0; i < daemon->listener_count; i++) {
		const struct snapshot_listener *listener = &daemon->listeners[i];

		judge_state(findings, listener);
		judge_clamped(findings, facts, listener);
		if (listener->has_queue)
			judge_fill(findings, facts, listener);
		judge_drops(findings, listener);
	}
}
