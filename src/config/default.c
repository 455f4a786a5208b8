/* SPDX-License-Identifier: MIT
 *
 * default: what usherd serves without a file, and listeners from the command
 * line.
 */
#include "config/load.h"

#include "base/address.h"
#include "config/member.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char welcome_page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Welcome to usher</title>\n"
    "<style>body { font: 1.1em/1.5 sans-serif; max-width: 34em; margin: 4em auto; "
    "padding: 0 1em }</style>\n"
    "<h1>Welcome to usher</h1>\n"
    "<p>The server runs, and has no configuration yet.</p>\n"
    "<ul>\n"
    "<li><code>usherd -r DIRECTORY</code> serves the files of a directory.</li>\n"
    "<li><code>usherd -c FILE</code> reads a configuration; <code>usherd -T</code> prints one "
    "to begin with.</li>\n"
    "<li>The manual pages are <code>usherd(8)</code> and <code>usher.conf(5)</code>.</li>\n"
    "</ul>\n"
    "</html>\n";

/* Sets a string or list of one item; the value is one of ours, or was checked. */
static int
set(enum key_section section, void *object, const char *key, const char *value)
{
	char sentence[128];
	struct text problem = text_over(sentence, sizeof(sentence));

	return member_set(keys_find(section, key), object, &value, 1, &problem);
}

/* The sections that every configuration has, at their defaults. */
static int
init_singles(struct config *config)
{
	int error = section_init(KEYS_TOP, config);

	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT && error == 0; i++)
		if (!keys_section(i)->title)
			error = section_init(i, (char *)config + keys_section(i)->member_offset);
	return error;
}

static int
init_route(struct config_route *route, const char *directory)
{
	int error = section_init(KEYS_ROUTE, route);

	if (error < 0)
		return error;
	route->prefix = strdup("/");
	if (!route->prefix)
		return -ENOMEM;
	route->kind = directory ? CONFIG_ROUTE_FILES : CONFIG_ROUTE_RESPOND;
	if (directory)
		return set(KEYS_ROUTE, route, "files", directory);
	route->respond = 200;
	error = set(KEYS_ROUTE, route, "body", welcome_page);
	return error < 0 ? error : set(KEYS_ROUTE, route, "type", "text/html; charset=utf-8");
}

static int
init_service(struct config_service *service, const char *name, const char *directory)
{
	int error = section_init(KEYS_SERVICE, service);

	if (error < 0)
		return error;
	service->name = strdup(name);
	service->routes = calloc(1, sizeof(service->routes[0]));
	if (!service->name || !service->routes)
		return -ENOMEM;
	service->route_count = 1;
	return init_route(&service->routes[0], directory);
}

static int
init_listener(struct config_listener *listener, const char *name)
{
	int error = section_init(KEYS_LISTENER, listener);

	if (error < 0)
		return error;
	listener->name = strdup(name);
	return listener->name ? 0 : -ENOMEM;
}

static int
fill_default(struct config *config, const char *directory)
{
	const char *name = directory ? "files" : "welcome";
	int error = init_singles(config);

	if (error < 0)
		return error;
	config->origin = strdup("(built in)");
	config->listeners = calloc(1, sizeof(config->listeners[0]));
	config->services = calloc(1, sizeof(config->services[0]));
	if (!config->origin || !config->listeners || !config->services)
		return -ENOMEM;
	config->listener_count = 1;
	config->service_count = 1;
	error = init_service(&config->services[0], name, directory);
	if (error == 0)
		error = init_listener(&config->listeners[0], "default");
	if (error == 0)
		error = set(KEYS_LISTENER, &config->listeners[0], "service", name);
	return error;
}

int
config_default(const char *directory, struct config **ret_config)
{
	struct config *config = calloc(1, sizeof(*config));
	int error;

	if (!config)
		return -ENOMEM;
	error = fill_default(config, directory);
	if (error < 0)
		config_free(config);
	else
		*ret_config = config;
	return error;
}
