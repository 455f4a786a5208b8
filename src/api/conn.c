/* SPDX-License-Identifier: MIT
 *
 * conn: the calls of usher/stream.h on a connection.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "api/api.h"
#include "api/output.h"
#include "base/clock.h"
#include "base/panic.h"
#include "net/file_body.h"

/* --- Whether it may be called -------------------------------------------------------------- */

static int
check_thread(const struct usher_conn *self, const char *function)
{
	if (!self || self->magic != API_CONN_MAGIC)
		return api_refuse(USHER_INVALID, function, "there is no such connection");
	if (!api_is_on(self->loop))
		return api_refuse(USHER_WRONG_THREAD, function,
		    "a connection is its loop's: see usher_loop_post");
	return 0;
}

static int
check_open(const struct usher_conn *self, const char *function)
{
	int result = check_thread(self, function);

	if (result == 0 && !conn_is_open(self->conn))
		return USHER_GONE;
	return result;
}

/* What waits is sent as far as it goes before more is refused. */
static int
check_room(struct usher_conn *self, const char *function)
{
	int result = check_open(self, function);

	if (result != 0 || !api_stream_is_full(self))
		return result;
	conn_flush(self->conn);
	if (!conn_is_open(self->conn))
		return USHER_GONE;
	if (!api_stream_is_full(self))
		return 0;
	self->is_owed = true;
	return USHER_FULL;
}

/* --- Output -------------------------------------------------------------------------------- */

static int
sent(struct usher_conn *self, int result)
{
	if (result != 0)
		return result;
	if (self->conn->origin->keeps_messages)
		conn_flush(self->conn);
	api_stream_go_on(self);
	return 0;
}

int
usher_conn_send(struct usher_conn *self, const void *data, size_t len)
{
	int result = check_room(self, __func__);

	if (result != 0 || len == 0)
		return result;
	if (!data)
		return api_refuse(USHER_INVALID, __func__, "there are no bytes to send");
	return sent(self, conn_write(self->conn, (struct slice){ data, len }));
}

int
usher_conn_send_reference(struct usher_conn *self, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner)
{
	const struct api_reference reference = { { data, len }, release, owner };
	int result = check_room(self, __func__);

	if (!api_reference_goes(&reference, &result, __func__))
		return result;
	return sent(self,
	    conn_write_reference(self->conn, reference.bytes, release ? release : api_keep, owner));
}

int
usher_conn_send_file(struct usher_conn *self, int fd, int64_t offset, int64_t length)
{
	const struct api_part part = { fd, offset, length };
	int result = check_room(self, __func__);
	struct file_body *segment;

	if (!api_part_goes(&part, &result, __func__))
		return result;
	segment = api_part_open(&part, self->conn);
	if (!segment)
		return USHER_NO_MEMORY;
	result = conn_write_file(self->conn, segment, offset, length);
	file_body_release(segment);
	return sent(self, result);
}

size_t
usher_conn_unsent(const struct usher_conn *self)
{
	return check_thread(self, __func__) == 0 ? conn_output_length(self->conn) : 0;
}

/* --- Input ----------------------------------------------------------------------------------- */

int
usher_conn_pause(struct usher_conn *self)
{
	int result = check_open(self, __func__);

	if (result != 0)
		return result;
	self->is_paused = true;
	conn_pause(self->conn, CONN_PAUSE_PROGRAM);
	return 0;
}

int
usher_conn_resume(struct usher_conn *self)
{
	int result = check_open(self, __func__);

	if (result != 0)
		return result;
	self->is_paused = false;
	self->left = 0;
	conn_resume(self->conn, CONN_PAUSE_PROGRAM);
	api_stream_go_on(self);
	return 0;
}

/* --- The end -----------------------------------------------------------------------------------
 */

int
usher_conn_finish(struct usher_conn *self)
{
	int result = check_thread(self, __func__);
	enum ending_cause cause = ENDING_PROGRAM_CLOSED;

	if (result != 0)
		return result;
	if (self->conn->has_peer_fin)
		cause = ENDING_CLIENT_CLOSED;
	else if (conn_is_draining(self->conn))
		cause = ENDING_DRAINED;
	conn_finish(self->conn, cause);
	return 0;
}

int
usher_conn_abort(struct usher_conn *self)
{
	int result = check_thread(self, __func__);

	if (result == 0)
		conn_abort(self->conn, ENDING_PROGRAM_ABORTED);
	return result;
}

/* --- What belongs to it
 * --------------------------------------------------------------------------- */

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	api_stream_timer(checked_cast(arg, struct usher_conn, API_CONN_MAGIC));
}

int
usher_conn_set_timer(struct usher_conn *self, int64_t ms)
{
	const struct timeval wait = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * (CLOCK_SECOND_US / 1000) };
	int result = check_open(self, __func__);

	if (result == 0 && ms < 0)
		result = api_refuse(USHER_INVALID, __func__, "a time is not negative");
	if (result != 0)
		return result;
	if (!self->timer && ms > 0)
		self->timer = event_new(self->loop->loop->base, -1, 0, on_timer, self);
	if (ms == 0) {
		if (self->timer)
			(void)event_del(self->timer);
		return 0;
	}
	return self->timer && event_add(self->timer, &wait) == 0 ? 0 : USHER_NO_MEMORY;
}

void
usher_conn_set_data(struct usher_conn *self, void *data)
{
	if (check_thread(self, __func__) == 0)
		self->data = data;
}

void *
usher_conn_data(const struct usher_conn *self)
{
	return check_thread(self, __func__) == 0 ? self->data : NULL;
}

struct usher_loop *
usher_conn_loop(const struct usher_conn *self)
{
	return self ? self->loop : NULL;
}

uint64_t
usher_conn_id(const struct usher_conn *self)
{
	return self ? self->conn->id : 0;
}

int
api_put_peer(const struct peer *peer, char *buffer, size_t size)
{
	char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	peer_put(&text, peer);
	return api_copy_out(&text, buffer, size);
}

int
usher_conn_peer(const struct usher_conn *self, char *buffer, size_t size)
{
	int result = check_thread(self, __func__);

	if (result == 0 && !buffer && size > 0)
		result = api_refuse(USHER_INVALID, __func__, "there is no buffer");
	return result == 0 ? api_put_peer(&self->conn->peer, buffer, size) : result;
}

bool
usher_conn_is_draining(const struct usher_conn *self)
{
	return check_thread(self, __func__) == 0 && conn_is_draining(self->conn);
}
