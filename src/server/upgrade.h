/* SPDX-License-Identifier: MIT
 *
 * upgrade: another process takes this one's place. It is started with the command line of
 * this one, gets the listening sockets, and once it serves, each connection as it becomes
 * idle; then this process leaves. Until the successor has said that it serves, nothing
 * changes here, and if it goes away while it is handed connections, this process serves on.
 *
 *   STARTING ─ ready ─► HANDING ─ all gone ─► LEAVING
 *      │ declined, ended, too late               (the server sees to the rest)
 *      ▼
 *    a verdict that is no
 *
 * docs/handover.md describes what is said between the two; inheritance.c is the other half.
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"

struct admin;
struct event_base;
struct serving;
struct upgrade;

struct upgrade_verdict {
	bool is_ok;
	pid_t pid;          /* of the successor */
	unsigned sockets;   /* that it took */
	unsigned left;      /* that it did not */
	const bool *taken;  /* which, loop by loop in the order of the bindings; NULL where it is
			     * not ok */
	const char *error;  /* NULL where it is ok */
	struct slice words; /* the last that the successor said on standard error */
};

struct upgrade_ops {
	/* The verdict is valid during the call. Where it is ok, the server drains from now on, in
	 * its own way, and has another main process. */
	void (*on_verdict)(const struct upgrade_verdict *, void *arg);
	/* The successor has gone before it had everything. `is_orderly`: it drains, and so shall
	 * this process; otherwise this process serves on. */
	void (*on_lost)(bool is_orderly, void *arg);
};

struct upgrade_options {
	struct event_base *base;
	struct serving *serving; /* borrowed, as all below */
	struct admin *admin;
	const char *program;      /* absolute path of the binary */
	char *const *arguments;   /* argv */
	char *const *environment; /* as this process was started with */
	const struct upgrade_ops *ops;
	void *arg;
};

/* The path to start the program again by, as it was called by `name` (argv[0]): links on the way
 * are followed anew each time. Empty where it cannot be told. Before the working directory or
 * the environment changes. */
void upgrade_find_program(const char *name, struct text *path);

/* The caller frees it with upgrade_free. NULL: no memory. */
struct upgrade *upgrade_new(const struct upgrade_options *) __attribute__((warn_unused_result));
/* Nothing is under way, or nobody wants to know. NULL is allowed. */
void upgrade_free(struct upgrade *);

/* Starts a successor: `program`, or NULL for the usual one. 0, and a verdict comes later;
 * -EBUSY: one is under way; or a negative errno with a sentence. */
int upgrade_begin(struct upgrade *, const char *program, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Whether a successor was started, and this process is not left yet. */
bool upgrade_is_under_way(const struct upgrade *);

/* Of a successor that serves; 0: there is none. */
pid_t upgrade_successor(const struct upgrade *);

/* A loop has something to give, perhaps, or nothing more. */
void upgrade_check(struct upgrade *);

/* The server drains, or stops at once: a successor that does not serve yet is ended, with a
 * verdict; to one that does, nothing more is handed over. */
void upgrade_cancel(struct upgrade *);
