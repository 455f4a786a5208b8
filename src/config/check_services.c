/* SPDX-License-Identifier: MIT
 *
 * check_services: services, routes, error pages, and what of them ends up in the
 * fields of an answer.
 */
#include "config/check_state.h"

#include <stdio.h>
#include <string.h>

static bool
is_used(const struct config *config, const char *service)
{
	for (size_t i = 0; i < config->listener_count; i++) {
		const struct config_strings *names = &config->listeners[i].services;

		for (size_t j = 0; j < names->count; j++)
			if (strcmp(names->items[j], service) == 0)
				return true;
	}
	return false;
}

/* A host name without port, or one with "*." for any name below. */
static bool
is_host(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._";
	const char *name = strncmp(host, "*.", 2) == 0 ? host + 2 : host;
	bool is_ipv6 = host[0] == '[' && host[strlen(host) - 1] == ']';

	return is_ipv6 || (*name && strspn(name, allowed) == strlen(name));
}

static void
check_hosts(const struct checked *checked, const struct config_strings *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (!is_host(hosts->items[i]))
			check_report(checked, "host",
			    "\"%s\" is no host name, as example.org or *.example.org, without port",
			    hosts->items[i]);
}

/* Visible ASCII, blanks within where `may_have_blanks`: no byte that could end
 * the field or that clients read in different ways (RFC 9110 5.5). */
static bool
is_field_text(const char *value, bool may_have_blanks)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		bool is_inner_blank = value[i] == ' ' && i > 0 && i + 1 < len && may_have_blanks;

		if ((value[i] <= ' ' || value[i] > '~') && !is_inner_blank)
			return false;
	}
	return true;
}

static void
check_fields(const struct checked *checked, const struct config_route *route)
{
	if (route->cache_control && !is_field_text(route->cache_control, true))
		check_report(checked, "cache_control",
		    "is sent as a field: it has only visible ASCII characters, and blanks within");
	if (route->kind == CONFIG_ROUTE_RESPOND &&
	    (!is_field_text(route->type, true) || !strchr(route->type, '/')))
		check_report(
		    checked, "type", "\"%s\" is no media type, such as text/plain", route->type);
}

static void
check_redirect(const struct checked *checked, const struct config_route *route)
{
	if (!is_field_text(route->redirect, false))
		check_report(checked, "redirect",
		    "is sent as a reference: it has only visible ASCII characters and no blanks; "
		    "others are percent-encoded");
	/* The range leaves 301 to 308. */
	if (route->status >= 304 && route->status <= 306)
		check_report(checked, "status",
		    "%lld is no redirect: use 301, 302, 303, 307 or 308", (long long)route->status);
}

static void
check_route(const struct checking *checking, const struct config_service *service,
    const struct config_route *route)
{
	char name[768];
	struct text text = text_over(name, sizeof(name));
	struct checked checked = { checking, KEYS_ROUTE, route, NULL };

	text_put_format(&text, "service %s, route %s", service->name, route->prefix);
	checked.name = text_string(&text);
	if (route->prefix[0] != '/')
		check_report(&checked, NULL, "its PREFIX does not begin with \"/\"");
	if (route->kind == CONFIG_ROUTE_FILES)
		check_directory(
		    &checked, "files", route->files, route->autoindex != CONFIG_AUTOINDEX_OFF);
	if (route->kind == CONFIG_ROUTE_REDIRECT)
		check_redirect(&checked, route);
	check_fields(&checked, route);
}

static bool
has_page_before(const struct config_service *service, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (service->error_pages[i].status == service->error_pages[at].status)
			return true;
	return false;
}

static void
check_error_page(const struct checking *checking, const struct config_service *service, size_t at)
{
	const struct config_error_page *page = &service->error_pages[at];
	char name[768];
	struct text text = text_over(name, sizeof(name));
	struct checked checked = { checking, KEYS_ERROR_PAGE, page, NULL };

	text_put_format(
	    &text, "service %s, error_page %lld", service->name, (long long)page->status);
	checked.name = text_string(&text);
	if (has_page_before(service, at))
		check_report(&checked, NULL, "the service has another page for that status");
	if (page->file)
		check_readable_file(&checked, "file", page->file);
	else
		check_report(&checked, NULL, "has no file: file = \"/path\"");
}

/* Routes, hosts and pages are HTTP's. */
static void
check_stream_service(const struct checked *checked, const struct config_service *service)
{
	const char *what = service->route_count > 0 ? "routes"
	    : service->error_page_count > 0         ? "error pages"
	    : service->hosts.count > 0              ? "hosts"
						    : NULL;

	if (what)
		check_report(checked, "protocol", "%s need protocol = http", what);
}

static void
check_http_service(const struct checked *checked, const struct config_service *service)
{
	if (service->route_count == 0)
		check_warn(checked, NULL, "has no route: every request is answered with 404");
	check_hosts(checked, &service->hosts);
	if (service->mime_types)
		check_readable_file(checked, "mime_types", service->mime_types);
	for (size_t i = 0; i < service->route_count; i++)
		check_route(checked->checking, service, &service->routes[i]);
	for (size_t i = 0; i < service->error_page_count; i++)
		check_error_page(checked->checking, service, i);
}

void
check_services(const struct checking *checking)
{
	const struct config *config = checking->config;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct config_service *service = &config->services[i];
		char name[512];
		struct text text = text_over(name, sizeof(name));
		struct checked checked = { checking, KEYS_SERVICE, service, NULL };

		text_put_format(&text, "service %s", service->name);
		checked.name = text_string(&text);
		if (!is_used(config, service->name))
			check_warn(&checked, NULL, "is not used: no listener names it");
		if (service->protocol == CONFIG_HTTP)
			check_http_service(&checked, service);
		else
			check_stream_service(&checked, service);
	}
}
