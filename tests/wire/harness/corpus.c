/* SPDX-License-Identifier: MIT
 *
 * corpus: scandir(3) and the files it names.
 */
#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
is_request(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".http") == 0;
}

static struct corpus_item
load_item(const char *directory, const char *name)
{
	struct corpus_item item = { .name = strdup(name) };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (!item.name || bytes_put_file(&item.request, path) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return item;
}

struct corpus
corpus_load(const char *kind)
{
	const char *above = getenv("CORPUS");
	struct corpus corpus = { 0 };
	struct dirent **entries;
	char directory[2048];
	int count;

	(void)snprintf(directory, sizeof(directory), "%s/%s", above ? above : ".", kind);
	count = scandir(directory, &entries, is_request, alphasort);
	if (count <= 0) {
		(void)fprintf(stderr, "no requests in %s\n", directory);
		exit(EXIT_FAILURE);
	}
	corpus.items = calloc((size_t)count, sizeof(*corpus.items));
	if (!corpus.items)
		abort();
	for (int i = 0; i < count; i++) {
		corpus.items[corpus.count++] = load_item(directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return corpus;
}

void
corpus_free(struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->count; i++) {
		free(corpus->items[i].name);
		bytes_free(&corpus->items[i].request);
	}
	free(corpus->items);
}

int
corpus_status(const struct corpus_item *item)
{
	return (int)strtol(item->name, NULL, 10);
}

_Bool
corpus_has_method(const struct corpus_item *item, const char *method)
{
	size_t len = strlen(method);
	const char *start = bytes_string(&item->request);

	start += strspn(start, "\r\n");
	return strncmp(start, method, len) == 0 && start[len] == ' ';
}
