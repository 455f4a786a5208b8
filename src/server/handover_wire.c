/* SPDX-License-Identifier: MIT
 *
 * handover_wire: each message has one function that walks its fields, which writes or
 * reads them: so what is written is what is read. Numbers are little-endian.
 */
#include "server/handover_wire.h"

#include <errno.h>
#include <string.h>

#include "base/panic.h"

#define WIRE_MAGIC UINT64_C(0x72656873) /* "sher" */

/* Bytes of a connection without its input, at most: the loop, 6 numbers of 8, queued_ms, the
 * listener's address, the peer, and the length of the input. */
#define CONNECTION_BYTES \
	(2 + 6 * 8 + 4 + (2 + sizeof(struct sockaddr_un)) + (2 + sizeof(struct peer)) + 4)

struct wire {
	char *data;
	size_t len; /* written, or read, so far */
	size_t end;
	bool is_reading;
	bool is_bad;
};

/* --- Fields ------------------------------------------------------------------------- */

static char *
step(struct wire *wire, size_t bytes)
{
	char *at = wire->data + wire->len;

	if (wire->is_bad || bytes > wire->end - wire->len) {
		wire->is_bad = true;
		return NULL;
	}
	wire->len += bytes;
	return at;
}

/* A number of `bytes` bytes, at most `most`. */
static void
walk_number(struct wire *wire, uint64_t *number, size_t bytes, uint64_t most)
{
	unsigned char *at = (unsigned char *)step(wire, bytes);

	if (!at)
		return;
	if (wire->is_reading)
		*number = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (wire->is_reading)
			*number |= (uint64_t)at[i] << (8 * i);
		else
			at[i] = (unsigned char)(*number >> (8 * i));
	}
	if (*number > most)
		wire->is_bad = true;
}

static void
walk_flag(struct wire *wire, bool *flag)
{
	uint64_t number = wire->is_reading ? 0 : *flag;

	walk_number(wire, &number, 1, 1);
	*flag = number == 1;
}

static void
walk_u16(struct wire *wire, uint16_t *value, uint64_t most)
{
	uint64_t number = wire->is_reading ? 0 : *value;

	walk_number(wire, &number, 2, most);
	*value = (uint16_t)number;
}

static void
walk_u32(struct wire *wire, uint32_t *value, uint64_t most)
{
	uint64_t number = wire->is_reading ? 0 : *value;

	walk_number(wire, &number, 4, most);
	*value = (uint32_t)number;
}

static void
walk_time(struct wire *wire, int64_t *value)
{
	uint64_t number = (uint64_t)*value;

	walk_number(wire, &number, 8, INT64_MAX);
	*value = (int64_t)number;
}

