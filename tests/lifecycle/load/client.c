/* SPDX-License-Identifier: MIT
 *
 * client: one client of the load, in the order of its life: connect, ask, be
 * answered, think, leave.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/place.h"
#include "load/load_private.h"

#define COMPLAINTS_MAX 800
#define A_MOMENT_US 10000

static void
after(struct event *timer, int64_t wait_us)
{
	const struct timeval wait = { .tv_sec = wait_us / CLOCK_SECOND_US,
		.tv_usec = wait_us % CLOCK_SECOND_US };

	(void)event_add(timer, &wait);
}

/* --- The end ------------------------------------------------------------------ */

static void
end(struct load_client *client)
{
	struct event *events[] = { &client->readable, &client->writable, &client->think,
		&client->send_rest, &client->read_rest, &client->fin_seen };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		(void)event_del(events[i]);
	client->group->holding -= client->is_holding;
	(void)close(client->fd);
	list_remove(&client->link);
	bytes_free(&client->out);
	free(client);
}

void
load_client_fail(struct load_client *client, enum load_outcome outcome, const char *why)
{
	static const char *const phases[] = { "connecting", "asking", "thinking", "silent",
		"leaving" };
	struct bytes *complaints = &client->load->complaints;

	if (outcome == LOAD_REFUSED && client->group->counts[outcome] == 0)
		client->group->first_refused_us = clock_monotonic_us();
	client->group->counts[outcome]++;
	if (outcome > LOAD_REFUSED && complaints->len < COMPLAINTS_MAX)
		bytes_put_format(complaints,
		    "  %s %llu, request %zu, %s: %s: %s (%zu of %zu sent, %llu bytes of the "
		    "answer)\n",
		    client->role->name, (unsigned long long)client->number, client->at,
		    phases[client->phase], load_outcome_name(outcome), why, client->sent,
		    client->out.len, (unsigned long long)client->answer.bytes);
	end(client);
}

static void
broken(struct load_client *client, int error)
{
	load_client_fail(client, LOAD_RESET, strerror(error));
}

static void
count_idle_fin(struct load_group *group, int64_t now_us)
{
	if (group->fins_idle++ == 0)
		group->first_fin_us = now_us;
	group->last_fin_us = now_us;
	if (now_us - group->lately_us > A_MOMENT_US) {
		group->lately_us = now_us;
		group->fins_lately = 0;
	}
	if (++group->fins_lately > group->fins_at_once)
		group->fins_at_once = group->fins_lately;
}

static void
see_fin(struct load_client *client)
{
	struct load_group *group = client->group;

	/* Who has not begun to ask has nothing to lose. */
	if (client->phase == CLIENT_ASKING && client->sent > 0) {
		load_client_fail(client, client->answer.bytes > 0 ? LOAD_CUT : LOAD_LOST, "FIN");
		return;
	}
	if (client->phase == CLIENT_LEAVING)
		group->fins_after++;
	else
		count_idle_fin(group, clock_monotonic_us());
	end(client);
}

static void
on_fin_seen(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	see_fin(arg);
}

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

static void
update_reading(struct load_client *client)
{
	if (reads_now(client))
		(void)event_add(&client->readable, NULL);
	else
		(void)event_del(&client->readable);
}

static void
take_fin(struct load_client *client)
{
	(void)event_del(&client->readable);
	if (client->load->options.fin_late_us > 0)
		after(&client->fin_seen, client->load->options.fin_late_us);
	else
		see_fin(client);
}

/* --- Answers ------------------------------------------------------------------- */

static void
leave(struct load_client *client)
{
	if (client->leaves_at_once) {
		end(client);
		return;
	}
	client->phase = CLIENT_LEAVING;
	update_reading(client);
}

/* The next request, if the role has one. */
static void
go_on(struct load_client *client)
{
	const struct load_role *role = client->role;

	client->is_first = false;
	if (++client->at == role->request_count && role->then == LOAD_THEN_AGAIN)
		client->at = role->again_from;
	if (client->at < role->request_count) {
		client->phase = CLIENT_THINKING;
		after(&client->think, load_random(client->load, role->think_max_us));
	} else if (role->then == LOAD_THEN_SILENT) {
		client->phase = CLIENT_SILENT;
	} else {
		end(client);
	}
}

static void
answered(struct load_client *client)
{
	if (client->sent < client->out.len && !client->answer.says_close) {
		load_client_fail(client, LOAD_WRONG, "answered before the request was sent");
		return;
	}
	(void)event_del(&client->writable);
	client->group->counts[LOAD_WHOLE]++;
	if (client->answer.says_close)
		leave(client);
	else
		go_on(client);
}

