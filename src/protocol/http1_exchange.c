/* SPDX-License-Identifier: MIT
 *
 * http1_exchange: the loop's pool of exchanges. One is in use for each request in
 * progress, so a loop that answers at once needs one for thousands of
 * connections.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/http1_private.h"

/* Exchanges at rest that a loop keeps: about as many as a turn has need of. */
#define POOL_MAX 64

static struct http1_exchange *
exchange_new(const struct http1_limits *limits)
{
	size_t path_cap = limits->head.target_bytes + 2;
	struct http1_exchange *exchange = calloc(1, sizeof(*exchange) + path_cap);

	if (!exchange)
		return NULL;
	exchange->path_cap = path_cap;
	exchange->head = http_head_new(&limits->head);
	if (exchange->head)
		return exchange;
	free(exchange);
	return NULL;
}

void
http1_exchange_free(struct http1_exchange *exchange)
{
	http_head_free(exchange->head);
	free(exchange);
}

size_t
http1_env_memory(const struct http1_env *env)
{
	const size_t each = sizeof(struct http1_exchange) + env->limits.head.target_bytes;

	return (env->in_progress + env->pooled) * each + env->kept_heads;
}

struct http1_exchange *
http1_exchange_take(const struct http1_site *site)
{
	struct http1_env *env = site->env;
	struct list_link *first = list_first(&env->pool);
	struct http1_exchange *exchange;

	if (first) {
		list_remove(first);
		env->pooled--;
		exchange = list_entry(first, struct http1_exchange, link);
	} else {
		exchange = exchange_new(&env->limits);
	}
	if (!exchange)
		return NULL;
	list_init(&exchange->link);
	env->in_progress++;
	exchange->site = site;
	exchange->request.magic = HTTP_REQUEST_MAGIC;
	return exchange;
}

static void
forget(struct http1_exchange *exchange)
{
	const size_t from = offsetof(struct http1_exchange, link);
	const size_t to = offsetof(struct http1_exchange, path);

	if (exchange->head_copy) {
		exchange->site->env->kept_heads -= http_head_bytes(exchange->head);
		free(exchange->head_copy);
	}
	http_head_reset(exchange->head);
	memset((char *)exchange + from, 0, to - from);
}

void
http1_exchange_give_back(struct http1_exchange *exchange)
{
	struct http1_env *env = exchange->site->env;

	forget(exchange);
	env->in_progress--;
	if (env->pooled >= POOL_MAX) {
		http1_exchange_free(exchange);
		return;
	}
	list_append(&env->pool, &exchange->link);
	env->pooled++;
}
