/* SPDX-License-Identifier: MIT
 *
 * config: frees a configuration, finished or half made.
 */
#include "config/load.h"
#include "config/member.h"

#include <stdlib.h>

static void
free_service(struct config_service *service)
{
	for (size_t i = 0; i < service->route_count; i++) {
		free(service->routes[i].prefix);
		section_done(KEYS_ROUTE, &service->routes[i]);
	}
	for (size_t i = 0; i < service->error_page_count; i++)
		section_done(KEYS_ERROR_PAGE, &service->error_pages[i]);
	free(service->name);
	free(service->routes);
	free(service->error_pages);
	section_done(KEYS_SERVICE, service);
}

void
listeners_free(struct config_listener *listeners, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(listeners[i].name);
		section_done(KEYS_LISTENER, &listeners[i]);
	}
	free(listeners);
}

void
config_free(struct config *config)
{
	if (!config)
		return;
	listeners_free(config->listeners, config->listener_count);
	for (size_t i = 0; i < config->service_count; i++)
		free_service(&config->services[i]);
	free(config->services);
	section_done(KEYS_TIMEOUTS, &config->timeouts);
	section_done(KEYS_LIMITS, &config->limits);
	section_done(KEYS_DRAIN, &config->drain);
	section_done(KEYS_UPGRADE, &config->upgrade);
	section_done(KEYS_STORE, &config->store);
	section_done(KEYS_LOG, &config->log);
	section_done(KEYS_TOP, config);
	for (size_t i = 0; i < config->file_count; i++)
		free(config->files[i]);
	free(config->files);
	free(config->origin);
	free(config);
}
