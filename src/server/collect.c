/* SPDX-License-Identifier: MIT
 *
 * collect: rounds. A round is one question to all loops: it begins when somebody waits
 * and none is under way, and ends when all have answered who can be expected to, or
 * when its time is over. Who asks meanwhile waits for the next, so that an answer is
 * never older than its question.
 */
#include "server/collect.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/bell.h"
#include "server/gone.h"
#include "server/loop.h"

/* A loop, as seen from here. */
struct member {
	struct loop *loop;             /* borrowed */
	struct snapshot_part *latest;  /* owned; NULL: it has never answered */
	struct connections_page *page; /* owned; of this round */
	bool has_answered;             /* in this round */
	bool is_late;                  /* it missed a round: nobody waits for it */
	bool is_stuck;                 /* the log has said so */
	int64_t waiting_us;            /* since when it owes an answer; 0: it owes none */
	int64_t delay_us;              /* how long its last answer took */
};

struct collect {
	struct event_base *base; /* borrowed */
	struct bell bell;
	struct event *timeout; /* owned: of the round */
	struct event *tick;    /* owned */
	struct list_link waiting;
	struct list_link served; /* by the round under way */
	bool is_under_way;
	enum collect_subject subject;
	struct connections_query query;
	uint64_t round;
	struct collect_request own;
	struct history history;
	struct gone gone;
	size_t count;
	struct member members[]; /* room for all that there may be */
};

/* --- Rounds ----------------------------------------------------------------------- */

static bool
is_awaited(const struct member *member)
{
	return !member->has_answered && !member->is_late && !loop_has_ended(member->loop);
}

static bool
is_over(const struct collect *collect)
{
	for (size_t i = 0; i < collect->count; i++)
		if (is_awaited(&collect->members[i]))
			return false;
	return true;
}

static bool
is_same(const struct collect *collect, const struct collect_request *request)
{
	if (request->subject != collect->subject)
		return false;
	return request->subject == COLLECT_FIGURES ||
	    (request->query.state == collect->query.state &&
		request->query.sort == collect->query.sort &&
		request->query.limit == collect->query.limit);
}

/* All who want what the first one wants. */
static void
choose_served(struct collect *collect)
{
	const struct collect_request *first =
	    list_entry(list_first(&collect->waiting), struct collect_request, link);
	struct list_link *link;
	struct list_link *following;

	collect->subject = first->subject;
	collect->query = first->query;
	list_foreach_safe (link, following, &collect->waiting) {
		if (!is_same(collect, list_entry(link, struct collect_request, link)))
			continue;
		list_remove(link);
		list_append(&collect->served, link);
	}
}

/* Of a loop that has ended the last words are in its mailbox. */
static void
ask_member(struct collect *collect, struct member *member, int64_t now_us)
{
	free(member->page);
	member->page = NULL;
	member->has_answered = false;
	if (collect->subject == COLLECT_FIGURES)
		loop_ask_figures(member->loop, collect->round);
	else if (loop_ask_page(member->loop, &collect->query, collect->round) != 0)
		member->has_answered = true;
	if (member->waiting_us == 0)
		member->waiting_us = now_us;
}

static void
begin_round(struct collect *collect)
{
	const struct timeval wait = { .tv_usec = COLLECT_WAIT_US };
	const int64_t now_us = clock_monotonic_us();

	if (collect->is_under_way || list_is_empty(&collect->waiting))
		return;
	choose_served(collect);
	collect->is_under_way = true;
	collect->round++;
	for (size_t i = 0; i < collect->count; i++)
		ask_member(collect, &collect->members[i], now_us);
	/* Without a timer, or without anybody to wait for, the answer is what is known. */
	if (event_add(collect->timeout, &wait) != 0 || is_over(collect))
		event_active(collect->timeout, EV_TIMEOUT, 0);
}

static void
end_round(struct collect *collect)
{
	struct list_link *first;

	(void)event_del(collect->timeout);
	for (size_t i = 0; i < collect->count; i++)
		if (!collect->members[i].has_answered)
			collect->members[i].is_late = true;
	while ((first = list_first(&collect->served)) != NULL) {
		struct collect_request *request = list_entry(first, struct collect_request, link);

		list_remove(first);
		request->answered(request);
	}
	collect->is_under_way = false;
	begin_round(collect);
}

