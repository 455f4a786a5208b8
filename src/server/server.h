/* SPDX-License-Identifier: MIT
 *
 * server: the whole of it: binds, starts the loops, hears the signals, reloads, and
 * sees the end: the report and the exit status.
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "server/reload.h"

/* How it ended. */
enum server_status {
	SERVER_OK = 0,     /* in good order, no connection was cut */
	SERVER_FAILED = 1, /* a loop could not go on */
	/* Connections were cut. Also the exit status of a process that does not wait for a
	 * loop that hangs. */
	SERVER_CUT_SHORT = 4
};

struct loop_guest;
struct server;

struct server_options {
	const char *report;          /* file for the drain's report, or NULL; borrowed */
	const char *program;         /* absolute path of the binary, for an upgrade; NULL: none */
	char *const *arguments;      /* argv; borrowed */
	char *const *environment;    /* as the process was started with; borrowed */
	struct reload_source source; /* where a reload finds the configuration; may be empty */
	/* After each reload; the verdict is valid during the call. NULL: nobody wants to know. */
	void (*on_reload)(const struct reload_verdict *, void *arg);
	void *on_reload_arg;
	bool leaves_signals;            /* none is heard; SIGPIPE and SIGXFSZ are ignored still */
	const struct loop_guest *guest; /* of a program that embeds the server, or NULL; borrowed */
};

/* What any thread may ask of a server. */
enum server_request {
	SERVER_NEWS = 1, /* a loop's: it has taken a change, or has ended */
	SERVER_DRAIN = 2,
	SERVER_STOP = 4, /* what is open is cut */
	SERVER_RELOAD = 8,
	SERVER_UPGRADE = 16,
	SERVER_REOPEN = 32, /* log files */
};

/* Binds and starts the loops of `config`, which is taken: it serves from now on. The
 * caller frees it with server_free. NULL with a sentence in `ret_error`: nothing is left
 * of it. */
struct server *server_start(struct config *config, const struct server_options *,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Steers it until it has drained: SIGTERM, SIGINT and SIGQUIT drain, a second one stops at
 * once; SIGHUP reloads; SIGUSR2 upgrades; SIGUSR1 opens the log files again. Once. */
enum server_status server_serve(struct server *);

/* Whether this is process 1, served to its end, and a successor serves: it has to stay, with
 * process_one_stay. */
bool server_has_to_stay(const struct server *);

/* Ends it at once if it was not served to its end. NULL is allowed. */
void server_free(struct server *);

/* Any thread, until server_free. */
void server_tell(struct server *, enum server_request);

/* Its loops and bindings; borrowed. */
const struct serving *server_serving(const struct server *);
