/* SPDX-License-Identifier: MIT */
#include "handler/router.h"

#include <stdlib.h>

#include "base/panic.h"
#include "handler/handler.h"
#include "handler/site.h"
#include "handler/sites.h"

#define ROUTER_MAGIC UINT32_C(0x726f7574)

struct router {
	uint32_t magic;
	const struct site *fallback; /* for hosts that nobody names; may be NULL */
	size_t count;
	const struct site *sites[]; /* borrowed, in the listener's order */
};

/* How well a host fits a pattern. */
enum fit { FIT_NONE = -1, FIT_EXACT = INT32_MAX };

/* FIT_EXACT, the length of a pattern that fits, or FIT_NONE. */
static int
host_fit(struct slice host, struct slice pattern)
{
	struct slice suffix, end;

	if (slice_equals_nocase(host, pattern))
		return FIT_EXACT;
	if (!slice_starts_with(pattern, SLICE("*.")))
		return FIT_NONE;
	suffix = (struct slice){ pattern.data + 1, pattern.len - 1 };
	if (host.len <= suffix.len)
		return FIT_NONE;
	end = (struct slice){ host.data + (host.len - suffix.len), suffix.len };
	return slice_equals_nocase(end, suffix) ? (int)pattern.len : FIT_NONE;
}

static int
site_fit(const struct site *site, struct slice host)
{
	const struct config_strings *hosts = &site_config(site)->hosts;
	int best = FIT_NONE;

	for (size_t i = 0; i < hosts->count && best != FIT_EXACT; i++) {
		int fit = host_fit(host, slice_of(hosts->items[i]));

		if (fit > best)
			best = fit;
	}
	return best;
}

static const struct site *
find_site(const struct router *router, struct slice host)
{
	const struct site *best = router->fallback;
	int best_fit = FIT_NONE;

	if (slice_ends_with(host, SLICE(".")))
		host.len--;
	if (host.len == 0)
		return best;
	for (size_t i = 0; i < router->count && best_fit != FIT_EXACT; i++) {
		int fit = site_fit(router->sites[i], host);

		if (fit > best_fit) {
			best = router->sites[i];
			best_fit = fit;
		}
	}
	return best;
}

static const struct router *
cast(const void *router)
{
	return handler_cast(router, struct router, ROUTER_MAGIC);
}

static const struct http_service *
default_service(const void *self)
{
	const struct router *router = cast(self);

	return site_service(router->fallback ? router->fallback : router->sites[0]);
}

static int
route(const void *self, struct http_request *request)
{
	const struct router *router = cast(self);
	const struct site *site = find_site(router, request->host);

	if (!site) {
		request->service = default_service(self);
		return 421;
	}
	request->service = site_service(site);
	request->handler = site_find(site, request->path, &request->rest);
	return request->handler ? 0 : 404;
}

const struct http_router_ops router_ops = {
	.is_by_head_alone = true,
	.route = route,
	.default_service = default_service,
};

static int
add_sites(struct router *router, const struct sites *sites, const struct config_listener *listener,
    struct text *ret_error)
{
	for (size_t i = 0; i < listener->services.count; i++) {
		const char *name = listener->services.items[i];
		const struct site *site = sites_find(sites, name);

		if (!site) {
			text_put_format(ret_error,
			    "listener \"%s\": there is no service \"%s\" that speaks HTTP",
			    listener->name, name);
			return -1;
		}
		router->sites[router->count++] = site;
		if (!router->fallback && site_config(site)->hosts.count == 0)
			router->fallback = site;
	}
	if (router->count > 0)
		return 0;
	text_put_format(ret_error, "listener \"%s\": has no service: name one", listener->name);
	return -1;
}

struct router *
router_new(
    const struct sites *sites, const struct config_listener *listener, struct text *ret_error)
{
	struct router *router;

	router = calloc(1, sizeof(*router) + listener->services.count * sizeof(router->sites[0]));
	if (!router) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	router->magic = ROUTER_MAGIC;
	if (add_sites(router, sites, listener, ret_error) < 0) {
		router_free(router);
		return NULL;
	}
	return router;
}

void
router_free(struct router *router)
{
	if (!router)
		return;
	router->magic = 0;
	free(router);
}
