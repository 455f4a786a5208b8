/* SPDX-License-Identifier: MIT
 *
 * response: answers. Each call checks whether it may be called before the floor below,
 * which panics where an order is broken, is called. Whatever may end the exchange is done
 * last: the request may be gone then.
 */
#include "http/response.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/http.h"
#include "api/output.h"
#include "base/panic.h"
#include "http/field.h"
#include "http/status.h"
#include "net/file_body.h"

/* --- Fields ------------------------------------------------------------------------------------
 */

static bool
is_ours(struct slice name)
{
	static const char *const names[] = { "date", "server", "connection", "content-length",
		"transfer-encoding" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equals_nocase(name, slice_of(names[i])))
			return true;
	return false;
}

static int
check_unbegun(const struct usher_request *request, const char *function)
{
	int result = api_request_check(request, function);

	if (result != 0)
		return result;
	must(request);
	if (request->has_begun)
		return api_refuse(USHER_WRONG_STATE, function, "the answer has begun");
	return 0;
}

/* Writes the line beside the others first: a builder that grows has no room to check
 * beforehand, and a line that is refused must leave nothing behind. */
static int
put_line(struct text *fields, struct slice name, struct slice value)
{
	const size_t cap = name.len + value.len + sizeof(": \r\n");
	char *room = malloc(cap);
	struct text line = text_over(room, cap);
	int result = USHER_NO_MEMORY;

	if (room)
		result = http_response_field(&line, name, value);
	if (result == 0 && line.len > fields->max - fields->len)
		result = USHER_TOO_MUCH;
	if (result == 0)
		text_put(fields, text_slice(&line));
	free(room);
	return result == 0 && fields->is_truncated ? USHER_NO_MEMORY : result;
}

static int
put_field(struct usher_request *request, struct slice name, struct slice value)
{
	int result = USHER_INVALID;

	if (name.data && value.data && !is_ours(name))
		result = put_line(&request->fields, name, value);
	if (result == USHER_INVALID)
		return api_refuse(
		    result, "usher_response_field", "no such field can be added to an answer");
	return result;
}

int
usher_response_field(struct usher_request *request, const char *name, const char *value)
{
	int result = check_unbegun(request, __func__);

	if (result == 0 && request->fields.is_truncated)
		result = USHER_TOO_MUCH;
	return result == 0 ? put_field(request, slice_of(name), slice_of(value)) : result;
}

/* --- Whole -------------------------------------------------------------------------------------
 */

/* Nothing of the request is touched after the answer's end. */
static void
prepare_end(struct usher_request *request)
{
	request->has_begun = true;
	request->has_ended = true;
	deadline_disarm(&request->deadline);
}

/* Who does not read the body any more does not keep its client waiting either. */
static void
stop_pausing(struct usher_request *request)
{
	const bool was_paused = request->is_paused;

	request->is_paused = false;
	if (was_paused)
		conn_resume(http_request_conn(request->http), CONN_PAUSE_PROGRAM);
}

static bool
is_answer(int status)
{
	return status >= 200 && status <= 599;
}

/* Programs give the same type again and again: its line is made, and checked, once. */
static bool
keep_type(struct usher_loop *loop, struct slice type)
{
	struct text line = text_over(loop->type_line, sizeof(loop->type_line));

	if (loop->type_line_len > 0 && loop->type_len == type.len &&
	    memcmp(loop->type, type.data, type.len) == 0)
		return true;
	loop->type_line_len = 0;
	if (http_response_field(&line, SLICE("Content-Type"), type) != 0)
		return false;
	memcpy(loop->type, type.data, type.len);
	loop->type_len = type.len;
	loop->type_line_len = line.len;
	return true;
}

/* The fields of the answer, with the type. False: not to be sent. */
static bool
compose_fields(struct usher_request *request, struct slice type, struct slice *ret_fields)
{
	struct usher_loop *loop = request->loop;

	if (type.len > 0 && type.len <= API_TYPE_MAX && request->fields.len == 0) {
		if (!keep_type(loop, type))
			return false;
		*ret_fields = (struct slice){ loop->type_line, loop->type_line_len };
		return true;
	}
	if (type.data && put_field(request, SLICE("Content-Type"), type) != 0)
		return false;
	*ret_fields = text_slice(&request->fields);
	return true;
}

int
usher_respond(
    struct usher_request *request, int status, const char *type, const void *body, size_t len)
{
	int result = check_unbegun(request, __func__);
	struct slice fields;

	if (result != 0)
		return result;
	if (!is_answer(status) || (!body && len > 0) || len > INT64_MAX ||
	    !compose_fields(request, slice_of(type), &fields))
		return api_refuse(USHER_INVALID, __func__, "no such answer can be given");
	if (request->fields.is_truncated)
		return USHER_TOO_MUCH;
	prepare_end(request);
	stop_pausing(request);
	http_answer_whole(request->http, status, fields, (struct slice){ body ? body : "", len });
	return 0;
}