/* Text of less than `cap` bytes, without controls: it stands in logs. */
static void
walk_string(struct wire *wire, char *string, size_t cap)
{
	uint16_t len = wire->is_reading ? 0 : (uint16_t)strnlen(string, cap);
	char *at;

	walk_u16(wire, &len, cap - 1);
	at = step(wire, len);
	if (!at)
		return;
	if (!wire->is_reading) {
		memcpy(at, string, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
			wire->is_bad = true;
	memcpy(string, at, len);
	string[len] = '\0';
}

static bool
is_whole(const struct address *address)
{
	if (address->len == 0)
		return true;
	if (address->len < sizeof(sa_family_t))
		return false;
	if (address->any.sa_family == AF_INET)
		return address->len == sizeof(address->in);
	if (address->any.sa_family == AF_INET6)
		return address->len == sizeof(address->in6);
	return address->any.sa_family == AF_UNIX;
}

static void
walk_address(struct wire *wire, struct address *address)
{
	uint16_t len = (uint16_t)address->len;
	char *at;

	walk_u16(wire, &len, sizeof(address->un));
	at = step(wire, len);
	if (!at)
		return;
	if (wire->is_reading) {
		*address = (struct address){ .len = len };
		memcpy(&address->any, at, len);
	} else {
		memcpy(at, &address->any, len);
	}
	wire->is_bad |= !is_whole(address);
}

static size_t
peer_bytes(sa_family_t family)
{
	if (family == AF_INET)
		return sizeof(struct sockaddr_in);
	return family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct peer);
}

static void
walk_peer(struct wire *wire, struct peer *peer)
{
	uint16_t family = peer->family;
	char *at;

	walk_u16(wire, &family, UINT16_MAX);
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
		wire->is_bad = true;
	at = step(wire, peer_bytes(family));
	if (!at)
		return;
	if (wire->is_reading) {
		memset(peer, 0, sizeof(*peer));
		memcpy(peer, at, peer_bytes(family));
		wire->is_bad |= peer->family != family;
	} else {
		memcpy(at, peer, peer_bytes(family));
	}
}

/* --- Messages ------------------------------------------------------------------------- */

static void
walk_hello(struct wire *wire, struct handover_hello *hello)
{
	walk_u32(wire, &hello->pid, INT32_MAX);
	walk_u32(wire, &hello->sockets, HANDOVER_SOCKETS_MAX);
	walk_string(wire, hello->program, sizeof(hello->program));
}

static void
walk_socket(struct wire *wire, struct handover_socket *socket)
{
	uint16_t kind = (uint16_t)socket->kind;

	walk_u16(wire, &socket->loop, HANDOVER_LOOPS_MAX - 1);
	walk_u16(wire, &kind, HANDOVER_KINDS - 1);
	socket->kind = (enum handover_kind)kind;
	walk_string(wire, socket->name, sizeof(socket->name));
	walk_string(wire, socket->transport, sizeof(socket->transport));
	walk_address(wire, &socket->asked);
	walk_address(wire, &socket->bound);
	walk_flag(wire, &socket->is_shared);
	walk_number(wire, &socket->device, 8, UINT64_MAX);
	walk_number(wire, &socket->inode, 8, UINT64_MAX);
}

static void
walk_ready(struct wire *wire, struct handover_ready *ready)
{
	walk_u32(wire, &ready->pid, INT32_MAX);
	walk_u32(wire, &ready->sockets, HANDOVER_SOCKETS_MAX);
	for (uint32_t i = 0; i < ready->sockets && !wire->is_bad; i++)
		walk_flag(wire, &ready->taken[i]);
}

static void
walk_input(struct wire *wire, struct passport *passport)
{
	uint32_t len = (uint32_t)passport->input_len;
	char *at;

	walk_u32(wire, &len, PASSPORT_INPUT_MAX);
	at = step(wire, len);
	if (!at || len == 0)
		return;
	if (!wire->is_reading) {
		memcpy(at, passport->input, len);
		return;
	}
	passport->input = at;
	passport->input_len = len;
}

static void
walk_connection(struct wire *wire, struct handover_connection *connection)
{
	struct passport *passport = &connection->passport;

	if (wire->is_reading)
		*passport = (struct passport){ .fd = -1 };
	walk_u16(wire, &connection->loop, HANDOVER_LOOPS_MAX - 1);
	walk_address(wire, &connection->at);
	walk_number(wire, &passport->id, 8, UINT64_MAX);
	walk_number(wire, &passport->requests, 8, UINT64_MAX);
	walk_number(wire, &passport->bytes_in, 8, UINT64_MAX);
	walk_number(wire, &passport->bytes_out, 8, UINT64_MAX);
	walk_time(wire, &passport->opened_us);
	walk_time(wire, &passport->idle_us);
	walk_u32(wire, &passport->queued_ms, UINT32_MAX);
	walk_peer(wire, &passport->peer);
	walk_input(wire, passport);
}

static void
walk_batch(struct wire *wire, struct handover_batch *batch)
{
	walk_number(wire, &batch->number, 8, UINT64_MAX);
	walk_u32(wire, &batch->count, HANDOVER_BATCH_MAX);
	for (uint32_t i = 0; i < batch->count && !wire->is_bad; i++)
		walk_connection(wire, &batch->items[i]);
}

static void
walk_body(struct wire *wire, struct handover_message *message)
{
	switch (message->type) {
	case HANDOVER_HELLO:
		walk_hello(wire, &message->hello);
		return;
	case HANDOVER_SOCKET:
		walk_socket(wire, &message->socket);
		return;
	case HANDOVER_READY:
		walk_ready(wire, &message->ready);
		return;
	case HANDOVER_DECLINE:
		walk_string(wire, message->words, sizeof(message->words));
		return;
	case HANDOVER_CONNECTIONS:
		walk_batch(wire, &message->batch);
		return;
	case HANDOVER_TAKEN:
		walk_number(wire, &message->number, 8, UINT64_MAX);
		return;
	case HANDOVER_DONE:
	case HANDOVER_LEAVING:
		return;
	case HANDOVER_TYPES:
		break;
	}
	wire->is_bad = true;
}

/* --- What others call -------------------------------------------------------------------- */

size_t
handover_encode(const struct handover_message *message, char *room)
{
	struct wire wire = { .data = room, .end = HANDOVER_MESSAGE_MAX };
	/* It is only read. */
	const union {
		const struct handover_message *read;
		struct handover_message *any;
	} written = { .read = message };
	uint64_t magic = WIRE_MAGIC;
	uint16_t version = HANDOVER_VERSION;
	uint16_t type = (uint16_t)message->type;

	walk_number(&wire, &magic, 4, UINT32_MAX);
	walk_u16(&wire, &version, UINT16_MAX);
	walk_u16(&wire, &type, HANDOVER_TYPES - 1);
	must(written.any);
	walk_body(&wire, written.any);
	return wire.is_bad ? 0 : wire.len;
}

size_t
handover_connection_bytes(size_t input_len)
{
	return CONNECTION_BYTES + input_len;
}

int
handover_decode(struct slice bytes, struct handover_message *ret_message, unsigned *ret_version)
{
	/* They are only read. */
	const union {
		const char *read;
		char *any;
	} received = { .read = bytes.data };
	struct wire wire = { .data = received.any, .end = bytes.len, .is_reading = true };
	uint64_t magic = 0;
	uint16_t version = 0;
	uint16_t type = 0;

	walk_number(&wire, &magic, 4, UINT32_MAX);
	walk_u16(&wire, &version, UINT16_MAX);
	walk_u16(&wire, &type, UINT16_MAX);
	if (wire.is_bad || magic != WIRE_MAGIC)
		return -EPROTO;
	*ret_version = version;
	if (version != HANDOVER_VERSION)
		return -EPROTONOSUPPORT;
	if (type == 0 || type >= HANDOVER_TYPES)
		return -EPROTO;
	ret_message->type = (enum handover_type)type;
	walk_body(&wire, ret_message);
	return wire.is_bad || wire.len != wire.end ? -EPROTO : 0;
}

const char *
handover_type_name(enum handover_type type)
{
	static const char *const names[HANDOVER_TYPES] = {
		[HANDOVER_HELLO] = "hello",
		[HANDOVER_SOCKET] = "socket",
		[HANDOVER_READY] = "ready",
		[HANDOVER_DECLINE] = "decline",
		[HANDOVER_CONNECTIONS] = "connections",
		[HANDOVER_TAKEN] = "taken",
		[HANDOVER_DONE] = "done",
		[HANDOVER_LEAVING] = "leaving",
	};

	must(type > 0 && type < HANDOVER_TYPES);
	return names[type];
}
