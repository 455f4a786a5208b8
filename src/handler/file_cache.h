/* SPDX-License-Identifier: MIT
 *
 * file_cache: what paths led to, so that a file asked for again costs one look into
 * a hash table and no system call.
 *
 * Owns a reference to each entry it holds. Bounded in entries and in bytes of bodies;
 * what was not used for longest goes first. Files in memory, files by descriptor, and
 * all other verdicts (404, redirects) stand on shelves of their own, each with its
 * bound: requests for what does not exist displace nothing that does, and large files
 * no small ones. An entry that goes lives on while an answer uses it.
 *
 * Coherence: a verdict is fresh within the second of wall time (`now`) in which it was
 * found or confirmed, so at most a second old. After that whoever finds it looks at
 * the file system again (file_lookup) and confirms or replaces it. Nothing watches the
 * file system in between.
 *
 * The hash is keyed with random bytes: nobody outside can choose paths that meet in
 * one bucket.
 *
 * Thread: one; each loop has its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct file_cache;
struct file_entry;

/* Longer paths are not remembered. */
#define FILE_CACHE_PATH_MAX 1024

struct file_cache_limits {
	size_t files;       /* entries of files in memory */
	size_t bytes;       /* of their bodies, all together */
	size_t descriptors; /* entries of other files, each of which holds one open */
	size_t verdicts;    /* entries of everything else */
};

struct file_cache_key {
	const void *scope; /* whose paths they are; compared, never followed */
	unsigned variant;  /* what else decided */
	struct slice path; /* copied when stored */
};

/* Since the cache was made. */
struct file_cache_counts {
	uint64_t hits;    /* found and fresh */
	uint64_t stale;   /* found, to be confirmed */
	uint64_t misses;  /* not found */
	uint64_t evicted; /* gone for lack of room */
};

/* What is in it now. */
struct file_cache_usage {
	size_t files;
	size_t bytes;
	size_t descriptors;
	size_t verdicts;
};

/* NULL when there is no memory. */
struct file_cache *
file_cache_new(const struct file_cache_limits *limits) __attribute__((warn_unused_result));
void file_cache_free(struct file_cache *); /* NULL is allowed */

/* The entry of `key`, or NULL. Borrowed until the next call with this cache: take a
 * reference to keep it. `*ret_is_fresh` is set where there is one. */
struct file_entry *file_cache_find(
    struct file_cache *, const struct file_cache_key *key, int64_t now, bool *ret_is_fresh);

/* Remembers `entry` (a reference of its own is taken) as found at `now`, in place of
 * what was there; confirms it where it is the same. What does not fit the limits, or
 * the memory there is, is not remembered. */
void file_cache_store(
    struct file_cache *, const struct file_cache_key *key, struct file_entry *entry, int64_t now);

/* Forgets what is remembered for `key`, if anything. */
void file_cache_forget(struct file_cache *, const struct file_cache_key *key);

/* Forgets every entry that holds a descriptor, because the process has none left.
 * Returns how many. */
size_t file_cache_shed_descriptors(struct file_cache *);

/* Forgets every body, because memory is short. Returns how many bytes of memory these
 * were, as far as nobody is just sending them. */
size_t file_cache_shed_bodies(struct file_cache *);

struct file_cache_counts file_cache_counts(const struct file_cache *);
void file_cache_counts_add(struct file_cache_counts *sum, const struct file_cache_counts *);
struct file_cache_usage file_cache_usage(const struct file_cache *);
