/* SPDX-License-Identifier: MIT */
#include "net/gather.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/panic.h"
#include "net/conn_private.h"

int
gather_init(struct gather *gather)
{
	*gather = (struct gather){ .data = malloc(GATHER_BYTES) };
	return gather->data ? 0 : -ENOMEM;
}

void
gather_done(struct gather *gather)
{
	free(gather->data);
	gather->data = NULL;
}

/* Whoever filled the buffer and did not write it finds its bytes in its own. */
static void
evict(struct gather *gather)
{
	struct conn *owner = gather->owner;

	if (gather_spill(owner) != 0)
		conn_abort(owner, ENDING_OUT_OF_MEMORY);
}

char *
gather_room(struct conn *conn, size_t bytes)
{
	struct gather *gather = &conn->set->gather;

	if (gather->owner && gather->owner != conn)
		evict(gather);
	if (bytes > GATHER_BYTES - gather->len || conn_buffered_output(conn) > 0)
		return NULL;
	return gather->data + gather->len;
}

void
gather_commit(struct conn *conn, size_t bytes)
{
	struct gather *gather = &conn->set->gather;

	must(bytes <= GATHER_BYTES - gather->len);
	gather->len += bytes;
	gather->owner = gather->len > 0 ? conn : NULL;
}

size_t
gather_length(const struct conn *conn)
{
	const struct gather *gather = &conn->set->gather;

	return gather->owner == conn ? gather->len : 0;
}

void
gather_drop(struct conn *conn)
{
	struct gather *gather = &conn->set->gather;

	if (gather->owner != conn)
		return;
	gather->owner = NULL;
	gather->len = 0;
}

static int
move_to_front(struct evbuffer *output, const char *data, size_t len)
{
	int result;

	(void)evbuffer_unfreeze(output, 1);
	result = evbuffer_prepend(output, data, len);
	(void)evbuffer_freeze(output, 1);
	return result;
}

int
gather_spill(struct conn *conn)
{
	size_t len = gather_length(conn);
	int result;

	if (len == 0)
		return 0;
	result = conn_buffer(conn);
	if (result == 0)
		result = move_to_front(conn_output(conn), conn->set->gather.data, len);
	conn_keep(conn, len);
	gather_drop(conn);
	return result == 0 ? 0 : -ENOMEM;
}

int
gather_make_way(struct conn *conn)
{
	int result = conn_buffer(conn);

	return result == 0 ? gather_spill(conn) : result;
}

ssize_t
gather_send(struct conn *conn, int flags)
{
	struct gather *gather = &conn->set->gather;
	ssize_t sent = send(conn->fd, gather->data, gather->len, MSG_NOSIGNAL | flags);

	must(gather->owner == conn);
	if (sent <= 0)
		return sent;
	gather->len -= (size_t)sent;
	if (gather->len == 0)
		gather->owner = NULL;
	else
		memmove(gather->data, gather->data + sent, gather->len);
	return sent;
}
