/* SPDX-License-Identifier: MIT */
#include "server/services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "handler/router.h"
#include "handler/sites.h"

static void
init_envs(struct services *services)
{
	const struct config_limits *limits = &services->generation->config->limits;
	const struct http1_limits http1 = {
		.head = { .head_bytes = (uint32_t)limits->head_bytes,
		    .target_bytes = (uint32_t)limits->target_bytes,
		    .fields = (uint32_t)limits->fields },
		.body_bytes = (uint64_t)limits->body_bytes,
		.requests = (uint64_t)limits->requests_per_connection,
		.output_bytes = (size_t)limits->output_bytes,
	};

	http1_env_init(&services->http1, &http1, services->has_access ? &services->access : NULL,
	    &services->figures->http1);
	services->stream.output_bytes = (size_t)limits->output_bytes;
}

/* The configuration was checked, so every name means something. */
static const struct config_service *
service_of(const struct config *config, const struct config_listener *listener)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, listener->services.items[0]) == 0)
			return &config->services[i];
	panic_at(__FILE__, __LINE__, "a checked listener's service exists");
}

static int
make_http(struct services *services, struct services_row *row, struct text *ret_error)
{
	row->router = router_new(services->sites, row->listener, ret_error);
	if (!row->router)
		return -1;
	row->site = (struct http1_site){
		.ops = &router_ops, .router = row->router, .env = &services->http1
	};
	row->service = (struct service){ .ops = &http1_protocol, .self = &row->site };
	return 0;
}

static int
make_row(struct services *services, const struct config_listener *listener, struct text *ret_error)
{
	const struct config_service *service = service_of(services->generation->config, listener);
	struct services_row *row = &services->rows[services->count++];

	row->listener = listener;
	switch (service->protocol) {
	case CONFIG_HTTP:
		return make_http(services, row, ret_error);
	case CONFIG_ECHO:
		row->service = (struct service){ &echo_protocol, &services->stream };
		return 0;
	case CONFIG_DISCARD:
		row->service = (struct service){ &discard_protocol, &services->stream };
		return 0;
	case CONFIG_PROGRAM:
		row->service = *(const struct service *)service->program;
		return 0;
	}
	panic_at(__FILE__, __LINE__, "a service has one of the protocols");
}

static int
init_access_log(struct services *services)
{
	struct generation *generation = services->generation;

	if (!generation->access.is_open)
		return 0;
	if (access_log_init(
		&services->access, &generation->access.outlet, &generation->config->log) != 0)
		return -ENOMEM;
	services->has_access = true;
	return 0;
}

static int
build(struct services *services, const struct handler_health *health, struct text *ret_error)
{
	const struct config *config = services->generation->config;

	if (init_access_log(services) != 0) {
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	init_envs(services);
	services->sites = sites_new(config, health, ret_error);
	if (!services->sites)
		return -EINVAL;
	for (size_t i = 0; i < config->listener_count; i++)
		if (make_row(services, &config->listeners[i], ret_error) != 0)
			return -EINVAL;
	return 0;
}

struct services *
services_new(struct generation *generation, const struct handler_health *health,
    struct services_figures *figures, struct text *ret_error)
{
	size_t rows = generation->config->listener_count;
	struct services *services =
	    calloc(1, sizeof(*services) + rows * sizeof(struct services_row));

	if (!services) {
		text_put_string(ret_error, "no memory");
		return NULL;
	}
	list_init(&services->link);
	list_init(&services->http1.pool);
	services->generation = generation_hold(generation);
	services->figures = figures;
	if (build(services, health, ret_error) == 0)
		return services;
	services_free(services);
	return NULL;
}

/* Of a cache that nobody asked there is nothing to keep; such services may be freed on
 * another thread than the loop's. */
static void
keep_figures(const struct services *services)
{
	struct file_cache_counts *sum = &services->figures->cache;
	struct file_cache_counts counts = { 0 };

	if (services->sites)
		counts = file_cache_counts(sites_file_cache(services->sites));
	if (counts.misses > 0)
		file_cache_counts_add(sum, &counts);
}

void
services_free(struct services *services)
{
	if (!services)
		return;
	must(!services_are_in_use(services));
	list_remove(&services->link);
	for (size_t i = 0; i < services->count; i++)
		router_free(services->rows[i].router);
	http1_env_done(&services->http1);
	keep_figures(services);
	sites_free(services->sites);
	if (services->has_access)
		access_log_done(&services->access);
	generation_release(services->generation);
	free(services);
}

bool
services_are_in_use(const struct services *services)
{
	return services->http1.in_progress > 0 || services->holders > 0;
}

const struct service *
services_for(const struct services *services, const struct config_listener *config)
{
	for (size_t i = 0; i < services->count; i++)
		if (services->rows[i].listener == config)
			return &services->rows[i].service;
	panic_at(__FILE__, __LINE__, "every listener has a service");
}
