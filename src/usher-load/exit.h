/* SPDX-License-Identifier: MIT
 *
 * exit: the exit statuses of usher-load, as usher-load(1) lists them.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

enum exit_status {
	EXIT_FINE = 0,
	EXIT_EXPECTATION = 1, /* an --expect-… was not met */
	EXIT_USAGE = 2,       /* the command line cannot be meant so */
	EXIT_CANNOT = 3,      /* it could not run, nothing was answered, or nothing is proven */
	EXIT_COMMAND = 4,     /* the command of --during failed, or was not done */
	EXIT_OUTPUT = 5       /* a result could not be written */
};
