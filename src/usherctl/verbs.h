/* SPDX-License-Identifier: MIT
 *
 * verbs: what usherctl does, a function for each verb; usherctl(8) has what they
 * promise.
 *
 * Each takes the command line, prints to standard output, says on standard error
 * what went wrong, and returns the exit status: enum ctl_status.
 *
 * Thread: the main one.
 */
#pragma once

#include "usherctl/ask.h"
#include "usherctl/options.h"
#include "usherctl/snapshot.h"

int verb_status(const struct command *command);
int verb_listeners(const struct command *command);
int verb_connections(const struct command *command);
int verb_drain(const struct command *command);
int verb_reload(const struct command *command);
int verb_upgrade(const struct command *command);
int verb_stop(const struct command *command);
int verb_check(const struct command *command);
int verb_log_level(const struct command *command);
int verb_top(const struct command *command);
int verb_doctor(const struct command *command);

/* What they share. */

/* As ask: a failure is said on standard error. With --json, an object that came with
 * a refusal is printed all the same. */
enum ctl_status verbs_ask(const struct command *command, const char *method, const char *target,
    struct reply *ret_reply) __attribute__((warn_unused_result));
/* GET /status, and the answer read. As verbs_ask; for CTL_OK both are the caller's to
 * end. */
enum ctl_status verbs_ask_status(const struct command *command, struct reply *ret_reply,
    struct snapshot *ret_snapshot) __attribute__((warn_unused_result));
/* Says that the answer for `target` is none of usherd's. CTL_BAD_ANSWER. */
enum ctl_status verbs_refuse_answer(const struct command *command, const char *target);
/* A failure in words on standard error; controls in it are shown as '?'. */
void verbs_complain(const struct command *command, struct slice why);
/* Prints the object of an answer, as it came. */
void verbs_print_json(const struct reply *reply);
/* A line of the daemon's on standard output, printable. */
void verbs_print_line(const struct command *command, const char *start, const char *line);
/* The same on standard error. */
void verbs_print_error_line(const struct command *command, const char *start, const char *line);
