/* SPDX-License-Identifier: MIT
 *
 * object: values of a JSON object by path: "connections.open".
 *
 * What is absent, null or of another kind reads as nothing (0, "", false): a
 * daemon of another version may know more or less. Whether an answer is one of
 * usherd at all is decided before, by those who asked for it.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "usherctl/json_read.h"

/* Where members of JSON go in a struct: rows of a table for object_fill. */
enum object_kind {
	OBJECT_COUNT,  /* uint64_t; a negative number is 0, a fraction is cut off */
	OBJECT_NUMBER, /* double */
	OBJECT_STRING, /* const char *, borrowed from the object */
	OBJECT_FLAG    /* bool */
};

struct object_member {
	const char *path;
	enum object_kind kind;
	size_t offset;
};

/* The value at `path`, or NULL. Borrowed from `object`. */
const json_t *object_at(const json_t *object, const char *path);
uint64_t object_count(const json_t *object, const char *path);
double object_number(const json_t *object, const char *path);
const char *object_string(const json_t *object, const char *path);
bool object_flag(const json_t *object, const char *path);

/* Fills the members of the struct at `target` that the `count` rows name. */
void
object_fill(void *target, const json_t *object, const struct object_member *rows, size_t count);
