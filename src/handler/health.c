/* SPDX-License-Identifier: MIT */
#include "handler/health.h"

#include <stdlib.h>

#define HEALTH_MAGIC UINT32_C(0x686c7468)

struct health {
	uint32_t magic;
	bool (*is_well)(void *arg);
	void *arg; /* borrowed */
};

static void
health_answer(const void *self, struct http_request *request)
{
	const struct health *health = handler_cast(self, struct health, HEALTH_MAGIC);

	if (health->is_well(health->arg))
		http_answer_text(request, 200, SLICE("text/plain; charset=utf-8"),
		    SLICE("Cache-Control: no-store\r\n"), SLICE("ok\n"));
	else
		http_answer_text(request, 503, SLICE("text/plain; charset=utf-8"),
		    SLICE("Cache-Control: no-store\r\nRetry-After: 1\r\n"), SLICE("unavailable\n"));
}

static void *
health_make(
    const struct config_route *route, const struct handler_context *context, struct text *ret_error)
{
	struct health *health = malloc(sizeof(*health));

	if (!health) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	*health = (struct health){
		.magic = HEALTH_MAGIC,
		.is_well = route->health == CONFIG_HEALTH_READY ? context->health.is_ready
								: context->health.is_live,
		.arg = context->health.arg,
	};
	return health;
}

const struct handler_kind health_kind = {
	.ops = {
		.name = "health",
		.methods = HTTP_METHOD_BIT(HTTP_METHOD_GET) | HTTP_METHOD_BIT(HTTP_METHOD_HEAD),
		.answer = health_answer,
	},
	.make = health_make,
	.free = free,
};
