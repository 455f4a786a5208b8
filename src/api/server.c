/* SPDX-License-Identifier: MIT
 *
 * server: a configuration grows by the program's calls, is checked as one from a file
 * would be, and is served by server/server. What is wrong with any call is kept as a
 * sentence.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/http.h"
#include "base/log.h"
#include "base/panic.h"
#include "config/build.h"
#include "config/check.h"
#include "config/load.h"
#include "server/serving.h"

/* --- Sentences ------------------------------------------------------------------------ */

/* What went wrong is kept; the result is `error`. */
int
api_fail(struct usher_server *server, int error, const char *format, ...)
{
	struct text text = text_over(server->error, sizeof(server->error));
	va_list arguments;

	va_start(arguments, format);
	text_put_vformat(&text, format, arguments);
	va_end(arguments);
	(void)text_string(&text);
	return error;
}

const char *
usher_server_error(const struct usher_server *server)
{
	return server->error;
}

bool
api_has_started(const struct usher_server *server)
{
	return atomic_load(&server->server) != NULL;
}

/* --- Making ----------------------------------------------------------------------------- */

/* A program that was built against a shorter struct knows nothing of what follows. */
static void
take_options(struct usher_server *server, const struct usher_server_options *options)
{
	usher_server_options_init(&server->options);
	if (!options)
		return;
	if (options->size == 0 || options->size > sizeof(server->options)) {
		server->option_error = api_fail(server, USHER_INVALID,
		    "options: begin with usher_server_options_init, of these headers");
		return;
	}
	memcpy(&server->options, options, options->size);
	server->options.size = sizeof(server->options);
}

struct usher_server *
usher_server_new(const struct usher_server_options *options)
{
	struct usher_server *server = calloc(1, sizeof(*server));
	struct text error;

	if (!server)
		return NULL;
	list_init(&server->streams);
	list_init(&server->routes);
	api_loop_guest_init(&server->guest, server);
	if (config_new(&server->config) != 0) {
		free(server);
		return NULL;
	}
	take_options(server, options);
	if (server->option_error != 0)
		return server;
	error = text_over(server->error, sizeof(server->error));
	server->option_error = api_options_apply(&server->options, server->config, &error);
	(void)text_string(&error);
	return server;
}

static int
set_result(struct usher_server *server, const char *key, int error, struct text *problem)
{
	return error == 0 ? 0
			  : api_fail(server, error, "%s: %s", key,
				error == -ENOMEM ? "no memory" : text_string(problem));
}

int
usher_server_set(struct usher_server *server, const char *key, const char *value)
{
	char room[256];
	struct text problem = text_over(room, sizeof(room));

	if (api_has_started(server))
		return api_fail(server, USHER_WRONG_STATE, "%s: the server is started", key);
	return set_result(server, key, config_set(server->config, key, value, &problem), &problem);
}

int
usher_server_set_listener(struct usher_server *server, const char *key, const char *value)
{
	char room[256];
	struct text problem = text_over(room, sizeof(room));
	struct config *config = server->config;

	if (api_has_started(server))
		return api_fail(server, USHER_WRONG_STATE, "%s: the server is started", key);
	if (config->listener_count == 0)
		return api_fail(server, USHER_WRONG_STATE, "%s: no listener was added yet", key);
	return set_result(server, key,
	    config_set_listener(
		&config->listeners[config->listener_count - 1], key, value, &problem),
	    &problem);
}

/* All faults as one sentence. */
static int
fail_by(struct usher_server *server, int error, const struct config_errors *errors)
{
	struct text text = text_over(server->error, sizeof(server->error));

	for (size_t i = 0; i < errors->count; i++) {
		if (errors->items[i].is_warning)
			continue;
		text_put_string(&text, text.len > 0 ? "; " : "");
		text_put_string(&text, errors->items[i].text);
	}
	if (text.len == 0)
		text_put_string(&text, usher_error_text(error));
	(void)text_string(&text);
	return error;
}

