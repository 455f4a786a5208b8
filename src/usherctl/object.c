/* SPDX-License-Identifier: MIT
 *
 * object: a path is walked member by member.
 */
#include "usherctl/object.h"

#include <string.h>

const json_t *
object_at(const json_t *object, const char *path)
{
	while (object && *path) {
		size_t len = strcspn(path, ".");

		object = json_object_getn(object, path, len);
		path += len;
		path += *path == '.';
	}
	return object;
}

uint64_t
object_count(const json_t *object, const char *path)
{
	const json_t *value = object_at(object, path);
	double number;

	if (json_is_integer(value))
		return json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
	number = json_number_value(value);
	return number > 0 && number < 1e18 ? (uint64_t)number : 0;
}

double
object_number(const json_t *object, const char *path)
{
	return json_number_value(object_at(object, path));
}

const char *
object_string(const json_t *object, const char *path)
{
	const char *string = json_string_value(object_at(object, path));

	return string ? string : "";
}

bool
object_flag(const json_t *object, const char *path)
{
	const json_t *value = object_at(object, path);

	return json_is_true(value);
}

static void
fill_one(void *member, const json_t *object, const struct object_member *row)
{
	switch (row->kind) {
	case OBJECT_COUNT:
		*(uint64_t *)member = object_count(object, row->path);
		break;
	case OBJECT_NUMBER:
		*(double *)member = object_number(object, row->path);
		break;
	case OBJECT_STRING:
		*(const char **)member = object_string(object, row->path);
		break;
	case OBJECT_FLAG:
	default:
		*(bool *)member = object_flag(object, row->path);
	}
}

void
object_fill(void *target, const json_t *object, const struct object_member *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fill_one((char *)target + rows[i].offset, object, &rows[i]);
}
