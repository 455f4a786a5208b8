/* SPDX-License-Identifier: MIT
 *
 * request: what a request tells, who holds it, and the time for its answer.
 *
 * Requests at rest stay with their loop, so that one which is answered at once costs no
 * allocation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/http.h"
#include "base/clock.h"
#include "base/panic.h"
#include "http/head.h"

/* Requests at rest that a loop keeps. */
#define POOL_MAX 64

/* --- Life --------------------------------------------------------------------------------- */

static struct usher_request *
take_resting(struct usher_loop *loop)
{
	struct list_link *first = list_first(&loop->requests);

	if (!first)
		return calloc(1, sizeof(struct usher_request));
	list_remove(first);
	loop->resting--;
	return list_entry(first, struct usher_request, link);
}

struct usher_request *
api_request_new(const struct api_http *handler, struct http_request *http)
{
	struct usher_loop *loop = api_loop_of(http_request_conn(http));
	struct usher_request *request = take_resting(loop);

	if (!request)
		return NULL;
	request->magic = API_REQUEST_MAGIC;
	atomic_init(&request->holders, 1);
	request->http = http;
	request->handler = handler;
	request->loop = loop;
	request->thread = loop->thread;
	request->fields = text_growing(
	    atomic_load_explicit(&handler->server->limits.head_bytes, memory_order_relaxed));
	list_init(&request->link);
	deadline_init(&request->deadline);
	return request;
}

/* Whether this is the thread of its loop. */
static bool
is_at_home(const struct usher_request *request)
{
	return pthread_equal(request->thread, pthread_self());
}

/* On the loop's thread it may rest. Another must not touch the loop, of which nothing may be
 * left when a program lets go of its last request. */
static void
put_away(struct usher_request *request)
{
	struct usher_loop *loop = request->loop;

	text_free(&request->fields);
	text_free(&request->body);
	if (!is_at_home(request) || loop->resting >= POOL_MAX) {
		request->magic = 0;
		free(request);
		return;
	}
	memset(request, 0, sizeof(*request));
	list_init(&request->link);
	list_append(&loop->requests, &request->link);
	loop->resting++;
}

void
api_requests_free(struct usher_loop *loop)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &loop->requests)
		free(list_entry(link, struct usher_request, link));
	list_init(&loop->requests);
}

void
usher_request_hold(struct usher_request *request)
{
	if (request)
		atomic_fetch_add(&request->holders, 1);
	else
		(void)api_refuse(USHER_INVALID, __func__, "there is no request");
}

void
usher_request_release(struct usher_request *request)
{
	if (!request) {
		(void)api_refuse(USHER_INVALID, __func__, "there is no request");
		return;
	}
	must(request->magic == API_REQUEST_MAGIC);
	if (atomic_fetch_sub(&request->holders, 1) == 1)
		put_away(request);
}

int
api_request_check(const struct usher_request *request, const char *function)
{
	if (!request || request->magic != API_REQUEST_MAGIC)
		return api_refuse(USHER_INVALID, function, "there is no such request");
	if (!is_at_home(request))
		return api_refuse(USHER_WRONG_THREAD, function,
		    "a request is its loop's: see usher_request_post");
	if (!request->http || !conn_is_open(http_request_conn(request->http)))
		return USHER_GONE;
	return 0;
}

/* --- Posted calls ------------------------------------------------------------------------- */

struct posted {
	struct usher_request *request;
	void (*call)(struct usher_request *, void *arg);
	void *arg;
};

static void
run_posted(struct usher_loop *loop, void *arg)
{
	struct posted posted = *(struct posted *)arg;

	(void)loop;
	free(arg);
	posted.call(posted.request, posted.arg);
	usher_request_release(posted.request);
}

int
usher_request_post(
    struct usher_request *request, void (*call)(struct usher_request *, void *arg), void *arg)
{
	struct posted *posted;
	int result;

	if (!request || !call)
		return api_refuse(USHER_INVALID, __func__, "there is no request, or no call");
	posted = malloc(sizeof(*posted));
	if (!posted)
		return USHER_NO_MEMORY;
	*posted = (struct posted){ request, call, arg };
	usher_request_hold(request);
	result = usher_loop_post(request->loop, run_posted, posted);
	if (result == 0)
		return 0;
	free(posted);
	usher_request_release(request);
	return result;
}

/* --- The time for the answer -------------------------------------------------------------- */

void
api_request_expect(struct usher_request *request)
{
	deadline_arm(
	    &request->loop->answers, &request->deadline, API_DEADLINE_ANSWER, clock_monotonic_us());
}

