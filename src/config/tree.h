/* SPDX-License-Identifier: MIT
 *
 * tree: libconfuse, with its options made from the table of keys.
 *
 * Every value is a string or a list of strings to libconfuse, so that `value`
 * can say what is wrong with it in our words; and none has a default, so that
 * what is not given is seen. It reads what `reader` found to be well-formed.
 *
 * Thread: one at a time in a process: its lexer has static state.
 */
#pragma once

#include <confuse.h>

/* Reads `text`, NULL for none. 0, and the caller calls cfg_free; -ENOMEM; or
 * -EINVAL where libconfuse refuses what reader let through. */
int tree_read(const char *text, cfg_t **ret_tree) __attribute__((warn_unused_result));
