/* SPDX-License-Identifier: MIT
 *
 * rig: a files handler over a tree, and how the tests ask it.
 *
 * Thread: a test is a process.
 */
#pragma once

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../suite.h"
#include "fake_protocol.h"
#include "handler/file_cache.h"
#include "handler/handler.h"
#include "tree.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

struct rig {
	struct tree tree;
	struct config_route route; /* what it says when rig_start is called counts */
	char *index[2];
	struct file_cache_limits limits; /* likewise */
	struct file_cache *cache;
	int64_t memory_max;
	int64_t hot_max;
	void *files;
	size_t prefix_len;
};

/* An empty tree, and a route "/" as the configuration has it by default: index.html, no
 * listing, no dotfiles, precompressed siblings. */
void rig_init(struct rig *);
/* Makes the cache and the handler. */
void rig_start(struct rig *);
/* Forgets what was cached, and makes the handler anew. */
void rig_restart(struct rig *);
void rig_done(struct rig *);

/* The answer to a GET at `now`; the caller calls fake_done. */
struct fake *rig_get_at(struct rig *, const char *target, const char *fields, int64_t now);
struct fake *rig_get(struct rig *, const char *target, const char *fields);
/* The answer to a request with that whole head. */
struct fake *rig_ask(struct rig *, const char *head);

/* Fails unless a GET of `target` at `now` has `status` and, where that is not NULL, `body`. */
void rig_expect_at(struct rig *, const char *target, int64_t now, int status, const char *body);
void rig_expect(struct rig *, const char *target, int status, const char *body);

/* Fails unless the answer's field is `value`; NULL: is not there. */
void expect_field(const struct fake *, const char *name, const char *value);
/* Fails unless the answer has that status and a complete body of the length announced. */
void expect_status(struct fake *, int status);
void expect_body(struct fake *, const char *body);
