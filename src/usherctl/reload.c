/* SPDX-License-Identifier: MIT
 *
 * reload: `usherctl reload`: the daemon answers when the new configuration serves, or
 * says why the old one goes on.
 */
#include <stdio.h>
#include <string.h>

#include "usherctl/object.h"
#include "usherctl/verbs.h"

#define CHANGE_MAX 2048

static const struct {
	const char *kind, *prefix, *words;
} kinds[] = {
	{ "listener_added", "listener ", "added" },
	{ "listener_removed", "listener ", "removed; its connections are seen out" },
	{ "listener_kept", "listener ", "kept, with its socket and its queue" },
	{ "listener_replaced", "listener ", "its socket was replaced, without a gap" },
	{ "section_added", "", "added" },
	{ "section_removed", "", "removed" },
};

/* `limits.body_bytes`, `listener "web": backlog`. */
static void
put_subject(struct text *line, const char *name, const char *key)
{
	bool has_title = strchr(name, '"') != NULL;

	text_put_string(line, name);
	if (*name && *key)
		text_put_string(line, has_title ? ": " : ".");
	text_put_string(line, key);
}

static void
put_key(struct text *line, const json_t *change)
{
	bool has_from = json_is_string(object_at(change, "from"));
	bool has_to = json_is_string(object_at(change, "to"));

	put_subject(line, object_string(change, "name"), object_string(change, "key"));
	if (has_from && has_to)
		text_put_format(line, ": %s, was %s", object_string(change, "to"),
		    object_string(change, "from"));
	else if (has_to)
		text_put_format(line, ": %s, is new", object_string(change, "to"));
	else if (has_from)
		text_put_format(line, ": is gone, was %s", object_string(change, "from"));
}

static void
put_change(struct text *line, const json_t *change)
{
	const char *kind = object_string(change, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i].kind) != 0)
			continue;
		text_put_format(line, "%s%s: %s", kinds[i].prefix, object_string(change, "name"),
		    kinds[i].words);
		return;
	}
	put_key(line, change);
}

static void
print_changes(const struct command *command, const json_t *object)
{
	const json_t *changes = object_at(object, "changes");

	(void)printf("configuration %llu serves%s\n",
	    (unsigned long long)object_count(object, "generation"),
	    json_array_size(changes) > 0 ? ":" : "; nothing changed.");
	for (size_t i = 0; i < json_array_size(changes); i++) {
		char room[CHANGE_MAX];
		struct text line = text_over(room, sizeof(room));

		put_change(&line, json_array_get(changes, i));
		verbs_print_line(command, "  ", text_string(&line));
	}
}

/* Lines of a list, as an editor reads them: FILE:LINE first. How many. */
static size_t
complain_lines(const struct command *command, const char *start, const json_t *lines)
{
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		verbs_print_error_line(command, start, line ? line : "");
	}
	return json_array_size(lines);
}

static void
print_left_out(const json_t *object)
{
	uint64_t left_out = object_count(object, "left_out");

	if (left_out > 0)
		(void)fprintf(stderr, "and %llu lines more\n", (unsigned long long)left_out);
}

static void
print_failure(const struct command *command, const struct reply *reply, struct slice why)
{
	size_t count = complain_lines(command, "", object_at(reply->object, "errors"));

	print_left_out(reply->object);
	if (count == 0)
		verbs_complain(command, why);
	else
		verbs_complain(command, SLICE("the old configuration stays in force"));
}

int
verb_reload(const struct command *command)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));
	struct reply reply;
	enum ctl_status status = ask(&command->client, "POST", "/reload", &reply, &why);

	if (command->wants_json && reply.object) {
		verbs_print_json(&reply);
	} else {
		(void)complain_lines(command, "warning: ", object_at(reply.object, "warnings"));
		if (status == CTL_OK)
			print_changes(command, reply.object);
		else
			print_failure(command, &reply, text_slice(&why));
		if (status == CTL_OK)
			print_left_out(reply.object);
	}
	if (status == CTL_OK && !object_flag(reply.object, "ok"))
		status = CTL_FAILED;
	reply_done(&reply);
	return (int)status;
}
