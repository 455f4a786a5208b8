/* SPDX-License-Identifier: MIT
 *
 * outside: a program outside the tree, built against the installed library alone: answers
 * at once, later on the same loop, and from another thread, and shares its port with a
 * successor.
 *
 *   outside PORT
 */
#include <stdio.h>
#include <stdlib.h>

#include <usher/usher.h>

struct turn {
	struct usher_request *request; /* held */
};

static void
on_request(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, "text/plain", "outside\n", 8);
}

/* The client may have gone meanwhile: that is no fault. */
static void
answer(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)usher_respond(request, 200, "text/plain", "later\n", 6);
}

static void
on_later(struct usher_request *request, void *arg)
{
	(void)arg;
	if (usher_request_post(request, answer, NULL) != 0)
		usher_respond_error(request, 503);
}

static const struct usher_http_ops now = { .size = sizeof(now), .on_request = on_request };
static const struct usher_http_ops later = { .size = sizeof(later), .on_request = on_later };

int
main(int argc, char **argv)
{
	struct usher_server_options options;
	struct usher_server *server;
	char address[64];
	int result = -1;

	(void)snprintf(address, sizeof(address), "127.0.0.1:%s", argc > 1 ? argv[1] : "0");
	usher_server_options_init(&options);
	options.loops = 2;
	server = usher_server_new(&options);
	if (server && usher_server_route(server, "site", "/", &now, NULL) == 0 &&
	    usher_server_route(server, "site", "/later", &later, NULL) == 0 &&
	    usher_server_listen(server, address, "site") == 0 &&
	    usher_server_set_listener(server, "reuse_port", "true") == 0)
		result = usher_server_run(server);
	if (result < 0)
		(void)fprintf(stderr, "outside: %s\n", server ? usher_server_error(server) : "");
	usher_server_free(server);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
