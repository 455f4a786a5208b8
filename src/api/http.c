/* SPDX-License-Identifier: MIT
 *
 * http: routes of a program's, and what the protocol tells of their requests.
 */
#include "api/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/edit.h"
#include "api/sized.h"
#include "base/panic.h"
#include "config/build.h"
#include "http/head.h"

/* --- What the protocol calls ------------------------------------------------------------ */

static struct usher_request *
of(const struct http_request *http)
{
	return http->state ? checked_cast(http->state, struct usher_request, API_REQUEST_MAGIC)
			   : NULL;
}

static struct usher_request *
take(const void *handler, struct http_request *http)
{
	struct usher_request *request = api_request_new(handler, http);

	http->state = request;
	if (!request)
		conn_abort(http_request_conn(http), ENDING_OUT_OF_MEMORY);
	return request;
}

/* A handler's limit is at most that of all. */
static size_t
most_body(const struct api_http *self)
{
	const size_t most =
	    atomic_load_explicit(&self->server->limits.body_bytes, memory_order_relaxed);

	return self->ops->max_body > 0 && self->ops->max_body < most ? self->ops->max_body : most;
}

static void
collect_head(const void *handler, struct http_request *http)
{
	struct usher_request *request = take(handler, http);
	const size_t most = most_body(handler);

	if (!request)
		return;
	request->body = text_growing(most);
	if (http_head_content_length(http->head) > most)
		api_response_error(request, 413);
}

static void
collect_body(const void *handler, struct http_request *http, struct slice piece)
{
	struct usher_request *request = of(http);

	(void)handler;
	if (!request || request->has_ended)
		return;
	if (piece.len > request->body.max - request->body.len) {
		api_response_error(request, 413);
		return;
	}
	text_put(&request->body, piece);
	if (request->body.is_truncated)
		conn_abort(http_request_conn(http), ENDING_OUT_OF_MEMORY);
}

/* The time for the answer runs once the program has had its turn, and does not wait for
 * more of the body. */
static void
hand_over(struct usher_request *request, void (*function)(struct usher_request *, void *arg))
{
	request->was_handed = true;
	usher_request_hold(request);
	function(request, request->handler->arg);
	if (request->http && !request->has_ended && (request->is_whole || request->is_paused))
		api_request_expect(request);
	usher_request_release(request);
}

static void
collect_end(const void *handler, struct http_request *http)
{
	const struct api_http *self = handler;
	struct usher_request *request = of(http);

	if (!request || request->has_ended)
		return;
	request->is_whole = true;
	hand_over(request, self->ops->on_request);
}

static void
stream_head(const void *handler, struct http_request *http)
{
	const struct api_http *self = handler;
	struct usher_request *request = take(handler, http);

	if (!request)
		return;
	request->was_handed = true;
	self->ops->on_head(request, self->arg);
}

static void
stream_body(const void *handler, struct http_request *http, struct slice piece)
{
	const struct api_http *self = handler;
	struct usher_request *request = of(http);

	if (request && !request->has_ended && self->ops->on_body)
		self->ops->on_body(request, piece.data, piece.len, self->arg);
}

static void
nothing(struct usher_request *request, void *arg)
{
	(void)request;
	(void)arg;
}

static void
stream_end(const void *handler, struct http_request *http)
{
	const struct api_http *self = handler;
	struct usher_request *request = of(http);

	if (!request || request->has_ended)
		return;
	request->is_whole = true;
	hand_over(request, self->ops->on_body_end ? self->ops->on_body_end : nothing);
}

static void
on_drained(const void *handler, struct http_request *http)
{
	const struct api_http *self = handler;
	struct usher_request *request = of(http);

	if (request && !request->has_ended && self->ops->on_drained)
		hand_over(request, self->ops->on_drained);
}

/* Why it was not answered as it should have been, or NULL. */
static const char *
cause_of(const struct usher_request *request, const struct conn *conn)
{
	if (request->is_late)
		return "answer_timeout";
	if (request->is_short && conn_is_open(conn))
		return ending_label(ENDING_CUT_SHORT);
	if (request->has_ended && conn_is_open(conn))
		return NULL;
	return conn_is_open(conn) ? "refused" : ending_label(conn->cause);
}

static void
on_gone(const void *handler, struct http_request *http)
{
	const struct api_http *self = handler;
	struct usher_request *request = of(http);
	const char *cause;
	struct usher_request_end end;

	must(request); /* who has no state is not told */
	cause = cause_of(request, http_request_conn(http));
	end = (struct usher_request_end){ .is_complete = !cause, .cause = cause };
	deadline_disarm(&request->deadline);
	http->state = NULL;
	request->http = NULL;
	if (request->was_handed && self->ops->on_end)
		self->ops->on_end(request, &end, self->arg);
	usher_request_release(request);
}

static void *
make(const struct config_route *route, const struct handler_context *context, struct text *error)
{
	union {
		const void *read;
		void *any;
	} program = { .read = route->program };

	(void)context;
	(void)error;
	return program.any;
}

/* The server frees its routes. */
static void
leave(void *self)
{
	(void)self;
}

#define COMMON .name = "program", .wants_body = true, .drained = on_drained, .gone = on_gone

static const struct handler_kind whole = {
	.ops = { COMMON, .answer = collect_head, .body = collect_body, .body_end = collect_end },
	.make = make,
	.free = leave,
};

