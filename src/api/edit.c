/* SPDX-License-Identifier: MIT */
#include "api/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "config/build.h"

#define PROBLEM_MAX 512

static void
free_edit(struct api_edit *edit)
{
	for (size_t i = 0; i < API_EDIT_WORDS; i++)
		free(edit->words[i]);
	free(edit);
}

/* NULL: no memory. */
static struct api_edit *
new_edit(api_apply *apply, const char *const words[API_EDIT_WORDS], const void *program)
{
	struct api_edit *edit = calloc(1, sizeof(*edit));

	if (!edit)
		return NULL;
	list_init(&edit->link);
	edit->apply = apply;
	edit->program = program;
	for (size_t i = 0; i < API_EDIT_WORDS && words[i]; i++) {
		edit->words[i] = strdup(words[i]);
		if (!edit->words[i]) {
			free_edit(edit);
			return NULL;
		}
	}
	return edit;
}

static int
apply(const struct api_edit *edit, struct config *config, struct text *problem)
{
	int result = edit->apply(edit, config, problem);

	if (result != 0 && (problem->len == 0 || problem->data[problem->len - 1] == ' '))
		text_put_string(problem, usher_error_text(result));
	return result;
}

int
api_edit_make(struct usher_server *server, api_apply *function,
    const char *const words[API_EDIT_WORDS], const void *program)
{
	char room[PROBLEM_MAX];
	struct text problem = text_over(room, sizeof(room));
	struct api_edit *edit;
	int result;

	if (!server->config)
		return api_fail(server, USHER_WRONG_STATE, "%s: the server is started", words[0]);
	edit = new_edit(function, words, program);
	if (!edit)
		return api_fail(server, USHER_NO_MEMORY, "no memory");
	result = apply(edit, server->config, &problem);
	if (result != 0) {
		free_edit(edit);
		return api_fail(server, result, "%s", text_string(&problem));
	}
	list_append(&server->edits, &edit->link);
	server->is_checked = false;
	return 0;
}

int
api_edits_apply(const struct usher_server *server, struct config *config, struct text *problem)
{
	struct list_link *link;
	int result = 0;

	list_foreach (link, &server->edits)
		if (result == 0)
			result = apply(list_entry(link, struct api_edit, link), config, problem);
	return result;
}

void
api_edits_free(struct usher_server *server)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &server->edits)
		free_edit(list_entry(link, struct api_edit, link));
}

/* --- Keys and listeners --------------------------------------------------------------- */

static int
apply_key(const struct api_edit *edit, struct config *config, struct text *problem)
{
	text_put_format(problem, "%s: ", edit->words[0]);
	return config_set(config, edit->words[0], edit->words[1], problem);
}

int
usher_server_set(struct usher_server *server, const char *key, const char *value)
{
	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (!key || !value)
		return api_fail(server, USHER_INVALID, "there is no key, or no value");
	return api_edit_make(server, apply_key, API_WORDS(key, value), NULL);
}

static int
apply_listener(const struct api_edit *edit, struct config *config, struct text *problem)
{
	struct config_listener *listener;
	struct config_errors errors;
	int result;

	config_errors_init(&errors);
	result = config_add_listener(config, edit->words[0], edit->words[1], &listener, &errors);
	if (result != 0)
		api_put_faults(problem, &errors);
	config_errors_done(&errors);
	return result;
}

int
usher_server_listen(struct usher_server *server, const char *address, const char *service)
{
	int result;

	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (!address || !service)
		return api_fail(server, USHER_INVALID, "there is no address, or no service");
	result = api_edit_make(server, apply_listener, API_WORDS(address, service), NULL);
	if (result == 0)
		server->has_listener = true;
	return result;
}

static int
apply_listener_key(const struct api_edit *edit, struct config *config, struct text *problem)
{
	text_put_format(problem, "%s: ", edit->words[0]);
	return config_set_listener(&config->listeners[config->listener_count - 1], edit->words[0],
	    edit->words[1], problem);
}

int
usher_server_set_listener(struct usher_server *server, const char *key, const char *value)
{
	if (!server)
		return api_refuse(USHER_INVALID, __func__, "there is no server");
	if (!key || !value)
		return api_fail(server, USHER_INVALID, "there is no key, or no value");
	if (server->config && !server->has_listener)
		return api_fail(server, USHER_WRONG_STATE, "%s: no listener was added yet", key);
	return api_edit_make(server, apply_listener_key, API_WORDS(key, value), NULL);
}
