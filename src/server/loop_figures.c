/* SPDX-License-Identifier: MIT */
#include "server/loop_figures.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "handler/connections.h"
#include "handler/sites.h"
#include "handler/snapshot.h"
#include "net/sockinfo.h"
#include "server/bell.h"
#include "server/loop.h"
#include "server/retirement.h"

/* Connections of a page that the kernel is asked about, which takes two system calls
 * each: the loop serves nobody meanwhile. */
#define ASKED_MAX 2000

void
loop_mail_done(struct loop_mail *mail)
{
	free(atomic_exchange(&mail->figures, NULL));
	free(atomic_exchange(&mail->wanted, NULL));
	free(atomic_exchange(&mail->page, NULL));
}

void
loop_ask_figures(struct loop *loop, uint64_t round)
{
	atomic_store(&loop->mail.round, round);
	loop_tell(loop, LOOP_SNAPSHOT);
}

int
loop_ask_page(struct loop *loop, const struct connections_query *query, uint64_t round)
{
	struct connections_page *page = connections_page_new(query);

	if (!page)
		return -ENOMEM;
	page->round = round;
	free(atomic_exchange(&loop->mail.wanted, page));
	loop_tell(loop, LOOP_CONNECTIONS);
	return 0;
}

struct snapshot_part *
loop_take_figures(struct loop *loop)
{
	return atomic_exchange(&loop->mail.figures, NULL);
}

struct connections_page *
loop_take_page(struct loop *loop)
{
	return atomic_exchange(&loop->mail.page, NULL);
}

/* --- Counting -------------------------------------------------------------- */

int
loop_take_turns(struct loop *loop)
{
	int result;

	do {
		loop->conns.turns++;
		result = event_base_loop(loop->base, EVLOOP_ONCE);
		conn_set_end_turn(&loop->conns);
	} while (result == 0 && !event_base_got_exit(loop->base));
	return result < 0 ? -1 : 0;
}

/* Of logs that are closed meanwhile, `lost_before` keeps the number. */
uint64_t
loop_lost_lines(const struct loop *loop)
{
	uint64_t lost = loop->lost_before;
	struct list_link *link;

	list_foreach (link, &loop->old_services)
		lost += list_entry(link, struct services, link)->access.lines.lost_lines;
	if (loop->services)
		lost += loop->services->access.lines.lost_lines;
	if (loop->has_connections)
		lost += loop->connections.lines.lost_lines;
	return lost;
}

/* --- Figures ------------------------------------------------------------------- */

