/* SPDX-License-Identifier: MIT
 *
 * router: a listener's view of the sites: which of its services answers for a host, and
 * which of that service's routes for a path.
 *
 * Hosts are compared without case, and without the dot that may end a name. "example.org"
 * is that host alone; "*.example.org" is every host below it, one level or more, but not itself.
 * An exact name goes before a pattern, and a longer pattern before a shorter one. Every
 * other host, and a request without one, goes to the listener's first service that names no
 * hosts; where there is none, the answer is 421 (RFC 9110 15.5.20).
 *
 * Thread: the loop's.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "protocol/http_handler.h"

struct router;
struct sites;

/* The router of `listener` over `sites`; both are borrowed and have to outlive it. NULL where
 * the listener names no service that speaks HTTP, names one that does not, or there is no memory:
 * `ret_error` then says so. */
struct router *router_new(const struct sites *sites, const struct config_listener *listener,
    struct text *ret_error) __attribute__((warn_unused_result));
void router_free(struct router *); /* NULL is allowed */

/* For the protocol; takes a struct router. */
extern const struct http_router_ops router_ops;
