/* SPDX-License-Identifier: MIT
 *
 * scene: the site that the load asks, the grounds it is served on, and the roles
 * of the clients who ask.
 *
 * Thread: the only one of the process.
 */
#pragma once

#include "life.h"

#define SCENE_BIG_LEN (3u << 20)
#define SCENE_PAGE_LEN 20000u

/* Where and how usherd listens. */
struct ground {
	const char *name;
	const char *listener; /* the keys of listener "web", but for service */
	unsigned loops;
	int64_t fin_late_us;
	bool is_tcp; /* so the kernel counts its resets */
};

extern const struct ground grounds[];
extern const int ground_count;

/* The configuration for it, with `more` sections; its files are made. Owned by the
 * caller. */
char *scene_config(const struct ground *, const char *more);

/* usherd there, and the load that will ask it. */
struct scene {
	const struct ground *ground;
	struct usherd *usherd;
	struct load *load;
	struct counters before;
	uint64_t refused_apart; /* connects of other processes */
};

struct scene scene_open(const struct ground *, const char *more, uint64_t seed);

/* SIGTERM, now. */
void scene_terminate(struct scene *);

/* Runs the clients to their end; what became of them is told on standard error. */
void scene_run_to_end(struct scene *);

/* After that, what has to be true: usherd ended well and
 * says so, nobody lost anything, the kernel saw no reset but those for `refused`
 * connects. */
void scene_close(struct scene *);

/* --- Roles ---------------------------------------------------------------------- */

extern const struct load_role keep_alive_role; /* asks again after a short while */
extern const struct load_role idle_role;       /* asks once and stays */
extern const struct load_role download_role;   /* a large file, slowly; then as keep-alive */
extern const struct load_role upload_role;     /* half a sized body, the rest in the drain */
extern const struct load_role chunked_role;    /* the same in chunks */
extern const struct load_role newcomer_role;   /* asks once, says close */
extern const struct load_role passer_by_role;  /* asks once and closes */
extern const struct load_role queued_role;     /* asks once, keeps alive, leaves by FIN */

#ifndef WIRE_HARNESS
#define scene_open(...) (WIRE_HERE(), (scene_open)(__VA_ARGS__))
#define scene_close(...) (WIRE_HERE(), (scene_close)(__VA_ARGS__))
#endif
