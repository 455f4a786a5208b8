/* SPDX-License-Identifier: MIT
 *
 * request: the bytes of a request.
 */
#include <string.h>

#include "harness/place.h"
#include "load/load_private.h"

static void
put_pattern(struct bytes *out, size_t len, size_t offset)
{
	fill_pattern(bytes_reserve(out, len), len, offset);
	out->len += len;
}

static void
put_body(struct bytes *out, const struct load_request *request)
{
	size_t chunk = request->chunk_len;

	if (chunk == 0) {
		put_pattern(out, request->body_len, 0);
		return;
	}
	for (size_t at = 0; at < request->body_len; at += chunk) {
		size_t len = request->body_len - at < chunk ? request->body_len - at : chunk;

		bytes_put_format(out, "%zx\r\n", len);
		put_pattern(out, len, at);
		bytes_put_string(out, "\r\n");
	}
	bytes_put_string(out, "0\r\n\r\n");
}

void
load_request_put(const struct load_request *request, struct bytes *out)
{
	if (request->head) {
		bytes_put_string(out, request->head);
		memset(bytes_reserve(out, request->filler_len), 'a', request->filler_len);
		out->len += request->filler_len;
		return;
	}
	bytes_put_format(out, "%s HTTP/1.1\r\nHost: localhost\r\n%s", request->line,
	    request->fields ? request->fields : "");
	if (request->body_len == 0)
		bytes_put_string(out, "\r\n");
	else if (request->chunk_len == 0)
		bytes_put_format(out, "Content-Length: %zu\r\n\r\n", request->body_len);
	else
		bytes_put_string(out, "Transfer-Encoding: chunked\r\n\r\n");
	if (request->body_len > 0)
		put_body(out, request);
}
