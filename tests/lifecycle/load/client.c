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
#include "load/load_private.h"

#define COMPLAINTS_MAX 800
#define A_MOMENT_US 10000

void
load_client_after(struct event *timer, int64_t wait_us)
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

void
load_client_break(struct load_client *client, int error)
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

void
load_client_take_fin(struct load_client *client)
{
	(void)event_del(&client->readable);
	if (client->load->options.fin_late_us > 0)
		load_client_after(&client->fin_seen, client->load->options.fin_late_us);
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
	load_client_update_reading(client);
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
		load_client_after(&client->think, load_random(client->load, role->think_max_us));
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

void
load_client_take(struct load_client *client, size_t len)
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

/* --- Requests ------------------------------------------------------------------ */

static void
ask(struct load_client *client)
{
	const struct load_request *request = &client->role->requests[client->at];

	client->phase = CLIENT_ASKING;
	client->out.len = 0;
	client->sent = 0;
	load_request_put(request, &client->out);
	answer_begin(&client->answer, &request->wanted);
	load_client_update_reading(client);
	load_client_send(client);
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
		load_client_send(client);
		return;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0)
		connected(client);
	else
		not_connected(client, error);
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

	(void)event_assign(&client->writable, base, client->fd, EV_WRITE, on_writable, client);
	(void)event_assign(&client->think, base, -1, 0, on_think, client);
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
	load_client_assign_io(client);
	if (connect(client->fd, &endpoint->address.any, endpoint->address.len) == 0)
		connected(client);
	else if (errno == EINPROGRESS)
		(void)event_add(&client->writable, NULL);
	else
		not_connected(client, errno);
}
