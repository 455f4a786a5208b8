/* SPDX-License-Identifier: MIT
 *
 * log_level: `usherctl log-level LEVEL`: from now on, until the next start.
 */
#include "base/log.h"

#include <stdio.h>

#include "usherctl/object.h"
#include "usherctl/verbs.h"

static int
print_change(const struct command *command, const struct reply *reply)
{
	char room[128];
	struct text line = text_over(room, sizeof(room));

	if (command->wants_json) {
		verbs_print_json(reply);
		return CTL_OK;
	}
	text_put_format(&line, "log level: %s, was %s", object_string(reply->object, "to"),
	    object_string(reply->object, "from"));
	verbs_print_line(command, "", text_string(&line));
	return CTL_OK;
}

int
verb_log_level(const struct command *command)
{
	char room[64];
	struct text target = text_over(room, sizeof(room));
	struct reply reply;
	int status;

	if (log_level_from_name(command->argument) < 0) {
		verbs_complain(
		    command, SLICE("the level is one of error, warning, info and debug"));
		return CTL_USAGE;
	}
	text_put_format(&target, "/log-level?level=%s", command->argument);
	status = (int)verbs_ask(command, "POST", text_string(&target), &reply);
	if (status == CTL_OK)
		status = print_change(command, &reply);
	reply_done(&reply);
	return status;
}
