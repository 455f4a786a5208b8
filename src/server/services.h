/* SPDX-License-Identifier: MIT
 *
 * services: the protocols and handlers of one loop, made from one generation of the
 * configuration: for each listener the `struct service` that its connections speak,
 * and the access log of their requests.
 *
 * A reload makes others. A request is answered to its end by those that it began
 * with; so old ones stay on the loop's list until nothing uses them.
 *
 * Owns routers, handlers, caches and the access log's buffer; holds its generation.
 * Thread: made on the main one, then the loop's.
 */
#pragma once

#include <stdbool.h>

#include "base/list.h"
#include "base/text.h"
#include "config/config.h"
#include "handler/file_cache.h"
#include "handler/handler.h"
#include "net/conn.h"
#include "protocol/access_log.h"
#include "protocol/http1.h"
#include "protocol/stream.h"
#include "server/generation.h"

struct router;
struct sites;

/* What the requests of a loop add up to, over all services it ever had. */
struct services_figures {
	struct http1_counters http1;
	struct file_cache_counts cache; /* of services that are gone */
};

/* What one listener serves. */
struct services_row {
	const struct config_listener *listener; /* borrowed from the generation */
	struct service service;
	struct http1_site site; /* of an HTTP listener */
	struct router *router;  /* owned; of an HTTP listener */
};

struct services {
	struct list_link link;            /* in the loop's list of old ones */
	struct generation *generation;    /* held */
	struct services_figures *figures; /* borrowed */
	struct sites *sites;              /* owned */
	struct access_log access;
	bool has_access;
	struct http1_env http1;
	struct stream_env stream;
	size_t holders; /* listeners of it that drain */
	size_t count;
	struct services_row rows[];
};

/* `figures` is counted in, and has to outlive them. The caller frees them with
 * services_free. NULL with a sentence in `ret_error`. */
struct services *services_new(struct generation *, const struct handler_health *,
    struct services_figures *figures, struct text *ret_error) __attribute__((warn_unused_result));

/* Nothing may use them any more. Writes what the access log has gathered. NULL is
 * allowed. */
void services_free(struct services *);

/* Whether a request is in progress that began with them, or a listener of them drains. */
bool services_are_in_use(const struct services *);

/* What the listener `config`, one of the generation's, serves. Never NULL. */
const struct service *services_for(const struct services *, const struct config_listener *config);
