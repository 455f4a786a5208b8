/* SPDX-License-Identifier: MIT
 *
 * upgrade: `usherctl upgrade`: the daemon answers when its successor serves, or says why it
 * goes on itself.
 */
#include <stdio.h>
#include <string.h>

#include "usherctl/object.h"
#include "usherctl/verbs.h"

#define TARGET_MAX 4200

/* What was said on standard error, line by line. */
static void
complain_words(const struct command *command, const char *words)
{
	while (*words) {
		char room[1024];
		struct text line = text_over(room, sizeof(room));
		const size_t len = strcspn(words, "\n");

		text_put(&line, (struct slice){ words, len });
		verbs_print_error_line(command, "successor: ", text_string(&line));
		words += len + (words[len] == '\n');
	}
}

static void
print_success(const struct reply *reply)
{
	const uint64_t left = object_count(reply->object, "sockets_left");

	(void)printf("pid %llu serves, with %llu listening sockets; the connections follow.\n",
	    (unsigned long long)object_count(reply->object, "pid"),
	    (unsigned long long)object_count(reply->object, "sockets"));
	if (left > 0)
		(void)printf(
		    "%llu sockets are none of its: they are drained.\n", (unsigned long long)left);
}

int
verb_upgrade(const struct command *command)
{
	char room[ASK_WHY_MAX];
	char target_room[TARGET_MAX];
	struct text why = text_over(room, sizeof(room));
	struct text target = text_over(target_room, sizeof(target_room));
	struct reply reply;
	enum ctl_status status;

	text_put_string(&target, "/upgrade");
	if (command->program)
		text_put_format(&target, "?exec=%s", command->program);
	status = ask(&command->client, "POST", text_string(&target), &reply, &why);
	if (command->wants_json && reply.object) {
		verbs_print_json(&reply);
	} else if (status == CTL_OK) {
		print_success(&reply);
	} else {
		complain_words(command, object_string(reply.object, "words"));
		verbs_complain(command, text_slice(&why));
	}
	if (status == CTL_OK && !object_flag(reply.object, "ok"))
		status = CTL_FAILED;
	reply_done(&reply);
	return (int)status;
}
