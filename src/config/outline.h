/* SPDX-License-Identifier: MIT
 *
 * outline: the shape of a configuration: which sections and keys were written,
 * and where, in the file and all it includes.
 *
 * A tree of nodes, one for each section, and a clean copy of the text, without
 * comments, includes and mistakes, for libconfuse to read values from. The nodes
 * of one kind under one node stand in the order in which libconfuse numbers them.
 *
 * Built by reader, read by fill. Thread: any.
 */
#pragma once

#include "config/config.h"
#include "config/errors.h"
#include "config/keys.h"

struct outline_node {
	enum key_section section;
	char *title;                   /* owned; NULL where the section has none */
	struct config_place *places;   /* owned; one for each key, and the section's own */
	struct outline_node *parent;   /* borrowed; NULL for the top */
	struct outline_node *children; /* owned, in order */
	struct outline_node *last_child;
	struct outline_node *next; /* the parent's next child */
};

struct outline {
	struct outline_node *top; /* owned */
	char *text;               /* owned: what libconfuse may read, NUL-terminated */
	size_t text_len;
	size_t text_cap;
	char **files; /* owned: the names in places; as struct config's */
	size_t file_count;
};

/* Makes an outline of nothing: a top without children. 0, or -ENOMEM. */
int outline_init(struct outline *) __attribute__((warn_unused_result));
void outline_done(struct outline *);

/* Appends a child to `parent`, written at `place`. An absent `title`: it has
 * none. NULL for lack of memory. */
struct outline_node *outline_add(struct outline_node *parent, enum key_section section,
    struct slice title, struct config_place place) __attribute__((warn_unused_result));

/* The child of `parent` with that section and title, or NULL. */
struct outline_node *
outline_child(struct outline_node *parent, enum key_section section, struct slice title);

/* The next of `node`'s siblings, itself included, that is a `section`; or NULL. */
struct outline_node *outline_find(struct outline_node *node, enum key_section section);

/* Appends `token` and a blank to the text. 0, or -ENOMEM. */
int outline_put(struct outline *, struct slice token) __attribute__((warn_unused_result));
/* Takes back what was put since the text had `len` bytes. */
void outline_take_back(struct outline *, size_t len);

/* Takes over `path`, also on failure, as a name for places. It, or NULL for lack
 * of memory. */
const char *outline_add_file(struct outline *, char *path) __attribute__((warn_unused_result));

/* How messages name a section: "listener web", "service site, route /", "" for
 * the top. */
void outline_put_name(struct text *, const struct outline_node *);
