/* SPDX-License-Identifier: MIT */
#include "usher-load/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#include "usher-load/exit.h"

/* Prints what was not met; true when it was met. */
static bool
meets(bool is_expected, uint64_t failures, const char *what)
{
	if (!is_expected || failures == 0)
		return true;
	(void)fprintf(stderr, "usher-load: not as expected: %" PRIu64 " %s\n", failures, what);
	return false;
}

static bool
meets_expectations(const struct plan *plan, const struct outcome_tally *outcomes)
{
	bool is_met = true;

	is_met &= meets(plan->expects_status, outcomes->requests[OUTCOME_WRONG_STATUS],
	    "answers with another status");
	is_met &= meets(plan->expects_body, outcomes->requests[OUTCOME_WRONG_BODY],
	    "answers with another body");
	is_met &= meets(plan->expects_no_loss, outcome_tally_losses(outcomes),
	    "losses: requests without the right answer, or connections that could not be made");
	return is_met;
}

static bool
did_command_fail(const struct report_command *command)
{
	return command->line && (command->exit_status != 0 || command->signal != 0);
}

int
verdict_tell(const struct plan *plan, const struct report *report)
{
	const struct outcome_tally *outcomes = &report->whole->outcomes;

	if (!meets_expectations(plan, outcomes))
		return EXIT_EXPECTATION;
	if (did_command_fail(&report->command))
		return EXIT_COMMAND;
	if (outcomes->requests[OUTCOME_ANSWERED] == 0) {
		(void)fputs("usher-load: not one request was answered\n", stderr);
		return EXIT_CANNOT;
	}
	return EXIT_FINE;
}
