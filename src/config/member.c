/* SPDX-License-Identifier: MIT */
#include "config/member.h"

#include "base/panic.h"
#include "config/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The enums of config.h are written through one type. */
_Static_assert(
    sizeof(enum config_protocol) == sizeof(unsigned) && sizeof(enum log_level) == sizeof(unsigned),
    "an enum has the size of unsigned");

static void *
at(const struct key *key, void *object)
{
	return (char *)object + key->offset;
}

static const void *
at_const(const struct key *key, const void *object)
{
	return (const char *)object + key->offset;
}

static void
set_number(const struct key *key, void *object, int64_t number)
{
	bool flag = number != 0;
	unsigned word = (unsigned)number;

	if (key->type == KEY_BOOL)
		memcpy(at(key, object), &flag, sizeof(flag));
	else if (key->type == KEY_CHOICE)
		memcpy(at(key, object), &word, sizeof(word));
	else
		memcpy(at(key, object), &number, sizeof(number));
}

int64_t
member_number(const struct key *key, const void *object)
{
	bool flag;
	unsigned word;
	int64_t number;

	must(value_is_number(key));
	if (key->type == KEY_BOOL) {
		memcpy(&flag, at_const(key, object), sizeof(flag));
		return flag;
	}
	if (key->type == KEY_CHOICE) {
		memcpy(&word, at_const(key, object), sizeof(word));
		return word;
	}
	memcpy(&number, at_const(key, object), sizeof(number));
	return number;
}

const char *
member_string(const struct key *key, const void *object)
{
	char *string;

	must(key->type == KEY_WORD || key->type == KEY_STRING);
	memcpy(&string, at_const(key, object), sizeof(string));
	return string;
}

const struct config_strings *
member_list(const struct key *key, const void *object)
{
	must(key->type == KEY_LIST);
	return at_const(key, object);
}

static int
set_string(const struct key *key, void *object, const char *value)
{
	char **member = at(key, object);
	char *copy = NULL;

	if (*value) {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(*member);
	*member = copy;
	return 0;
}

static void
free_list(struct config_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_strings){ 0 };
}

static int
set_list(const struct key *key, void *object, const char *const *values, size_t count)
{
	struct config_strings *member = at(key, object);
	struct config_strings list = { 0 };

	if (count > 0) {
		list.items = calloc(count, sizeof(list.items[0]));
		if (!list.items)
			return -ENOMEM;
	}
	for (; list.count < count; list.count++) {
		list.items[list.count] = strdup(values[list.count]);
		if (!list.items[list.count]) {
			free_list(&list);
			return -ENOMEM;
		}
	}
	free_list(member);
	*member = list;
	return 0;
}

int
member_set(const struct key *key, void *object, const char *const *values, size_t count,
    struct text *problem)
{
	int64_t number;
	int error;

	must(count == 1 || key->type == KEY_LIST);
	if (value_is_number(key)) {
		error = value_parse(key, values[0], &number, problem);
		if (error == 0)
			set_number(key, object, number);
		return error;
	}
	for (size_t i = 0; i < count; i++) {
		error = value_check(key, values[i], problem);
		if (error < 0)
			return error;
	}
	if (key->type == KEY_LIST)
		return set_list(key, object, values, count);
	return set_string(key, object, values[0]);
}

static int
set_initial(const struct key *key, void *object)
{
	char message[64];
	struct text problem = text_over(message, sizeof(message));
	bool is_empty = !key->initial || *key->initial == '\0';
	int error;

	if (is_empty)
		return 0;
	error = member_set(key, object, &key->initial, 1, &problem);
	must(error != -EINVAL);
	return error;
}

int
section_init(enum key_section section, void *object)
{
	const struct key_section_info *info = keys_section(section);
	int error = 0;

	for (size_t i = 0; i < info->key_count && error == 0; i++)
		error = set_initial(&info->keys[i], object);
	return error;
}

void
section_done(enum key_section section, void *object)
{
	const struct key_section_info *info = keys_section(section);
	struct config_place *places;

	for (size_t i = 0; i < info->key_count; i++) {
		const struct key *key = &info->keys[i];

		if (key->type == KEY_LIST)
			free_list(at(key, object));
		else if (!value_is_number(key))
			free(*(char **)at(key, object));
	}
	memcpy(&places, (char *)object + info->places_offset, sizeof(places));
	free(places);
}