int
usher_server_listen(struct usher_server *server, const char *address, const char *service)
{
	struct config_listener *listener;
	struct config_errors errors;
	int result;

	if (api_has_started(server))
		return api_fail(server, USHER_WRONG_STATE, "%s: the server is started", address);
	config_errors_init(&errors);
	result = config_add_listener(server->config, address, service, &listener, &errors);
	if (result != 0)
		(void)fail_by(server, result, &errors);
	config_errors_done(&errors);
	return result;
}

static int
check_stream(struct usher_server *server, const char *name, const struct usher_stream_ops *ops)
{
	if (!name || !*name || strlen(name) > CONFIG_NAME_MAX)
		return api_fail(server, USHER_INVALID, "a service needs a name");
	if (api_has_started(server))
		return api_fail(
		    server, USHER_WRONG_STATE, "service %s: the server is started", name);
	if (!ops || ops->size != sizeof(*ops) || !ops->on_data)
		return api_fail(
		    server, USHER_INVALID, "service %s: its ops need their size and on_data", name);
	return 0;
}

int
usher_server_add_stream(
    struct usher_server *server, const char *name, const struct usher_stream_ops *ops, void *arg)
{
	int result = check_stream(server, name, ops);
	struct config_service *service;
	struct api_stream *stream;

	if (result != 0)
		return result;
	stream = calloc(1, sizeof(*stream));
	result =
	    stream ? config_add_service(server->config, name, CONFIG_PROGRAM, &service) : -ENOMEM;
	if (result != 0) {
		free(stream);
		return api_fail(server, result, "service %s: %s", name, usher_error_text(result));
	}
	*stream = (struct api_stream){ .service = { &api_stream_protocol, stream },
		.ops = ops,
		.arg = arg,
		.server = server };
	list_init(&stream->link);
	list_append(&server->streams, &stream->link);
	service->program = &stream->service;
	return 0;
}

/* --- Serving ------------------------------------------------------------------------------ */

static void
tell_warnings(const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		if (errors->items[i].is_warning)
			log_warning("%s", errors->items[i].text);
}

static int
check(struct usher_server *server)
{
	struct config_errors errors;
	struct config_host host;
	int result;

	if (server->config->listener_count == 0)
		return api_fail(server, USHER_INVALID, "no listener was added");
	config_errors_init(&errors);
	config_host_read(&host);
	result = config_check(server->config, &host, &errors);
	tell_warnings(&errors);
	if (result != 0)
		(void)fail_by(server, result, &errors);
	config_errors_done(&errors);
	return result;
}

/* A handler's limit is at most that of all. */
static void
bound_bodies(struct usher_server *server, size_t most)
{
	struct list_link *link;

	list_foreach (link, &server->routes) {
		struct api_http *http = list_entry(link, struct api_http, link);

		if (http->max_body == 0 || http->max_body > most)
			http->max_body = most;
	}
}

int
usher_server_start(struct usher_server *server)
{
	struct server_options options = { .report = server->options.report,
		.leaves_signals = server->options.leaves_signals,
		.guest = &server->guest };
	struct text error = text_over(server->error, sizeof(server->error));
	struct server *started;
	int result;

	if (api_has_started(server) || !server->config)
		return api_fail(server, USHER_WRONG_STATE, "the server is started");
	if (server->option_error != 0)
		return server->option_error;
	result = check(server);
	if (result != 0)
		return result;
	/* The floor below reads them again for as long as it serves. */
	server->options.output_bytes = server->config->limits.output_bytes;
	server->options.head_bytes = server->config->limits.head_bytes;
	bound_bodies(server, (size_t)server->config->limits.body_bytes);
	server->listener_count = server->config->listener_count;
	started = server_start(server->config, &options, &error);
	server->config = NULL;
	(void)text_string(&error);
	atomic_store(&server->server, started);
	return started ? 0 : -EADDRNOTAVAIL;
}

