/* SPDX-License-Identifier: MIT */
#include "config/outline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As deep as sections nest. NOLINTBEGIN(misc-no-recursion) */
static void
free_node(struct outline_node *node)
{
	struct outline_node *child, *next;

	if (!node)
		return;
	for (child = node->children; child; child = next) {
		next = child->next;
		free_node(child);
	}
	free(node->title);
	free(node->places);
	free(node);
}
/* NOLINTEND(misc-no-recursion) */

static struct outline_node *
new_node(enum key_section section, struct slice title, struct config_place place)
{
	size_t key_count = keys_section(section)->key_count;
	struct outline_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->section = section;
	node->places = calloc(key_count + 1, sizeof(node->places[0]));
	if (title.data)
		node->title = strndup(title.data, title.len);
	if (!node->places || (title.data && !node->title)) {
		free_node(node);
		return NULL;
	}
	node->places[key_count] = place;
	return node;
}

int
outline_init(struct outline *outline)
{
	*outline = (struct outline){ 0 };
	outline->top = new_node(KEYS_TOP, (struct slice){ 0 }, (struct config_place){ 0 });
	return outline->top ? 0 : -ENOMEM;
}

void
outline_done(struct outline *outline)
{
	free_node(outline->top);
	free(outline->text);
	for (size_t i = 0; i < outline->file_count; i++)
		free(outline->files[i]);
	free(outline->files);
	*outline = (struct outline){ 0 };
}

struct outline_node *
outline_add(struct outline_node *parent, enum key_section section, struct slice title,
    struct config_place place)
{
	struct outline_node *node = new_node(section, title, place);

	if (!node)
		return NULL;
	node->parent = parent;
	if (parent->last_child)
		parent->last_child->next = node;
	else
		parent->children = node;
	parent->last_child = node;
	return node;
}

struct outline_node *
outline_child(struct outline_node *parent, enum key_section section, struct slice title)
{
	struct outline_node *child;

	for (child = parent->children; child; child = child->next)
		if (child->section == section && slice_equals(slice_of(child->title), title))
			return child;
	return NULL;
}

struct outline_node *
outline_find(struct outline_node *node, enum key_section section)
{
	while (node && node->section != section)
		node = node->next;
	return node;
}

int
outline_put(struct outline *outline, struct slice token)
{
	/* With the blank and the NUL that ends the text. */
	size_t needed = outline->text_len + token.len + 2;

	if (needed > outline->text_cap) {
		size_t cap = needed * 2;
		char *text = realloc(outline->text, cap);

		if (!text)
			return -ENOMEM;
		outline->text = text;
		outline->text_cap = cap;
	}
	memcpy(outline->text + outline->text_len, token.data, token.len);
	outline->text_len = needed - 1;
	outline->text[outline->text_len - 1] = ' ';
	outline->text[outline->text_len] = '\0';
	return 0;
}

void
outline_take_back(struct outline *outline, size_t len)
{
	outline->text_len = len;
	if (outline->text)
		outline->text[len] = '\0';
}

const char *
outline_add_file(struct outline *outline, char *path)
{
	size_t size = (outline->file_count + 1) * sizeof(outline->files[0]);
	char **files = realloc(outline->files, size);

	if (!files) {
		free(path);
		return NULL;
	}
	outline->files = files;
	outline->files[outline->file_count++] = path;
	return path;
}

/* As deep as sections nest. NOLINTBEGIN(misc-no-recursion) */
void
outline_put_name(struct text *text, const struct outline_node *node)
{
	if (node->parent && node->parent->parent) {
		outline_put_name(text, node->parent);
		text_put_string(text, ", ");
	}
	text_put_string(text, keys_section(node->section)->name);
	if (node->title) {
		text_put_char(text, ' ');
		text_put_string(text, node->title);
	}
}
/* NOLINTEND(misc-no-recursion) */
