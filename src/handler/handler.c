/* SPDX-License-Identifier: MIT */
#include "handler/handler.h"

#include <errno.h>

#include "http/response.h"

int
handler_put_cache_control(
    struct text *text, const struct config_route *route, struct text *ret_error)
{
	struct slice value = slice_of(route->cache_control);

	if (value.len == 0)
		return 0;
	if (value.len > HANDLER_CACHE_CONTROL_MAX) {
		text_put_format(
		    ret_error, "cache_control: longer than %d bytes", HANDLER_CACHE_CONTROL_MAX);
		return -EINVAL;
	}
	if (http_response_field(text, SLICE("Cache-Control"), value) < 0) {
		text_put_string(ret_error, "cache_control: holds a control character");
		return -EINVAL;
	}
	return 0;
}
