/* SPDX-License-Identifier: MIT
 *
 * check: `usherctl check FILE`: the verdict of `usherd -t -c FILE`, by the same code
 * and in the same lines. No daemon is asked.
 */
#include "config/check.h"

#include <errno.h>
#include <stdio.h>

#include "config/load.h"
#include "usherctl/json_read.h"
#include "usherctl/verbs.h"

static int
load_and_check(const char *file, struct config_errors *errors)
{
	struct config_host host;
	struct config *config;
	int error = config_load(file, &config, errors);

	if (error != 0)
		return error;
	config_host_read(&host);
	error = config_check(config, &host, errors);
	config_free(config);
	return error;
}

static void
print_lines(const struct command *command, const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		verbs_print_error_line(
		    command, errors->items[i].is_warning ? "warning: " : "", errors->items[i].text);
	if (errors->left_out > 0)
		(void)fprintf(stderr, "… and %zu more\n", errors->left_out);
}

/* The object that POST /reload would answer with, but for what changed. */
static int
print_object(bool is_right, const struct config_errors *errors)
{
	json_t *lists[] = { json_array(), json_array() };
	json_t *object;
	int error;

	for (size_t i = 0; i < errors->count; i++)
		(void)json_array_append_new(
		    lists[errors->items[i].is_warning], json_pack("s", errors->items[i].text));
	object = json_pack("{s:b, s:o, s:o, s:I}", "ok", is_right, "errors", lists[0], "warnings",
	    lists[1], "left_out", (json_int_t)errors->left_out);
	error = json_dumpf(object, stdout, 0);
	(void)fputc('\n', stdout);
	json_decref(object);
	return error;
}

int
verb_check(const struct command *command)
{
	struct config_errors errors;
	int error;

	config_errors_init(&errors);
	error = load_and_check(command->argument, &errors);
	if (command->wants_json && print_object(error == 0, &errors) != 0)
		error = -ENOMEM;
	else if (!command->wants_json)
		print_lines(command, &errors);
	config_errors_done(&errors);
	if (error == -ENOMEM)
		verbs_complain(command, SLICE("no memory for the configuration"));
	if (error == 0 && !command->wants_json)
		(void)fprintf(stderr, "%s: the configuration is right\n", command->argument);
	return error == 0 ? CTL_OK : CTL_FAILED;
}
