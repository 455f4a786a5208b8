/* SPDX-License-Identifier: MIT
 *
 * site: an HTTP service of one loop: its routes with their handlers, its error pages, its
 * media types.
 *
 * A path belongs to the route with the longest prefix that it has. A prefix that ends in
 * '/' is had by every path that begins with it; any other by the path that equals it and by
 * those that go on with a '/': "/hello" answers "/hello" and "/hello/x", not "/hellox".
 *
 * Borrows its part of the configuration, which has to outlive it.
 *
 * Thread: the loop's.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "handler/handler.h"
#include "protocol/http_handler.h"

struct site;

/* The largest mime.types file. */
#define SITE_MIME_TYPES_MAX (1024 * 1024)

/* The site of `config`, whose protocol is HTTP. Of `context` the cache, memory_max and health
 * count. NULL where something cannot be read or made: `ret_error` then says what, where in the
 * configuration, and what to do. */
struct site *site_new(const struct config_service *config, const struct handler_context *context,
    struct text *ret_error) __attribute__((warn_unused_result));
/* NULL is allowed. No request may be in progress. */
void site_free(struct site *);

const struct config_service *site_config(const struct site *);
const struct http_service *site_service(const struct site *);

/* The handler for the normalized `path`, or NULL; `*ret_rest` is the path after the prefix. */
const struct http_handler *
site_find(const struct site *, struct slice path, struct slice *ret_rest);
