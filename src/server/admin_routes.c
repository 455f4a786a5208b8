/* SPDX-License-Identifier: MIT
 *
 * admin_routes: the table of paths, and the answers that are made from figures. Those
 * are asked for first (collect), so the request waits; when it is gone by then, nobody
 * is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "config/print.h"
#include "handler/metrics.h"
#include "handler/query.h"
#include "handler/readiness.h"
#include "handler/status.h"
#include "handler/status_page.h"
#include "net/peer.h"
#include "server/admin_private.h"
#include "server/process_info.h"
#include "version.h"

/* Rows of connections that are told to readers without credentials. */
#define READ_ONLY_ROWS 10000

#define TYPE_JSON SLICE("application/json")
#define TYPE_TEXT SLICE("text/plain; charset=utf-8")

#define READING (HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD))
#define STEERING HTTP_METHOD_BIT(HTTP_METHOD_POST)

struct route {
	const char *path;
	struct http_handler_ops ops;
	/* Of those that need figures: makes the answer of them. */
	void (*ready)(struct admin *, struct http_request *);
};

/* --- What waits for the loops ---------------------------------------------------------- */

struct pending {
	struct collect_request ask;
	struct admin *admin;          /* borrowed */
	struct http_request *request; /* borrowed */
};

static const struct route *
route_of(const struct http_request *request)
{
	const char *ops = (const char *)request->handler->ops;

	return (const struct route *)(const void *)(ops - offsetof(struct route, ops));
}

static void
on_answered(struct collect_request *ask)
{
	struct pending *pending = (struct pending *)(void *)ask;

	pending->admin->conns.now_us = clock_monotonic_us();
	route_of(pending->request)->ready(pending->admin, pending->request);
}

static struct pending *
make_pending(struct admin *admin, struct http_request *request)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending) {
		admin_answer_error(request, 503, "there is no memory for the answer now");
		return NULL;
	}
	list_init(&pending->ask.link);
	pending->ask.answered = on_answered;
	pending->admin = admin;
	pending->request = request;
	request->state = pending;
	return pending;
}

static void
ask_figures(const void *self, struct http_request *request)
{
	struct pending *pending = make_pending(admin_of(self), request);

	if (pending)
		collect_ask(pending->admin->collect, &pending->ask);
}

static void
forget(const void *self, struct http_request *request)
{
	struct pending *pending = request->state;

	(void)self;
	collect_cancel(&pending->ask);
	free(pending);
}

/* --- Figures ----------------------------------------------------------------------------- */

/* What a listener's services are is the configuration's to say, by its name. */
static void
find_listener_configs(struct snapshot *snapshot, const struct config *config)
{
	for (size_t i = 0; i < snapshot->listener_count; i++)
		for (size_t j = 0; j < config->listener_count; j++)
			if (strcmp(snapshot->listeners[i].name, config->listeners[j].name) == 0)
				snapshot->listeners[i].config = &config->listeners[j];
}

static struct snapshot_config
describe_config(const struct admin *admin)
{
	const struct generation *generation = admin->serving->generation;
	const struct admin_reload *last = &admin->last_reload;

	return (struct snapshot_config){ .file = generation->config->origin,
		.generation = generation->number,
		.generations = atomic_load(&admin->serving->generations),
		.loaded_seconds = admin->loaded_seconds,
		.reloaded_seconds = last->seconds,
		.reload_is_ok = last->is_ok,
		.reload_error = last->error[0] ? last->error : NULL };
}

int
admin_snapshot(struct admin *admin, struct snapshot *ret_snapshot)
{
	const struct config *config = admin->serving->generation->config;
	int result = collect_snapshot(admin->collect, ret_snapshot);

	if (result != 0)
		return result;
	ret_snapshot->version = USHER_VERSION;
	ret_snapshot->pid = (uint64_t)getpid();
	ret_snapshot->started_seconds = admin->started_seconds;
	ret_snapshot->uptime_us = ret_snapshot->now_us - admin->started_us;
	ret_snapshot->is_draining = admin->is_draining;
	ret_snapshot->drain_deadline_us = config->drain.notice_us + config->drain.deadline_us;
	ret_snapshot->connection_limit = (uint64_t)config->limits.connections;
	ret_snapshot->memory_limit = (uint64_t)config->limits.memory;
	ret_snapshot->addresses = address_table_count(admin->serving->addresses);
	ret_snapshot->log_level = log_get_level();
	ret_snapshot->config = describe_config(admin);
	process_info_read(&ret_snapshot->process);
	find_listener_configs(ret_snapshot, config);
	return 0;
}

