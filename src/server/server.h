/* SPDX-License-Identifier: MIT
 *
 * server: the whole of it: binds, starts the loops, hears the signals, reloads, and
 * sees the end: the report and the exit status.
 *
 * Thread: the main one.
 */
#pragma once

#include "config/config.h"
#include "server/reload.h"

/* Exit statuses of usherd; usherd(8) documents them. */
enum server_status {
	SERVER_OK = 0,        /* ended in good order, no connection was cut */
	SERVER_FAILED = 1,    /* could not start */
	SERVER_USAGE = 2,     /* the command line was wrong */
	SERVER_CUT_SHORT = 4, /* ended, and connections were cut */
};

struct server_options {
	const char *report;          /* file for the drain's report, or NULL */
	const char *program;         /* absolute path of the binary, for an upgrade */
	char *const *arguments;      /* argv */
	char *const *environment;    /* as the process was started with */
	struct reload_source source; /* where a reload finds the configuration */
};

/* Serves `config`, which is taken, until a signal says otherwise. SIGTERM, SIGINT and
 * SIGQUIT drain, a second one stops at once; SIGHUP reloads; SIGUSR2
 * upgrades; SIGUSR1 opens the log files
 * again. */
enum server_status server_run(struct config *config, const struct server_options *);
