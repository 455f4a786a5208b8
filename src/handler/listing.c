/* SPDX-License-Identifier: MIT */
#include "handler/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handler/file_open.h"

/* A directory being read. */
struct reading {
	const struct file_root *root;
	DIR *directory; /* owned */
	bool has_dotfiles;
	struct listing listing;
	size_t cap;          /* items there is room for */
	size_t path_len;     /* of the directory's own path in `name`, with its '/' */
	char name[PATH_MAX]; /* relative to the root */
};

/* What a name of the directory is. All but files and directories, symbolic links above all,
 * is looked at as a request for it would be. */
static int
stat_name(struct reading *reading, const char *name, struct stat *ret_stat)
{
	struct text full = text_over(reading->name, sizeof(reading->name));

	if (fstatat(dirfd(reading->directory), name, ret_stat, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISREG(ret_stat->st_mode) || S_ISDIR(ret_stat->st_mode))
		return 0;
	full.len = reading->path_len;
	text_put_string(&full, name);
	text_string(&full);
	return full.is_truncated ? -ENAMETOOLONG
				 : file_stat(reading->root, reading->name, ret_stat);
}

static int
make_room(struct reading *reading)
{
	size_t cap = reading->cap ? reading->cap * 2 : 64;
	struct listing_item **items;

	if (reading->listing.count < reading->cap)
		return 0;
	items = realloc(reading->listing.items, cap * sizeof(struct listing_item *));
	if (!items)
		return -ENOMEM;
	reading->listing.items = items;
	reading->cap = cap;
	return 0;
}

static int
add_item(struct reading *reading, const char *name, const struct stat *stat)
{
	size_t name_len = strlen(name);
	struct listing_item *item;

	if (make_room(reading) < 0)
		return -ENOMEM;
	item = malloc(sizeof(*item) + name_len);
	if (!item)
		return -ENOMEM;
	item->is_directory = S_ISDIR(stat->st_mode);
	item->size = stat->st_size;
	item->modified = stat->st_mtim.tv_sec;
	item->name_len = name_len;
	memcpy(item->name, name, name_len);
	reading->listing.items[reading->listing.count++] = item;
	return 0;
}

static bool
is_our_failure(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -EIO ||
	    error == -EINTR;
}

static int
examine(struct reading *reading, const char *name)
{
	struct stat stat;
	int error;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (name[0] == '.' && !reading->has_dotfiles)
		return 0;
	error = stat_name(reading, name, &stat);
	/* A list that lacks what is there would be a wrong answer. */
	if (is_our_failure(error))
		return error;
	/* Gone meanwhile, or leading out of the root: not shown. */
	if (error < 0)
		return 0;
	return add_item(reading, name, &stat);
}

static int
read_names(struct reading *reading)
{
	struct dirent *found;
	size_t examined = 0;
	int error = 0;

	while (!error) {
		errno = 0;
		found = readdir(reading->directory);
		if (!found)
			return -errno;
		if (reading->listing.count == LISTING_MAX || examined++ == LISTING_EXAMINED_MAX) {
			reading->listing.is_cut = true;
			return 0;
		}
		error = examine(reading, found->d_name);
	}
	return error;
}

static int
compare_items(const void *left, const void *right)
{
	const struct listing_item *a = *(const struct listing_item *const *)left;
	const struct listing_item *b = *(const struct listing_item *const *)right;
	size_t shorter = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	order = memcmp(a->name, b->name, shorter);
	if (order != 0)
		return order;
	return a->name_len < b->name_len ? -1 : 1;
}

/* Opens the directory and remembers its path, "" for the root itself. */
static int
open_directory(struct reading *reading, struct slice path)
{
	struct text name = text_over(reading->name, sizeof(reading->name));
	struct stat stat;
	int fd;

	text_put(&name, (struct slice){ path.data + 1, path.len - 1 });
	reading->path_len = name.len;
	text_string(&name);
	if (name.is_truncated)
		return -ENAMETOOLONG;
	fd = file_open(reading->root, name.len > 0 ? reading->name : ".", &stat);
	if (fd < 0)
		return fd;
	reading->directory = fdopendir(fd);
	if (!reading->directory) {
		int error = -errno;

		close(fd);
		return error;
	}
	return 0;
}

int
listing_read(
    const struct file_root *root, struct slice path, bool has_dotfiles, struct listing *ret_listing)
{
	struct reading reading = { .root = root, .has_dotfiles = has_dotfiles };
	int error = open_directory(&reading, path);

	if (error)
		return error;
	error = read_names(&reading);
	closedir(reading.directory);
	if (error) {
		listing_done(&reading.listing);
		return error;
	}
	if (reading.listing.count > 0)
		qsort(reading.listing.items, reading.listing.count,
		    sizeof(reading.listing.items[0]), compare_items);
	*ret_listing = reading.listing;
	return 0;
}

void
listing_done(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->items[i]);
	free(listing->items);
	*listing = (struct listing){ 0 };
}
