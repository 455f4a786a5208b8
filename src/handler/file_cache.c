/* SPDX-License-Identifier: MIT */
#include "handler/file_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/panic.h"
#include "base/siphash.h"
#include "handler/file_entry.h"

/* Buckets, whatever the limits: a table of pointers of 8 MiB at most. */
#define BUCKETS_MIN 16
#define BUCKETS_MAX (1u << 20)

struct shelf {
	struct list_link nodes; /* least recently used first */
	size_t count;
	size_t max;
};

struct node {
	struct node *next;        /* in its bucket */
	struct list_link link;    /* in its shelf */
	struct shelf *shelf;      /* one of the cache's */
	struct file_entry *entry; /* one reference */
	int64_t checked_at;
	uint64_t hash;
	const void *scope;
	unsigned variant;
	size_t path_len;
	char path[];
};

struct file_cache {
	struct siphash_key hash_key;
	struct shelf files;       /* with their bodies */
	struct shelf descriptors; /* files with a segment */
	struct shelf verdicts;    /* no files */
	size_t bytes;             /* of the bodies of `files` */
	size_t bytes_max;
	struct file_cache_counts counts;
	struct node *latest; /* found last, by which the next is often asked for; or NULL */
	size_t bucket_mask;
	struct node *buckets[];
};

static size_t
bucket_count(size_t entries)
{
	size_t count = BUCKETS_MIN;

	while (count < entries && count < BUCKETS_MAX)
		count *= 2;
	return count;
}

static void
shelf_init(struct shelf *shelf, size_t max)
{
	list_init(&shelf->nodes);
	shelf->max = max;
}

/* Early in the life of a machine there may be no random bytes without waiting; then
 * the clock has to do. */
static struct siphash_key
random_key(void)
{
	struct siphash_key key;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key)) {
		key.low = (uint64_t)clock_wall_us();
		key.high = (uint64_t)clock_monotonic_us();
	}
	return key;
}

struct file_cache *
file_cache_new(const struct file_cache_limits *limits)
{
	size_t buckets = bucket_count(limits->files + limits->descriptors + limits->verdicts);
	struct file_cache *cache = calloc(1, sizeof(*cache) + buckets * sizeof(cache->buckets[0]));

	if (!cache)
		return NULL;
	cache->hash_key = random_key();
	cache->bytes_max = limits->bytes;
	cache->bucket_mask = buckets - 1;
	shelf_init(&cache->files, limits->files);
	shelf_init(&cache->descriptors, limits->descriptors);
	shelf_init(&cache->verdicts, limits->verdicts);
	return cache;
}

static uint64_t
hash_of(const struct file_cache *cache, const struct file_cache_key *key)
{
	uint64_t hash = siphash(&cache->hash_key, key->path.data, key->path.len);

	/* Scopes and variants are few and ours; an odd factor spreads them. */
	return hash ^ ((uintptr_t)key->scope + key->variant) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool
node_is(const struct node *node, const struct file_cache_key *key)
{
	return node->scope == key->scope && node->variant == key->variant &&
	    node->path_len == key->path.len &&
	    memcmp(node->path, key->path.data, node->path_len) == 0;
}

static struct node **
bucket_of(struct file_cache *cache, uint64_t hash)
{
	return &cache->buckets[hash & cache->bucket_mask];
}

static struct node *
node_find(struct file_cache *cache, const struct file_cache_key *key, uint64_t hash)
{
	struct node *node = *bucket_of(cache, hash);

	while (node && !(node->hash == hash && node_is(node, key)))
		node = node->next;
	return node;
}

/* The one found last needs neither hash nor a place in its shelf. */
static struct node *
node_use(struct file_cache *cache, const struct file_cache_key *key)
{
	struct node *node = cache->latest;

	if (node && node_is(node, key))
		return node;
	node = node_find(cache, key, hash_of(cache, key));
	if (!node)
		return NULL;
	list_remove(&node->link);
	list_append(&node->shelf->nodes, &node->link);
	cache->latest = node;
	return node;
}

static size_t
body_bytes(const struct file_entry *entry)
{
	return entry->body ? (size_t)entry->size : 0;
}

/* The one place where a node enters the table, its shelf and the sums … */
static void
node_link(struct file_cache *cache, struct node *node)
{
	struct node **bucket = bucket_of(cache, node->hash);

	node->next = *bucket;
	*bucket = node;
	list_append(&node->shelf->nodes, &node->link);
	cache->latest = NULL; /* which is not the last of its shelf any more */
	node->shelf->count++;
	cache->bytes += body_bytes(node->entry);
}

/* … and the one where it leaves them and is freed. */
static void
node_drop(struct file_cache *cache, struct node *node)
{
	struct node **place = bucket_of(cache, node->hash);

	while (*place != node) {
		must(*place);
		place = &(*place)->next;
	}
	*place = node->next;
	list_remove(&node->link);
	node->shelf->count--;
	cache->bytes -= body_bytes(node->entry);
	if (cache->latest == node)
		cache->latest = NULL;
	file_entry_unref(node->entry);
	free(node);
}

static void
shelf_clear(struct file_cache *cache, struct shelf *shelf)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &shelf->nodes)
		node_drop(cache, list_entry(link, struct node, link));
}

