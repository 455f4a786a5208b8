/* SPDX-License-Identifier: MIT
 *
 * rotation: the log files are opened again, after they were moved away (SIGUSR1).
 *
 * Thread: the main one.
 */
#pragma once

struct generation;

/* Those that cannot be opened go on being written where they were; the log says so. */
void rotation_reopen(struct generation *);
