/* SPDX-License-Identifier: MIT
 *
 * connections: the answer to GET /connections as a table.
 *
 * Thread: the main one.
 */
#pragma once

#include "usherctl/verbs.h"

/* Asks for the connections of `state` (or NULL), in the order of `sort` (or NULL),
 * at most `limit`. The answer is known to have the list. As verbs_ask. */
enum ctl_status connections_ask(const struct command *command, const char *state, const char *sort,
    uint64_t limit, struct reply *ret_reply) __attribute__((warn_unused_result));
/* How many the daemon did not list. */
void connections_print_left_out(const struct reply *reply);
