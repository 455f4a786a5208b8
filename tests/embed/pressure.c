/* SPDX-License-Identifier: MIT
 *
 * pressure: who was told USHER_FULL is told when it is drained, also where the client reads
 * all in the very moment between the two. For that client and program are one process, and the
 * program's function itself reads what the client has. Over the public headers alone.
 */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usher/usher.h>

#include "local.h"

#define PIECE ((size_t)50000)
#define QUIET_MS 100

/* One conversation. */
struct both {
	struct usher_server *server;
	int fd;          /* the client's */
	bool tries_anew; /* after USHER_FULL, within the same function */
	sem_t was_full;  /* the function has returned, or does so now */
	unsigned drained;
};

static const char piece[PIECE];

/* Reads what comes, until nothing does. */
static void
read_all(int fd)
{
	static char room[1 << 16];
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (poll(&ready, 1, QUIET_MS) > 0 && recv(fd, room, sizeof(room), MSG_DONTWAIT) > 0)
		continue;
}

/* Sends until there is no room; then has the client read, and, perhaps, sends again. */
static void
fill(struct both *both, int (*send_piece)(void *object), void *object)
{
	int result;

	while ((result = send_piece(object)) == 0)
		continue;
	ck_assert_int_eq(result, USHER_FULL);
	read_all(both->fd);
	if (both->tries_anew)
		ck_assert_int_eq(send_piece(object), 0);
	(void)sem_post(&both->was_full);
}

/* --- A stream ------------------------------------------------------------------------ */

static int
send_stream(void *conn)
{
	return usher_conn_send(conn, piece, PIECE);
}

static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	(void)data;
	fill(arg, send_stream, conn);
	return len;
}

static void
on_drained(struct usher_conn *conn, void *arg)
{
	struct both *both = arg;

	both->drained++;
	(void)usher_conn_finish(conn);
	(void)usher_server_drain(both->server);
}

static const struct usher_stream_ops stream = {
	.size = sizeof(stream), .on_data = on_data, .on_drained = on_drained
};

/* --- An answer ----------------------------------------------------------------------- */

static int
send_answer(void *request)
{
	return usher_response_write(request, piece, PIECE);
}

static void
on_request(struct usher_request *request, void *arg)
{
	ck_assert_int_eq(usher_response_begin(request, 200, USHER_LENGTH_UNKNOWN), 0);
	fill(arg, send_answer, request);
}

static void
on_answer_drained(struct usher_request *request, void *arg)
{
	struct both *both = arg;

	both->drained++;
	(void)usher_response_end(request);
	(void)usher_server_drain(both->server);
}

static const struct usher_http_ops answer = {
	.size = sizeof(answer), .on_request = on_request, .on_drained = on_answer_drained
};

/* --- A WebSocket --------------------------------------------------------------------- */

static int
send_message(void *socket)
{
	return usher_websocket_send(socket, false, piece, PIECE);
}

static void
on_message(struct usher_websocket *socket, bool is_text, const char *data, size_t len, void *arg)
{
	(void)is_text;
	(void)data;
	(void)len;
	fill(arg, send_message, socket);
}

static void
on_socket_drained(struct usher_websocket *socket, void *arg)
{
	struct both *both = arg;

	both->drained++;
	(void)usher_websocket_close(socket, 1000, NULL);
	(void)usher_server_drain(both->server);
}

static const struct usher_websocket_ops sockets = {
	.size = sizeof(sockets), .on_message = on_message, .on_drained = on_socket_drained
};

static void
on_upgrade(struct usher_request *request, void *arg)
{
	ck_assert_int_eq(usher_websocket_accept(request, &sockets, arg), 0);
}

static const struct usher_http_ops upgrade = { .size = sizeof(upgrade), .on_request = on_upgrade };

/* --- The client ---------------------------------------------------------------------- */

/* Reads the rest, to the FIN, and answers that. */
static void *
read_rest(void *arg)
{
	struct both *both = arg;
	char room[4096];

	while (sem_wait(&both->was_full) != 0)
		continue;
	while (recv(both->fd, room, sizeof(room), 0) > 0)
		continue;
	(void)close(both->fd);
	return NULL;
}

#define SOCKET                                                                             \
	"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" \
	"\x81\x81"                                                                         \
	"7777x"
#define CLOSED     \
	"\x88\x82" \
	"7777\x34\xdf"

static const struct {
	const char *asked;
	size_t listener;
	bool tries_anew;
} conversations[] = {
	{ "x", 0, false },
	{ "x", 0, true },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1, false },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1, true },
	{ SOCKET CLOSED, 1, false },
	{ SOCKET CLOSED, 1, true },
};

static struct usher_server *
make_server(struct both *both)
{
	struct usher_server_options options;
	struct usher_server *server;

	usher_server_options_init(&options);
	options.output_bytes = 20000;
	server = usher_server_new(&options);
	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(usher_server_add_stream(server, "stream", &stream, both), 0);
	ck_assert_int_eq(usher_server_route(server, "http", "/", &answer, both), 0);
	ck_assert_int_eq(usher_server_route(server, "http", "/socket", &upgrade, both), 0);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "stream"), 0);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "http"), 0);
	ck_assert_int_eq(usher_server_start(server), 0);
	return server;
}

START_TEST(who_is_told_full_is_told_when_it_is_drained_however_fast_that_was)
{
	const char *asked = conversations[_i].asked;
	struct both both = { .tries_anew = conversations[_i].tries_anew };
	pthread_t client;

	ck_assert_int_eq(sem_init(&both.was_full, 0, 0), 0);
	both.server = make_server(&both);
	both.fd = local_connect(both.server, conversations[_i].listener);
	ck_assert_int_eq(pthread_create(&client, NULL, read_rest, &both), 0);
	ck_assert_int_eq(send(both.fd, asked, strlen(asked), 0), (int)strlen(asked));
	ck_assert_int_eq(usher_server_run(both.server), 0);
	ck_assert_int_eq(pthread_join(client, NULL), 0);
	ck_assert_uint_eq(both.drained, 1);
	usher_server_free(both.server);
	(void)sem_destroy(&both.was_full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pressure");
	TCase *full = tcase_create("full");

	tcase_set_timeout(full, 60);
	suite_add_tcase(suite, full);
	tcase_add_loop_test(full, who_is_told_full_is_told_when_it_is_drained_however_fast_that_was,
	    0, (int)(sizeof(conversations) / sizeof(conversations[0])));
	return run_suite(suite);
}
