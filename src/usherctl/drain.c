/* SPDX-License-Identifier: MIT
 *
 * drain: `usherctl drain`: starts it, shows what is left, and stays until the process
 * is gone. Its connections one by one are usherctl/drain_why's.
 */
#include "usherctl/drain_why.h"

#include <string.h>

#include "base/clock.h"
#include "usherctl/ending_watch.h"
#include "usherctl/figures.h"
#include "usherctl/verbs.h"

#define STEP_US (CLOCK_SECOND_US / 2)
/* Beyond its own deadline: for the notice, handshakes, and the process's last acts. */
#define GRACE_US (60 * CLOCK_SECOND_US)

struct watching {
	const struct command *command;
	struct ending_watch watch;
	int64_t deadline_us;
	char line[256]; /* said last */
};

static void
put_states(struct text *line, const struct snapshot *now)
{
	const struct {
		const char *name;
		uint64_t count;
	} states[] = {
		{ "busy", now->connections.busy },
		{ "idle", now->connections.idle },
		{ "parked", now->connections.parked },
		{ "flushing", now->connections.flushing },
		{ "lingering", now->connections.lingering },
	};
	const char *before = " (";

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i].count == 0)
			continue;
		text_put_format(
		    line, "%s%llu %s", before, (unsigned long long)states[i].count, states[i].name);
		before = ", ";
	}
	text_put_string(line, before[0] == ',' ? ")" : "");
}

/* A line where something has changed. */
static void
say_progress(struct watching *watching, const struct snapshot *now)
{
	char room[sizeof(watching->line)];
	struct text line = text_over(room, sizeof(room));

	text_put_format(
	    &line, "%s: %llu left", now->drain.step, (unsigned long long)now->connections.open);
	put_states(&line, now);
	if (strcmp(text_string(&line), watching->line) == 0 || watching->command->wants_json)
		return;
	memcpy(watching->line, room, sizeof(room));
	text_put_string(&line, ", ");
	figure_put_time(&line, now->drain.since_s);
	text_put_string(&line, " of ");
	figure_put_time(&line, now->drain.deadline_s);
	verbs_print_line(watching->command, "", text_string(&line));
	(void)fflush(stdout);
}

/* One look at it. True when it is gone. */
static bool
look_again(struct watching *watching)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));
	struct snapshot now = { 0 };
	struct reply reply;
	struct client client = watching->command->client;
	enum ctl_status status;
	bool has_status, is_gone;

	if (client.timeout_us > 5 * CLOCK_SECOND_US)
		client.timeout_us = 5 * CLOCK_SECOND_US;
	status = ask(&client, "GET", "/status", &reply, &why);
	has_status = status == CTL_OK && snapshot_read(&now, reply.object) == 0;
	if (has_status && now.pid == watching->watch.pid)
		say_progress(watching, &now);
	is_gone = ending_watch_wait(
	    &watching->watch, STEP_US, status != CTL_UNREACHABLE, has_status ? &now : NULL);
	snapshot_done(&now);
	reply_done(&reply);
	return is_gone;
}

static int
watch_until_end(struct watching *watching)
{
	while (!look_again(watching)) {
		if (clock_monotonic_us() < watching->deadline_us)
			continue;
		verbs_complain(watching->command,
		    SLICE("the drain is under way, and the time to wait for its end is over\n"
			  "`usherctl drain --why` lists the connections that are left."));
		return CTL_FAILED;
	}
	if (!watching->command->wants_json)
		(void)puts("usherd has ended.");
	return CTL_OK;
}

static int64_t
deadline_of(const struct command *command, const struct snapshot *now)
{
	double deadline_s = now->drain.deadline_s;
	int64_t wait_us = GRACE_US;

	if (command->has_timeout)
		return clock_monotonic_us() + command->client.timeout_us;
	if (deadline_s > 0 && deadline_s < 1e6)
		wait_us += (int64_t)(deadline_s * (double)CLOCK_SECOND_US);
	return clock_monotonic_us() + wait_us;
}

static enum ctl_status
start_drain(const struct command *command, const struct snapshot *now)
{
	char room[ASK_WHY_MAX];
	struct text why = text_over(room, sizeof(room));
	enum ctl_status status;
	struct reply reply;

	if (snapshot_is_draining(now)) {
		if (!command->wants_json)
			(void)puts("A drain is under way already.");
		return CTL_OK;
	}
	status = ask(&command->client, "POST", "/drain", &reply, &why);
	if (status == CTL_OK && command->wants_json)
		verbs_print_json(&reply);
	/* Somebody else was quicker. */
	if (status == CTL_FAILED && reply.answer->status == 409)
		status = CTL_OK;
	else if (status != CTL_OK)
		verbs_complain(command, text_slice(&why));
	reply_done(&reply);
	(void)fflush(stdout);
	return status;
}

int
verb_drain(const struct command *command)
{
	struct watching watching = { .command = command };
	struct snapshot now = { 0 };
	struct reply reply;
	enum ctl_status status;

	if (command->wants_why)
		return drain_why(command);
	status = verbs_ask_status(command, &reply, &now);
	if (status != CTL_OK)
		return (int)status;
	ending_watch_init(&watching.watch, &command->client, &now);
	watching.deadline_us = deadline_of(command, &now);
	status = start_drain(command, &now);
	snapshot_done(&now);
	reply_done(&reply);
	if (status == CTL_OK)
		status = (enum ctl_status)watch_until_end(&watching);
	ending_watch_done(&watching.watch);
	return (int)status;
}