static void
take_bytes(struct load_client *client, size_t len)
{
	if (client->phase != CLIENT_ASKING) {
		load_client_fail(client, LOAD_WRONG, "bytes came after the answer");
		return;
	}
	switch (answer_feed(&client->answer, client->load->room, len)) {
	case ANSWER_MORE:
		return;
	case ANSWER_WHOLE:
		answered(client);
		return;
	case ANSWER_WRONG:
		load_client_fail(client, LOAD_WRONG, client->answer.complaint);
		return;
	}
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
	update_reading(client);
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
		after(&client->read_rest, pace->rest_us);
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
		take_bytes(client, (size_t)got);
	else if (got == 0)
		take_fin(client);
	else if (errno != EAGAIN && errno != EINTR)
		broken(client, errno);
}

static void
on_read_rest(evutil_socket_t fd, short events, void *arg)
{
	struct load_client *client = arg;

	(void)fd;
	(void)events;
	update_reading(client);
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
		after(&client->send_rest, client->role->sending.rest_us);
	}
	update_reading(client);
}

static void
send_some(struct load_client *client)
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
			broken(client, errno);
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
	update_reading(client);
	if (client->sent < client->out.len)
		send_some(client);
}

/* --- Requests ------------------------------------------------------------------ */

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

static void
put_request(struct bytes *out, const struct load_request *request)
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

static void
ask(struct load_client *client)
{
	const struct load_request *request = &client->role->requests[client->at];

	client->phase = CLIENT_ASKING;
	client->out.len = 0;
	client->sent = 0;
	put_request(&client->out, request);
	answer_begin(&client->answer, &request->wanted);
	update_reading(client);
	send_some(client);
}

static void
on_think(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	ask(arg);
}

/* --- The beginning ------------------------------------------------------------- */

static void
connected(struct load_client *client)
{
	client->group->connected++;
	ask(client);
}

static void
not_connected(struct load_client *client, int error)
{
	bool is_refused = error == ECONNREFUSED || error == ENOENT;

	load_client_fail(client,
	    is_refused && client->load->is_draining ? LOAD_REFUSED : LOAD_UNSERVED,
	    strerror(error));
}

static void
on_writable(evutil_socket_t fd, short events, void *arg)
{
	struct load_client *client = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)events;
	if (client->phase != CLIENT_CONNECTING) {
		send_some(client);
		return;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0)
		connected(client);
	else
		not_connected(client, error);
}

static void
on_send_rest(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	send_some(arg);
}

static int
open_socket(const struct endpoint *endpoint, const struct load_role *role)
{
	int domain = endpoint->address.any.sa_family;
	int fd = socket(domain, endpoint->type | SOCK_NONBLOCK | SOCK_CLOEXEC, endpoint->protocol);
	int one = 1;

	if (fd < 0)
		wire_fail("socket: %s", strerror(errno));
	if (role->receive_buffer > 0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &role->receive_buffer, sizeof(role->receive_buffer));
	if (role->uses_fast_open)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one));
	if (domain != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
assign_events(struct load_client *client)
{
	struct event_base *base = client->load->base;

	(void)event_assign(
	    &client->readable, base, client->fd, EV_READ | EV_PERSIST, on_readable, client);
	(void)event_assign(&client->writable, base, client->fd, EV_WRITE, on_writable, client);
	(void)event_assign(&client->think, base, -1, 0, on_think, client);
	(void)event_assign(&client->send_rest, base, -1, 0, on_send_rest, client);
	(void)event_assign(&client->read_rest, base, -1, 0, on_read_rest, client);
	(void)event_assign(&client->fin_seen, base, -1, 0, on_fin_seen, client);
}

void
load_client_start(struct load *load, struct load_group *group)
{
	const struct endpoint *endpoint = &load->options.endpoint;
	struct load_client *client = calloc(1, sizeof(*client));

	if (!client)
		abort();
	*client = (struct load_client){ .load = load,
		.group = group,
		.role = group->role,
		.number = ++group->clients,
		.is_first = true,
		.leaves_at_once = load_random(load, 1) == 1 };
	client->fd = open_socket(endpoint, group->role);
	list_append(&load->clients, &client->link);
	assign_events(client);
	if (connect(client->fd, &endpoint->address.any, endpoint->address.len) == 0)
		connected(client);
	else if (errno == EINPROGRESS)
		(void)event_add(&client->writable, NULL);
	else
		not_connected(client, errno);
}
