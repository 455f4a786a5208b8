/* SPDX-License-Identifier: MIT */
#include "handler/sites.h"

#include <stdlib.h>
#include <string.h>

#include "handler/file_cache.h"
#include "handler/file_entry.h"
#include "handler/site.h"

struct sites {
	struct file_cache *cache; /* owned */
	size_t count;
	struct site *items[]; /* owned */
};

/* limits.file_cache_entries shared out: an eighth to what is no file, up to a quarter to
 * files by descriptor, the rest to files in memory. */
static struct file_cache_limits
cache_limits(const struct config_limits *limits)
{
	size_t entries = (size_t)limits->file_cache_entries;
	size_t descriptors = entries / 4;

	if (descriptors > CONFIG_CACHED_FILES_MAX)
		descriptors = CONFIG_CACHED_FILES_MAX;
	return (struct file_cache_limits){
		.files = entries - entries / 8 - descriptors,
		.bytes = (size_t)limits->file_cache_bytes,
		.descriptors = descriptors,
		.verdicts = entries / 8,
	};
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
sites_init(struct sites *sites, const struct config *config, const struct handler_health *health,
    struct text *ret_error)
{
	struct file_cache_limits limits = cache_limits(&config->limits);
	const int64_t bytes = config->limits.file_cache_bytes;
	/* A file that the cache could not keep is sent from its descriptor instead; and none
	 * takes more than a sixteenth of it because it is asked for often. */
	struct handler_context context = {
		.memory_max = lesser(bytes, FILE_MEMORY_MAX),
		.hot_max = lesser(bytes / 16, FILE_HOT_MAX),
		.health = *health,
	};

	sites->cache = file_cache_new(&limits);
	if (!sites->cache) {
		text_put_string(ret_error, "out of memory");
		return -1;
	}
	context.cache = sites->cache;
	for (size_t i = 0; i < config->service_count; i++) {
		if (config->services[i].protocol != CONFIG_HTTP)
			continue;
		sites->items[sites->count] = site_new(&config->services[i], &context, ret_error);
		if (!sites->items[sites->count])
			return -1;
		sites->count++;
	}
	return 0;
}

struct sites *
sites_new(const struct config *config, const struct handler_health *health, struct text *ret_error)
{
	struct sites *sites;

	sites = calloc(1, sizeof(*sites) + config->service_count * sizeof(sites->items[0]));
	if (!sites) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	if (sites_init(sites, config, health, ret_error) < 0) {
		sites_free(sites);
		return NULL;
	}
	return sites;
}

void
sites_free(struct sites *sites)
{
	if (!sites)
		return;
	for (size_t i = 0; i < sites->count; i++)
		site_free(sites->items[i]);
	file_cache_free(sites->cache);
	free(sites);
}

const struct site *
sites_find(const struct sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->count; i++)
		if (strcmp(site_config(sites->items[i])->name, name) == 0)
			return sites->items[i];
	return NULL;
}

struct file_cache *
sites_file_cache(const struct sites *sites)
{
	return sites->cache;
}
