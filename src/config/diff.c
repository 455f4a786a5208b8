/* SPDX-License-Identifier: MIT
 *
 * diff: one function compares two structs of a section by its rows; the rest pairs
 * the structs.
 */
#include "config/diff.h"

#include <string.h>

#include "base/text.h"
#include "config/keys.h"
#include "config/member.h"
#include "config/value.h"

struct differ {
	void (*on_change)(const struct config_change *, void *arg);
	void *arg;
};

/* Sections of one sort, as the pairing sees them. */
struct sections {
	enum key_section section;
	const char *service; /* in which they stand, or NULL */
	const char *items;
	size_t count;
};

static const void *
item_at(const struct sections *sections, size_t index)
{
	return sections->items + index * keys_section(sections->section)->size;
}

/* The word behind the section's name: every struct of a titled section but an error
 * page's begins with it. */
static void
put_title(struct text *title, const struct sections *sections, const void *item)
{
	if (sections->section == KEYS_ERROR_PAGE)
		text_put_format(title, "%d", (int)((const struct config_error_page *)item)->status);
	else
		text_put_string(title, *(char *const *)item);
}

static void
put_where(struct text *where, const struct sections *sections, const void *item)
{
	if (sections->service)
		text_put_format(where, "service \"%s\" ", sections->service);
	text_put_format(where, "%s", keys_section(sections->section)->name);
	if (!keys_section(sections->section)->title)
		return;
	text_put_string(where, " \"");
	put_title(where, sections, item);
	text_put_char(where, '"');
}

static const char *
finish(struct text *text)
{
	const size_t ellipsis = sizeof("…") - 1;

	if (text->is_truncated) {
		text->len = text->cap - 1 - ellipsis;
		text->is_truncated = false;
		text_put_string(text, "…");
	}
	return text_string(text);
}

/* --- One section against another --------------------------------------------- */

