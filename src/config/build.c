/* SPDX-License-Identifier: MIT */
#include "config/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "config/load.h"
#include "config/member.h"
#include "config/value.h"

static int
init_sections(struct config *config)
{
	int error = section_init(KEYS_TOP, config);

	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT && error == 0; i++)
		if (!keys_section(i)->title)
			error = section_init(i, (char *)config + keys_section(i)->member_offset);
	return error;
}

int
config_new(struct config **ret_config)
{
	struct config *config = calloc(1, sizeof(*config));
	int error = config ? init_sections(config) : -ENOMEM;

	if (error == 0) {
		config->origin = strdup("(program)");
		error = config->origin ? 0 : -ENOMEM;
	}
	if (error == 0)
		*ret_config = config;
	else
		config_free(config);
	return error;
}

/* --- Keys --------------------------------------------------------------------- */

static void *
section_of(struct config *config, enum key_section section)
{
	must(!keys_section(section)->title);
	return section == KEYS_TOP ? (void *)config
				   : (char *)config + keys_section(section)->member_offset;
}

static int
set_in(enum key_section section, void *object, const char *name, const char *value,
    struct text *problem)
{
	const struct key *key = keys_find(section, name);
	const char *nearest = keys_nearest(section, name);

	if (key)
		return member_set(key, object, &value, 1, problem);
	text_put_string(problem, "there is no such key");
	if (nearest)
		text_put_format(problem, "; did you mean %s?", nearest);
	return -ENOENT;
}

int
config_set(struct config *config, const char *name, const char *value, struct text *problem)
{
	const char *dot = strchr(name, '.');
	enum key_section section = KEYS_TOP;
	char room[64];
	struct text title = text_over(room, sizeof(room));

	if (dot) {
		text_put(&title, (struct slice){ name, (size_t)(dot - name) });
		if (keys_find_section(KEYS_TOP, text_string(&title), &section) != 0 ||
		    keys_section(section)->title) {
			text_put_format(problem, "there is no section %s to set keys of", room);
			return -ENOENT;
		}
	}
	return set_in(section, section_of(config, section), dot ? dot + 1 : name, value, problem);
}

int
config_set_number(struct config *config, enum key_section section, const char *name, int64_t number,
    struct text *problem)
{
	const struct key *key = keys_find(section, name);
	char room[64];
	struct text text = text_over(room, sizeof(room));
	const char *value;

	must(key && value_is_number(key));
	if (number < 0) {
		text_put_string(problem, "is negative");
		return -EINVAL;
	}
	value_put(&text, key, number);
	value = text_string(&text);
	return member_set(key, section_of(config, section), &value, 1, problem);
}

int64_t
config_default_number(enum key_section section, const char *name)
{
	const struct key *key = keys_find(section, name);
	char room[64];
	struct text problem = text_over(room, sizeof(room));
	int64_t number = 0;

	must(key && key->initial);
	must(value_parse(key, key->initial, &number, &problem) == 0);
	return number;
}

int
config_set_listener(
    struct config_listener *listener, const char *key, const char *value, struct text *problem)
{
	return set_in(KEYS_LISTENER, listener, key, value, problem);
}

int
config_set_route(
    struct config_route *route, const char *key, const char *value, struct text *problem)
{
	return set_in(KEYS_ROUTE, route, key, value, problem);
}

/* --- Services and routes -------------------------------------------------------- */

struct config_service *
config_find_service(struct config *config, const char *name)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

int
config_add_service(struct config *config, const char *name, enum config_protocol protocol,
    struct config_service **ret_service)
{
	struct config_service service = { 0 };
	struct config_service *services;

	if (config_find_service(config, name))
		return -EEXIST;
	services =
	    reallocarray(config->services, config->service_count + 1, sizeof(config->services[0]));
	if (!services)
		return -ENOMEM;
	config->services = services;
	service.name = strdup(name);
	if (!service.name || section_init(KEYS_SERVICE, &service) != 0) {
		section_done(KEYS_SERVICE, &service);
		free(service.name);
		return -ENOMEM;
	}
	service.protocol = protocol;
	services[config->service_count] = service;
	*ret_service = &services[config->service_count++];
	return 0;
}

static bool
has_route(const struct config_service *service, const char *prefix)
{
	for (size_t i = 0; i < service->route_count; i++)
		if (strcmp(service->routes[i].prefix, prefix) == 0)
			return true;
	return false;
}

int
config_add_route(struct config_service *service, const char *prefix, enum config_route_kind kind,
    struct config_route **ret_route)
{
	struct config_route route = { .kind = kind };
	struct config_route *routes;

	if (has_route(service, prefix))
		return -EEXIST;
	routes =
	    reallocarray(service->routes, service->route_count + 1, sizeof(service->routes[0]));
	if (!routes)
		return -ENOMEM;
	service->routes = routes;
	route.prefix = strdup(prefix);
	if (!route.prefix || section_init(KEYS_ROUTE, &route) != 0) {
		section_done(KEYS_ROUTE, &route);
		free(route.prefix);
		return -ENOMEM;
	}
	routes[service->route_count] = route;
	*ret_route = &routes[service->route_count++];
	return 0;
}
