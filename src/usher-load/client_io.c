/* SPDX-License-Identifier: MIT
 *
 * client_io: bytes to and from the socket, at once where it can be: what is to be
 * sent goes out in one send(2) from the place where it stands, or, where several
 * small requests go together, from one buffer of the worker; what comes in is
 * read into another. No client has buffers of its own.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/panic.h"
#include "usher-load/client.h"
#include "usher-load/worker.h"

/* A slow direction moves in pieces, so long apart at least. */
#define PACE_NS INT64_C(10000000)

/* --- Pace --------------------------------------------------------------- */

static int64_t
pace_interval_ns(uint64_t rate)
{
	int64_t byte_ns = (int64_t)((uint64_t)CLOCK_SECOND_NS / rate);

	return byte_ns > PACE_NS ? byte_ns : PACE_NS;
}

/* Bytes of one piece. */
static size_t
pace_bytes(uint64_t rate)
{
	uint64_t bytes = rate * (uint64_t)(pace_interval_ns(rate) / 1000) / 1000000;

	return bytes > 0 ? (size_t)bytes : 1;
}

/* By half an interval shorter or longer, at random: clients that are slow each by itself do
 * not step together, which thousands that connected together would do for ever. */
static void
pause_for(struct worker *worker, struct event *timer, uint64_t rate)
{
	const uint64_t interval_us = (uint64_t)pace_interval_ns(rate) / 1000;
	int64_t us = (int64_t)(interval_us / 2 + random_below(&worker->random, interval_us + 1));
	struct timeval wait = { .tv_sec = us / CLOCK_SECOND_US, .tv_usec = us % CLOCK_SECOND_US };

	(void)event_add(timer, &wait);
}

/* --- Sending ------------------------------------------------------------ */

static struct slice
bytes_of(const struct client *client, const struct client_slot *slot)
{
	if (!slot->request)
		return echo_message(client->worker->pattern, slot->echo_at);
	return (struct slice){ slot->request->bytes, slot->request->len };
}

/* Copies unsent requests that follow one another, as many as fit; how many bytes. */
static size_t
gather(struct client *client, char *room, unsigned ring)
{
	size_t len = 0, skip = client->sent_bytes;

	for (unsigned i = client->in_flight - client->unsent; i < client->in_flight; i++) {
		struct slice bytes = bytes_of(client, client_slot(client, i, ring));

		if (bytes.len - skip > WORKER_GATHER_BYTES - len)
			break;
		memcpy(room + len, bytes.data + skip, bytes.len - skip);
		len += bytes.len - skip;
		skip = 0;
	}
	return len;
}

/* What is to be sent next. */
static struct slice
next_piece(struct client *client)
{
	struct worker *worker = client->worker;
	const unsigned ring = worker->plan->pipeline;
	unsigned at = client->in_flight - client->unsent;
	struct slice piece = bytes_of(client, client_slot(client, at, ring));

	if (client->unsent > 1 && !client->target->transport->keeps_messages) {
		size_t len = gather(client, worker->gather, ring);

		if (len > 0)
			return (struct slice){ worker->gather, len };
	}
	return slice_from(piece, client->sent_bytes);
}

/* So many bytes of what was unsent are sent. */
static void
note_sent(struct client *client, size_t size)
{
	const unsigned ring = client->worker->plan->pipeline;

	client->sent_bytes += size;
	while (client->unsent > 0) {
		unsigned at = client->in_flight - client->unsent;
		size_t len = bytes_of(client, client_slot(client, at, ring)).len;

		if (client->sent_bytes < len)
			return;
		client->sent_bytes -= len;
		client->unsent--;
	}
}

/* The reason is told by what comes in, or by the end of it; a reset that was told
 * here is not told again. */
static void
send_failed(struct client *client, int error)
{
	client->is_write_shut = true;
	client->is_reset_seen |= error == ECONNRESET;
	if (error != ECONNRESET && error != EPIPE)
		client_broke(client, error);
	else
		(void)client_receive(client, false);
}

static ssize_t
send_piece(struct client *client)
{
	const struct plan *plan = client->worker->plan;
	struct slice piece = next_piece(client);

	if (plan->slow_write > 0 && piece.len > pace_bytes(plan->slow_write))
		piece.len = pace_bytes(plan->slow_write);
	return send(client->fd, piece.data, piece.len, MSG_NOSIGNAL);
}

