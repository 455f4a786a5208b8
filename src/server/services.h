/* SPDX-License-Identifier: MIT
 *
 * services: the protocols and handlers of one loop, made from the configuration:
 * for each listener the `struct service` that its connections speak.
 *
 * Owns routers, handlers and caches; borrows the configuration and the access
 * log. Thread: made and freed by the server, used by the loop.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "handler/handler.h"
#include "net/conn.h"
#include "protocol/access_log.h"

struct services;

/* `access` may be NULL: no access log. The caller frees them with services_free.
 * NULL with a sentence in `ret_error`. */
struct services *services_new(const struct config *, struct access_log *access,
    const struct handler_health *, struct text *ret_error) __attribute__((warn_unused_result));

/* No connection may use them any more. NULL is allowed. */
void services_free(struct services *);

/* What the listener `config`, one of the configuration's, serves. Never NULL. */
const struct service *services_for(const struct services *, const struct config_listener *config);