static bool
is_same_list(const struct config_strings *a, const struct config_strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool
is_same_string(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
is_same_member(const struct key *key, const void *a, const void *b)
{
	if (key->type == KEY_LIST)
		return is_same_list(member_list(key, a), member_list(key, b));
	if (value_is_number(key))
		return member_number(key, a) == member_number(key, b);
	return is_same_string(member_string(key, a), member_string(key, b));
}

static void
put_member(struct text *text, const struct key *key, const void *object)
{
	const struct config_strings *list;
	const char *string;

	if (value_is_number(key)) {
		value_put(text, key, member_number(key, object));
		return;
	}
	if (key->type != KEY_LIST) {
		string = member_string(key, object);
		text_put_string(text, string ? string : "");
		return;
	}
	list = member_list(key, object);
	for (size_t i = 0; i < list->count; i++)
		text_put_format(text, "%s%s", i > 0 ? ", " : "", list->items[i]);
}

static void
say_changed(const struct differ *differ, const char *where, const struct key *key,
    const void *before, const void *after)
{
	char from_room[CONFIG_CHANGE_VALUE_MAX];
	char to_room[CONFIG_CHANGE_VALUE_MAX];
	struct text from = text_over(from_room, sizeof(from_room));
	struct text to = text_over(to_room, sizeof(to_room));
	struct config_change change = { .kind = CONFIG_KEY_CHANGED,
		.section = key->section,
		.where = where,
		.key = key->name,
		.needs_restart = key->needs_restart };

	put_member(&from, key, before);
	put_member(&to, key, after);
	change.from = finish(&from);
	change.to = finish(&to);
	differ->on_change(&change, differ->arg);
}

static void
compare(const struct differ *differ, const struct sections *sections, const void *before,
    const void *after)
{
	const struct key_section_info *info = keys_section(sections->section);
	char room[CONFIG_CHANGE_WHERE_MAX];
	struct text where = text_over(room, sizeof(room));

	put_where(&where, sections, after);
	for (size_t i = 0; i < info->key_count; i++)
		if (!is_same_member(&info->keys[i], before, after))
			say_changed(differ, finish(&where), &info->keys[i], before, after);
}

/* --- Which against which -------------------------------------------------------- */

static bool
is_same_title(enum key_section section, const void *a, const void *b)
{
	if (section == KEYS_ERROR_PAGE)
		return ((const struct config_error_page *)a)->status ==
		    ((const struct config_error_page *)b)->status;
	return strcmp(*(char *const *)a, *(char *const *)b) == 0;
}

static const void *
find(const struct sections *sections, const void *like)
{
	for (size_t i = 0; i < sections->count; i++)
		if (is_same_title(sections->section, item_at(sections, i), like))
			return item_at(sections, i);
	return NULL;
}

static void
say_section(const struct differ *differ, const struct sections *sections, const void *item,
    enum config_change_kind kind)
{
	char room[CONFIG_CHANGE_WHERE_MAX];
	struct text where = text_over(room, sizeof(room));
	struct config_change change = { .kind = kind, .section = sections->section };

	put_where(&where, sections, item);
	change.where = finish(&where);
	differ->on_change(&change, differ->arg);
}

static void
pair(const struct differ *differ, const struct sections *before, const struct sections *after)
{
	for (size_t i = 0; i < before->count; i++)
		if (!find(after, item_at(before, i)))
			say_section(differ, before, item_at(before, i), CONFIG_SECTION_REMOVED);
	for (size_t i = 0; i < after->count; i++) {
		const void *twin = find(before, item_at(after, i));

		if (twin)
			compare(differ, after, twin, item_at(after, i));
		else
			say_section(differ, after, item_at(after, i), CONFIG_SECTION_ADDED);
	}
}

static struct sections
routes_of(const struct config_service *service)
{
	return (struct sections){ KEYS_ROUTE, service->name, (const char *)service->routes,
		service->route_count };
}

static struct sections
error_pages_of(const struct config_service *service)
{
	return (struct sections){ KEYS_ERROR_PAGE, service->name,
		(const char *)service->error_pages, service->error_page_count };
}

static void
pair_within(const struct differ *differ, const struct config_service *before,
    const struct config_service *after)
{
	const struct sections routes[] = { routes_of(before), routes_of(after) };
	const struct sections pages[] = { error_pages_of(before), error_pages_of(after) };

	pair(differ, &routes[0], &routes[1]);
	pair(differ, &pages[0], &pages[1]);
}

static struct sections
services_of(const struct config *config)
{
	return (struct sections){ KEYS_SERVICE, NULL, (const char *)config->services,
		config->service_count };
}

static void
pair_services(const struct differ *differ, const struct config *before, const struct config *after)
{
	const struct sections old = services_of(before);
	const struct sections new = services_of(after);

	pair(differ, &old, &new);
	for (size_t i = 0; i < after->service_count; i++) {
		const struct config_service *twin = find(&old, &after->services[i]);

		if (twin)
			pair_within(differ, twin, &after->services[i]);
	}
}

static void
pair_listeners(const struct differ *differ, const struct config *before, const struct config *after)
{
	const struct sections old = { KEYS_LISTENER, NULL, (const char *)before->listeners,
		before->listener_count };
	const struct sections new = { KEYS_LISTENER, NULL, (const char *)after->listeners,
		after->listener_count };

	pair(differ, &old, &new);
}

static void
compare_singles(
    const struct differ *differ, const struct config *before, const struct config *after)
{
	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT; i++) {
		const struct sections section = { i, NULL, NULL, 1 };
		const size_t offset = keys_section(i)->member_offset;

		if (!keys_section(i)->title)
			compare(differ, &section, (const char *)before + offset,
			    (const char *)after + offset);
	}
}

void
config_diff(const struct config *before, const struct config *after,
    void (*on_change)(const struct config_change *, void *arg), void *arg)
{
	const struct differ differ = { on_change, arg };
	const struct sections top = { KEYS_TOP, NULL, NULL, 1 };

	compare(&differ, &top, before, after);
	pair_listeners(&differ, before, after);
	pair_services(&differ, before, after);
	compare_singles(&differ, before, after);
}
