/* SPDX-License-Identifier: MIT
 *
 * crowd: the clients of every role at once, each in the midst of what it does, so
 * that a drain finds each kind of connection. Those who only ask are usher-load's
 * (outsider.h) where they can be; the others have to be in a known place at a known
 * moment, or see a FIN late, and are the load's: load/load.h says of each why.
 *
 * Thread: the only one of the process.
 */
#pragma once

#include "scene.h"

struct crowd_size {
	unsigned keep_alive;
	unsigned idle;
	unsigned downloads;
	unsigned uploads; /* sized ones, and as many in chunks */
	unsigned queued;  /* in the accept queue */
	uint64_t warm;    /* answers before it is warm enough, of those who see a FIN late */
};

struct crowd {
	struct crowd_size size;
	struct loader *regulars;       /* usher-load, keep-alive; or NULL */
	struct load_group *keep_alive; /* in their place; or NULL */
	struct loader *strangers;      /* usher-load, a connection for each request; or NULL */
	struct load_group *newcomers;  /* in their place; or NULL */
	struct load_group *idle;
	struct load_group *downloads;
	struct load_group *uploads;
	struct load_group *chunked;
	struct load_group *passers_by;
	struct load_group *queued;
};

/* Everybody comes, and newcomers go on coming; until all are in their places. */
struct crowd crowd_gather(struct scene *, const struct crowd_size *);

/* A queue, SIGTERM, and the drain to its end: everybody was served as the role
 * asks. What scene_close demands comes after it. */
void crowd_drain(struct scene *, struct crowd *);

/* How many connections there were. */
uint64_t crowd_connected(const struct crowd *);
