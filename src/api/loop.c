/* SPDX-License-Identifier: MIT
 *
 * loop: what a program has of each loop. Calls that other threads post stand in a list
 * under a lock, and the bell tells the loop of them; the loop takes the whole list at
 * once, so the lock is held for a few instructions.
 */
#include "api/http.h"

#include <errno.h>
#include <stdlib.h>

#include "base/panic.h"

struct posted {
	struct list_link link;
	void (*call)(struct usher_loop *, void *arg);
	void *arg;
};

static void
take_posted(struct usher_loop *loop, struct list_link *ret_taken, bool is_last)
{
	struct list_link *first;

	list_init(ret_taken);
	must(pthread_mutex_lock(&loop->lock) == 0);
	while ((first = list_first(&loop->posted)) != NULL) {
		list_remove(first);
		list_append(ret_taken, first);
	}
	loop->is_closed = is_last;
	must(pthread_mutex_unlock(&loop->lock) == 0);
}

static void
run_posted(struct usher_loop *loop, bool is_last)
{
	struct list_link taken;
	struct list_link *first;

	take_posted(loop, &taken, is_last);
	while ((first = list_first(&taken)) != NULL) {
		struct posted *posted = list_entry(first, struct posted, link);

		list_remove(first);
		posted->call(loop, posted->arg);
		free(posted);
	}
}

static void
on_bell(unsigned bits, void *arg)
{
	(void)bits;
	run_posted(arg, false);
}

int
usher_loop_post(struct usher_loop *loop, void (*call)(struct usher_loop *, void *arg), void *arg)
{
	struct posted *posted;
	bool is_closed;

	if (!loop || !call)
		return api_refuse(USHER_INVALID, __func__, "there is no loop, or nothing to call");
	posted = malloc(sizeof(*posted));
	if (!posted)
		return USHER_NO_MEMORY;
	*posted = (struct posted){ .call = call, .arg = arg };
	list_init(&posted->link);
	must(pthread_mutex_lock(&loop->lock) == 0);
	is_closed = loop->is_closed;
	if (!is_closed)
		list_append(&loop->posted, &posted->link);
	must(pthread_mutex_unlock(&loop->lock) == 0);
	if (is_closed) {
		free(posted);
		return USHER_ENDED;
	}
	bell_ring(&loop->bell, 1);
	return 0;
}

/* --- The floor below calls ---------------------------------------------------------- */

static int
init_answers(struct usher_loop *loop)
{
	int64_t length_us[DEADLINE_KINDS] = { 0 };

	length_us[API_DEADLINE_ANSWER] = loop->server->options.answer_ms * 1000;
	return deadlines_init(
	    &loop->answers, loop->loop->base, length_us, api_request_expired, loop);
}

static int
on_made(struct loop *loop, void *arg)
{
	struct usher_loop *made = calloc(1, sizeof(*made));
	int result;

	if (!made)
		return -ENOMEM;
	made->loop = loop;
	made->server = arg;
	list_init(&made->posted);
	list_init(&made->requests);
	result = init_answers(made);
	if (result == 0)
		result = bell_init(&made->bell, loop->base, on_bell, made);
	if (result != 0) {
		if (made->answers.timer)
			deadlines_done(&made->answers);
		free(made);
		return result;
	}
	must(pthread_mutex_init(&made->lock, NULL) == 0);
	list_init(&made->link);
	api_add_loop(made->server, made);
	loop->guest_state = made;
	return 0;
}

static void
on_begun(struct loop *loop, void *arg)
{
	struct usher_loop *begun = loop->guest_state;
	const struct usher_server *server = arg;

	begun->thread = pthread_self();
	if (server->options.on_loop_begin)
		server->options.on_loop_begin(begun, server->options.arg);
}

/* What comes from now on is refused, from within these calls too: else whoever posts faster
 * than the loop calls, or posts himself anew, would keep it for ever. */
static void
on_over(struct loop *loop, void *arg)
{
	struct usher_loop *over = loop->guest_state;
	const struct usher_server *server = arg;

	run_posted(over, true);
	if (server->options.on_loop_end)
		server->options.on_loop_end(over, server->options.arg);
}

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	const struct usher_server *server = arg;
	struct usher_ending seen;

	seen = api_ending(ending);
	server->options.on_ending(api_loop_of(conn), &seen, server->options.arg);
}

static void
on_gone(struct loop *loop, void *arg)
{
	struct usher_loop *gone = loop->guest_state;
	struct list_link *link, *following;

	(void)arg;
	api_remove_loop(gone);
	list_foreach_safe (link, following, &gone->posted)
		free(list_entry(link, struct posted, link));
	list_init(&gone->posted);
	api_requests_free(gone);
	deadlines_done(&gone->answers);
	bell_done(&gone->bell);
	(void)pthread_mutex_destroy(&gone->lock);
	free(gone);
}

void
api_loop_guest_init(struct loop_guest *guest, struct usher_server *server)
{
	*guest = (struct loop_guest){ .made = on_made,
		.begun = on_begun,
		.over = on_over,
		.ended = server->options.on_ending ? on_ended : NULL,
		.gone = on_gone,
		.arg = server };
}

/* --- What it has -------------------------------------------------------------------- */

static bool
may_touch(const struct usher_loop *loop, const char *function)
{
	if (loop && api_is_on(loop))
		return true;
	(void)api_refuse(loop ? USHER_WRONG_THREAD : USHER_INVALID, function,
	    "what belongs to a loop is its thread's");
	return false;
}

unsigned
usher_loop_index(const struct usher_loop *loop)
{
	return loop ? loop->loop->index : 0;
}

void
usher_loop_set_data(struct usher_loop *loop, void *data)
{
	if (may_touch(loop, __func__))
		loop->data = data;
}

void *
usher_loop_data(const struct usher_loop *loop)
{
	return may_touch(loop, __func__) ? loop->data : NULL;
}

struct usher_server *
usher_loop_server(const struct usher_loop *loop)
{
	return loop ? loop->server : NULL;
}

struct event_base *
usher_loop_base(const struct usher_loop *loop)
{
	return may_touch(loop, __func__) ? loop->loop->base : NULL;
}
