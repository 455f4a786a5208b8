/* SPDX-License-Identifier: MIT
 *
 * reopen: opens the log files again, after a rotation moved them, and says in the log
 * how that went. What cannot be opened goes on being written where it was.
 *
 * Thread: the main one.
 */
#pragma once

#include "server/generation.h"

/* The log of messages, and those of the generation. */
void reopen_logs(struct generation *);