/* What the loop's thread has computed. Waiting for a disk is not in it. */
int64_t
loop_busy_us(void)
{
	struct timespec used = { 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * CLOCK_SECOND_US + used.tv_nsec / 1000;
}

static void
copy_string(char *room, size_t cap, const char *string)
{
	struct text text = text_over(room, cap);

	text_put_string(&text, string);
	(void)text_string(&text);
}

static void
fill_listener(struct snapshot_listener *row, const struct listener *listener, bool is_draining)
{
	const struct listener_queue *queue = &listener->queue;
	struct text address = text_over(row->address, sizeof(row->address));

	copy_string(row->name, sizeof(row->name), listener->name);
	address_put(&address, &listener->socket.address);
	(void)text_string(&address);
	row->transport = listener->socket.transport->name;
	row->paused = listener->pause & LISTENER_PAUSE_TOLD;
	row->is_draining =
	    listener->is_placeholder ? is_draining : !listener->acceptor || listener->has_filter;
	row->queue = (struct snapshot_queue){ .is_known = queue->is_known,
		.length = queue->length,
		.peak = queue->peak,
		.limit = queue->limit,
		.drops = listener_queue_drops(queue),
		.full = queue->full };
	row->accepted = listener->accepted;
	row->refused = listener->refused;
	row->open = listener->origin.open_count;
	memcpy(row->pauses, listener->pauses, sizeof(row->pauses));
}

static void
fill_connections(struct snapshot_part *part, const struct conn_set *conns)
{
	for (int state = 0; state < CONN_STATES; state++)
		part->by_state[state] = conns->counts[state];
	part->accepted = conns->accepted;
	part->moved = conns->moved_in;
	part->taken_over = conns->immigrated;
	part->bytes_in = conns->bytes_in;
	part->bytes_out = conns->bytes_queued - conns->tally.bytes_unsent;
	part->endings = conns->tally;
}

static void
add_cache(struct snapshot_part *part, const struct services *services)
{
	const struct file_cache *cache = sites_file_cache(services->sites);
	const struct file_cache_counts counts = file_cache_counts(cache);

	file_cache_counts_add(&part->cache, &counts);
}

static void
fill_services(struct snapshot_part *part, const struct loop *loop)
{
	struct list_link *link;

	part->http = loop->figures.http1;
	part->cache = loop->figures.cache;
	list_foreach (link, &loop->old_services)
		add_cache(part, list_entry(link, struct services, link));
	if (!loop->services)
		return;
	add_cache(part, loop->services);
	part->cached = file_cache_usage(sites_file_cache(loop->services->sites));
}

static size_t
count_listeners(const struct loop *loop)
{
	size_t count = loop->listener_count;
	struct list_link *link;

	list_foreach (link, &loop->retirements)
		count += list_entry(link, struct retirement, link)->count;
	return count;
}

static void
fill_listeners(
    struct snapshot_part *part, struct listener *const *listeners, size_t count, bool is_draining)
{
	for (size_t i = 0; i < count; i++) {
		listener_queue_look(listeners[i]);
		fill_listener(&part->listeners[part->listener_count++], listeners[i], is_draining);
	}
}

static void
fill_all_listeners(struct snapshot_part *part, const struct loop *loop)
{
	struct list_link *link;

	part->listeners = (struct snapshot_listener *)(void *)(part + 1);
	fill_listeners(
	    part, loop->listeners, loop->listener_count, loop->drain.step >= DRAIN_STOP_ACCEPTING);
	list_foreach (link, &loop->retirements) {
		const struct retirement *retirement = list_entry(link, struct retirement, link);

		fill_listeners(part, retirement->listeners, retirement->count, true);
	}
}

static void
fill(struct snapshot_part *part, const struct loop *loop)
{
	part->loop = (struct snapshot_loop){ .index = loop->index,
		.busy_us = loop_busy_us(),
		.turns = loop->conns.turns,
		.events = loop->conns.events,
		.open = loop->conns.open };
	part->lost_lines = loop_lost_lines(loop);
	part->limits = (struct snapshot_limits){ .memory_used = overload_memory(loop),
		.shortages = loop->overload.shortages,
		.short_loops = loop->overload.is_short,
		.fulls = loop->overload.fulls,
		.full_loops = loop->overload.is_full,
		.requests_rate = loop->conns.refusals.requests_rate,
		.requests_overload = loop->conns.refusals.requests_overload };
	part->drain = (struct snapshot_drain){ .step = (unsigned)loop->drain.step,
		.step_name = drain_step_name(loop->drain.step),
		.began_us = loop->drain.began_us };
	fill_connections(part, &loop->conns);
	fill_services(part, loop);
	fill_all_listeners(part, loop);
}

void
loop_answer_figures(struct loop *loop)
{
	const uint64_t round = atomic_load(&loop->mail.round);
	struct bell *answered = atomic_load(&loop->mail.answered);
	struct snapshot_part *part;

	if (!answered)
		return;
	part = calloc(1, sizeof(*part) + count_listeners(loop) * sizeof(struct snapshot_listener));
	if (!part)
		return;
	part->round = round;
	fill(part, loop);
	free(atomic_exchange(&loop->mail.figures, part));
	bell_ring(answered, 1);
}

/* --- Connections ----------------------------------------------------------------- */

struct walk {
	struct connections_page *page;
	unsigned loop;
	int64_t now_us;
};

static int64_t
idle_us(const struct conn *conn, int64_t now_us)
{
	if (conn->state != CONN_IDLE || conn->idle_us == CONN_IDLE_UNKNOWN)
		return 0;
	return now_us - conn->idle_us;
}

static uint64_t
rank_of(const struct conn *conn, enum connections_sort sort, int64_t now_us)
{
	switch (sort) {
	case CONNECTIONS_BY_ID:
		return UINT64_MAX - conn->id;
	case CONNECTIONS_BY_AGE:
		return (uint64_t)(now_us - conn->opened_us);
	case CONNECTIONS_BY_IDLE:
		return (uint64_t)idle_us(conn, now_us);
	case CONNECTIONS_BY_REQUESTS:
		return conn->requests;
	case CONNECTIONS_BY_BYTES_IN:
		return conn->bytes_in;
	case CONNECTIONS_BY_BYTES_OUT:
		return conn_bytes_out(conn);
	case CONNECTIONS_BY_UNSENT:
		return conn_output_length(conn);
	}
	return 0;
}

static void
write_row(struct connections_row *row, const struct conn *conn, int64_t now_us)
{
	copy_string(row->listener, sizeof(row->listener), conn->origin->listener);
	row->id = conn->id;
	row->fd = conn->fd;
	row->peer = conn->peer;
	row->protocol = conn->ops->name;
	row->state = conn->state;
	row->has_deadline = deadline_is_armed(&conn->deadline);
	row->waits_for = conn->deadline.kind;
	row->age_us = now_us - conn->opened_us;
	row->idle_us = idle_us(conn, now_us);
	row->requests = conn->requests;
	row->bytes_in = conn->bytes_in;
	row->bytes_out = conn_bytes_out(conn);
	row->unsent = conn_output_length(conn);
	row->has_path = false;
}

static void
visit(const struct conn *conn, void *arg)
{
	const struct walk *walk = arg;
	const struct connections_query *query = &walk->page->query;
	uint64_t rank;
	struct connections_row *row;

	if (query->state >= 0 && (int)conn->state != query->state)
		return;
	rank = rank_of(conn, query->sort, walk->now_us);
	row = connections_page_take(walk->page, rank);
	if (!row)
		return;
	write_row(row, conn, walk->now_us);
	row->rank = rank;
	row->loop = walk->loop;
	connections_page_place(walk->page);
}

static void
ask_kernel(struct connections_page *page)
{
	for (size_t i = 0; i < page->count && i < ASKED_MAX; i++) {
		struct connections_row *row = &page->rows[i];
		struct sockinfo_path path = { .rtt_us = 0 };

		(void)!sockinfo_path(row->fd, &path);
		row->rtt_us = path.rtt_us;
		row->unacknowledged = sockinfo_unacknowledged(row->fd);
		row->has_path = true;
	}
}

void
loop_answer_page(struct loop *loop)
{
	struct bell *answered = atomic_load(&loop->mail.answered);
	struct walk walk = { .page = atomic_exchange(&loop->mail.wanted, NULL),
		.loop = loop->index,
		.now_us = clock_monotonic_us() };

	if (!walk.page)
		return;
	conn_set_foreach(&loop->conns, NULL, visit, &walk);
	ask_kernel(walk.page);
	free(atomic_exchange(&loop->mail.page, walk.page));
	if (answered)
		bell_ring(answered, 1);
}
