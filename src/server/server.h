/* SPDX-License-Identifier: MIT
 *
 * server: the whole of it: binds, starts the loops, hears the signals, and sees
 * the end: the report and the exit status.
 *
 * Thread: the main one. The configuration is borrowed and has to outlive the
 * call.
 */
#pragma once

#include "config/config.h"

/* Exit statuses of usherd; usherd(8) documents them. */
enum server_status {
	SERVER_OK = 0,        /* ended in good order, no connection was cut */
	SERVER_FAILED = 1,    /* could not start */
	SERVER_USAGE = 2,     /* the command line was wrong */
	SERVER_CUT_SHORT = 4, /* ended, and connections were cut */
};

struct server_options {
	const char *report; /* file for the drain's report, or NULL */
};

/* Serves until a signal says otherwise. SIGTERM, SIGINT and SIGQUIT drain, a
 * second one stops at once; SIGUSR1 opens the log files again. */
enum server_status server_run(const struct config *, const struct server_options *);
