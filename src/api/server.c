/* SPDX-License-Identifier: MIT
 *
 * server: a configuration grows by the program's calls (edit.c), or comes from a file
 * (file.c), is checked, and is served by server/server. What is wrong with any call is kept
 * as a sentence.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/edit.h"
#include "api/http.h"
#include "api/sized.h"
#include "base/log.h"
#include "base/panic.h"
#include "config/build.h"
#include "config/check.h"
#include "config/load.h"
#include "server/activation.h"
#include "server/confinement.h"
#include "server/inheritance.h"
#include "server/process_one.h"
#include "server/upgrade.h"

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

int
api_fail_by(struct usher_server *server, int error, const struct config_errors *errors)
{
	struct text text = text_over(server->error, sizeof(server->error));

	api_put_faults(&text, errors);
	if (text.len == 0)
		text_put_string(&text, usher_error_text(error));
	(void)text_string(&text);
	return error;
}

const char *
usher_server_error(const struct usher_server *server)
{
	return server ? server->error : "there is no server";
}

/* --- Making ----------------------------------------------------------------------------- */

/* A program that was built against a shorter struct knows nothing of what follows. */
static void
take_options(struct usher_server *server, const struct usher_server_options *options)
{
	usher_server_options_init(&server->options);
	if (!options)
		return;
	if (options->size < SIZED_LEAST(struct usher_server_options, size) ||
	    options->size > sizeof(server->options)) {
		server->option_error = api_fail(server, USHER_INVALID,
		    "options: begin with usher_server_options_init, of these headers");
		return;
	}
	memcpy(&server->options, options, options->size);
	server->options.size = sizeof(server->options);
}

/* Links on the way to the binary are followed anew at each upgrade, so the path is kept as it
 * was called, while the working directory and the environment are those of the start. */
static int
find_program(struct usher_server *server)
{
	char *const *arguments = server->options.arguments;
	char room[PATH_MAX];
	struct text program = text_over(room, sizeof(room));

	if (!arguments || !arguments[0])
		return 0;
	upgrade_find_program(arguments[0], &program);
	server->program = strdup(text_string(&program));
	return server->program ? 0 : -ENOMEM;
}

static int
init(struct usher_server *server, const struct usher_server_options *options)
{
	struct text error = text_over(server->error, sizeof(server->error));
	int result;

	list_init(&server->edits);
	list_init(&server->streams);
	list_init(&server->routes);
	list_init(&server->loops);
	config_errors_init(&server->problems);
	must(pthread_mutex_init(&server->lock, NULL) == 0);
	take_options(server, options);
	result = config_new(&server->config);
	if (result == 0)
		result = find_program(server);
	if (result != 0 || server->option_error != 0)
		return result;
	server->option_error = api_options_apply(&server->options, server->config, &error);
	(void)text_string(&error);
	return 0;
}

struct usher_server *
usher_server_new(const struct usher_server_options *options)
{
	struct usher_server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	if (init(server, options) == 0)
		return server;
	usher_server_free(server);
	return NULL;
}

/* Has `known` what the program gives. */
static int
take_stream(struct usher_server *server, const char *name, const struct usher_stream_ops *ops,
    struct usher_stream_ops *known)
{
	if (!name || !*name || strlen(name) > CONFIG_NAME_MAX)
		return api_fail(server, USHER_INVALID, "a service needs a name");
	if (!sized_copy(
		known, sizeof(*known), ops, SIZED_LEAST(struct usher_stream_ops, on_data)) ||
	    !known->on_data)
		return api_fail(
		    server, USHER_INVALID, "service %s: its ops need their size and on_data", name);
	return 0;
}

static int
apply_stream(const struct api_edit *edit, struct config *config, struct text *problem)
{
	struct config_service *service;
	int result = config_add_service(config, edit->words[0], CONFIG_PROGRAM, &service);

	text_put_format(problem, "service %s: ", edit->words[0]);
	if (result == 0)
		service->program = edit->program;
	return result;
}

int
usher_server_add_stream(
    struct usher_server *server, const char *name, const struct usher_stream_ops *ops, void *arg)
{
	struct usher_stream_ops known;
	struct api_stream *stream;
	int result;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	result = take_stream(server, name, ops, &known);
	if (result != 0)
		return result;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return api_fail(server, USHER_NO_MEMORY, "no memory");
	result = api_edit_make(server, apply_stream, API_WORDS(name), &stream->service);
	if (result != 0) {
		free(stream);
		return result;
	}
	*stream = (struct api_stream){ .service = { &api_stream_protocol, stream },
		.known = known,
		.ops = &stream->known,
		.arg = arg,
		.server = server };
	list_init(&stream->link);
	list_append(&server->streams, &stream->link);
	return 0;
}

/* --- Checking ----------------------------------------------------------------------------- */

void
api_put_faults(struct text *text, const struct config_errors *errors)
{
	const char *separator = "";

	for (size_t i = 0; i < errors->count; i++) {
		if (errors->items[i].is_warning)
			continue;
		text_put_format(text, "%s%s", separator, errors->items[i].text);
		separator = "; ";
	}
}

int
api_check(
    const struct usher_server *server, const struct config *config, struct config_errors *errors)
{
	struct config_host host;
	int result;

	config_host_read(&host);
	host.may_bind_privileged = server->may_bind_privileged;
	result = config_check(config, &host, errors);
	/* The rules of a predecessor are in force from the first moment on. */
	if (result == 0 && inheritance_is_offered())
		result = confinement_check(config, errors);
	return result;
}

