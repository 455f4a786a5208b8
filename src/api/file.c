/* SPDX-License-Identifier: MIT
 *
 * file: a configuration that is read, at the start and at each reload, with what the
 * program's calls said of it on top.
 */
#include "usher/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "api/edit.h"
#include "api/sized.h"
#include "base/log.h"
#include "config/check.h"
#include "config/load.h"
#include "config/print.h"
#include "server/reload.h"
#include "server/serving.h"

#define PROBLEM_MAX 512

/* --- Where it comes from ---------------------------------------------------------------- */

void
api_source_free(struct api_source *source)
{
	for (size_t i = 0; i < source->address_count; i++)
		free(source->addresses[i]);
	free(source->addresses);
	free(source->directory);
	free(source->file);
	*source = (struct api_source){ .is_set = false };
}

static bool
copy_string(const char *string, char **ret_copy)
{
	*ret_copy = string ? strdup(string) : NULL;
	return !string || *ret_copy;
}

static int
copy_source(const struct usher_source *source, struct api_source *copy)
{
	bool is_whole;

	*copy = (struct api_source){ .is_set = true, .may_be_missing = source->may_be_missing };
	is_whole = copy_string(source->file, &copy->file) &&
	    copy_string(source->directory, &copy->directory);
	copy->addresses = calloc(source->address_count + 1, sizeof(*copy->addresses));
	is_whole = is_whole && copy->addresses;
	for (; is_whole && copy->address_count < source->address_count; copy->address_count++)
		is_whole = copy_string(
		    source->addresses[copy->address_count], &copy->addresses[copy->address_count]);
	if (is_whole)
		return 0;
	api_source_free(copy);
	return USHER_NO_MEMORY;
}

/* Has `known` what the program gives. */
static int
take_source(
    struct usher_server *server, const struct usher_source *source, struct usher_source *known)
{
	bool is_right =
	    sized_copy(known, sizeof(*known), source, SIZED_LEAST(struct usher_source, file)) &&
	    (known->addresses || known->address_count == 0);

	if (!server->config)
		return api_fail(server, USHER_WRONG_STATE, "the server is started");
	for (size_t i = 0; is_right && i < known->address_count; i++)
		is_right = known->addresses[i] != NULL;
	return is_right ? 0
			: api_fail(server, USHER_INVALID,
			      "a source needs its size, and as many addresses as it says");
}

/* --- Reading ---------------------------------------------------------------------------- */

static int
read_source(
    const struct api_source *source, struct config **ret_config, struct config_errors *errors)
{
	bool has_file = source->file != NULL;

	if (has_file && source->may_be_missing)
		has_file = access(source->file, F_OK) == 0;
	if (has_file)
		return config_load(source->file, ret_config, errors);
	return config_default(source->directory, ret_config);
}

static int
add_edits(const struct usher_server *server, struct config *config, struct config_errors *errors)
{
	const struct config_subject nowhere = { { NULL, 0 }, NULL, NULL };
	char room[PROBLEM_MAX];
	struct text problem = text_over(room, sizeof(room));
	int result = api_edits_apply(server, config, &problem);

	if (result == 0)
		return 0;
	config_errors_add(errors, &nowhere, "%s", text_string(&problem));
	return result == -ENOMEM ? result : -EINVAL;
}

static int
load(const struct usher_server *server, const struct api_source *source, struct config **ret_config,
    struct config_errors *errors)
{
	const char *const *addresses = (const char *const *)source->addresses;
	struct config *config = NULL;
	int result = read_source(source, &config, errors);

	if (result != 0)
		return result;
	result = config_listen_on(config, addresses, source->address_count, errors);
	if (result == 0)
		result = add_edits(server, config, errors);
	if (result == 0)
		*ret_config = config;
	else
		config_free(config);
	return result;
}

int
usher_server_load(struct usher_server *server, const struct usher_source *source)
{
	struct config *config = NULL;
	struct usher_source known = { .size = sizeof(known) };
	struct api_source copy;
	int result;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	result = take_source(server, source, &known);
	if (result != 0)
		return result;
	if (copy_source(&known, &copy) != 0)
		return api_fail(server, USHER_NO_MEMORY, "no memory");
	config_errors_done(&server->problems);
	result = load(server, &copy, &config, &server->problems);
	if (result != 0) {
		api_source_free(&copy);
		return api_fail_by(server, result, &server->problems);
	}
	api_source_free(&server->source);
	config_free(server->config);
	server->source = copy;
	server->config = config;
	server->is_checked = false;
	return 0;
}

/* --- Reload ----------------------------------------------------------------------------- */

/* On the loader's thread. What is read here nobody changes once the server is started. */
static int
load_again(struct config **ret_config, struct config_errors *errors, void *arg)
{
	const struct usher_server *server = arg;
	struct config *config = NULL;
	int result = load(server, &server->source, &config, errors);

	if (result != 0)
		return result;
	result = api_check(server, config, errors);
	if (result == 0)
		*ret_config = config;
	else
		config_free(config);
	return result;
}

struct reload_source
api_reload_source(struct usher_server *server)
{
	return (struct reload_source){ server->source.is_set ? load_again : NULL, server };
}

void
api_reloaded(const struct reload_verdict *verdict, void *arg)
{
	struct usher_server *server = arg;
	const struct usher_reload seen = {
		.is_ok = verdict->is_ok,
		.generation = verdict->generation,
		.errors = (const char *const *)verdict->errors.items,
		.error_count = verdict->errors.count,
		.warnings = (const char *const *)verdict->warnings.items,
		.warning_count = verdict->warnings.count,
	};

	if (verdict->is_ok) {
		api_take_limits(
		    server, server_serving(atomic_load(&server->server))->generation->config);
		if (api_take_addresses(server) != 0)
			log_warning("reload: no memory to note the addresses of listeners");
	}
	if (server->options.on_reload)
		server->options.on_reload(server, &seen, server->options.arg);
}

/* --- What it says ----------------------------------------------------------------------- */

const char *
usher_server_problem(struct usher_server *server, size_t index, bool *ret_is_warning)
{
	const struct config_errors *problems;
	struct text text;

	if (!server)
		return NULL;
	problems = &server->problems;
	if (index < problems->count) {
		if (ret_is_warning)
			*ret_is_warning = problems->items[index].is_warning;
		return problems->items[index].text;
	}
	if (index > problems->count || problems->left_out == 0)
		return NULL;
	text = text_over(server->left_out, sizeof(server->left_out));
	text_put_format(&text, "… and %zu more", problems->left_out);
	if (ret_is_warning)
		*ret_is_warning = false;
	return text_string(&text);
}

const char *
usher_server_origin(const struct usher_server *server)
{
	return server && server->config ? server->config->origin : "";
}

int
usher_server_print(struct usher_server *server, FILE *stream)
{
	if (!server || !stream)
		return api_refuse(USHER_INVALID, __func__, "there is no server, or no stream");
	if (!server->config)
		return api_fail(server, USHER_WRONG_STATE, "the server is started");
	return config_print(server->config, stream);
}
