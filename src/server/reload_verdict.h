/* SPDX-License-Identifier: MIT
 *
 * reload_verdict: what became of a reload: whether the new configuration serves,
 * what changed by it, and what was wrong or doubtful. Made by the reload, read by
 * the admin service and the log.
 *
 * Owns its strings. Bounded: what is beyond a bound, or had no memory, is counted
 * in `left_out`, so that a verdict is never silently shorter than the truth.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define RELOAD_CHANGES_MAX 4096
#define RELOAD_LINES_MAX 128 /* errors, and as many warnings */

enum reload_change_kind {
	RELOAD_LISTENER_ADDED,
	RELOAD_LISTENER_REMOVED,
	RELOAD_LISTENER_KEPT,     /* its socket goes on, whatever keys changed */
	RELOAD_LISTENER_REPLACED, /* a new socket took its place, without a gap */
	RELOAD_SECTION_ADDED,     /* a service, a route … that was not there */
	RELOAD_SECTION_REMOVED,
	RELOAD_KEY
};

struct reload_change {
	enum reload_change_kind kind;
	/* Each owned, NULL where it does not apply. */
	char *name; /* of the listener, service or section that is meant */
	char *key;  /* "limits.body_bytes" */
	char *from; /* as usherd -T prints it */
	char *to;
};

struct reload_lines {
	char *items[RELOAD_LINES_MAX]; /* each owned; "file:line: what is wrong" */
	size_t count;
};

struct reload_verdict {
	bool is_ok;
	bool is_busy;                  /* not ok, because another reload or a drain is under way */
	uint64_t generation;           /* of the configuration that is in force now */
	struct reload_change *changes; /* owned */
	size_t change_count;
	struct reload_lines errors;
	struct reload_lines warnings;
	size_t left_out;
};

/* A verdict of nothing: not ok, no changes, no lines. */
void reload_verdict_init(struct reload_verdict *);
void reload_verdict_done(struct reload_verdict *);

/* Each copies its strings, which may be NULL. */
void reload_verdict_add_change(struct reload_verdict *, enum reload_change_kind, const char *name,
    const char *key, const char *from, const char *to);
void reload_verdict_add_error(struct reload_verdict *, const char *line);
void reload_verdict_add_warning(struct reload_verdict *, const char *line);

/* A line for people, as usherctl(8) prints it: `listener web: added`,
 * `limits.body_bytes: 2m, was 1m`. */
void reload_change_put(struct text *, const struct reload_change *);

/* "listener_added" … "key": as JSON names it. */
const char *reload_change_kind_name(enum reload_change_kind);

/* The object that POST /reload answers with, and a newline. */
void reload_verdict_put(struct text *, const struct reload_verdict *);

/* The status of that answer: 200, 409 or 422. */
int reload_verdict_status(const struct reload_verdict *);
