/* SPDX-License-Identifier: MIT
 *
 * binding_private: what the files of the bindings share among themselves (see binding.h).
 *
 *   binding.c          which is which, and sockets
 *   binding_resolve.c  addresses
 *   binding_log.c      what the log says of it
 */
#pragma once

#include "server/binding.h"

/* Whose fault it is, as the errors of a file have it: `FILE:LINE: [listener NAME] `. */
void binding_put_blame(struct text *, const struct config_listener *);
