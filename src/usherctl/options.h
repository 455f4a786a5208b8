/* SPDX-License-Identifier: MIT
 *
 * options: the command line of usherctl.
 *
 * Owns the two tables, of verbs and of options, and what --help says. The words
 * that an option may have are checked here, before anybody is asked.
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usherctl/client.h"
#include "usherctl/look.h"

struct command;

/* What an option is for: bits in struct verb. */
#define OPTION_STATE (1U << 0)
#define OPTION_SORT (1U << 1)
#define OPTION_LIMIT (1U << 2)
#define OPTION_WHY (1U << 3)
#define OPTION_WAIT (1U << 4)
#define OPTION_ONCE (1U << 5)
#define OPTION_INTERVAL (1U << 6)
#define OPTION_JSON (1U << 7)
#define OPTION_PROC (1U << 8)
#define OPTION_EXEC (1U << 9)

struct verb {
	const char *name;
	const char *argument; /* what it takes, for the help; NULL: nothing */
	unsigned options;     /* bits of those that belong to it */
	int64_t timeout_us;   /* of an answer, where the command line has none */
	int (*run)(const struct command *command); /* an exit status */
	const char *help;
};

struct command {
	const struct verb *verb;
	const char *argument; /* of the verb, or NULL */
	struct client client;
	struct look look; /* of standard output */
	int64_t interval_us;
	bool has_timeout; /* the command line has one */
	bool wants_json;
	bool wants_why;
	bool wants_wait;
	bool wants_once;
	const char *state; /* or NULL */
	const char *sort;  /* or NULL */
	uint64_t limit;
	const char *program; /* to upgrade to, or NULL */
	const char *proc;    /* the directory /proc, or another in a test */
};

/* Reads it into `ret_command`, whose strings are those of `argv`. -1 to go on, or an
 * exit status: something was printed then, and that is all. */
int options_read(struct command *ret_command, int argc, char **argv)
    __attribute__((warn_unused_result));
