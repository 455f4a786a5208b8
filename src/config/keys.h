/* SPDX-License-Identifier: MIT
 *
 * keys: THE table: one row for each key that an operator can set.
 *
 * From it come the names that are known, the options handed to libconfuse, types,
 * ranges, defaults, what `-T` prints, and the words that an error suggests. A
 * test holds conf/usher.conf and usher.conf(5) against it. To add a key: a member
 * in config.h, a row here, a line in each of those two.
 *
 * Thread: any; everything is constant.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/config.h"

enum key_section {
	KEYS_TOP,
	KEYS_LISTENER,
	KEYS_SERVICE,
	KEYS_ROUTE,
	KEYS_ERROR_PAGE,
	KEYS_TIMEOUTS,
	KEYS_LIMITS,
	KEYS_DRAIN,
	KEYS_UPGRADE,
	KEYS_STORE,
	KEYS_LOG,
	KEYS_SECTION_COUNT
};

enum key_type {
	KEY_BOOL,     /* bool */
	KEY_INT,      /* int64_t */
	KEY_SIZE,     /* int64_t, bytes; written "16k" */
	KEY_DURATION, /* int64_t, microseconds; written "30s" */
	KEY_MODE,     /* int64_t; written in octal */
	KEY_CHOICE,   /* an enum whose values count the key's words */
	KEY_WORD,     /* char *, one of the key's words */
	KEY_STRING,   /* char *; empty only where its default is, and then NULL */
	KEY_LIST      /* struct config_strings */
};

/* A row. */
struct key {
	enum key_section section;
	enum key_type type;
	const char *name;
	size_t offset; /* of the member in the struct of its section */
	/* The default as it would be written, without quotes (of a list: its only
	 * item); NULL: the key has none, and the member is 0, NULL or empty. */
	const char *initial;
	int64_t min;              /* of numbers: the range, both ends included */
	int64_t max;              /* of strings: the most bytes; 0: any number */
	int64_t step;             /* of durations: only multiples of it; 0: any */
	const char *const *words; /* of KEY_CHOICE and KEY_WORD, ended by NULL */
	const char *unit;         /* of KEY_INT: what is counted; or NULL */
	unsigned kinds;           /* of a route's keys: bits of the kinds that use it; 0: all */
	bool names_kind;          /* the key that makes a route of that kind */
	bool is_text;             /* a string that may hold control characters */
	bool needs_restart;       /* a reload does not apply it */
	const char *help;         /* one sentence */
};

#define KEY_KIND_BIT(kind) (1U << (kind))

/* What is known of a section itself. */
struct key_section_info {
	const char *name;        /* as written; "" for the top of the file */
	enum key_section parent; /* where it stands */
	const char *title;       /* what the word after its name stands for; NULL: it has none */
	const struct key *keys;  /* its rows */
	size_t key_count;
	size_t size;          /* bytes of its struct */
	size_t places_offset; /* of `places` in its struct */
	size_t member_offset; /* sections without title: of its struct in the parent's */
	const char *help;
};

const struct key_section_info *keys_section(enum key_section section);

/* The row of that name, or NULL. */
const struct key *keys_find(enum key_section section, const char *name);

/* Finds the section `name` within `parent`. 0, or -ENOENT. */
int keys_find_section(enum key_section parent, const char *name, enum key_section *ret_section)
    __attribute__((warn_unused_result));

/* The known key or section of `section` nearest to `name`, or NULL. */
const char *keys_nearest(enum key_section section, const char *name);

/* Where the key's row stands among those of its section. */
size_t keys_index(const struct key *key);

/* Where `key` was written in `object`, a struct of its section; else where the
 * section was. `key` NULL: where the section was. */
struct config_place keys_place(enum key_section section, const void *object, const char *key);
