/* SPDX-License-Identifier: MIT
 *
 * binding: from the listeners of a configuration to listening sockets on every
 * loop. A host name with several addresses makes a socket for each of them.
 *
 * Owns nothing: what is opened belongs to the loops. Thread: the main one, before
 * the loops' threads start; blocks while a host name is resolved.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "server/loop.h"

/* Binds every listener of `config`, which was checked, and has each of the
 * `count` loops serve it; says in the log where. 0, or a negative errno with a
 * sentence in `ret_error`; what was opened by then goes with the loops. */
int binding_open_all(const struct config *config, struct loop **loops, unsigned count,
    struct text *ret_error) __attribute__((warn_unused_result));
