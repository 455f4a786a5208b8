/* SPDX-License-Identifier: MIT
 *
 * sites: all HTTP services of one loop, and the cache of files that they share.
 *
 * Made once for each loop and each configuration; routers (router.h) look into it. A
 * request holds pointers into it until it is gone: whoever swaps configurations frees the
 * old sites after the last request that was routed with them. Bodies that are still being
 * sent may outlive them.
 *
 * Thread: the loop's; making and freeing may happen on another one while no request is.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "handler/handler.h"

struct site;
struct sites;

/* Makes every HTTP service of `config`, which is borrowed and has to outlive the sites.
 * Blocks on the file system. NULL where something cannot be read or made: `ret_error` then says
 * what and where. */
struct sites *sites_new(const struct config *config, const struct handler_health *health,
    struct text *ret_error) __attribute__((warn_unused_result));
void sites_free(struct sites *); /* NULL is allowed */

/* The site of the service called `name`, or NULL where there is none that speaks HTTP. */
const struct site *sites_find(const struct sites *, const char *name);

/* For figures (file_cache_counts, file_cache_usage). */
struct file_cache *sites_file_cache(const struct sites *);