static void
on_timeout(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	end_round(arg);
}

/* --- Answers ---------------------------------------------------------------------- */

static void
say_unstuck(struct member *member, int64_t now_us)
{
	if (!member->is_stuck)
		return;
	member->is_stuck = false;
	log_info("loop %u answers again, after %lld s", member->loop->index,
	    (long long)((now_us - member->waiting_us) / CLOCK_SECOND_US));
}

/* An answer to an older question says at least that the loop lives. */
static void
note_answer(const struct collect *collect, struct member *member, uint64_t round, int64_t now_us)
{
	say_unstuck(member, now_us);
	member->is_late = false;
	member->has_answered |= round == collect->round;
	if (member->waiting_us != 0)
		member->delay_us = now_us - member->waiting_us;
	member->waiting_us = round == collect->round ? 0 : now_us;
}

static void
take_answers(struct collect *collect, struct member *member, int64_t now_us)
{
	struct snapshot_part *part = loop_take_figures(member->loop);
	struct connections_page *page = loop_take_page(member->loop);

	if (part) {
		free(member->latest);
		member->latest = part;
		note_answer(collect, member, part->round, now_us);
	}
	if (page) {
		note_answer(collect, member, page->round, now_us);
		if (page->round == collect->round)
			member->page = page;
		else
			free(page);
	}
}

static void
on_bell(unsigned bits, void *arg)
{
	struct collect *collect = arg;
	const int64_t now_us = clock_monotonic_us();

	(void)bits;
	for (size_t i = 0; i < collect->count; i++)
		take_answers(collect, &collect->members[i], now_us);
	if (collect->is_under_way && is_over(collect))
		end_round(collect);
}

/* --- Each second ------------------------------------------------------------------- */

static void
say_stuck(struct member *member, int64_t now_us)
{
	if (member->is_stuck || member->waiting_us == 0 || loop_has_ended(member->loop) ||
	    now_us - member->waiting_us < COLLECT_STUCK_US)
		return;
	member->is_stuck = true;
	log_warning("loop %u does not answer since %lld s: its %zu connections wait; a disk that "
		    "does not answer is the usual reason",
	    member->loop->index, (long long)((now_us - member->waiting_us) / CLOCK_SECOND_US),
	    atomic_load(&member->loop->counts.open));
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct collect *collect = arg;
	const int64_t now_us = clock_monotonic_us();

	(void)fd;
	(void)events;
	for (size_t i = 0; i < collect->count; i++)
		say_stuck(&collect->members[i], now_us);
	collect_ask(collect, &collect->own);
}

static void
on_own_answered(struct collect_request *request)
{
	struct collect *collect =
	    (struct collect *)(void *)((char *)request - offsetof(struct collect, own));
	struct snapshot snapshot = { .version = NULL };

	if (collect_snapshot(collect, &snapshot) != 0)
		return;
	history_add(&collect->history, &snapshot);
	collect_done(&snapshot);
}

/* --- The frame ---------------------------------------------------------------------- */

void
collect_ask(struct collect *collect, struct collect_request *request)
{
	if (!list_is_empty(&request->link))
		return;
	list_append(&collect->waiting, &request->link);
	begin_round(collect);
}

void
collect_cancel(struct collect_request *request)
{
	list_remove(&request->link);
}

static int
collect_init(struct collect *collect, struct event_base *base)
{
	const struct timeval second = { .tv_sec = 1 };
	int result = bell_init(&collect->bell, base, on_bell, collect);

	if (result != 0)
		return result;
	collect->timeout = evtimer_new(base, on_timeout, collect);
	collect->tick = event_new(base, -1, EV_PERSIST, on_tick, collect);
	if (!collect->timeout || !collect->tick || event_add(collect->tick, &second) != 0)
		return -ENOMEM;
	return 0;
}

struct collect *
collect_new(struct event_base *base, size_t most)
{
	struct collect *collect = calloc(1, sizeof(*collect) + most * sizeof(struct member));

	if (!collect)
		return NULL;
	collect->base = base;
	collect->bell.fd = -1;
	collect->own.answered = on_own_answered;
	list_init(&collect->own.link);
	list_init(&collect->waiting);
	list_init(&collect->served);
	if (collect_init(collect, base) == 0)
		return collect;
	collect_free(collect);
	return NULL;
}

