/* SPDX-License-Identifier: MIT
 *
 * websocket_calls: the handshake, and the calls of usher/websocket.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "api/sized.h"
#include "api/websocket.h"

/* A message's bytes where the program names no limit. */
#define MESSAGE_MAX ((size_t)64 * 1024)

static struct usher_websocket *
make(struct usher_request *request, const struct usher_websocket_ops *ops, void *arg)
{
	struct usher_websocket *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->magic = API_WEBSOCKET_MAGIC;
	self->conn = http_request_conn(request->http);
	self->loop = request->loop;
	self->known = *ops;
	self->ops = &self->known;
	self->arg = arg;
	self->output_bytes = atomic_load_explicit(
	    &request->handler->server->limits.output_bytes, memory_order_relaxed);
	self->message = text_growing(ops->max_message ? ops->max_message : MESSAGE_MAX);
	self->code = WEBSOCKET_ABNORMAL;
	return self;
}

static int
refuse(struct usher_request *request, int status)
{
	if (status == 426) {
		(void)usher_response_field(request, "Sec-WebSocket-Version", "13");
		(void)usher_response_field(request, "Upgrade", "websocket");
	}
	api_response_error(request, status);
	return api_refuse(USHER_INVALID, "usher_websocket_accept", "it was not asked for");
}

int
usher_websocket_accept(
    struct usher_request *request, const struct usher_websocket_ops *ops, void *arg)
{
	char accept[WEBSOCKET_ACCEPT_LEN];
	int result = api_request_check(request, __func__);
	struct usher_websocket_ops known;
	struct usher_websocket *self;

	if (result == 0 && request->has_begun)
		result = api_refuse(USHER_WRONG_STATE, __func__, "the answer has begun");
	if (result != 0)
		return result;
	if (!sized_copy(
		&known, sizeof(known), ops, SIZED_LEAST(struct usher_websocket_ops, on_message)) ||
	    !known.on_message)
		return api_refuse(
		    USHER_INVALID, __func__, "the ops need their size and on_message");
	result = websocket_handshake(request->http->head, accept);
	if (result != 0)
		return refuse(request, result);
	self = make(request, &known, arg);
	if (!self)
		return USHER_NO_MEMORY;
	api_response_upgrade(
	    request, (struct slice){ accept, sizeof(accept) }, &api_websocket_protocol, self);
	return 0;
}

static int
check_thread(const struct usher_websocket *self, const char *function)
{
	if (!self || self->magic != API_WEBSOCKET_MAGIC)
		return api_refuse(USHER_INVALID, function, "there is no such connection");
	if (!api_is_on(self->loop))
		return api_refuse(USHER_WRONG_THREAD, function,
		    "a connection is its loop's: see usher_loop_post");
	return 0;
}

static int
check(const struct usher_websocket *self, const char *function)
{
	int result = check_thread(self, function);

	return result == 0 && !conn_is_open(self->conn) ? USHER_GONE : result;
}

/* What waits is sent as far as it goes before more is refused. */
static int
check_room(struct usher_websocket *self)
{
	if (!api_websocket_is_full(self))
		return 0;
	conn_flush(self->conn);
	if (!conn_is_open(self->conn))
		return USHER_GONE;
	if (!api_websocket_is_full(self))
		return 0;
	self->is_owed = true;
	return USHER_FULL;
}

static int
send_frame(struct usher_websocket *self, enum websocket_opcode opcode, struct slice payload,
    const char *function)
{
	int result = check(self, function);

	if (result == 0 && self->is_closing)
		return api_refuse(USHER_WRONG_STATE, function, "it is being closed");
	if (result == 0)
		result = check_room(self);
	if (result == 0)
		result = api_websocket_put_frame(self, opcode, payload);
	if (result == 0)
		api_websocket_go_on(self);
	return result;
}

int
usher_websocket_send(struct usher_websocket *self, bool is_text, const void *data, size_t len)
{
	const struct slice payload = { data ? data : "", len };

	if ((!data && len > 0) || (is_text && !websocket_is_text(payload)))
		return api_refuse(USHER_INVALID, __func__, "there are no bytes, or no UTF-8");
	return send_frame(self, is_text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY, payload, __func__);
}

int
usher_websocket_ping(struct usher_websocket *self, const void *data, size_t len)
{
	if ((!data && len > 0) || len > WEBSOCKET_CONTROL_MAX)
		return api_refuse(USHER_INVALID, __func__, "a ping has at most 125 bytes");
	return send_frame(self, WEBSOCKET_PING, (struct slice){ data ? data : "", len }, __func__);
}

int
usher_websocket_close(struct usher_websocket *self, unsigned code, const char *reason)
{
	const struct slice text = reason ? slice_of(reason) : SLICE("");
	int result = check(self, __func__);

	if (result == 0 &&
	    (!websocket_is_code(code) || text.len > WEBSOCKET_REASON_MAX ||
		!websocket_is_text(text)))
		result = api_refuse(USHER_INVALID, __func__, "no such close can be sent");
	if (result != 0)
		return result;
	api_websocket_put_close(self, code, text);
	api_websocket_go_on(self);
	return 0;
}

void
usher_websocket_set_data(struct usher_websocket *self, void *data)
{
	if (check_thread(self, __func__) == 0)
		self->data = data;
}

void *
usher_websocket_data(const struct usher_websocket *self)
{
	return check_thread(self, __func__) == 0 ? self->data : NULL;
}

struct usher_loop *
usher_websocket_loop(const struct usher_websocket *self)
{
	return self ? self->loop : NULL;
}

uint64_t
usher_websocket_id(const struct usher_websocket *self)
{
	return self ? self->conn->id : 0;
}
