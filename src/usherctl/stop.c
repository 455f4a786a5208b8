/* SPDX-License-Identifier: MIT
 *
 * stop: `usherctl stop`: what is open is cut; with --wait, until the process is gone.
 */
#include "base/clock.h"
#include "usherctl/ending_watch.h"
#include "usherctl/verbs.h"

#define WAIT_US (30 * CLOCK_SECOND_US)
#define STEP_US (CLOCK_SECOND_US / 10)

static int
wait_for_end(const struct command *command, const struct ending_watch *watch)
{
	int64_t wait_us = command->has_timeout ? command->client.timeout_us : WAIT_US;
	int64_t deadline_us = clock_monotonic_us() + wait_us;
	bool is_reachable = true;

	while (!ending_watch_wait(watch, STEP_US, is_reachable, NULL)) {
		char room[ASK_WHY_MAX];
		struct text why = text_over(room, sizeof(room));
		struct reply reply;

		if (clock_monotonic_us() >= deadline_us) {
			verbs_complain(command, SLICE("it was told to stop, and still runs"));
			return CTL_FAILED;
		}
		if (watch->pidfd >= 0)
			continue;
		is_reachable =
		    ask(&command->client, "GET", "/livez", &reply, &why) != CTL_UNREACHABLE;
		reply_done(&reply);
	}
	if (!command->wants_json)
		(void)puts("usherd has ended.");
	return CTL_OK;
}

int
verb_stop(const struct command *command)
{
	struct ending_watch watch = { .pidfd = -1 };
	struct snapshot snapshot = { 0 };
	struct reply reply = { 0 };
	enum ctl_status status = CTL_OK;

	if (command->wants_wait) {
		status = verbs_ask_status(command, &reply, &snapshot);
		if (status != CTL_OK)
			return (int)status;
		ending_watch_init(&watch, &command->client, &snapshot);
		snapshot_done(&snapshot);
		reply_done(&reply);
	}
	status = verbs_ask(command, "POST", "/stop", &reply);
	if (status == CTL_OK && command->wants_json)
		verbs_print_json(&reply);
	else if (status == CTL_OK)
		(void)puts("usherd stops: what is open is cut.");
	(void)fflush(stdout);
	if (status == CTL_OK && command->wants_wait)
		status = (enum ctl_status)wait_for_end(command, &watch);
	reply_done(&reply);
	ending_watch_done(&watch);
	return (int)status;
}