static void
free_answers(struct member *member)
{
	atomic_store(&member->loop->mail.answered, NULL);
	free(member->latest);
	free(member->page);
}

void
collect_free(struct collect *collect)
{
	if (!collect)
		return;
	for (size_t i = 0; i < collect->count; i++)
		free_answers(&collect->members[i]);
	if (collect->timeout)
		event_free(collect->timeout);
	if (collect->tick)
		event_free(collect->tick);
	bell_done(&collect->bell);
	gone_done(&collect->gone);
	free(collect);
}

/* --- Which loops there are ------------------------------------------------------------- */

static void
dissolve(struct collect *collect, struct member *member)
{
	take_answers(collect, member, clock_monotonic_us());
	if (member->latest)
		gone_add(&collect->gone, member->latest);
	free_answers(member);
}

static struct member *
find_member(struct member *members, size_t count, const struct loop *loop)
{
	for (size_t i = 0; i < count; i++)
		if (members[i].loop == loop)
			return &members[i];
	return NULL;
}

static bool
is_among(struct loop *const *loops, size_t count, const struct loop *loop)
{
	for (size_t i = 0; i < count; i++)
		if (loops[i] == loop)
			return true;
	return false;
}

static void
forget_missing(struct collect *collect, struct loop *const *loops, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < collect->count; i++) {
		struct member member = collect->members[i];

		if (is_among(loops, count, member.loop))
			collect->members[kept++] = member;
		else
			dissolve(collect, &member);
	}
	collect->count = kept;
}

void
collect_set_loops(struct collect *collect, struct loop *const *loops, size_t count)
{
	forget_missing(collect, loops, count);
	for (size_t i = 0; i < count; i++) {
		if (find_member(collect->members, collect->count, loops[i]))
			continue;
		collect->members[collect->count++] =
		    (struct member){ .loop = loops[i], .has_answered = collect->is_under_way };
		atomic_store(&loops[i]->mail.answered, &collect->bell);
	}
	if (collect->is_under_way && is_over(collect))
		event_active(collect->timeout, EV_TIMEOUT, 0);
}

/* --- What was collected --------------------------------------------------------------- */

static void
add_member(struct snapshot *snapshot, const struct member *member)
{
	struct snapshot_loop *loop = &snapshot->loops[snapshot->loop_count++];

	if (member->latest) {
		snapshot_add(snapshot, member->latest);
		snapshot_add_listeners(snapshot, member->latest);
		*loop = member->latest->loop;
	}
	loop->index = member->loop->index;
	loop->has_answered = member->has_answered || loop_has_ended(member->loop);
	loop->delay_us = member->delay_us;
}

int
collect_snapshot(const struct collect *collect, struct snapshot *ret_snapshot)
{
	struct snapshot made = { .now_us = clock_monotonic_us() };
	size_t listeners = 0;

	for (size_t i = 0; i < collect->count; i++)
		if (collect->members[i].latest)
			listeners += collect->members[i].latest->listener_count;
	made.loops = calloc(collect->count + 1, sizeof(struct snapshot_loop));
	made.listeners = calloc(listeners + 1, sizeof(struct snapshot_listener));
	if (!made.loops || !made.listeners) {
		collect_done(&made);
		return -ENOMEM;
	}
	for (size_t i = 0; i < collect->count; i++)
		add_member(&made, &collect->members[i]);
	gone_put(&collect->gone, &made);
	*ret_snapshot = made;
	return 0;
}

void
collect_done(struct snapshot *snapshot)
{
	free(snapshot->loops);
	free(snapshot->listeners);
	snapshot->loops = NULL;
	snapshot->listeners = NULL;
}

int
collect_put_connections(const struct collect *collect, struct text *text)
{
	struct connections_page **pages = calloc(collect->count, sizeof(struct connections_page *));
	int result;

	if (!pages)
		return -ENOMEM;
	for (size_t i = 0; i < collect->count; i++)
		pages[i] = collect->members[i].page;
	result = connections_put(text, pages, collect->count);
	free(pages);
	return result;
}

const struct history *
collect_history(const struct collect *collect)
{
	return &collect->history;
}