void
api_response_error(struct usher_request *request, int status)
{
	const struct http_service *service = request->http->service;
	struct slice fields = text_slice(&request->fields);
	struct slice body;
	struct slice type;

	service->error_page(service, status, &body, &type);
	/* Without memory for it the page goes without its type. */
	if (type.len > 0)
		(void)!compose_fields(request, type, &fields);
	prepare_end(request);
	stop_pausing(request);
	http_answer_whole(request->http, status, fields, body);
}

void
api_response_upgrade(struct usher_request *request, struct slice accept,
    const struct protocol_ops *next, void *state)
{
	char room[128];
	struct text line = text_over(room, sizeof(room));

	text_put_string(&line, "Upgrade: websocket\r\nSec-WebSocket-Accept: ");
	text_put(&line, accept);
	text_put_string(&line, "\r\n");
	prepare_end(request);
	http_answer_upgrade(
	    request->http, text_slice(&line), text_slice(&request->fields), next, state);
}

int
usher_respond_error(struct usher_request *request, int status)
{
	int result = check_unbegun(request, __func__);

	if (result == 0 && (status < 400 || !is_answer(status)))
		result = api_refuse(USHER_INVALID, __func__, "that is no status of an error");
	if (result == 0)
		api_response_error(request, status);
	return result;
}

/* --- In pieces
 * ------------------------------------------------------------------------------------ */

int
usher_response_begin(struct usher_request *request, int status, int64_t length)
{
	const struct http_answer answer = { .status = status,
		.content_length = length,
		.fields = request ? text_slice(&request->fields) : SLICE("") };
	int result = check_unbegun(request, __func__);

	if (result == 0 && (!is_answer(status) || length < USHER_LENGTH_UNKNOWN))
		result = api_refuse(USHER_INVALID, __func__, "no such answer can be given");
	if (result == 0 && request->fields.is_truncated)
		result = USHER_TOO_MUCH;
	if (result != 0)
		return result;
	request->has_begun = true;
	request->announced = length;
	request->is_mute =
	    usher_request_method(request) == USHER_HEAD || !http_status_has_body(status);
	http_answer_begin(request->http, &answer);
	http_answer_flush(request->http);
	return 0;
}

static int
check_open(const struct usher_request *request, const char *function)
{
	int result = api_request_check(request, function);

	if (result == 0 && (!request->has_begun || request->has_ended))
		return api_refuse(USHER_WRONG_STATE, function,
		    request->has_ended ? "the answer has ended" : "the answer has not begun");
	return result;
}

/* Whether `len` more bytes of body may follow. */
static int
check_piece(struct usher_request *request, uint64_t len, const char *function)
{
	int result = check_open(request, function);

	if (result != 0)
		return result;
	if (request->announced >= 0 && len > (uint64_t)request->announced - request->sent)
		return api_refuse(USHER_TOO_MUCH, function, "the answer announced fewer bytes");
	if (http_answer_has_room(request->http))
		return 0;
	if (!conn_is_open(http_request_conn(request->http)))
		return USHER_GONE;
	http_answer_flush(request->http);
	return USHER_FULL;
}

static int
given(struct usher_request *request, uint64_t len)
{
	request->sent += len;
	if (deadline_is_armed(&request->deadline))
		api_request_expect(request);
	http_answer_flush(request->http);
	return 0;
}

int
usher_response_write(struct usher_request *request, const void *data, size_t len)
{
	int result = check_piece(request, len, __func__);

	if (result == 0 && !data && len > 0)
		result = api_refuse(USHER_INVALID, __func__, "there are no bytes to send");
	if (result != 0 || len == 0)
		return result;
	http_answer_copy(request->http, (struct slice){ data, len });
	return given(request, len);
}

int
usher_response_reference(struct usher_request *request, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner)
{
	const struct api_reference reference = { { data, len }, release, owner };
	int result = check_piece(request, len, __func__);

	if (!api_reference_goes(&reference, &result, __func__))
		return result;
	http_answer_reference(request->http, reference.bytes, release ? release : api_keep, owner);
	return given(request, len);
}

int
usher_response_file(struct usher_request *request, int fd, int64_t offset, int64_t length)
{
	const struct api_part part = { fd, offset, length };
	int result = check_piece(request, length > 0 ? (uint64_t)length : 0, __func__);
	struct file_body *segment;

	if (!api_part_goes(&part, &result, __func__))
		return result;
	segment = api_part_open(&part, http_request_conn(request->http));
	if (!segment)
		return USHER_NO_MEMORY;
	http_answer_file(request->http, segment, offset, length);
	file_body_release(segment);
	return given(request, (uint64_t)length);
}

int
usher_response_end(struct usher_request *request)
{
	int result = check_open(request, __func__);

	if (result != 0)
		return result;
	request->is_short = !request->is_mute && request->announced >= 0 &&
	    request->sent < (uint64_t)request->announced;
	prepare_end(request);
	stop_pausing(request);
	http_answer_end(request->http);
	return 0;
}
