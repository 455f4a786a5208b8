/* SPDX-License-Identifier: MIT
 *
 * json: a strict reader of JSON (RFC 8259): tells whether a text is a JSON value,
 * and gives what a path leads to in it.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "failure.h"

/* True when all of `text`, but for white space around it, is one JSON value. */
bool json_is_valid(struct slice text);

/* The value that `path` names in the valid `text`: names of members, and
 * numbers of elements from 0, with dots between. As it stands there, a string with its quotation
 * marks; the absent slice where there is none. */
struct slice json_find(struct slice text, const char *path);

/* The same as a number or a string, or the test fails. */
uint64_t json_number(struct slice text, const char *path);
void json_expect_string(struct slice text, const char *path, const char *value);
void json_expect_number(struct slice text, const char *path, uint64_t value);
void json_expect_true(struct slice text, const char *path);
void json_expect_false(struct slice text, const char *path);

#ifndef WIRE_HARNESS
#define json_number(...) (WIRE_HERE(), (json_number)(__VA_ARGS__))
#define json_expect_string(...) (WIRE_HERE(), (json_expect_string)(__VA_ARGS__))
#define json_expect_number(...) (WIRE_HERE(), (json_expect_number)(__VA_ARGS__))
#define json_expect_true(...) (WIRE_HERE(), (json_expect_true)(__VA_ARGS__))
#define json_expect_false(...) (WIRE_HERE(), (json_expect_false)(__VA_ARGS__))
#endif
