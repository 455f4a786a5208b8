/* SPDX-License-Identifier: MIT
 *
 * member: reads and writes the members that rows of the table of keys stand
 * for, in a struct of their section.
 *
 * The only place where a row's offset is used. Whatever owns a struct of a
 * section calls section_init and section_done; strings set are its own.
 *
 * Thread: that of the struct's owner.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/keys.h"

/* Sets the member to what the `count` values say, one unless it is a list, and
 * frees what it was. 0; -EINVAL and a sentence in `problem`, or -ENOMEM, and the
 * member is as it was. */
int member_set(const struct key *key, void *object, const char *const *values, size_t count,
    struct text *problem) __attribute__((warn_unused_result));

/* The member as a number, of a key for which value_is_number. */
int64_t member_number(const struct key *key, const void *object);
/* The member of a KEY_WORD or KEY_STRING: NULL where it is empty. */
const char *member_string(const struct key *key, const void *object);
/* The member of a KEY_LIST. */
const struct config_strings *member_list(const struct key *key, const void *object);

/* Sets every member of a row of `section` to its default; `object` has to be all
 * zero. 0, or -ENOMEM, and it is to be given to section_done all the same. */
int section_init(enum key_section section, void *object) __attribute__((warn_unused_result));

/* Frees what the rows' members and `places` hold, not what else is in it. */
void section_done(enum key_section section, void *object);

/* Frees an array of listeners, with all that is in them; NULL and 0 is allowed. */
void listeners_free(struct config_listener *listeners, size_t count);
