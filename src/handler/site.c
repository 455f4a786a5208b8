/* SPDX-License-Identifier: MIT */
#include "handler/site.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/panic.h"
#include "handler/error_pages.h"
#include "handler/file_load.h"
#include "http/mime.h"

struct site_route {
	struct slice prefix; /* borrowed */
	const struct handler_kind *kind;
	void *self; /* owned; freed by the kind */
	struct http_handler handler;
};

struct site {
	struct http_service service;
	const struct config_service *config; /* borrowed */
	struct http_mime_table *mime;        /* owned; NULL: the built-in one */
	struct error_pages *pages;           /* owned */
	size_t route_count;
	struct site_route routes[]; /* longest prefix first */
};

static const struct handler_kind *const kinds[] = {
	[CONFIG_ROUTE_FILES] = &files_kind,
	[CONFIG_ROUTE_REDIRECT] = &redirect_kind,
	[CONFIG_ROUTE_RESPOND] = &respond_kind,
	[CONFIG_ROUTE_ECHO] = &echo_kind,
	[CONFIG_ROUTE_HEALTH] = &health_kind,
};

static void
find_error_page(
    const struct http_service *service, int status, struct slice *ret_body, struct slice *ret_type)
{
	const char *site = (const char *)service - offsetof(struct site, service);

	error_pages_find(
	    ((const struct site *)(const void *)site)->pages, status, ret_body, ret_type);
}

static int
load_mime(struct site *site, struct text *ret_error)
{
	const char *path = site->config->mime_types;
	size_t len = 0;
	char *bytes;

	if (!path || !*path)
		return 0;
	bytes = file_load(path, SITE_MIME_TYPES_MAX, &len, ret_error);
	if (!bytes)
		return -1;
	site->mime = http_mime_parse(bytes, len);
	free(bytes);
	if (!site->mime)
		text_put_string(ret_error, "out of memory");
	return site->mime ? 0 : -1;
}

static int
compare_routes(const void *left, const void *right)
{
	const struct site_route *a = left;
	const struct site_route *b = right;

	if (a->prefix.len != b->prefix.len)
		return a->prefix.len > b->prefix.len ? -1 : 1;
	return 0;
}

static int
add_route(struct site *site, const struct config_route *config,
    const struct handler_context *context, struct text *ret_error)
{
	struct site_route *route = &site->routes[site->route_count];
	char bytes[512];
	struct text why = text_over(bytes, sizeof(bytes));

	must((size_t)config->kind <= CONFIG_ROUTE_PROGRAM);
	route->kind = config->kind == CONFIG_ROUTE_PROGRAM ? config->program : kinds[config->kind];
	route->prefix = slice_of(config->prefix);
	route->self = route->kind->make(config, context, &why);
	if (!route->self) {
		text_put_format(ret_error, "route \"%s\": %s", config->prefix, text_string(&why));
		return -1;
	}
	route->handler = (struct http_handler){ &route->kind->ops, route->self };
	site->route_count++;
	return 0;
}

static int
site_init(struct site *site, const struct handler_context *context, struct text *ret_error)
{
	const struct config_service *config = site->config;
	struct handler_context own = *context;

	if (load_mime(site, ret_error) < 0)
		return -1;
	own.mime = site->mime;
	site->pages = error_pages_new(config, site->mime, ret_error);
	if (!site->pages)
		return -1;
	for (size_t i = 0; i < config->route_count; i++)
		if (add_route(site, &config->routes[i], &own, ret_error) < 0)
			return -1;
	qsort(site->routes, site->route_count, sizeof(site->routes[0]), compare_routes);
	return 0;
}

struct site *
site_new(const struct config_service *config, const struct handler_context *context,
    struct text *ret_error)
{
	struct site *site;
	char bytes[1024];
	struct text why = text_over(bytes, sizeof(bytes));

	site = calloc(1, sizeof(*site) + config->route_count * sizeof(site->routes[0]));
	if (!site) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	site->config = config;
	site->service = (struct http_service){
		.name = config->name,
		.server_header = config->server_header,
		.error_page = find_error_page,
	};
	if (site_init(site, context, &why) < 0) {
		text_put_format(ret_error, "service \"%s\": %s", config->name, text_string(&why));
		site_free(site);
		return NULL;
	}
	return site;
}

void
site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->route_count; i++)
		site->routes[i].kind->free(site->routes[i].self);
	error_pages_free(site->pages);
	http_mime_free(site->mime);
	free(site);
}

const struct config_service *
site_config(const struct site *site)
{
	return site->config;
}

const struct http_service *
site_service(const struct site *site)
{
	return &site->service;
}

static bool
has_prefix(struct slice path, struct slice prefix)
{
	if (!slice_starts_with(path, prefix))
		return false;
	return path.len == prefix.len || slice_ends_with(prefix, SLICE("/")) ||
	    path.data[prefix.len] == '/';
}

const struct http_handler *
site_find(const struct site *site, struct slice path, struct slice *ret_rest)
{
	for (size_t i = 0; i < site->route_count; i++) {
		const struct site_route *route = &site->routes[i];

		if (!has_prefix(path, route->prefix))
			continue;
		*ret_rest =
		    (struct slice){ path.data + route->prefix.len, path.len - route->prefix.len };
		return &route->handler;
	}
	return NULL;
}
