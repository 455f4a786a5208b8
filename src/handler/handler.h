/* SPDX-License-Identifier: MIT
 *
 * handler: what the kinds of handlers have in common.
 *
 * A kind is a const descriptor: what the protocol calls (ops), and how a handler is made
 * from a route and freed. site.c makes them by the route's kind. A handler borrows its
 * route, so the configuration has to outlive it.
 *
 * Thread: a handler belongs to one loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/panic.h"
#include "base/text.h"
#include "config/config.h"
#include "protocol/http_handler.h"

struct file_cache;
struct http_mime_table;

/* What the server knows about itself. Both functions are called on the loop. */
struct handler_health {
	bool (*is_live)(void *arg);
	bool (*is_ready)(void *arg);
	void *arg;
};

/* What handlers are made with; all borrowed, and has to outlive them. */
struct handler_context {
	struct file_cache *cache;           /* of the loop */
	const struct http_mime_table *mime; /* of the service; NULL: the built-in one */
	int64_t memory_max;                 /* files up to this size are kept in memory */
	int64_t hot_max;                    /* … and those that are asked for often */
	struct handler_health health;
};

struct handler_kind {
	struct http_handler_ops ops;
	/* The handler for `route`, or NULL: `ret_error` then says why and what to do. */
	void *(*make)(const struct config_route *route, const struct handler_context *,
	    struct text *ret_error);
	void (*free)(void *self); /* NULL is allowed */
};

extern const struct handler_kind files_kind;
extern const struct handler_kind redirect_kind;
extern const struct handler_kind respond_kind;
extern const struct handler_kind echo_kind;
extern const struct handler_kind health_kind;

/* The `const type *` behind the self of an op, or a panic where it is something else. */
#define handler_cast(self, type, expected_magic) \
	((const type *)handler_check((self), (expected_magic), __FILE__, __LINE__, #type))

static inline const void *
handler_check(const void *self, uint32_t expected, const char *file, int line, const char *type)
{
	if (__builtin_expect(!self || *(const uint32_t *)self != expected, 0))
		panic_magic(self, file, line, type);
	return self;
}

/* The longest media type that is taken from a configuration. */
#define HANDLER_TYPE_MAX CONFIG_MEDIA_TYPE_MAX
/* The longest value of cache_control. */
#define HANDLER_CACHE_CONTROL_MAX CONFIG_CACHE_CONTROL_MAX
/* Room for the line Cache-Control and the few short ones that a handler adds. */
#define HANDLER_FIELDS_MAX 512

/* Appends the field line Cache-Control of `route`, if it has one. 0, or -EINVAL where the
 * value holds what no field may hold or is longer than HANDLER_CACHE_CONTROL_MAX bytes:
 * `ret_error` then says so. */
int handler_put_cache_control(struct text *, const struct config_route *route,
    struct text *ret_error) __attribute__((warn_unused_result));
