/* SPDX-License-Identifier: MIT */
#include "server/services.h"

#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "handler/router.h"
#include "handler/sites.h"
#include "protocol/http1.h"
#include "protocol/stream.h"

/* What one listener serves. */
struct row {
	const struct config_listener *listener; /* borrowed */
	struct service service;
	struct http1_site site; /* of an HTTP listener */
	struct router *router;  /* owned; of an HTTP listener */
};

struct services {
	const struct config *config; /* borrowed */
	struct sites *sites;         /* owned */
	struct http1_env http1;
	struct stream_env stream;
	size_t count;
	struct row rows[];
};

static void
init_envs(struct services *services, struct access_log *access)
{
	const struct config_limits *limits = &services->config->limits;
	const struct http1_limits http1 = {
		.head = { .head_bytes = (uint32_t)limits->head_bytes,
		    .target_bytes = (uint32_t)limits->target_bytes,
		    .fields = (uint32_t)limits->fields },
		.body_bytes = (uint64_t)limits->body_bytes,
		.requests = (uint64_t)limits->requests_per_connection,
		.output_bytes = (size_t)limits->output_bytes,
	};

	http1_env_init(&services->http1, &http1, access);
	services->stream.output_bytes = (size_t)limits->output_bytes;
}

/* The configuration was checked, so every name means something. */
static enum config_protocol
protocol_of(const struct config *config, const struct config_listener *listener)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, listener->services.items[0]) == 0)
			return config->services[i].protocol;
	panic_at(__FILE__, __LINE__, "a checked listener's service exists");
}

static int
make_http(struct services *services, struct row *row, struct text *ret_error)
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
	struct row *row = &services->rows[services->count++];

	row->listener = listener;
	switch (protocol_of(services->config, listener)) {
	case CONFIG_HTTP:
		return make_http(services, row, ret_error);
	case CONFIG_ECHO:
		row->service = (struct service){ &echo_protocol, &services->stream };
		return 0;
	case CONFIG_DISCARD:
		row->service = (struct service){ &discard_protocol, &services->stream };
		return 0;
	}
	panic_at(__FILE__, __LINE__, "a service has one of the protocols");
}

struct services *
services_new(const struct config *config, struct access_log *access,
    const struct handler_health *health, struct text *ret_error)
{
	struct services *services =
	    calloc(1, sizeof(*services) + config->listener_count * sizeof(struct row));

	if (!services) {
		text_put_string(ret_error, "no memory");
		return NULL;
	}
	services->config = config;
	init_envs(services, access);
	services->sites = sites_new(config, health, ret_error);
	if (!services->sites) {
		services_free(services);
		return NULL;
	}
	for (size_t i = 0; i < config->listener_count; i++) {
		if (make_row(services, &config->listeners[i], ret_error) != 0) {
			services_free(services);
			return NULL;
		}
	}
	return services;
}

void
services_free(struct services *services)
{
	if (!services)
		return;
	for (size_t i = 0; i < services->count; i++)
		router_free(services->rows[i].router);
	http1_env_done(&services->http1);
	sites_free(services->sites);
	free(services);
}

const struct service *
services_for(const struct services *services, const struct config_listener *config)
{
	for (size_t i = 0; i < services->count; i++)
		if (services->rows[i].listener == config)
			return &services->rows[i].service;
	panic_at(__FILE__, __LINE__, "every listener has a service");
}