static const struct handler_kind in_pieces = {
	.ops = { COMMON, .answer = stream_head, .body = stream_body, .body_end = stream_end },
	.make = make,
	.free = leave,
};

/* --- Routes ---------------------------------------------------------------------------- */

_Static_assert((int)USHER_GET == HTTP_METHOD_GET && (int)USHER_HEAD == HTTP_METHOD_HEAD &&
	(int)USHER_POST == HTTP_METHOD_POST && (int)USHER_PUT == HTTP_METHOD_PUT &&
	(int)USHER_DELETE == HTTP_METHOD_DELETE && (int)USHER_OPTIONS == HTTP_METHOD_OPTIONS &&
	(int)USHER_PATCH == HTTP_METHOD_PATCH,
    "the methods are numbered alike");

#define EVERY_METHOD (USHER_METHOD_BIT(USHER_PATCH + 1) - 1)
#define USUAL_METHODS (EVERY_METHOD & ~USHER_METHOD_BIT(USHER_OPTIONS))

/* Has the service of that name, which may be new. */
static int
find_service(struct config *config, const char *name, struct config_service **ret_service)
{
	*ret_service = config_find_service(config, name);
	if (!*ret_service)
		return config_add_service(config, name, CONFIG_HTTP, ret_service);
	return (*ret_service)->protocol == CONFIG_HTTP ? 0 : -EEXIST;
}

static int
add_route(const struct api_edit *edit, struct config *config, enum config_route_kind kind,
    struct config_route **ret_route, struct text *problem)
{
	struct config_service *service;
	int result = find_service(config, edit->words[0], &service);

	text_put_format(problem, "service %s, route %s: ", edit->words[0], edit->words[1]);
	return result == 0 ? config_add_route(service, edit->words[1], kind, ret_route) : result;
}

static int
check_route(struct usher_server *server, const char *service, const char *prefix)
{
	if (service && *service && prefix && *prefix == '/')
		return 0;
	return api_fail(
	    server, USHER_INVALID, "a route needs a service and a prefix that begins with /");
}

/* Has `known` what the program gives. */
static bool
take_ops(const struct usher_http_ops *ops, struct usher_http_ops *known)
{
	if (!sized_copy(
		known, sizeof(*known), ops, SIZED_LEAST(struct usher_http_ops, on_request)) ||
	    (known->methods & ~EVERY_METHOD))
		return false;
	return (known->on_request != NULL) != (known->on_head != NULL);
}

static int
apply_program(const struct api_edit *edit, struct config *config, struct text *problem)
{
	struct config_route *route;
	int result = add_route(edit, config, CONFIG_ROUTE_PROGRAM, &route, problem);

	if (result == 0)
		route->program = edit->program;
	return result;
}

static struct api_http *
new_route(struct usher_server *server, const struct usher_http_ops *ops, void *arg)
{
	struct api_http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	*http = (struct api_http){ .kind = ops->on_request ? whole : in_pieces,
		.known = *ops,
		.ops = &http->known,
		.arg = arg,
		.server = server };
	http->kind.ops.methods = ops->methods ? ops->methods : USUAL_METHODS;
	list_init(&http->link);
	return http;
}

int
usher_server_route(struct usher_server *server, const char *service, const char *prefix,
    const struct usher_http_ops *ops, void *arg)
{
	struct usher_http_ops known;
	struct api_http *http;
	int result;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (!take_ops(ops, &known))
		return api_fail(server, USHER_INVALID,
		    "route %s: its ops need their size, methods there are, and either on_request "
		    "or on_head",
		    prefix ? prefix : "?");
	result = check_route(server, service, prefix);
	if (result != 0)
		return result;
	http = new_route(server, &known, arg);
	if (!http)
		return api_fail(server, USHER_NO_MEMORY, "no memory");
	result = api_edit_make(server, apply_program, API_WORDS(service, prefix), &http->kind);
	if (result != 0) {
		free(http);
		return result;
	}
	list_append(&server->routes, &http->link);
	return 0;
}

/* The kind that the key `name` makes, or CONFIG_ROUTE_PROGRAM. */
static enum config_route_kind
kind_of(const char *name)
{
	const struct key *key = keys_find(KEYS_ROUTE, name);
	enum config_route_kind kind = CONFIG_ROUTE_FILES;

	if (!key || !key->names_kind)
		return CONFIG_ROUTE_PROGRAM;
	while (key->kinds != KEY_KIND_BIT(kind))
		kind++;
	return kind;
}

static int
apply_builtin(const struct api_edit *edit, struct config *config, struct text *problem)
{
	struct config_route *route;
	int result = add_route(edit, config, kind_of(edit->words[2]), &route, problem);

	if (result != 0)
		return result;
	text_put_format(problem, "%s ", edit->words[2]);
	return config_set_route(route, edit->words[2], edit->words[3], problem);
}

int
usher_server_route_builtin(struct usher_server *server, const char *service, const char *prefix,
    const char *kind, const char *value)
{
	int result;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (!kind || !value || kind_of(kind) == CONFIG_ROUTE_PROGRAM)
		return api_fail(server, USHER_INVALID, "route %s: there is no such kind of route",
		    prefix ? prefix : "?");
	result = check_route(server, service, prefix);
	if (result != 0)
		return result;
	return api_edit_make(server, apply_builtin, API_WORDS(service, prefix, kind, value), NULL);
}
