/* SPDX-License-Identifier: MIT
 *
 * doctor: `usherctl doctor`: asks the daemon and the kernel, has usherctl/findings
 * judge, and prints it, the worst first.
 */
#include <stdio.h>
#include <stdlib.h>

#include "usherctl/facts.h"
#include "usherctl/findings.h"
#include "usherctl/service.h"
#include "usherctl/verbs.h"

static void
print_finding(const struct command *command, const struct finding *finding)
{
	static const enum colour colours[] = {
		[SEVERITY_OK] = COLOUR_GOOD,
		[SEVERITY_NOTE] = COLOUR_NONE,
		[SEVERITY_WARNING] = COLOUR_BAD,
	};
	enum colour colour = colours[finding->severity];

	if (colour != COLOUR_NONE)
		(void)fputs(look_colour(&command->look, colour), stdout);
	(void)printf("%-8s", severity_name(finding->severity));
	if (colour != COLOUR_NONE)
		(void)fputs(look_colour(&command->look, COLOUR_NONE), stdout);
	verbs_print_line(command, " ", finding->text);
	if (finding->mend[0])
		verbs_print_line(command, "         -> ", finding->mend);
}

static void
print_findings(const struct command *command, const struct findings *findings)
{
	for (int severity = SEVERITY_WARNING; severity >= SEVERITY_OK; severity--)
		for (size_t i = 0; i < findings->count; i++)
			if ((int)findings->items[i].severity == severity)
				print_finding(command, &findings->items[i]);
	if (findings->left_out > 0)
		(void)printf("and %zu more\n", findings->left_out);
}

static int
print_object(const struct findings *findings)
{
	json_t *list = json_array();
	json_t *object;
	int error;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *one = &findings->items[i];

		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s?}", "severity", severity_name(one->severity),
			"check", one->check, "text", one->text, "mend",
			one->mend[0] ? one->mend : NULL));
	}
	object = json_pack("{s:o, s:I, s:I}", "findings", list, "warnings",
	    (json_int_t)findings->warnings, "left_out", (json_int_t)findings->left_out);
	error = json_dumpf(object, stdout, 0);
	(void)fputc('\n', stdout);
	json_decref(object);
	return error;
}

/* A daemon that hides its configuration is judged by its status alone. */
static void
take_daemon(const struct command *command, struct facts *facts, const struct snapshot *now)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));
	struct slice config = { NULL, 0 };
	struct reply reply;

	if (ask_text(&command->client, "/config", &reply, &why) == CTL_OK)
		config = (struct slice){ answer_body(reply.answer), reply.answer->body_len };
	facts_take_daemon(facts, now, config);
	reply_done(&reply);
}

static int
examine(const struct command *command, const struct snapshot *now, struct findings *findings)
{
	struct facts facts;

	facts_init(&facts);
	facts_read_kernel(&facts, command->proc, now->pid);
	take_daemon(command, &facts, now);
	facts.stop_limit_us = service_stop_limit_us(command->proc, now->pid);
	findings_make(findings, &facts);
	if (command->wants_json && print_object(findings) != 0)
		return CTL_FAILED;
	if (!command->wants_json)
		print_findings(command, findings);
	return findings->warnings > 0 ? CTL_FAILED : CTL_OK;
}

int
verb_doctor(const struct command *command)
{
	struct findings *findings = malloc(sizeof(*findings));
	struct snapshot now;
	struct reply reply;
	int status;

	if (!findings)
		return CTL_FAILED;
	status = (int)verbs_ask_status(command, &reply, &now);
	if (status == CTL_OK) {
		status = examine(command, &now, findings);
		snapshot_done(&now);
	}
	reply_done(&reply);
	free(findings);
	return status;
}