static void
answer_figures(struct admin *admin, struct http_request *request, struct slice type,
    void (*put)(struct text *, const struct snapshot *))
{
	struct text body = text_growing(ADMIN_ANSWER_MAX);
	struct snapshot snapshot;

	if (admin_snapshot(admin, &snapshot) == 0) {
		put(&body, &snapshot);
		collect_done(&snapshot);
	} else {
		body.is_truncated = true;
	}
	admin_answer_text(admin, request, 200, type, &body);
}

static void
answer_status(struct admin *admin, struct http_request *request)
{
	answer_figures(admin, request, TYPE_JSON, status_put);
}

static void
answer_listeners(struct admin *admin, struct http_request *request)
{
	answer_figures(admin, request, TYPE_JSON, status_put_listeners);
}

static void
answer_metrics(struct admin *admin, struct http_request *request)
{
	const enum metrics_format format =
	    metrics_negotiate(http_head_value(request->head, HTTP_FIELD_ACCEPT));
	struct text body = text_growing(ADMIN_ANSWER_MAX);
	struct snapshot snapshot;

	if (admin_snapshot(admin, &snapshot) == 0) {
		metrics_put(&body, &snapshot, format);
		collect_done(&snapshot);
	} else {
		body.is_truncated = true;
	}
	admin_answer_text(admin, request, 200, metrics_type(format), &body);
}

static void
answer_page(struct admin *admin, struct http_request *request)
{
	char room[512];
	struct text type = text_over(room, sizeof(room));
	struct text body = text_growing(ADMIN_ANSWER_MAX);
	struct snapshot snapshot;

	if (admin_snapshot(admin, &snapshot) == 0) {
		status_page_put(&body, &snapshot, collect_history(admin->collect));
		collect_done(&snapshot);
	} else {
		body.is_truncated = true;
	}
	text_put_string(&type, "text/html; charset=utf-8\r\nContent-Security-Policy: ");
	text_put(&type, status_page_policy());
	admin_answer_text(admin, request, 200, text_slice(&type), &body);
}

static bool
is_verbose(struct slice query)
{
	struct slice name;
	struct slice value;

	while (query_next(&query, &name, &value))
		if (slice_equals(name, SLICE("verbose")))
			return true;
	return false;
}

static void
answer_readiness(struct admin *admin, struct http_request *request)
{
	struct text body = text_growing(ADMIN_ANSWER_MAX);
	struct snapshot snapshot;
	bool is_ready = false;

	if (admin_snapshot(admin, &snapshot) == 0) {
		is_ready = readiness_put(&body, &snapshot, is_verbose(request->query));
		collect_done(&snapshot);
	} else {
		body.is_truncated = true;
	}
	admin_answer_text(admin, request, is_ready ? 200 : 503, TYPE_TEXT, &body);
}

static void
answer_liveness(const void *self, struct http_request *request)
{
	(void)self;
	http_answer_text(request, 200, TYPE_TEXT, ADMIN_FIELDS, SLICE("ok\n"));
}

/* --- Connections ------------------------------------------------------------------------- */

static void
answer_connections(struct admin *admin, struct http_request *request)
{
	struct text body = text_growing(ADMIN_ANSWER_MAX);

	if (collect_put_connections(admin->collect, &body) != 0)
		body.is_truncated = true;
	admin_answer_text(admin, request, 200, TYPE_JSON, &body);
}

static void
ask_connections(const void *self, struct http_request *request)
{
	char room[256];
	struct text error = text_over(room, sizeof(room));
	struct connections_query query;
	struct pending *pending;

	if (connections_query_parse(request->query, &query, &error) != 0) {
		admin_answer_error(request, 400, text_string(&error));
		return;
	}
	if (http_request_peer(request)->family != AF_UNIX && query.limit > READ_ONLY_ROWS)
		query.limit = READ_ONLY_ROWS;
	pending = make_pending(admin_of(self), request);
	if (!pending)
		return;
	pending->ask.subject = COLLECT_CONNECTIONS;
	pending->ask.query = query;
	collect_ask(pending->admin->collect, &pending->ask);
}

/* --- The configuration --------------------------------------------------------------------- */

static void
answer_config(const void *self, struct http_request *request)
{
	struct admin *admin = admin_of(self);
	struct text body = text_growing(ADMIN_ANSWER_MAX);
	FILE *stream = open_memstream(&body.data, &body.cap);

	if (!stream) {
		body.is_truncated = true;
	} else {
		body.is_truncated = config_print(admin->serving->generation->config, stream) != 0;
		body.is_truncated |= fclose(stream) != 0;
		body.len = body.cap;
	}
	admin_answer_text(admin, request, 200, TYPE_TEXT, &body);
}

