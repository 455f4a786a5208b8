/* SPDX-License-Identifier: MIT
 *
 * value: what may be written for a key, and what it means.
 *
 * Turns the text of one value into a number or a checked string, by the key's
 * row, and back. Knows no structs: those are `member`'s.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "config/keys.h"

/* True for the types whose member is a number, a bool or an enum. */
bool value_is_number(const struct key *key);

/* The number that `string` stands for, of a key for which value_is_number. 0, or
 * -EINVAL, and a sentence that says why is appended to `problem`. */
int value_parse(const struct key *key, const char *string, int64_t *ret_number,
    struct text *problem) __attribute__((warn_unused_result));

/* Whether `string` may be the value, or one item, of any other key. 0, or
 * -EINVAL and the sentence. */
int value_check(const struct key *key, const char *string, struct text *problem)
    __attribute__((warn_unused_result));

/* Appends `number` as value_parse reads it, without quotes. */
void value_put(struct text *text, const struct key *key, int64_t number);

/* True where a value of the key is written in quotes: all but words and plain
 * numbers. */
bool value_is_quoted(const struct key *key);

/* The key's words, separated by commas. */
void value_put_words(struct text *text, const struct key *key);