void
file_cache_free(struct file_cache *cache)
{
	if (!cache)
		return;
	shelf_clear(cache, &cache->files);
	shelf_clear(cache, &cache->descriptors);
	shelf_clear(cache, &cache->verdicts);
	free(cache);
}

struct file_entry *
file_cache_find(
    struct file_cache *cache, const struct file_cache_key *key, int64_t now, bool *ret_is_fresh)
{
	struct node *node = node_use(cache, key);

	if (!node) {
		cache->counts.misses++;
		return NULL;
	}
	*ret_is_fresh = node->checked_at == now;
	if (*ret_is_fresh)
		cache->counts.hits++;
	else
		cache->counts.stale++;
	return node->entry;
}

static struct shelf *
shelf_for(struct file_cache *cache, const struct file_entry *entry)
{
	if (entry->kind != FILE_ENTRY_FILE)
		return &cache->verdicts;
	return entry->segment ? &cache->descriptors : &cache->files;
}

/* Evicts the least recently used of the shelf until there is room for one more entry
 * with `bytes` of body, which must be within the limits by itself. */
static void
make_room(struct file_cache *cache, struct shelf *shelf, size_t bytes)
{
	struct list_link *oldest;

	while (shelf->count >= shelf->max || cache->bytes + bytes > cache->bytes_max) {
		oldest = list_first(&shelf->nodes);
		must(oldest);
		node_drop(cache, list_entry(oldest, struct node, link));
		cache->counts.evicted++;
	}
}

static struct node *
node_new(const struct file_cache_key *key, uint64_t hash, struct file_entry *entry)
{
	struct node *node = malloc(sizeof(*node) + key->path.len);

	if (!node)
		return NULL;
	*node = (struct node){
		.entry = file_entry_ref(entry),
		.hash = hash,
		.scope = key->scope,
		.variant = key->variant,
		.path_len = key->path.len,
	};
	memcpy(node->path, key->path.data, key->path.len);
	return node;
}

void
file_cache_store(struct file_cache *cache, const struct file_cache_key *key,
    struct file_entry *entry, int64_t now)
{
	uint64_t hash = hash_of(cache, key);
	struct node *node = node_find(cache, key, hash);
	struct shelf *shelf = shelf_for(cache, entry);

	if (node && node->entry == entry) {
		node->checked_at = now;
		return;
	}
	if (node)
		node_drop(cache, node);
	if (key->path.len > FILE_CACHE_PATH_MAX || shelf->max == 0 ||
	    body_bytes(entry) > cache->bytes_max)
		return;
	node = node_new(key, hash, entry);
	if (!node)
		return;
	make_room(cache, shelf, body_bytes(entry));
	node->checked_at = now;
	node->shelf = shelf;
	node_link(cache, node);
}

void
file_cache_forget(struct file_cache *cache, const struct file_cache_key *key)
{
	struct node *node = node_find(cache, key, hash_of(cache, key));

	if (node)
		node_drop(cache, node);
}

size_t
file_cache_shed_bodies(struct file_cache *cache)
{
	const size_t bytes = cache->bytes;

	cache->counts.evicted += cache->files.count;
	shelf_clear(cache, &cache->files);
	return bytes;
}

size_t
file_cache_shed_descriptors(struct file_cache *cache)
{
	size_t count = cache->descriptors.count;

	shelf_clear(cache, &cache->descriptors);
	return count;
}

struct file_cache_counts
file_cache_counts(const struct file_cache *cache)
{
	return cache->counts;
}

void
file_cache_counts_add(struct file_cache_counts *sum, const struct file_cache_counts *counts)
{
	sum->hits += counts->hits;
	sum->stale += counts->stale;
	sum->misses += counts->misses;
	sum->evicted += counts->evicted;
}

struct file_cache_usage
file_cache_usage(const struct file_cache *cache)
{
	return (struct file_cache_usage){
		.files = cache->files.count,
		.bytes = cache->bytes,
		.descriptors = cache->descriptors.count,
		.verdicts = cache->verdicts.count,
	};
}