/* --- The table ----------------------------------------------------------------------------- */

#define FIGURES(text, function)                \
	{                                      \
		.path = (text),                \
		.ops = { .name = (text),       \
			.methods = READING,    \
			.answer = ask_figures, \
			.gone = forget },      \
		.ready = (function),           \
	}
#define AT_ONCE(text, set, function)                                                               \
	{                                                                                          \
		.path = (text), .ops = { .name = (text), .methods = (set), .answer = (function) }, \
	}

static const struct route routes[] = {
	FIGURES("/", answer_page),
	FIGURES("/status", answer_status),
	FIGURES("/listeners", answer_listeners),
	{ .path = "/connections",
	    .ops = { .name = "/connections",
		.methods = READING,
		.answer = ask_connections,
		.gone = forget },
	    .ready = answer_connections },
	FIGURES("/metrics", answer_metrics),
	FIGURES("/readyz", answer_readiness),
	AT_ONCE("/livez", READING, answer_liveness),
	AT_ONCE("/config", READING, answer_config),
	{ .path = "/reload",
	    .ops = { .name = "/reload",
		.methods = STEERING,
		.answer = admin_reload_answer,
		.gone = admin_reload_gone } },
	AT_ONCE("/drain", STEERING, admin_drain_answer),
	AT_ONCE("/stop", STEERING, admin_stop_answer),
	AT_ONCE("/log-level", STEERING, admin_log_level_answer),
};
#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))
_Static_assert(ROUTE_COUNT <= ADMIN_ROUTES_MAX, "each route has a handler");

void
admin_routes_init(struct admin *admin)
{
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		admin->handlers[i] = (struct http_handler){ &routes[i].ops, admin };
}

/* --- Errors that the protocol answers -------------------------------------------------------- */

static const struct {
	int status;
	const char *body;
} errors[] = {
#define ERROR(status, sentence)                            \
	{                                                  \
		(status), "{\"error\":\"" sentence "\"}\n" \
	}
	ERROR(400, "the request is malformed"),
	ERROR(403,
	    "not allowed: the read-only address takes GET and HEAD; the socket is for root "
	    "and the user that usherd runs as"),
	ERROR(404, "there is nothing at this path; docs/admin.md lists what there is"),
	ERROR(405, "this path takes another method: see the field Allow"),
	ERROR(408, "the request took too long"),
	ERROR(413, "the body is too large"),
	ERROR(414, "the target is too long"),
	ERROR(417, "the expectation is not known"),
	ERROR(431, "the head is too large"),
	ERROR(501, "the method or coding is not known"),
	ERROR(505, "this is not HTTP/1"),
#undef ERROR
};

static void
find_error(
    const struct http_service *service, int status, struct slice *ret_body, struct slice *ret_type)
{
	(void)service;
	*ret_type = TYPE_JSON;
	*ret_body = SLICE("{\"error\":\"the request cannot be answered\"}\n");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].status == status)
			*ret_body = slice_of(errors[i].body);
}

static const struct http_service admin_service = {
	.name = "admin", .server_header = true, .error_page = find_error
};

/* --- The router --------------------------------------------------------------------------------
 */

static const struct http_service *
default_service(const void *self)
{
	(void)self;
	return &admin_service;
}

/* unix(7), SO_PEERCRED: the file's mode keeps others out, where it has a file. */
static bool
is_trusted(const struct peer *peer)
{
	return peer->family == AF_UNIX && peer->un.pid != 0 &&
	    (peer->un.uid == 0 || peer->un.uid == geteuid());
}

static bool
is_allowed(const struct admin_door *door, const struct http_request *request)
{
	if (door->is_read_only)
		return READING & HTTP_METHOD_BIT(request->method);
	return is_trusted(http_request_peer(request));
}

static int
route(const void *self, struct http_request *request)
{
	const struct admin_door *door = handler_cast(self, struct admin_door, ADMIN_DOOR_MAGIC);

	request->service = &admin_service;
	if (!is_allowed(door, request))
		return 403;
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		if (slice_equals(request->path, slice_of(routes[i].path))) {
			request->rest = SLICE("");
			request->handler = &door->admin->handlers[i];
			return 0;
		}
	return 404;
}

const struct http_router_ops admin_router_ops = {
	.route = route,
	.default_service = default_service,
};