void
client_send(struct client *client)
{
	struct worker *worker = client->worker;

	while (client->unsent > 0 && !client->is_write_shut) {
		ssize_t size = send_piece(client);

		if (size < 0 && errno == EAGAIN) {
			(void)event_add(&client->writing, NULL);
			return;
		}
		if (size < 0) {
			send_failed(client, errno);
			return;
		}
		result_count_bytes(&worker->result, 0, (size_t)size, worker->now_ns);
		note_sent(client, (size_t)size);
		if (worker->plan->slow_write > 0 && client->unsent > 0) {
			pause_for(worker, &client->write_pace, worker->plan->slow_write);
			return;
		}
	}
}

/* --- Receiving ---------------------------------------------------------- */

static size_t
receive_max(const struct client *client)
{
	uint64_t rate = client->worker->plan->slow_read;

	return rate > 0 && pace_bytes(rate) < WORKER_SCRATCH_BYTES ? pace_bytes(rate)
								   : WORKER_SCRATCH_BYTES;
}

static void
pause_reading(struct client *client)
{
	(void)event_del(&client->reading);
	pause_for(client->worker, &client->read_pace, client->worker->plan->slow_read);
}

/* The end of what comes in: of no bytes or with an error. True: it is not the end. */
static bool
receive_end(struct client *client, ssize_t size, int error)
{
	if (size < 0 && (error == EAGAIN || error == EINTR))
		return client->state == CLIENT_OPEN;
	if (size == 0 && !client->is_reset_seen)
		client_fin(client);
	else
		client_broke(client, size == 0 ? ECONNRESET : error);
	return false;
}

bool
client_receive(struct client *client, bool has_fin)
{
	struct worker *worker = client->worker;
	const bool is_slow = worker->plan->slow_read > 0;
	const size_t max = receive_max(client);
	ssize_t size;

	do {
		size = recv(client->fd, worker->scratch, max, 0);
		if (size <= 0)
			return receive_end(client, size, errno);
		result_count_bytes(&worker->result, (size_t)size, 0, worker->now_ns);
		if (!client_take(client, (struct slice){ worker->scratch, (size_t)size }))
			return false;
		/* Behind a FIN nothing comes: a read that was not filled has taken all
		 * that stood before it. */
		if (has_fin && (size_t)size < max && !is_slow) {
			client_fin(client);
			return false;
		}
		/* Who is about to ask looks once more: an answer and the FIN behind it are
		 * seldom read together, and a request sent after the FIN has come would be
		 * a loss of the client's own making. A thirtieth of the cost of a request. */
	} while (!is_slow && (has_fin || client->is_write_shut || client_has_room(client)));
	if (is_slow)
		pause_reading(client);
	return client->state == CLIENT_OPEN;
}

/* --- Events ------------------------------------------------------------- */

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct client *client = checked_cast(arg, struct client, CLIENT_MAGIC);

	(void)fd;
	client->worker->now_ns = clock_monotonic_ns();
	if (client_receive(client, (events & EV_CLOSED) != 0))
		client_think(client);
}

static void
on_writable(evutil_socket_t fd, short events, void *arg)
{
	struct client *client = checked_cast(arg, struct client, CLIENT_MAGIC);

	(void)fd;
	(void)events;
	client->worker->now_ns = clock_monotonic_ns();
	if (client->state != CLIENT_CONNECTING) {
		client_send(client);
	} else {
		int result = client_connect_result(client);

		if (result < 0)
			client_connect_failed(client, -result);
		else if (result > 0)
			client_connected(client);
	}
}

static void
on_read_pace(evutil_socket_t fd, short events, void *arg)
{
	struct client *client = checked_cast(arg, struct client, CLIENT_MAGIC);

	(void)fd;
	(void)events;
	(void)event_add(&client->reading, NULL);
}

static void
on_write_pace(evutil_socket_t fd, short events, void *arg)
{
	struct client *client = checked_cast(arg, struct client, CLIENT_MAGIC);

	(void)fd;
	(void)events;
	client->worker->now_ns = clock_monotonic_ns();
	client_send(client);
}

/* The events of a slow direction, or of a socket that takes no more, are rarely
 * pending, but have to be known to libevent before they may be deleted. */
void
client_watch(struct client *client)
{
	struct event_base *base = client->worker->base;

	(void)event_assign(&client->reading, base, client->fd, EV_READ | EV_CLOSED | EV_PERSIST,
	    on_readable, client);
	(void)event_assign(&client->writing, base, client->fd, EV_WRITE, on_writable, client);
	(void)evtimer_assign(&client->read_pace, base, on_read_pace, client);
	(void)evtimer_assign(&client->write_pace, base, on_write_pace, client);
}

void
client_unwatch(struct client *client)
{
	(void)event_del(&client->reading);
	(void)event_del(&client->writing);
	(void)event_del(&client->read_pace);
	(void)event_del(&client->write_pace);
}
