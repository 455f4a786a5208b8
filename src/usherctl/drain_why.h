/* SPDX-License-Identifier: MIT
 *
 * drain_why: who keeps a drain from its end, and by what.
 *
 * Thread: the main one.
 */
#pragma once

#include "base/text.h"
#include "usherctl/options.h"

/* `usherctl drain --why`: a row for each connection that is left. The exit status;
 * 1 where no drain is under way. */
int drain_why(const struct command *command);

/* What a connection of that state waits for, in words; `waits_for` as GET
 * /connections has it, "" for nothing. */
void drain_why_put(struct text *text, const char *state, const char *waits_for, uint64_t unsent,
    uint64_t unacknowledged);
