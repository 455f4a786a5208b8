/* SPDX-License-Identifier: MIT */
#include "server/overload.h"

#include <malloc.h>

#include "base/clock.h"
#include "base/log.h"
#include "handler/sites.h"
#include "server/loop.h"

/* Memory is short until a part of the limit is free again, so that a loop at its limit
 * does not change its mind with every answer. */
#define FREE_PART 10

#define TOLD_PERIOD_US (60 * CLOCK_SECOND_US)

static size_t
memory_of(const struct services *services)
{
	return http1_env_memory(&services->http1) +
	    file_cache_usage(sites_file_cache(services->sites)).bytes;
}

size_t
overload_memory(const struct loop *loop)
{
	size_t bytes = loop->conns.open * sizeof(struct conn) + loop->conns.held_bytes;
	struct list_link *link;

	list_foreach (link, &loop->old_services)
		bytes += memory_of(list_entry(link, struct services, link));
	if (loop->services)
		bytes += memory_of(loop->services);
	return bytes;
}

static void
tell_of_memory(struct loop *loop, size_t bytes)
{
	struct overload *overload = &loop->overload;
	const int64_t now_us = loop->conns.now_us;

	if (overload->short_told_us != 0 && now_us - overload->short_told_us < TOLD_PERIOD_US)
		return;
	overload->short_told_us = now_us;
	log_warning("loop %u: %zu bytes of memory are in use, its share of limits.memory is %zu: "
		    "%s until a tenth of that is free",
	    loop->index, bytes, overload->limits.memory,
	    overload->limits.turns_away ? "clients are answered 503" : "clients wait");
}

/* Whether the loop is short of memory. */
static bool
weigh_memory(struct loop *loop)
{
	struct overload *overload = &loop->overload;
	const size_t most = overload->limits.memory;
	size_t bytes;

	if (most == 0)
		return overload->is_short = false;
	bytes = overload_memory(loop);
	if (overload->is_short) {
		overload->is_short = bytes > most - most / FREE_PART;
	} else if (bytes >= most) {
		overload->is_short = true;
		overload->shortages++;
		tell_of_memory(loop, bytes);
	}
	return overload->is_short;
}

static void
hold(struct loop *loop, enum listener_pause reason, bool is_held)
{
	for (size_t i = 0; i < loop->listener_count; i++) {
		if (is_held)
			listener_pause(loop->listeners[i], reason);
		else
			listener_resume(loop->listeners[i], reason);
	}
}

/* Those who are turned away take descriptors as well, so they are not any number. */
static void
hold_back(struct loop *loop, bool is_full, bool is_short)
{
	const struct overload_limits *limits = &loop->overload.limits;

	if (limits->turns_away) {
		is_full = loop->conns.open >= limits->connections + limits->lingering;
		is_short = is_short && loop->conns.turned_away >= limits->lingering;
	}
	hold(loop, LISTENER_PAUSE_CONNECTIONS, is_full);
	hold(loop, LISTENER_PAUSE_MEMORY, is_short);
}

/* Whether the loop has as many connections as it may. */
static bool
weigh_connections(struct loop *loop)
{
	struct overload *overload = &loop->overload;
	const size_t served = loop->conns.open - loop->conns.turned_away;
	const bool was_full = overload->is_full;

	overload->is_full = served >= overload->limits.connections;
	overload->fulls += overload->is_full && !was_full;
	return overload->is_full;
}

void
overload_weigh(struct loop *loop)
{
	const struct overload_limits *limits = &loop->overload.limits;
	struct conn_set *conns = &loop->conns;
	const bool is_short = weigh_memory(loop);
	const bool is_full = weigh_connections(loop);

	conns->is_short = is_short;
	conns->is_overloaded = limits->turns_away && (is_full || is_short);
	conns->sheds_requests = limits->turns_away && is_short;
	hold_back(loop, is_full, is_short);
}

void
overload_set(struct loop *loop, const struct overload_limits *limits)
{
	loop->overload.limits = *limits;
	overload_weigh(loop);
}

static void
give_back(struct loop *loop)
{
	if (loop->services)
		(void)file_cache_shed_bodies(sites_file_cache(loop->services->sites));
	(void)malloc_trim(0);
}

static uint64_t
count_refused(const struct conn_set *conns)
{
	return conns->tally.by_cause[ENDING_ADDRESS_LIMIT] + conns->refusals.requests_rate;
}

static void
tell_of_refused(struct loop *loop)
{
	struct overload *overload = &loop->overload;
	const uint64_t refused = count_refused(&loop->conns);
	const int64_t now_us = loop->conns.now_us;
	char room[PEER_TEXT_MAX];
	struct text peer = text_over(room, sizeof(room));

	if (refused == overload->told ||
	    (overload->told_us != 0 && now_us - overload->told_us < TOLD_PERIOD_US))
		return;
	peer_put_host(&peer, &loop->conns.refusals.last);
	log_warning("loop %u: %llu connections or requests were refused for the limits of an "
		    "address since the last such line, the last of %s",
	    loop->index, (unsigned long long)(refused - overload->told), text_string(&peer));
	overload->told = refused;
	overload->told_us = now_us;
}

void
overload_tick(struct loop *loop)
{
	overload_weigh(loop);
	if (loop->overload.is_short) {
		give_back(loop);
		overload_weigh(loop);
	}
	tell_of_refused(loop);
}
