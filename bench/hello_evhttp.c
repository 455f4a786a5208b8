/* SPDX-License-Identifier: MIT
 *
 * hello_evhttp: what examples/hello.c does, by libevent's own HTTP server, for bench/embed.
 *
 *   hello_evhttp PORT
 */
#include <err.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdlib.h>

static void
on_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	if (evhttp_add_header(
		evhttp_request_get_output_headers(request), "Content-Type", "text/plain") != 0 ||
	    evbuffer_add(evhttp_request_get_output_buffer(request), "hello\n", 6) != 0) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static void
on_signal(evutil_socket_t signal_number, short events, void *arg)
{
	(void)signal_number;
	(void)events;
	(void)event_base_loopbreak(arg);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = base ? evhttp_new(base) : NULL;
	struct event *end = base ? evsignal_new(base, SIGTERM, on_signal, base) : NULL;

	if (argc != 2)
		errx(2, "usage: hello_evhttp PORT");
	if (!http || !end || event_add(end, NULL) != 0)
		errx(1, "no memory");
	evhttp_set_gencb(http, on_request, NULL);
	if (evhttp_bind_socket(http, "127.0.0.1", (uint16_t)strtoul(argv[1], NULL, 10)) != 0)
		err(1, "listen on port %s", argv[1]);
	(void)event_base_dispatch(base);
	evhttp_free(http);
	event_free(end);
	event_base_free(base);
	return 0;
}
