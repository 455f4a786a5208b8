/* SPDX-License-Identifier: MIT
 *
 * gone: what loops that are no more have counted, so that no counter of the process goes
 * backwards when they go.
 *
 * Owns the rows of listeners. One of zeros is empty. Thread: the main one.
 */
#pragma once

#include "handler/snapshot.h"

/* Listeners whose counts are kept, by name and address. */
#define GONE_LISTENERS_MAX 1024

struct gone {
	struct snapshot counts; /* its sum and its listeners alone */
};

void gone_done(struct gone *);

/* The last figures of a loop; what in them was no count is made zero. Without memory the
 * counts of its listeners are forgotten. */
void gone_add(struct gone *, struct snapshot_part *);

/* Adds all that was kept to a snapshot of the loops that there are. Of a listener that none of
 * them has any more there is nothing to tell. */
void gone_put(const struct gone *, struct snapshot *);
