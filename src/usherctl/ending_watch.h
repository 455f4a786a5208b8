/* SPDX-License-Identifier: MIT
 *
 * ending_watch: waits until the daemon that answered has ended.
 *
 * Where its process can be seen from here it is waited for itself, so that its ports
 * are free when the wait is over. Where it cannot (it lives in another PID namespace,
 * or answers over TCP), it is gone when its socket is, or when another process
 * answers there.
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usherctl/client.h"
#include "usherctl/snapshot.h"

struct ending_watch {
	int pidfd; /* -1: it cannot be seen */
	uint64_t pid;
	char started[64];
};

/* Begins to watch the daemon of that status. Ended by ending_watch_done. */
void ending_watch_init(
    struct ending_watch *watch, const struct client *client, const struct snapshot *snapshot);
void ending_watch_done(struct ending_watch *watch);

/* Waits `wait_us` for the end of the process; true when it has ended. Without sight
 * of it, that is what `is_reachable` and `snapshot` (its newest status, or NULL) tell
 * after the wait. */
bool ending_watch_wait(const struct ending_watch *watch, int64_t wait_us, bool is_reachable,
    const struct snapshot *snapshot);
