/* SPDX-License-Identifier: MIT
 *
 * client_io: how fast a client of the load sends and reads, and where it holds.
 */
#include <errno.h>
#include <sys/socket.h>

#include "load/load_private.h"

/* Whether what comes is to be read now. */
static bool
reads_now(const struct load_client *client)
{
	const bool is_sending = client->phase == CLIENT_ASKING && client->sent < client->out.len;

	if (event_pending(&client->fin_seen, EV_TIMEOUT, NULL) ||
	    event_pending(&client->read_rest, EV_TIMEOUT, NULL))
		return false;
	if (client->role->hold == LOAD_HOLDS_UNTIL_ANSWER && is_sending)
		return client->is_holding;
	return !client->is_holding || is_sending;
}

void
load_client_update_reading(struct load_client *client)
{
	if (reads_now(client))
		(void)event_add(&client->readable, NULL);
	else
		(void)event_del(&client->readable);
}

/* --- Reading ------------------------------------------------------------------- */

/* Stops in the midst of the answer, as the role says. True if it does. */
static bool
holds_reading(struct load_client *client)
{
	const struct load_role *role = client->role;

	if (!client->is_first || client->was_released || role->hold_read == 0 ||
	    client->answer.bytes < role->hold_read)
		return false;
	client->is_holding = true;
	client->group->holding++;
	load_client_update_reading(client);
	return true;
}

/* How much to read now; a rest follows where that is paced. */
static size_t
reading_portion(struct load_client *client)
{
	const struct load_pace *pace = &client->role->reading;

	if (client->phase != CLIENT_ASKING || !client->is_first || pace->bytes == 0)
		return LOAD_READ_MAX;
	if (client->was_released) {
		(void)event_del(&client->readable);
		load_client_after(&client->read_rest, pace->rest_us);
	}
	return pace->bytes;
}

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct load_client *client = arg;
	ssize_t got;

	(void)events;
	/* The answer has begun: it is read when all is sent. */
	if (client->is_holding && client->role->hold == LOAD_HOLDS_UNTIL_ANSWER) {
		load_client_release(client);
		return;
	}
	if (holds_reading(client))
		return;
	got = recv(fd, client->load->room, reading_portion(client), 0);
	if (got > 0)
		load_client_take(client, (size_t)got);
	else if (got == 0)
		load_client_take_fin(client);
	else if (errno != EAGAIN && errno != EINTR)
		load_client_break(client, errno);
}

static void
on_read_rest(evutil_socket_t fd, short events, void *arg)
{
	struct load_client *client = arg;

	(void)fd;
	(void)events;
	load_client_update_reading(client);
}

/* --- Sending ------------------------------------------------------------------- */

/* How much may be sent by now. */
static size_t
sending_limit(const struct load_client *client)
{
	const struct load_role *role = client->role;

	if (role->hold == LOAD_HOLDS_NOT || role->hold_read > 0)
		return client->out.len;
	return client->is_first && !client->was_released ? role->hold_sent : client->out.len;
}

static size_t
sending_portion(const struct load_client *client, size_t limit)
{
	size_t left = limit - client->sent;
	size_t most = client->role->sending.bytes;

	if (!client->is_first || !client->was_released || most == 0 || most > left)
		return left;
	return most;
}

/* All that may be sent now is sent. */
static void
sent_portion(struct load_client *client)
{
	if (client->sent == client->out.len) {
		client->group->sent++;
	} else if (client->sent == sending_limit(client)) {
		client->is_holding = true;
		client->group->holding++;
	} else {
		load_client_after(&client->send_rest, client->role->sending.rest_us);
	}
	load_client_update_reading(client);
}

void
load_client_send(struct load_client *client)
{
	size_t portion = sending_portion(client, sending_limit(client));

	while (portion > 0) {
		ssize_t went =
		    send(client->fd, client->out.data + client->sent, portion, MSG_NOSIGNAL);

		if (went < 0 && (errno == EAGAIN || errno == EINTR)) {
			(void)event_add(&client->writable, NULL);
			return;
		}
		if (went < 0) {
			load_client_break(client, errno);
			return;
		}
		client->sent += (size_t)went;
		portion -= (size_t)went;
	}
	sent_portion(client);
}

void
load_client_release(struct load_client *client)
{
	bool was_holding = client->is_holding;

	client->was_released = true;
	if (!was_holding)
		return;
	client->is_holding = false;
	client->group->holding--;
	load_client_update_reading(client);
	if (client->sent < client->out.len)
		load_client_send(client);
}

/* --- Events -------------------------------------------------------------------- */

static void
on_send_rest(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	load_client_send(arg);
}

void
load_client_assign_io(struct load_client *client)
{
	struct event_base *base = client->load->base;

	(void)event_assign(
	    &client->readable, base, client->fd, EV_READ | EV_PERSIST, on_readable, client);
	(void)event_assign(&client->send_rest, base, -1, 0, on_send_rest, client);
	(void)event_assign(&client->read_rest, base, -1, 0, on_read_rest, client);
}
