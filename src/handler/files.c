/* SPDX-License-Identifier: MIT */
#include "handler/files.h"

#include <stdlib.h>

#include "handler/autoindex.h"
#include "handler/file_answer.h"
#include "handler/file_lookup.h"
#include "handler/listing.h"
#include "handler/location.h"

#define FILES_MAGIC UINT32_C(0x66696c73)

struct files {
	uint32_t magic;
	const struct config_route *route; /* borrowed */
	struct file_root *root;           /* owned */
	struct file_place place;
	struct coding_memo *codings; /* owned */
	struct slice try_path;       /* begins with '/'; absent: none */
	char *try_memory;            /* owned, behind it */
	char cache_control[HANDLER_FIELDS_MAX];
};

static void
answer_unavailable(struct http_request *request)
{
	http_answer_error(request, 503, SLICE("Retry-After: 5\r\n"));
}

static void
answer_status(struct http_request *request, int status)
{
	if (status == 503)
		answer_unavailable(request);
	else
		http_answer_error(request, status, (struct slice){ 0 });
}

/* What follows the prefix, with the '/' before it; empty where the prefix has no '/' at
 * its end and nothing follows. `rest` is the end of `path`. */
static struct slice
path_in_root(const struct http_request *request)
{
	struct slice rest = request->rest;
	bool is_absolute = rest.len > 0 && rest.data[0] == '/';
	bool is_directory = slice_ends_with(request->path, SLICE("/"));

	if (is_absolute || (rest.len == 0 && !is_directory))
		return rest;
	return (struct slice){ rest.data - 1, rest.len + 1 };
}

static struct file_entry *
find(const struct files *files, const struct http_request *request, struct slice path)
{
	struct coding_order codings = { 0 };

	if (files->place.has_siblings)
		codings = coding_order_read(files->codings, request->head);
	return file_lookup(&files->place, path, codings, http_request_now(request));
}

/* Nothing is there: the file of `try` is answered instead, or else `status`. */
static void
answer_absent(const struct files *files, struct http_request *request, int status)
{
	struct file_entry *entry;

	if (!files->try_path.data) {
		answer_status(request, status);
		return;
	}
	entry = find(files, request, files->try_path);
	if (!entry)
		answer_unavailable(request);
	else if (entry->kind == FILE_ENTRY_FILE)
		file_answer(request, entry);
	else
		answer_status(request, entry->kind == FILE_ENTRY_ERROR ? entry->status : status);
	file_entry_unref(entry);
}

static void
answer_slash(struct http_request *request)
{
	struct location location = {
		.path = request->path,
		.suffix = SLICE("/"),
		.query = request->query,
	};

	location_answer(request, 301, &location, (struct slice){ 0 });
}

static void
answer_listing(const struct files *files, struct http_request *request, struct slice path)
{
	enum config_autoindex setting = files->route->autoindex;
	char bytes[HANDLER_FIELDS_MAX];
	struct text fields = text_over(bytes, sizeof(bytes));
	struct listing listing;
	int error = listing_read(files->root, path, files->place.has_dotfiles, &listing);

	if (error) {
		answer_status(request, file_error_status(error));
		return;
	}
	text_put(&fields, files->place.cache_control);
	if (setting == CONFIG_AUTOINDEX_HTML)
		text_put(&fields, SLICE("Vary: Accept\r\n"));
	autoindex_answer(request, &listing, autoindex_format(request, setting), path.len > 1,
	    text_slice(&fields));
	listing_done(&listing);
}

static void
answer_entry(const struct files *files, struct http_request *request, struct slice path,
    struct file_entry *entry)
{
	switch (entry->kind) {
	case FILE_ENTRY_FILE:
		file_answer(request, entry);
		return;
	case FILE_ENTRY_SLASH:
		answer_slash(request);
		return;
	case FILE_ENTRY_DIRECTORY:
		if (files->route->autoindex != CONFIG_AUTOINDEX_OFF)
			answer_listing(files, request, path);
		else
			answer_absent(files, request, 403);
		return;
	case FILE_ENTRY_ERROR:
		if (entry->status == 404)
			answer_absent(files, request, 404);
		else
			answer_status(request, entry->status);
	}
}

static void
files_answer(const void *self, struct http_request *request)
{
	const struct files *files = handler_cast(self, struct files, FILES_MAGIC);
	struct slice path = path_in_root(request);
	struct file_entry *entry = find(files, request, path);

	if (!entry) {
		answer_unavailable(request);
		return;
	}
	answer_entry(files, request, path, entry);
	file_entry_unref(entry);
}

static void
files_free(void *self)
{
	struct files *files = self;

	if (!files)
		return;
	must(files->magic == FILES_MAGIC);
	file_root_free(files->root);
	free(files->codings);
	free(files->try_memory);
	files->magic = 0;
	free(files);
}

/* `try` as a path beneath the root, with the '/' that configurations leave out. */
static int
init_try(struct files *files, struct text *ret_error)
{
	struct slice given = slice_of(files->route->try_file);
	struct text path;

	if (given.len == 0)
		return 0;
	files->try_memory = malloc(given.len + 1);
	if (!files->try_memory) {
		text_put_string(ret_error, "out of memory");
		return -1;
	}
	path = text_over(files->try_memory, given.len + 1);
	if (!slice_starts_with(given, SLICE("/")))
		text_put_char(&path, '/');
	text_put(&path, given);
	files->try_path = text_slice(&path);
	return 0;
}

static int
init_codings(struct files *files, struct text *ret_error)
{
	files->codings = calloc(1, sizeof(*files->codings));
	if (!files->codings)
		text_put_string(ret_error, "out of memory");
	return files->codings ? 0 : -1;
}

static int
files_init(struct files *files, const struct handler_context *context, struct text *ret_error)
{
	const struct config_route *route = files->route;
	struct text line = text_over(files->cache_control, sizeof(files->cache_control));

	if (handler_put_cache_control(&line, route, ret_error) < 0 ||
	    init_codings(files, ret_error) < 0 || init_try(files, ret_error) < 0)
		return -1;
	files->root = file_root_new(route->files, ret_error);
	if (!files->root)
		return -1;
	files->place = (struct file_place){
		.root = files->root,
		.cache = context->cache,
		.mime = context->mime,
		.index = &route->index,
		.has_dotfiles = route->dotfiles,
		.has_siblings = route->precompressed,
		.cache_control = text_slice(&line),
		.memory_max = context->memory_max,
		.hot_max = context->hot_max,
	};
	return 0;
}

static void *
files_make(
    const struct config_route *route, const struct handler_context *context, struct text *ret_error)
{
	struct files *files = calloc(1, sizeof(*files));

	if (!files) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	files->magic = FILES_MAGIC;
	files->route = route;
	if (files_init(files, context, ret_error) < 0) {
		files_free(files);
		return NULL;
	}
	return files;
}

const struct handler_kind files_kind = {
	.ops = {
		.name = "files",
		.methods = HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD),
		.answer = files_answer,
	},
	.make = files_make,
	.free = files_free,
};