/* A client that does not take what there is has a deadline of its own. */
void
api_request_expired(struct deadline *deadline, void *loop)
{
	struct usher_request *request = list_entry(deadline, struct usher_request, deadline);
	struct conn *conn = http_request_conn(request->http);

	(void)loop;
	if (conn_output_length(conn) > 0) {
		api_request_expect(request);
		return;
	}
	request->is_late = true;
	(void)api_refuse(
	    USHER_ENDED, request->handler->kind.ops.name, "a request was not answered in time");
	if (request->has_begun)
		conn_finish(conn, ENDING_CUT_SHORT);
	else
		api_response_error(request, 503);
}

/* --- What it tells ------------------------------------------------------------------------ */

static bool
can_tell(const struct usher_request *request)
{
	return request && request->magic == API_REQUEST_MAGIC && is_at_home(request) &&
	    request->http;
}

static struct usher_slice
show(struct slice slice)
{
	return (struct usher_slice){ slice.data, slice.len };
}

#define NOTHING ((struct usher_slice){ NULL, 0 })

enum usher_method
usher_request_method(const struct usher_request *request)
{
	return can_tell(request) ? (enum usher_method)request->http->method : USHER_GET;
}

struct usher_slice
usher_request_target(const struct usher_request *request)
{
	return can_tell(request) ? show(request->http->target) : NOTHING;
}

struct usher_slice
usher_request_path(const struct usher_request *request)
{
	return can_tell(request) ? show(request->http->path) : NOTHING;
}

struct usher_slice
usher_request_rest(const struct usher_request *request)
{
	return can_tell(request) ? show(request->http->rest) : NOTHING;
}

struct usher_slice
usher_request_query(const struct usher_request *request)
{
	return can_tell(request) ? show(request->http->query) : NOTHING;
}

struct usher_slice
usher_request_host(const struct usher_request *request)
{
	return can_tell(request) ? show(request->http->host) : NOTHING;
}

struct usher_slice
usher_request_field(const struct usher_request *request, const char *name)
{
	const struct slice wanted = slice_of(name);
	const struct http_head *head;
	enum http_field id;

	if (!can_tell(request) || !name)
		return NOTHING;
	head = request->http->head;
	id = http_field_of(wanted);
	if (id != HTTP_FIELD_OTHER)
		return show(http_head_value(head, id));
	for (size_t i = 0; i < http_head_field_count(head); i++) {
		struct http_head_field field = http_head_field_at(head, i);

		if (slice_equals_nocase(field.name, wanted))
			return show(field.value);
	}
	return NOTHING;
}

bool
usher_request_field_at(const struct usher_request *request, size_t index,
    struct usher_slice *ret_name, struct usher_slice *ret_value)
{
	struct http_head_field field;

	if (!can_tell(request) || !ret_name || !ret_value ||
	    index >= http_head_field_count(request->http->head))
		return false;
	field = http_head_field_at(request->http->head, index);
	*ret_name = show(field.name);
	*ret_value = show(field.value);
	return true;
}

struct usher_slice
usher_request_body(const struct usher_request *request)
{
	return can_tell(request) ? show(text_slice(&request->body)) : NOTHING;
}

int
usher_request_peer(const struct usher_request *request, char *buffer, size_t size)
{
	if (!can_tell(request) || (!buffer && size > 0))
		return 0;
	return api_put_peer(http_request_peer(request->http), buffer, size);
}

/* It may be over. */
static bool
may_touch(const struct usher_request *request, const char *function)
{
	if (request && is_at_home(request))
		return true;
	(void)api_refuse(request ? USHER_WRONG_THREAD : USHER_INVALID, function,
	    "what belongs to a request is its loop's");
	return false;
}

void
usher_request_set_data(struct usher_request *request, void *data)
{
	if (may_touch(request, __func__))
		request->data = data;
}

void *
usher_request_data(const struct usher_request *request)
{
	return may_touch(request, __func__) ? request->data : NULL;
}

struct usher_loop *
usher_request_loop(const struct usher_request *request)
{
	return request ? request->loop : NULL;
}

/* --- The pace of its body ------------------------------------------------------------------- */

int
usher_request_pause(struct usher_request *request)
{
	int result = api_request_check(request, __func__);

	if (result != 0 || request->has_ended)
		return result;
	request->is_paused = true;
	http_request_pause(request->http);
	api_request_expect(request);
	return 0;
}

int
usher_request_resume(struct usher_request *request)
{
	int result = api_request_check(request, __func__);

	if (result != 0 || !request->is_paused)
		return result;
	request->is_paused = false;
	if (!request->is_whole)
		deadline_disarm(&request->deadline);
	http_request_resume(request->http);
	return 0;
}
