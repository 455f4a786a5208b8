/* SPDX-License-Identifier: MIT */
#include "handler/file_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/panic.h"
#include "handler/file_fields.h"
#include "net/file_body.h"

static struct file_identity
identity_of(const struct stat *stat)
{
	return (struct file_identity){
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.size = stat->st_size,
		.modified = stat->st_mtim,
		.changed = stat->st_ctim,
	};
}

static bool
times_equal(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
identities_equal(const struct file_identity *a, const struct file_identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	    times_equal(a->modified, b->modified) && times_equal(a->changed, b->changed);
}

static struct file_entry *
entry_alloc(enum file_entry_kind kind, size_t storage_bytes)
{
	struct file_entry *entry = malloc(sizeof(*entry) + storage_bytes);

	if (!entry)
		return NULL;
	*entry = (struct file_entry){
		.magic = FILE_ENTRY_MAGIC,
		.references = 1,
		.kind = kind,
	};
	return entry;
}

/* Reads up to `size` bytes from the file's start. Returns how many there were, or a
 * negative errno. */
static int64_t
read_body(int fd, char *body, int64_t size)
{
	int64_t taken = 0;
	ssize_t got;

	while (taken < size) {
		got = pread(fd, body + taken, (size_t)(size - taken), taken);
		if (got == 0)
			break;
		if (got > 0)
			taken += got;
		else if (errno != EINTR)
			return -errno;
	}
	return taken;
}

/* Fills the entry's body from `fd`, and closes that unless a segment has it now. */
static int
take_body(struct file_entry *entry, int fd, char *memory)
{
	int64_t got;

	if (!memory) {
		entry->segment = file_body_new(fd, entry->size);
		return entry->segment ? 0 : -ENOMEM;
	}
	got = read_body(fd, memory, entry->size);
	close(fd);
	if (got < 0)
		return (int)got;
	entry->body = memory;
	entry->size = got;
	return 0;
}

static void
take_spec(
    struct file_entry *entry, const struct file_entry_spec *spec, const struct file_fields *fields)
{
	entry->identity = identity_of(&spec->stat);
	entry->encoding = spec->encoding;
	entry->is_young = file_is_young(&spec->stat, spec->now);
	entry->size = spec->stat.st_size;
	entry->type = spec->type;
	memcpy(entry->storage, fields->bytes, fields->len);
	entry->fields = (struct slice){ entry->storage, fields->len };
	entry->shared_fields = (struct slice){ entry->storage, fields->shared_len };
	entry->bare_fields = (struct slice){ entry->storage, fields->bare_len };
	entry->validators = (struct http_validators){
		.etag = { entry->storage + fields->etag_at, fields->etag_len },
		.has_last_modified = true,
		.last_modified = fields->last_modified,
		.is_last_modified_strong = !entry->is_young,
	};
}

int
file_entry_new_file(const struct file_entry_spec *spec, int fd, struct file_entry **ret_entry)
{
	bool is_small = spec->stat.st_size <= spec->memory_max;
	struct file_entry *entry = NULL;
	struct file_fields fields;
	int error = file_fields_make(spec, &fields);

	if (!error) {
		entry = entry_alloc(
		    FILE_ENTRY_FILE, fields.len + (is_small ? (size_t)spec->stat.st_size : 0));
		error = entry ? 0 : -ENOMEM;
	}
	if (error) {
		close(fd);
		return error;
	}
	take_spec(entry, spec, &fields);
	error = take_body(entry, fd, is_small ? entry->storage + fields.len : NULL);
	if (error) {
		file_entry_unref(entry);
		return error;
	}
	*ret_entry = entry;
	return 0;
}

struct file_entry *
file_entry_new_verdict(enum file_entry_kind kind, int status)
{
	struct file_entry *entry = entry_alloc(kind, 0);

	if (entry)
		entry->status = status;
	return entry;
}

struct file_entry *
file_entry_ref(struct file_entry *entry)
{
	entry->references++;
	return entry;
}

void
file_entry_unref(struct file_entry *entry)
{
	if (!entry)
		return;
	must(entry->magic == FILE_ENTRY_MAGIC && entry->references > 0);
	if (--entry->references > 0)
		return;
	file_body_release(entry->segment);
	entry->magic = 0;
	free(entry);
}

bool
file_entry_is_current(const struct file_entry *entry, const struct file_entry_spec *spec)
{
	struct file_identity identity = identity_of(&spec->stat);

	return entry->kind == FILE_ENTRY_FILE && !entry->is_young &&
	    entry->encoding == spec->encoding && slice_equals(entry->type, spec->type) &&
	    identities_equal(&entry->identity, &identity);
}
