/* SPDX-License-Identifier: MIT
 *
 * hello_microhttpd: what examples/hello.c does, by libmicrohttpd on one thread with epoll(7),
 * for bench/embed.
 *
 *   hello_microhttpd PORT
 */
#include <err.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#define CONNECTIONS_MAX 1000

/* Called first with the head; whoever answers then has his connection closed. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *body, size_t *body_len, void **state)
{
	static char hello[] = "hello\n";
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	(void)arg;
	(void)url;
	(void)method;
	(void)version;
	(void)body;
	(void)body_len;
	if (!*state) {
		*state = hello;
		return MHD_YES;
	}
	response =
	    MHD_create_response_from_buffer(sizeof(hello) - 1, hello, MHD_RESPMEM_PERSISTENT);
	if (response &&
	    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain") ==
		MHD_YES)
		result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

int
main(int argc, char **argv)
{
	struct MHD_Daemon *daemon;
	sigset_t end;
	int number;

	if (argc != 2)
		errx(2, "usage: hello_microhttpd PORT");
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &end, NULL);
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO,
	    (uint16_t)strtoul(argv[1], NULL, 10), NULL, NULL, on_request, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_END);
	if (!daemon)
		err(1, "listen on port %s", argv[1]);
	(void)sigwait(&end, &number);
	MHD_stop_daemon(daemon);
	return 0;
}
