/* SPDX-License-Identifier: MIT
 *
 * file_lookup: the steps of a resolution share one struct, which owns the path being
 * tried; each step answers 0, or a negative errno that becomes the entry's status.
 */
#include "handler/file_lookup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "http/path.h"

/* A file that was opened, and what its entry is made of. */
struct found {
	int fd;
	struct file_entry_spec spec;
};

struct lookup {
	const struct file_place *place;
	struct slice path; /* as asked for */
	struct coding_order codings;
	int64_t now;
	struct file_entry *known; /* a stale entry of the same key, or NULL */
	char name[PATH_MAX];      /* what is opened, relative to the root */
};

/* The path and `suffix`, relative to the root, as a string in lookup->name. */
static int
lookup_name(struct lookup *lookup, struct slice suffix)
{
	struct slice path = lookup->path;
	struct text name = text_over(lookup->name, sizeof(lookup->name));

	while (path.len > 0 && path.data[0] == '/') {
		path.data++;
		path.len--;
	}
	if (path.len > 0 && memchr(path.data, '\0', path.len))
		return -ENOENT;
	if (path.len + suffix.len == 0)
		path = SLICE(".");
	text_put(&name, path);
	text_put(&name, suffix);
	text_string(&name);
	return name.is_truncated ? -ENAMETOOLONG : 0;
}

/* Opens the path with `suffix`, as file_open. Where the process has no descriptors left the cache
 * gives up its own. */
static int
lookup_open(struct lookup *lookup, struct slice suffix, struct stat *ret_stat)
{
	const struct file_place *place = lookup->place;
	int fd = lookup_name(lookup, suffix);

	if (fd < 0)
		return fd;
	fd = file_open(place->root, lookup->name, ret_stat);
	if ((fd == -EMFILE || fd == -ENFILE) && file_cache_shed_descriptors(place->cache) > 0)
		fd = file_open(place->root, lookup->name, ret_stat);
	return fd;
}