int
usher_server_run(struct usher_server *server)
{
	int result = 0;

	if (server->has_run)
		return api_fail(server, USHER_WRONG_STATE, "a server runs once");
	if (!api_has_started(server))
		result = usher_server_start(server);
	if (result != 0)
		return result;
	server->has_run = true;
	switch (server_serve(atomic_load(&server->server))) {
	case SERVER_OK:
		return 0;
	case SERVER_CUT_SHORT:
		return 1;
	default:
		return api_fail(server, USHER_ENDED, "a loop failed: see the log");
	}
}

static int
tell(struct usher_server *server, enum server_request request)
{
	struct server *started = atomic_load(&server->server);
	const int error = errno;

	if (!started)
		return USHER_WRONG_STATE;
	server_tell(started, request);
	errno = error;
	return 0;
}

int
usher_server_drain(struct usher_server *server)
{
	return tell(server, SERVER_DRAIN);
}

int
usher_server_stop(struct usher_server *server)
{
	return tell(server, SERVER_STOP);
}

/* --- What it tells ---------------------------------------------------------------------------- */

/* A host name may have made several bindings of one listener: the first counts. */
static const struct listen_socket *
find_socket(const struct serving *serving, size_t index)
{
	const struct config *config = serving->generation->config;
	const struct loop *loop = serving->loops[0];

	if (index >= config->listener_count)
		return NULL;
	for (size_t i = 0; i < serving->bindings.count; i++)
		if (serving->bindings.items[i].config == &config->listeners[index])
			return &loop->listeners[i]->socket;
	return NULL;
}

int
usher_server_address(const struct usher_server *server, size_t index, char *buffer, size_t size)
{
	struct server *started = atomic_load(&server->server);
	const struct listen_socket *socket;
	char room[ADDRESS_TEXT_MAX];
	struct text address = text_over(room, sizeof(room));
	size_t len;

	if (!started)
		return USHER_WRONG_STATE;
	socket = find_socket(server_serving(started), index);
	if (!socket)
		return USHER_NOT_FOUND;
	address_put(&address, &socket->address);
	len = address.len < size ? address.len : size - (size > 0);
	if (size > 0) {
		memcpy(buffer, address.data, len);
		buffer[len] = '\0';
	}
	return (int)address.len;
}

static void
add_loop(struct usher_server_figures *sum, const struct loop *loop)
{
	const struct loop_counts *counts = &loop->counts;

	sum->open += atomic_load(&counts->open);
	sum->busy += atomic_load(&counts->by_state[CONN_BUSY]);
	sum->idle +=
	    atomic_load(&counts->by_state[CONN_IDLE]) + atomic_load(&counts->by_state[CONN_PARKED]);
	sum->ending += atomic_load(&counts->by_state[CONN_FLUSHING]) +
	    atomic_load(&counts->by_state[CONN_LINGERING]);
}

int
usher_server_figures(const struct usher_server *server, struct usher_server_figures *figures)
{
	struct server *started = atomic_load(&server->server);
	struct usher_server_figures sum = { .size = sizeof(sum) };
	const struct serving *serving;

	if (figures->size == 0 || figures->size > sizeof(sum))
		return USHER_INVALID;
	if (!started)
		return USHER_WRONG_STATE;
	serving = server_serving(started);
	for (unsigned i = 0; i < serving->started; i++)
		add_loop(&sum, serving->loops[i]);
	sum.size = figures->size;
	memcpy(figures, &sum, figures->size);
	return 0;
}

/* --- The end ------------------------------------------------------------------------------------
 */

void
usher_server_free(struct usher_server *server)
{
	struct list_link *link, *following;

	if (!server)
		return;
	server_free(atomic_load(&server->server));
	config_free(server->config);
	list_foreach_safe (link, following, &server->streams)
		free(list_entry(link, struct api_stream, link));
	list_foreach_safe (link, following, &server->routes)
		free(list_entry(link, struct api_http, link));
	free(server);
}
