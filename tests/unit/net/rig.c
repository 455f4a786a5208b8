/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include "base/log.h"

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define AMPLE ((size_t)1 << 30)

static struct rig *
rig_of(const struct conn *conn)
{
	return conn->origin->service->self;
}

/* --- The protocol ----------------------------------------------------------- */

static int
fake_open(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.open++;
	rig->conn = conn;
	conn->protocol_state = rig;
	if (rig->script.open)
		rig->script.open(conn);
	return rig->script.open_result;
}

static void
fake_data(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.data++;
	if (rig->script.data)
		rig->script.data(conn);
}

static void
fake_drained(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.drained++;
	if (rig->script.drained)
		rig->script.drained(conn);
}

static void
fake_written(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.written++;
	if (rig->script.written)
		rig->script.written(conn);
}

static void
fake_peer_fin(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.peer_fin++;
	if (rig->script.peer_fin)
		rig->script.peer_fin(conn);
}

static void
fake_expired(struct conn *conn, enum deadline_kind kind)
{
	struct rig *rig = rig_of(conn);

	rig->seen.expired++;
	rig->seen.kind = kind;
	if (rig->script.expired)
		rig->script.expired(conn, kind);
}

static void
fake_drain(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	rig->seen.drain++;
	if (rig->script.drain)
		rig->script.drain(conn);
}

static bool
fake_park(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	if (rig->script.refuses_to_park)
		return false;
	rig->seen.park++;
	conn->protocol_state = NULL;
	return true;
}

static bool
fake_retract(struct conn *conn)
{
	if (rig_of(conn)->script.refuses_to_retract)
		return false;
	conn_set_idle(conn);
	return true;
}

static int
fake_wake(struct conn *conn)
{
	struct rig *rig = rig_of(conn);

	ck_assert_ptr_null(conn->protocol_state);
	if (rig->script.wake_result != 0)
		return rig->script.wake_result;
	rig->seen.wake++;
	conn->protocol_state = rig;
	return 0;
}

static void
fake_closed(struct conn *conn, const struct ending *ending)
{
	struct rig *rig = rig_of(conn);

	ck_assert(conn->protocol_state == rig || (!conn->protocol_state && rig->seen.park > 0));
	ck_assert_ptr_eq(ending, &conn->ending);
	rig->seen.closed++;
	if (rig->conn == conn)
		rig->conn = NULL;
}

static const struct protocol_ops fake_protocol = {
	.name = "fake",
	.open = fake_open,
	.data = fake_data,
	.drained = fake_drained,
	.written = fake_written,
	.peer_fin = fake_peer_fin,
	.expired = fake_expired,
	.drain = fake_drain,
	.park = fake_park,
	.retract = fake_retract,
	.wake = fake_wake,
	.closed = fake_closed,
};

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	struct rig *rig = arg;

	rig->seen.ended++;
	rig->seen.ending = *ending;
	if (rig->script.ended)
		rig->script.ended(conn);
}

static const struct conn_set_ops conn_set_ops = { .ended = on_ended };

/* --- The loop ---------------------------------------------------------------- */

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct rig *rig = arg;

	(void)fd;
	(void)events;
	rig->ticks++;
}

void
rig_init(struct rig *rig, const struct rig_options *options)
{
	const struct timeval tick = { .tv_sec = 0, .tv_usec = 1000 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct conn_set_options conns = {
		.limits = options->limits, .ops = &conn_set_ops, .arg = rig
	};

	(void)sigaction(SIGPIPE, &ignore, NULL);
	log_open(); /* it may open a descriptor, which is not to be counted */
	*rig = (struct rig){ .client = -1, .descriptors = count_descriptors() };
	if (conns.limits.linger_bytes == 0)
		conns.limits.linger_bytes = AMPLE;
	if (conns.limits.lingering == 0)
		conns.limits.lingering = AMPLE;
	memcpy(conns.deadline_us, options->deadline_us, sizeof(conns.deadline_us));
	rig->base = event_base_new();
	rig->tick = event_new(rig->base, -1, EV_PERSIST, on_tick, rig);
	ck_assert_int_eq(event_add(rig->tick, &tick), 0);
	ck_assert_int_eq(conn_set_init(&rig->conns, rig->base, &conns), 0);
	rig->pair = options->pair;
	rig->service = (struct service){ .ops = &fake_protocol, .self = rig };
	rig->origin = (struct conn_origin){ .listener = "rig",
		.service = &rig->service,
		.keeps_messages = options->pair.wire == WIRE_SEQPACKET,
		.abort_on_peer_fin = options->abort_on_peer_fin };
}

void
rig_open(struct rig *rig)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	int server;

	pair_open(&rig->pair, &server, &rig->client);
	ck_assert_int_eq(getpeername(server, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(
	    conn_open(&rig->conns, &rig->origin, server, (struct sockaddr *)&address, len), 0);
	ck_assert_ptr_nonnull(rig->conn);
}

void
rig_open_many(struct rig *rig, int count, struct conn **ret_conns, int *ret_clients)
{
	for (int i = 0; i < count; i++) {
		rig_open(rig);
		ret_conns[i] = rig->conn;
		ret_clients[i] = rig->client;
	}
	rig->client = -1;
}

void
rig_done(struct rig *rig)
{
	conn_set_done(&rig->conns);
	ck_assert_uint_eq(rig->origin.open_count, 0);
	event_free(rig->tick);
	event_base_free(rig->base);
	client_close(&rig->client);
	ck_assert_uint_eq(count_descriptors(), rig->descriptors);
}

void
rig_turn(struct rig *rig)
{
	ck_assert_int_eq(event_base_loop(rig->base, EVLOOP_ONCE), 0);
}

/* A socket is readable at once when its peer is in the same machine. */
void
rig_settle(struct rig *rig)
{
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(event_base_loop(rig->base, EVLOOP_NONBLOCK), 0);
}

void
rig_pass(struct rig *rig, int64_t us)
{
	int64_t until_us = clock_monotonic_us() + us;

	while (clock_monotonic_us() < until_us)
		rig_turn(rig);
}

const struct ending *
rig_run_to_end(struct rig *rig)
{
	unsigned before = rig->seen.closed;

	ck_assert_ptr_nonnull(rig->conn);
	rig_run_until(rig, rig->seen.closed > before);
	return &rig->seen.ending;
}

enum sight
rig_run_until_client_sees_end(struct rig *rig, size_t *ret_bytes)
{
	enum sight sight;

	rig_run_until(rig, (sight = client_look(rig->client, ret_bytes)) != SEES_NOTHING);
	return sight;
}

struct slice
pattern(size_t len)
{
	static char bytes[PATTERN_MAX];

	ck_assert_uint_le(len, sizeof(bytes));
	if (bytes[1] == 0)
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)((uint32_t)i * UINT32_C(2654435761) >> 24);
	return (struct slice){ bytes, len };
}
