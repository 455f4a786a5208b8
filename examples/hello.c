/* SPDX-License-Identifier: MIT
 *
 * hello: answers every request; SIGTERM ends it, and no client loses anything.
 */
#include <stdio.h>

#include <usher/usher.h>

static void
on_request(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, "text/plain", "hello\n", 6);
}

static const struct usher_http_ops hello = { .size = sizeof(hello), .on_request = on_request };

int
main(int argc, char **argv)
{
	struct usher_server *server = usher_server_new(NULL);
	const char *address = argc > 1 ? argv[1] : "127.0.0.1:8080";
	int result = -1;

	if (!server)
		return 1;
	if (usher_server_route(server, "hello", "/", &hello, NULL) == 0 &&
	    usher_server_listen(server, address, "hello") == 0)
		result = usher_server_run(server);
	if (result < 0)
		(void)fprintf(stderr, "hello: %s\n", usher_server_error(server));
	usher_server_free(server);
	return result == 0 ? 0 : 1;
}