static bool
is_older(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* Puts the first sibling the client would rather have in the place of the file. One
 * that is older than the file was not made from it as it is now. */
static void
prefer_sibling(struct lookup *lookup, struct slice index, struct found *found)
{
	char buffer[NAME_MAX + 8];
	struct stat stat;
	int fd;

	for (unsigned i = 0; i < lookup->codings.count; i++) {
		struct text suffix = text_over(buffer, sizeof(buffer));

		text_put(&suffix, index);
		text_put(&suffix, http_encoding_suffix(lookup->codings.items[i]));
		if (suffix.is_truncated)
			return;
		fd = lookup_open(lookup, text_slice(&suffix), &stat);
		if (fd < 0)
			continue;
		if (!S_ISREG(stat.st_mode) || is_older(stat.st_mtim, found->spec.stat.st_mtim)) {
			close(fd);
			continue;
		}
		close(found->fd);
		found->fd = fd;
		found->spec.stat = stat;
		found->spec.encoding = lookup->codings.items[i];
		return;
	}
}

static bool
is_hot(const struct file_entry *known, const struct file_place *place)
{
	return known->segment && known->answers >= FILE_HOT_ANSWERS &&
	    known->size <= place->hot_max;
}

/* The file is as it was when `known` was made of it. Where there is no memory to read it
 * into, it is sent from the descriptor as before. */
static int
keep_known(struct lookup *lookup, struct found *found, struct file_entry **ret_entry)
{
	if (is_hot(lookup->known, lookup->place)) {
		found->spec.memory_max = lookup->place->hot_max;
		if (file_entry_new_file(&found->spec, found->fd, ret_entry) == 0)
			return 0;
	} else {
		close(found->fd);
	}
	lookup->known->answers = 0;
	*ret_entry = file_entry_ref(lookup->known);
	return 0;
}

/* The entry for the file `path` + `index` open as `fd`, which is taken. */
static int
make_file(struct lookup *lookup, struct slice index, int fd, const struct stat *stat,
    struct file_entry **ret_entry)
{
	const struct file_place *place = lookup->place;
	struct found found = { .fd = fd,
		.spec = {
		    .stat = *stat,
		    .encoding = HTTP_ENCODING_IDENTITY,
		    .type = http_mime_lookup(place->mime, index.len > 0 ? index : lookup->path),
		    .cache_control = place->cache_control,
		    .varies = place->has_siblings,
		    .memory_max = place->memory_max,
		    .now = lookup->now,
		} };

	prefer_sibling(lookup, index, &found);
	if (lookup->known && file_entry_is_current(lookup->known, &found.spec))
		return keep_known(lookup, &found, ret_entry);
	return file_entry_new_file(&found.spec, found.fd, ret_entry);
}

static int
make_verdict(enum file_entry_kind kind, int status, struct file_entry **ret_entry)
{
	*ret_entry = file_entry_new_verdict(kind, status);
	return *ret_entry ? 0 : -ENOMEM;
}

/* A directory: the first of its index names that is a regular file. A name that is not
 * there is no matter, but one that may not be read, say, is. */
static int
find_index(struct lookup *lookup, struct file_entry **ret_entry)
{
	const struct config_strings *names = lookup->place->index;
	struct stat stat;
	int fd;

	for (size_t i = 0; i < names->count; i++) {
		struct slice index = slice_of(names->items[i]);

		fd = lookup_open(lookup, index, &stat);
		if (fd >= 0 && S_ISREG(stat.st_mode))
			return make_file(lookup, index, fd, &stat, ret_entry);
		if (fd >= 0)
			close(fd);
		else if (file_error_status(fd) != 404)
			return fd;
	}
	return make_verdict(FILE_ENTRY_DIRECTORY, 0, ret_entry);
}

static int
resolve(struct lookup *lookup, struct file_entry **ret_entry)
{
	struct stat stat;
	int fd;

	if (!lookup->place->has_dotfiles && http_path_is_hidden(lookup->path))
		return -ENOENT;
	fd = lookup_open(lookup, SLICE(""), &stat);
	if (fd < 0)
		return fd;
	if (S_ISREG(stat.st_mode))
		return make_file(lookup, SLICE(""), fd, &stat, ret_entry);
	close(fd);
	if (!slice_ends_with(lookup->path, SLICE("/")))
		return make_verdict(FILE_ENTRY_SLASH, 0, ret_entry);
	return find_index(lookup, ret_entry);
}

/* Resolves anew; remembers what will be the same a moment later. */
static struct file_entry *
resolve_and_store(struct lookup *lookup, const struct file_cache_key *key)
{
	struct file_cache *cache = lookup->place->cache;
	struct file_entry *entry = NULL;
	int error;

	file_root_refresh(lookup->place->root, lookup->now);
	error = resolve(lookup, &entry);
	if (error)
		entry = file_entry_new_verdict(FILE_ENTRY_ERROR, file_error_status(error));
	if (entry && entry->status < 500)
		file_cache_store(cache, key, entry, lookup->now);
	else
		file_cache_forget(cache, key);
	return entry;
}

/* Apart from file_lookup so that a hit does not pay for the room of a path. */
static __attribute__((noinline)) struct file_entry *
look_anew(const struct file_place *place, const struct file_cache_key *key,
    struct coding_order codings, int64_t now, struct file_entry *known)
{
	struct lookup lookup;

	lookup.place = place;
	lookup.path = key->path;
	lookup.codings = codings;
	lookup.now = now;
	lookup.known = known;
	return resolve_and_store(&lookup, key);
}

struct file_entry *
file_lookup(
    const struct file_place *place, struct slice path, struct coding_order codings, int64_t now)
{
	struct file_cache_key key = {
		.scope = place->root,
		.variant = coding_order_number(&codings),
		.path = path,
	};
	bool is_fresh = false;
	struct file_entry *known = file_cache_find(place->cache, &key, now, &is_fresh);
	struct file_entry *entry;

	if (known)
		file_entry_ref(known);
	if (known && is_fresh && !is_hot(known, place))
		return known;
	entry = look_anew(place, &key, codings, now, known);
	file_entry_unref(known);
	return entry;
}