/* Sockets that are handed over are bound already. */
static bool
may_bind_privileged(void)
{
	struct config_host host;

	config_host_read(&host);
	return host.may_bind_privileged || activation_is_offered() || inheritance_is_offered();
}

/* Of who is to be checked or started by `function`. */
static int
check_state(struct usher_server *server, const char *function)
{
	if (!server)
		return api_refuse(USHER_INVALID, function, "there is no server");
	if (!server->config)
		return api_fail(server, USHER_WRONG_STATE, "the server is started");
	return server->option_error;
}

int
usher_server_check(struct usher_server *server)
{
	int result = check_state(server, __func__);

	if (result != 0)
		return result;
	if (server->is_checked)
		return 0;
	if (server->config->listener_count == 0 && !server->source.is_set)
		return api_fail(server, USHER_INVALID, "no listener was added");
	server->may_bind_privileged = may_bind_privileged();
	result = api_check(server, server->config, &server->problems);
	server->is_checked = result == 0;
	if (result != 0)
		return api_fail_by(server, result, &server->problems);
	return 0;
}

/* --- Serving ------------------------------------------------------------------------------ */

void
api_take_limits(struct usher_server *server, const struct config *config)
{
	atomic_store(&server->limits.output_bytes, (size_t)config->limits.output_bytes);
	atomic_store(&server->limits.head_bytes, (size_t)config->limits.head_bytes);
	atomic_store(&server->limits.body_bytes, (size_t)config->limits.body_bytes);
}

/* Who checks by himself tells the warnings. */
static int
check(struct usher_server *server)
{
	int result;

	if (server->is_checked)
		return 0;
	result = usher_server_check(server);
	for (size_t i = 0; i < server->problems.count; i++)
		if (server->problems.items[i].is_warning)
			log_warning("%s", server->problems.items[i].text);
	return result;
}

/* Variables are taken out of the environment by the start; a successor is to have them. */
static int
copy_environment(struct usher_server *server)
{
	size_t count = 0;

	while (environ[count])
		count++;
	server->environment = calloc(count + 1, sizeof(*server->environment));
	if (!server->environment)
		return -ENOMEM;
	memcpy(server->environment, environ, count * sizeof(*environ));
	return 0;
}

/* The configuration is the floor's below from now on. */
static int
start(struct usher_server *server)
{
	const struct server_options options = { .report = server->options.report,
		.program = server->program,
		.arguments = server->options.arguments,
		.environment = server->environment,
		.source = api_reload_source(server),
		.on_reload = api_reloaded,
		.on_reload_arg = server,
		.leaves_signals = server->options.leaves_signals,
		.guest = &server->guest };
	struct text error = text_over(server->error, sizeof(server->error));
	struct config *config = server->config;
	struct server *started;

	server->config = NULL;
	started = server_start(config, &options, &error);
	(void)text_string(&error);
	if (!started)
		return -EADDRNOTAVAIL;
	atomic_store(&server->server, started);
	if (api_take_addresses(server) == 0)
		return 0;
	atomic_store(&server->server, NULL);
	server_free(started);
	return api_fail(server, USHER_NO_MEMORY, "no memory");
}

int
usher_server_start(struct usher_server *server)
{
	int result = check_state(server, __func__);

	if (result == 0)
		result = check(server);
	if (result != 0)
		return result;
	if (copy_environment(server) != 0)
		return api_fail(server, USHER_NO_MEMORY, "no memory");
	api_take_limits(server, server->config);
	api_loop_guest_init(&server->guest, server);
	return start(server);
}

/* Where it was process 1 it stays for its successors, with nothing else that it had. */
static int
serve(struct usher_server *server)
{
	struct server *started = atomic_load(&server->server);
	int status = (int)server_serve(started);

	if (!server_has_to_stay(started))
		return status;
	atomic_store(&server->server, NULL);
	server_free(started);
	status = process_one_stay();
	log_info("process 1 ends as the last process has: exit status %d", status);
	return status;
}

int
usher_server_run(struct usher_server *server)
{
	int result = 0;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (server->has_run)
		return api_fail(server, USHER_WRONG_STATE, "a server runs once");
	if (!atomic_load(&server->server))
		result = usher_server_start(server);
	if (result != 0)
		return result;
	server->has_run = true;
	switch (serve(server)) {
	case SERVER_OK:
		return 0;
	case SERVER_CUT_SHORT:
		return 1;
	default:
		return api_fail(server, USHER_ENDED, "it failed: see the log");
	}
}

/* Also in a signal handler: no lock, and no line in the log. */
static int
tell(struct usher_server *server, enum server_request request)
{
	struct server *started = server ? atomic_load(&server->server) : NULL;
	const int error = errno;

	if (!started)
		return server ? USHER_WRONG_STATE : USHER_INVALID;
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

int
usher_server_reload(struct usher_server *server)
{
	return server && !server->source.is_set ? USHER_WRONG_STATE : tell(server, SERVER_RELOAD);
}

int
usher_server_upgrade(struct usher_server *server)
{
	return server && !server->program ? USHER_WRONG_STATE : tell(server, SERVER_UPGRADE);
}

int
usher_server_reopen_logs(struct usher_server *server)
{
	return tell(server, SERVER_REOPEN);
}

/* --- The end ------------------------------------------------------------------------------ */

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
	api_edits_free(server);
	api_source_free(&server->source);
	config_errors_done(&server->problems);
	(void)pthread_mutex_destroy(&server->lock);
	free(server->addresses);
	free(server->environment);
	free(server->program);
	free(server);
}
