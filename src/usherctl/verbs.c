/* SPDX-License-Identifier: MIT
 *
 * verbs: what they share: asking with the errors said, and printing what the daemon
 * sent without letting it steer the terminal.
 */
#include "usherctl/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 4096

static void
print_shown(const struct command *command, struct slice line, FILE *stream)
{
	char room[SHOWN_MAX];
	struct text shown = text_over(room, sizeof(room));

	(void)look_put(&shown, &command->look, line, UINT_MAX);
	(void)fprintf(stream, "%.*s\n", (int)shown.len, shown.data);
}

void
verbs_complain(const struct command *command, struct slice why)
{
	const char *start = "usherctl: ";

	while (why.len > 0) {
		const char *end = memchr(why.data, '\n', why.len);
		size_t len = end ? (size_t)(end - why.data) : why.len;

		(void)fputs(start, stderr);
		print_shown(command, slice_first(why, len), stderr);
		why = slice_from(why, end ? len + 1 : len);
		start = "  ";
	}
}

void
verbs_print_line(const struct command *command, const char *start, const char *line)
{
	(void)fputs(start, stdout);
	print_shown(command, slice_of(line), stdout);
}

void
verbs_print_error_line(const struct command *command, const char *start, const char *line)
{
	(void)fputs(start, stderr);
	print_shown(command, slice_of(line), stderr);
}

void
verbs_print_json(const struct reply *reply)
{
	struct slice body = { answer_body(reply->answer), reply->answer->body_len };

	while (body.len > 0 && (body.data[body.len - 1] == '\n' || body.data[body.len - 1] == '\r'))
		body.len--;
	(void)fwrite(body.data, 1, body.len, stdout);
	(void)fputc('\n', stdout);
}

enum ctl_status
verbs_ask(
    const struct command *command, const char *method, const char *target, struct reply *ret_reply)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));
	enum ctl_status status = ask(&command->client, method, target, ret_reply, &why);

	if (status == CTL_OK)
		return status;
	if (command->wants_json && ret_reply->object)
		verbs_print_json(ret_reply);
	verbs_complain(command, text_slice(&why));
	return status;
}

enum ctl_status
verbs_refuse_answer(const struct command *command, const char *target)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));

	text_put_format(
	    &why, "%s: the answer to GET %s is none of usherd's", command->client.address, target);
	verbs_complain(command, text_slice(&why));
	return CTL_BAD_ANSWER;
}

enum ctl_status
verbs_ask_status(
    const struct command *command, struct reply *ret_reply, struct snapshot *ret_snapshot)
{
	enum ctl_status status = verbs_ask(command, "GET", "/status", ret_reply);
	int error;

	if (status == CTL_OK) {
		error = snapshot_read(ret_snapshot, ret_reply->object);
		if (error == 0)
			return CTL_OK;
		status = error == -ENOMEM ? CTL_FAILED : verbs_refuse_answer(command, "/status");
	}
	reply_done(ret_reply);
	return status;
}
