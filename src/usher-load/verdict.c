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
	    "losses: requests without the right answer, or connections that could not be made or "
	    "used");
	return is_met;
}

/* What more clients would have lost is not known. */
static bool
is_proven(const struct plan *plan, const struct outcome_tally *outcomes)
{
	uint64_t failures = outcome_tally_own_faults(outcomes);

	if (!plan->expects_no_loss || failures == 0)
		return true;
	(void)fprintf(stderr,
	    "usher-load: it is not proven that nothing was lost: %" PRIu64
	    " connections failed for want of ports, descriptors or memory of this machine\n",
	    failures);
	return false;
}

/* One that did not begin, or did not end, has done nothing that the run could tell of. */
static bool
did_command_succeed(const struct report_command *command)
{
	if (!command->line)
		return true;
	if (command->exit_status != 0 || command->signal != 0)
		return false;
	if (command->ended_ns != 0)
		return true;
	(void)fprintf(stderr, "usher-load: the run ended before the command of --during %s\n",
	    command->began_ns == 0 ? "began" : "did");
	return false;
}

static bool
was_answered(const struct outcome_tally *outcomes)
{
	bool came = outcomes->requests[OUTCOME_WRONG_STATUS] > 0 ||
	    outcomes->requests[OUTCOME_WRONG_BODY] > 0;

	if (outcomes->requests[OUTCOME_ANSWERED] > 0)
		return true;
	(void)fprintf(
	    stderr, "usher-load: not one request was answered%s\n", came ? " as expected" : "");
	return false;
}

int
verdict_tell(const struct plan *plan, const struct report *report)
{
	const struct outcome_tally *outcomes = &report->whole->outcomes;

	if (!meets_expectations(plan, outcomes))
		return EXIT_EXPECTATION;
	if (!did_command_succeed(&report->command))
		return EXIT_COMMAND;
	if (!is_proven(plan, outcomes) || !was_answered(outcomes))
		return EXIT_CANNOT;
	return EXIT_FINE;
}
