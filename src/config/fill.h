/* SPDX-License-Identifier: MIT
 *
 * fill: makes the struct from what was read, and reports values that will not do
 * and routes that do not say what they are.
 *
 * Called by load. Thread: any.
 */
#pragma once

#include <confuse.h>

#include "config/config.h"
#include "config/errors.h"
#include "config/outline.h"

/* Fills `config`, all zero so far, from `tree` and `outline`, which were read
 * from the same text. Takes over the places and files of the outline. 0, or
 * -ENOMEM; what is wrong is in `errors`. In either case `config` can be freed. */
int fill_config(cfg_t *tree, struct outline *outline, struct config *config,
    struct config_errors *errors) __attribute__((warn_unused_result));
