/* SPDX-License-Identifier: MIT
 *
 * stage_websocket: WebSocket that does what its clients' messages say, so that a test sees every
 * call of usher/websocket.h from outside. See stage.h for the arguments.
 *
 *   send N         a binary message of N bytes; one that found no room goes when it is drained
 *   ping TEXT      close CODE REASON
 *   wrong          calls that no connection may make, and what they say
 *   turn           a thread of its own tries to send
 *   anything else  comes back, in its kind
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

struct actor {
	size_t owed[64]; /* lengths of messages that found no room */
	size_t count;
};

static int
send_much(struct usher_websocket *socket, size_t len)
{
	char *bytes = malloc(len + 1);
	int result;

	if (!bytes)
		abort();
	stage_fill(bytes, len, 0);
	result = usher_websocket_send(socket, false, bytes, len);
	free(bytes);
	return result;
}

static void
owe(struct usher_websocket *socket, size_t len)
{
	struct actor *actor = usher_websocket_data(socket);

	if (actor->count == 0 && send_much(socket, len) == 0)
		return;
	if (actor->count == 0)
		stage_say("message full");
	if (actor->count < sizeof(actor->owed) / sizeof(actor->owed[0]))
		actor->owed[actor->count++] = len;
}

static void
on_drained(struct usher_websocket *socket, void *arg)
{
	struct actor *actor = usher_websocket_data(socket);

	(void)arg;
	stage_say("message drained");
	while (actor->count > 0 && send_much(socket, actor->owed[0]) == 0)
		memmove(actor->owed, actor->owed + 1, --actor->count * sizeof(actor->owed[0]));
}

static void
expect(const char *name, int result, int wanted)
{
	if (result != wanted)
		stage_say("%s: %s", name, usher_error_text(result));
}

static void
call_wrongly(struct usher_websocket *socket)
{
	static const char long_text[200];

	expect("no bytes", usher_websocket_send(socket, false, NULL, 1), USHER_INVALID);
	expect("no text", usher_websocket_send(socket, true, "\xff", 1), USHER_INVALID);
	expect("long ping", usher_websocket_ping(socket, long_text, 126), USHER_INVALID);
	expect("code", usher_websocket_close(socket, 1005, NULL), USHER_INVALID);
	expect("code", usher_websocket_close(socket, 999, NULL), USHER_INVALID);
	expect("reason", usher_websocket_close(socket, 1000, "\xff"), USHER_INVALID);
	expect("nobody", usher_websocket_close(NULL, 1000, NULL), USHER_INVALID);
	(void)usher_websocket_send(socket, true, "refused", 7);
}

static void *
turn(void *arg)
{
	expect("thread", usher_websocket_send(arg, true, "x", 1), USHER_WRONG_THREAD);
	expect("thread", usher_websocket_close(arg, 1000, NULL), USHER_WRONG_THREAD);
	return NULL;
}

static void
start_turn(struct usher_websocket *socket)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, turn, socket) != 0 || pthread_join(thread, NULL) != 0)
		stage_say("no thread");
	(void)usher_websocket_send(socket, true, "turned", 6);
}

static void
close_as_told(struct usher_websocket *socket, const char *how)
{
	const char *reason = strchr(how, ' ');
	unsigned code = (unsigned)strtoul(how, NULL, 10);

	expect("close", usher_websocket_close(socket, code, reason ? reason + 1 : NULL), 0);
	expect("close again", usher_websocket_close(socket, 1001, "again"), 0);
	expect("after it", usher_websocket_send(socket, true, "x", 1), USHER_WRONG_STATE);
}

static void
on_message(struct usher_websocket *socket, bool is_text, const char *data, size_t len, void *arg)
{
	char line[256];

	(void)arg;
	(void)snprintf(line, sizeof(line), "%.*s", (int)len, data);
	if (strncmp(line, "send ", 5) == 0)
		owe(socket, (size_t)strtoul(line + 5, NULL, 10));
	else if (strncmp(line, "ping ", 5) == 0)
		expect("ping", usher_websocket_ping(socket, line + 5, strlen(line + 5)), 0);
	else if (strncmp(line, "close ", 6) == 0)
		close_as_told(socket, line + 6);
	else if (strcmp(line, "wrong") == 0)
		call_wrongly(socket);
	else if (strcmp(line, "turn") == 0)
		start_turn(socket);
	else
		(void)usher_websocket_send(socket, is_text, data, len);
}

static void
on_open(struct usher_websocket *socket, void *arg)
{
	(void)arg;
	usher_websocket_set_data(socket, calloc(1, sizeof(struct actor)));
	if (!usher_websocket_data(socket))
		abort();
	stage_say("opened");
}

static void
on_drain(struct usher_websocket *socket, void *arg)
{
	(void)arg;
	(void)usher_websocket_send(socket, true, "goodbye", 7);
	(void)usher_websocket_close(socket, 1012, "come back");
}

static void
on_close(struct usher_websocket *socket, const struct usher_websocket_end *end, void *arg)
{
	char what[256];

	(void)arg;
	expect("gone", usher_websocket_send(socket, true, "x", 1), USHER_GONE);
	(void)snprintf(what, sizeof(what), "closed %u '%s'", end->code, end->reason);
	stage_say_ending(what, end->ending);
	free(usher_websocket_data(socket));
}

static const struct usher_websocket_ops socket_ops = {
	.size = sizeof(socket_ops),
	.max_message = 70000,
	.on_open = on_open,
	.on_message = on_message,
	.on_drained = on_drained,
	.on_drain = on_drain,
	.on_close = on_close,
};

static void
on_request(struct usher_request *request, void *arg)
{
	static const struct usher_websocket_ops none = { .size = sizeof(none) };

	(void)arg;
	expect("no ops", usher_websocket_accept(request, NULL, NULL), USHER_INVALID);
	expect("no on_message", usher_websocket_accept(request, &none, NULL), USHER_INVALID);
	/* What was paused as a request is not as a connection. */
	expect("pause", usher_request_pause(request), 0);
	expect("field", usher_response_field(request, "Sec-WebSocket-Protocol", "stage"), 0);
	expect("accept", usher_websocket_accept(request, &socket_ops, NULL), 0);
	expect("twice", usher_websocket_accept(request, &socket_ops, NULL), USHER_WRONG_STATE);
}

static const struct usher_http_ops http_ops = { .size = sizeof(http_ops),
	.on_request = on_request };

int
main(int argc, char **argv)
{
	struct usher_server *server = stage_server(argv, "stage");

	(void)argc;
	if (usher_server_route(server, "stage", "/", &http_ops, NULL) != 0)
		return 2;
	return stage_run(server);
}
