/* SPDX-License-Identifier: MIT
 *
 * body: content in bulk, framing byte by byte. A sized body is a single run of
 * content with no framing at all.
 */
#include "http/body.h"

#include "base/panic.h"

static enum http_body_verdict
refuse(struct http_body *body, enum http_refusal refusal)
{
	body->refusal = refusal;
	return HTTP_BODY_REFUSED;
}

static bool
is_complete(const struct http_body *body)
{
	if (body->is_chunked)
		return http_chunked_is_complete(&body->chunked);
	return body->content_left == 0;
}

enum http_body_verdict
http_body_init(
    struct http_body *body, const struct http_head *head, const struct http_body_limits *limits)
{
	*body = (struct http_body){
		.content_left = http_head_content_length(head),
		.max_bytes = limits->max_bytes,
		.is_chunked = http_head_framing(head) == HTTP_FRAMING_CHUNKED,
	};
	http_chunked_init(&body->chunked, limits->framing_bytes);
	if (body->content_left > limits->max_bytes)
		return refuse(body, HTTP_REFUSAL_CONTENT_TOO_LARGE);
	return is_complete(body) ? HTTP_BODY_DONE : HTTP_BODY_MORE;
}

/* Hands over what `data` holds of the content that is left. */
static size_t
hand_over(struct http_body *body, struct slice data, http_body_sink sink, void *arg, int *ret_stop)
{
	if (data.len > body->content_left)
		data.len = (size_t)body->content_left;
	body->content_left -= data.len;
	body->received += data.len;
	*ret_stop = sink(arg, data);
	return data.len;
}

static enum http_refusal
take_framing(struct http_body *body, char c)
{
	enum http_refusal refusal = http_chunked_take(&body->chunked, c, &body->content_left);

	if (refusal == HTTP_REFUSAL_NONE && body->content_left > body->max_bytes - body->received)
		refusal = HTTP_REFUSAL_CONTENT_TOO_LARGE;
	return refusal;
}

enum http_body_verdict
http_body_feed(struct http_body *body, const char *data, size_t len, size_t *ret_consumed,
    http_body_sink sink, void *arg)
{
	size_t at = 0;
	int stop = 0;

	must(body->refusal == HTTP_REFUSAL_NONE && !is_complete(body));
	while (at < len && !stop && !is_complete(body)) {
		if (body->content_left > 0) {
			struct slice rest = { data + at, len - at };

			at += hand_over(body, rest, sink, arg, &stop);
		} else {
			enum http_refusal refusal = take_framing(body, data[at++]);

			if (refusal != HTTP_REFUSAL_NONE)
				return refuse(body, refusal);
		}
	}
	*ret_consumed = at;
	if (is_complete(body))
		return HTTP_BODY_DONE;
	return stop ? HTTP_BODY_PAUSED : HTTP_BODY_MORE;
}

uint64_t
http_body_received(const struct http_body *body)
{
	return body->received;
}

int
http_body_status(const struct http_body *body)
{
	return http_refusal_status(body->refusal);
}

const char *
http_body_reason(const struct http_body *body)
{
	return http_refusal_reason(body->refusal);
}
