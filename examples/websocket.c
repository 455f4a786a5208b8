/* SPDX-License-Identifier: MIT
 *
 * websocket: sends every message back, at /echo; a page that talks to it, at /.
 */
#include <stdio.h>
#include <string.h>

#include <usher/usher.h>

static const char page[] =
    "<!DOCTYPE html><title>echo</title><input id=line autofocus><pre id=said></pre>\n"
    "<script>\n"
    "const socket = new WebSocket('ws://' + location.host + '/echo');\n"
    "socket.onmessage = event => said.textContent += event.data + '\\n';\n"
    "line.onchange = () => { socket.send(line.value); line.value = ''; };\n"
    "</script>\n";

/* A client who does not read his echoes is not owed any more of them. */
static void
on_message(struct usher_websocket *socket, bool is_text, const char *data, size_t len, void *arg)
{
	(void)arg;
	if (usher_websocket_send(socket, is_text, data, len) == USHER_FULL)
		usher_websocket_close(socket, 1008, "read what you are sent");
}

static const struct usher_websocket_ops echo = {
	.size = sizeof(echo),
	.max_message = 1024 * 1024,
	.on_message = on_message,
};

static void
on_echo(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)!usher_websocket_accept(request, &echo, NULL);
}

static void
on_page(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, "text/html", page, strlen(page));
}

static const struct usher_http_ops echo_route = { .size = sizeof(echo_route),
	.on_request = on_echo };
static const struct usher_http_ops page_route = { .size = sizeof(page_route),
	.on_request = on_page };

int
main(int argc, char **argv)
{
	struct usher_server *server = usher_server_new(NULL);
	int result = -1;

	if (!server)
		return 1;
	if (usher_server_route(server, "echo", "/", &page_route, NULL) == 0 &&
	    usher_server_route(server, "echo", "/echo", &echo_route, NULL) == 0 &&
	    usher_server_listen(server, argc > 1 ? argv[1] : "127.0.0.1:8080", "echo") == 0)
		result = usher_server_run(server);
	if (result < 0)
		(void)fprintf(stderr, "websocket: %s\n", usher_server_error(server));
	usher_server_free(server);
	return result == 0 ? 0 : 1;
}
