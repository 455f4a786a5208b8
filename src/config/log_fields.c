/* SPDX-License-Identifier: MIT */
#include "config/log_fields.h"

#include <string.h>

#include "base/text.h"

/* What a field name may be made of besides letters and digits (RFC 9110 5.6.2). */
#define TOKEN_MARKS "!#$%&'*+-.^_`|~"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

#define NAME(id, name) name,
static const char *const access_names[] = { CONFIG_ACCESS_FIELDS(NAME) };
static const char *const conn_names[] = { CONFIG_CONN_FIELDS(NAME) };

const char *
config_access_field_name(enum config_access_field field)
{
	return access_names[field];
}

const char *
config_conn_field_name(enum config_conn_field field)
{
	return conn_names[field];
}

static int
find(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
config_access_field_find(const char *name)
{
	const size_t prefix = sizeof(CONFIG_ACCESS_HEADER_PREFIX) - 1;

	if (strncmp(name, CONFIG_ACCESS_HEADER_PREFIX, prefix) != 0)
		return find(name, access_names, CONFIG_ACCESS_FIELD_COUNT);
	name += prefix;
	return *name && name[strspn(name, LETTERS TOKEN_MARKS)] == '\0' ? CONFIG_ACCESS_HEADER : -1;
}

int
config_conn_field_find(const char *name)
{
	return find(name, conn_names, CONFIG_CONN_FIELD_COUNT);
}

const char *
config_access_field_nearest(const char *name)
{
	return text_nearest_word(name, access_names, CONFIG_ACCESS_FIELD_COUNT);
}

const char *
config_conn_field_nearest(const char *name)
{
	return text_nearest_word(name, conn_names, CONFIG_CONN_FIELD_COUNT);
}
