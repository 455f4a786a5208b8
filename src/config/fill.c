/* SPDX-License-Identifier: MIT
 *
 * fill: the two trees are walked side by side: libconfuse's has the values, the
 * outline the places.
 */
#include "config/fill.h"

#include "config/keys.h"
#include "config/load.h"
#include "config/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIST_ITEMS_MAX 1024

/* A section while it is filled. */
struct filling {
	struct config_errors *errors;
	struct outline_node *node;
	cfg_t *tree;
	void *object; /* the struct of node->section */
};

static void report(const struct filling *filling, const struct key *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
report(const struct filling *filling, const struct key *key, const char *format, ...)
{
	const struct outline_node *node = filling->node;
	size_t index = key ? keys_index(key) : keys_section(node->section)->key_count;
	char name[2 * CONFIG_NAME_MAX + 64], message[768];
	struct text name_text = text_over(name, sizeof(name));
	struct text message_text = text_over(message, sizeof(message));
	struct config_subject subject = { node->places[index], NULL, key ? key->name : NULL };
	va_list arguments;

	outline_put_name(&name_text, node);
	subject.section = text_string(&name_text);
	va_start(arguments, format);
	text_put_vformat(&message_text, format, arguments);
	va_end(arguments);
	config_errors_add(filling->errors, &subject, "%s", text_string(&message_text));
}

static bool
is_given(const struct filling *filling, const struct key *key)
{
	return filling->node->places[keys_index(key)].file != NULL;
}

/* Reports a value that will not do, and goes on. */
static int
fill_key(const struct filling *filling, const struct key *key)
{
	cfg_opt_t *option = cfg_getopt(filling->tree, key->name);
	const char *values[LIST_ITEMS_MAX];
	unsigned count = cfg_opt_size(option);
	char sentence[640];
	struct text problem = text_over(sentence, sizeof(sentence));
	int error;

	if (count > LIST_ITEMS_MAX) {
		report(filling, key, "has more than %d items", LIST_ITEMS_MAX);
		return 0;
	}
	for (unsigned i = 0; i < count; i++)
		values[i] = cfg_opt_getnstr(option, i);
	error = member_set(key, filling->object, values, count, &problem);
	if (error != -EINVAL)
		return error;
	report(filling, key, "%s", text_string(&problem));
	return 0;
}

/* Sets what rows stand for: defaults, then what is given. */
static int
fill_keys(const struct filling *filling)
{
	const struct key_section_info *info = keys_section(filling->node->section);
	int error = section_init(filling->node->section, filling->object);

	for (size_t i = 0; i < info->key_count && error == 0; i++)
		if (is_given(filling, &info->keys[i]))
			error = fill_key(filling, &info->keys[i]);
	return error;
}

/* Fills the struct of one section and what stands in it, but for `places`. */
typedef int fill_function(const struct filling *filling);

static int
fill_one(const struct filling *filling, fill_function *fill)
{
	size_t offset = keys_section(filling->node->section)->places_offset;
	int error = fill(filling);

	memcpy((char *)filling->object + offset, &filling->node->places,
	    sizeof(filling->node->places));
	filling->node->places = NULL;
	return error;
}

static size_t
count_sections(const struct outline_node *parent, enum key_section section)
{
	const struct outline_node *node = outline_find(parent->children, section);
	size_t count = 0;

	for (; node; node = outline_find(node->next, section))
		count++;
	return count;
}

/* Makes an array of the sections of one kind within `outer`. What was begun is in
 * it on failure, too. */
static int
fill_all(const struct filling *outer, enum key_section section, fill_function *fill,
    void **ret_objects, size_t *ret_count)
{
	const struct key_section_info *info = keys_section(section);
	size_t count = count_sections(outer->node, section);
	struct outline_node *node = outline_find(outer->node->children, section);
	char *objects;
	int error = 0;

	if (count == 0)
		return 0;
	objects = calloc(count, info->size);
	if (!objects)
		return -ENOMEM;
	*ret_objects = objects;
	*ret_count = count;
	for (unsigned i = 0; i < count && error == 0; i++) {
		struct filling filling = { outer->errors, node,
			cfg_getnsec(outer->tree, info->name, i), objects + i * info->size };

		error = fill_one(&filling, fill);
		node = outline_find(node->next, section);
	}
	return error;
}

static int
fill_name(const struct filling *filling, char **ret_name, unsigned *ret_line)
{
	const struct outline_node *node = filling->node;

	*ret_line = node->places[keys_section(node->section)->key_count].line;
	*ret_name = strdup(node->title);
	return *ret_name ? 0 : -ENOMEM;
}

static int
fill_listener(const struct filling *filling)
{
	struct config_listener *listener = filling->object;
	int error = fill_name(filling, &listener->name, &listener->line);

	return error < 0 ? error : fill_keys(filling);
}

static int
fill_error_page(const struct filling *filling)
{
	struct config_error_page *page = filling->object;
	uint64_t status;

	page->line = filling->node->places[keys_section(KEYS_ERROR_PAGE)->key_count].line;
	if (slice_to_u64(slice_of(filling->node->title), &status) < 0 || status < 400 ||
	    status > 599)
		report(filling, NULL, "the STATUS of an error page is 400 to 599");
	else
		page->status = (int64_t)status;
	return fill_keys(filling);
}

/* True where the key is given and makes the route one of its kind. */
static bool
names_kind(const struct filling *filling, const struct key *key)
{
	if (!key->names_kind || !is_given(filling, key))
		return false;
	return key->type != KEY_BOOL || member_number(key, filling->object) != 0;
}

/* The one key that names the route's kind, or NULL after a report. */
static const struct key *
find_kind(const struct filling *filling)
{
	const struct key_section_info *info = keys_section(KEYS_ROUTE);
	const struct key *found = NULL;

	for (size_t i = 0; i < info->key_count; i++) {
		const struct key *key = &info->keys[i];

		if (found && names_kind(filling, key)) {
			report(filling, key, "a route has one of %s and %s, not both", found->name,
			    key->name);
			return NULL;
		}
		if (names_kind(filling, key))
			found = key;
	}
	if (!found)
		report(filling, NULL,
		    "does not say what to answer: files, redirect, respond, echo or health");
	return found;
}

/* Reports keys that a route of that kind would not look at. */
static void
check_keys_of_kind(const struct filling *filling, const struct key *kind)
{
	const struct key_section_info *info = keys_section(KEYS_ROUTE);

	for (size_t i = 0; i < info->key_count; i++) {
		const struct key *key = &info->keys[i];

		if (is_given(filling, key) && !key->names_kind && key->kinds != 0 &&
		    !(key->kinds & kind->kinds))
			report(filling, key, "means nothing in a route with %s", kind->name);
	}
}

static enum config_route_kind
kind_of_bit(unsigned bit)
{
	enum config_route_kind kind = CONFIG_ROUTE_FILES;

	while (KEY_KIND_BIT(kind) != bit)
		kind++;
	return kind;
}

static int
fill_route(const struct filling *filling)
{
	struct config_route *route = filling->object;
	const struct key *kind;
	int error = fill_name(filling, &route->prefix, &route->line);

	if (error == 0)
		error = fill_keys(filling);
	if (error < 0)
		return error;
	kind = find_kind(filling);
	if (kind) {
		route->kind = kind_of_bit(kind->kinds);
		check_keys_of_kind(filling, kind);
	}
	return 0;
}

static int
fill_service(const struct filling *filling)
{
	struct config_service *service = filling->object;
	void *routes = NULL, *pages = NULL;
	int error = fill_name(filling, &service->name, &service->line);

	if (error == 0)
		error = fill_keys(filling);
	if (error == 0)
		error = fill_all(filling, KEYS_ROUTE, fill_route, &routes, &service->route_count);
	if (error == 0)
		error = fill_all(
		    filling, KEYS_ERROR_PAGE, fill_error_page, &pages, &service->error_page_count);
	service->routes = routes;
	service->error_pages = pages;
	return error;
}

/* A section without title: it is there once or not at all. */
static int
fill_single(const struct filling *top, enum key_section section)
{
	const struct key_section_info *info = keys_section(section);
	struct outline_node *node = outline_find(top->node->children, section);
	char *object = (char *)top->object + info->member_offset;
	struct filling filling = { top->errors, node, NULL, object };

	if (!node)
		return section_init(section, object);
	filling.tree = cfg_getsec(top->tree, info->name);
	return fill_one(&filling, fill_keys);
}

static int
fill_top(const struct filling *filling)
{
	struct config *config = filling->object;
	void *listeners = NULL, *services = NULL;
	int error = fill_keys(filling);

	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT && error == 0; i++)
		if (!keys_section(i)->title)
			error = fill_single(filling, i);
	if (error == 0)
		error = fill_all(
		    filling, KEYS_LISTENER, fill_listener, &listeners, &config->listener_count);
	if (error == 0)
		error = fill_all(
		    filling, KEYS_SERVICE, fill_service, &services, &config->service_count);
	config->listeners = listeners;
	config->services = services;
	return error;
}

int
fill_config(
    cfg_t *tree, struct outline *outline, struct config *config, struct config_errors *errors)
{
	struct filling filling = { errors, outline->top, tree, config };
	int error = fill_one(&filling, fill_top);

	config->files = outline->files;
	config->file_count = outline->file_count;
	outline->files = NULL;
	outline->file_count = 0;
	return error;
}
