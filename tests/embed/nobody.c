/* SPDX-License-Identifier: MIT
 *
 * nobody: calls that are given no object of the library at all, or are made on another thread
 * than the object's: an error value where there is one to return, nothing otherwise. Over the
 * public headers alone.
 */
#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usher/usher.h>

#include "local.h"

static void
on_request(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)usher_respond(request, 200, NULL, NULL, 0);
}

static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	(void)conn;
	(void)data;
	(void)arg;
	return len;
}

static void
never(struct usher_loop *loop, void *arg)
{
	(void)loop;
	(void)arg;
	ck_abort_msg("it was called");
}

static void
never_of_request(struct usher_request *request, void *arg)
{
	(void)request;
	(void)arg;
	ck_abort_msg("it was called");
}

static void
never_released(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	(void)owner;
	ck_abort_msg("it was released");
}

static const struct usher_http_ops http = { .size = sizeof(http), .on_request = on_request };
static const struct usher_stream_ops stream = { .size = sizeof(stream), .on_data = on_data };
static const struct usher_websocket_ops websocket = { .size = sizeof(websocket) };

/* --- No object -------------------------------------------------------------------------- */

START_TEST(no_server_is_invalid_to_every_call)
{
	struct usher_server_figures figures = { .size = sizeof(figures) };
	const struct usher_source source = { .size = sizeof(source) };

	ck_assert_int_eq(usher_server_set(NULL, "loops", "1"), USHER_INVALID);
	ck_assert_int_eq(usher_server_listen(NULL, ":0", "a"), USHER_INVALID);
	ck_assert_int_eq(usher_server_set_listener(NULL, "mode", "0600"), USHER_INVALID);
	ck_assert_int_eq(usher_server_add_stream(NULL, "a", &stream, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(NULL, "a", "/", &http, NULL), USHER_INVALID);
	ck_assert_int_eq(
	    usher_server_route_builtin(NULL, "a", "/", "health", "live"), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(NULL, &source), USHER_INVALID);
	ck_assert_int_eq(usher_server_check(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_print(NULL, stdout), USHER_INVALID);
	ck_assert_int_eq(usher_server_start(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_run(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_drain(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_stop(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_reload(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_upgrade(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_reopen_logs(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_address(NULL, 0, NULL, 0), USHER_INVALID);
	ck_assert_int_eq(usher_server_figures(NULL, &figures), USHER_INVALID);
	ck_assert_ptr_nonnull(usher_server_error(NULL));
	ck_assert_ptr_nonnull(usher_server_origin(NULL));
	ck_assert_ptr_null(usher_server_problem(NULL, 0, NULL));
	usher_server_free(NULL);
	usher_server_options_fill(NULL, sizeof(struct usher_server_options));
	usher_log(USHER_LOG_ERROR, NULL);
}
END_TEST

START_TEST(no_word_is_invalid_to_a_server)
{
	struct usher_server *server = usher_server_new(NULL);

	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(usher_server_set(server, NULL, "1"), USHER_INVALID);
	ck_assert_int_eq(usher_server_set(server, "loops", NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_listen(server, NULL, "a"), USHER_INVALID);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "a"), 0);
	ck_assert_int_eq(usher_server_set_listener(server, NULL, "1"), USHER_INVALID);
	ck_assert_int_eq(usher_server_set_listener(server, "mode", NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_add_stream(server, NULL, &stream, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_add_stream(server, "a", NULL, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, NULL, "/", &http, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "a", NULL, &http, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "a", "/", NULL, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route_builtin(server, "a", "/", NULL, "live"), USHER_INVALID);
	ck_assert_int_eq(
	    usher_server_route_builtin(server, "a", "/", "health", NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(server, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_print(server, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_figures(server, NULL), USHER_INVALID);
	usher_server_free(server);
}
END_TEST

START_TEST(no_connection_is_invalid_to_every_call)
{
	char room[8];

	ck_assert_int_eq(usher_conn_send(NULL, "x", 1), USHER_INVALID);
	ck_assert_int_eq(
	    usher_conn_send_reference(NULL, "x", 1, never_released, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_conn_send_file(NULL, 0, 0, 1), USHER_INVALID);
	ck_assert_uint_eq(usher_conn_unsent(NULL), 0);
	ck_assert_int_eq(usher_conn_pause(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_conn_resume(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_conn_finish(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_conn_abort(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_conn_set_timer(NULL, 1), USHER_INVALID);
	usher_conn_set_data(NULL, room);
	ck_assert_ptr_null(usher_conn_data(NULL));
	ck_assert_ptr_null(usher_conn_loop(NULL));
	ck_assert_uint_eq(usher_conn_id(NULL), 0);
	ck_assert_int_eq(usher_conn_peer(NULL, room, sizeof(room)), USHER_INVALID);
	ck_assert(!usher_conn_is_draining(NULL));
	ck_assert_int_eq(usher_websocket_send(NULL, true, "x", 1), USHER_INVALID);
	ck_assert_int_eq(usher_websocket_ping(NULL, "x", 1), USHER_INVALID);
	ck_assert_int_eq(usher_websocket_close(NULL, 1000, NULL), USHER_INVALID);
	usher_websocket_set_data(NULL, room);
	ck_assert_ptr_null(usher_websocket_data(NULL));
	ck_assert_ptr_null(usher_websocket_loop(NULL));
	ck_assert_uint_eq(usher_websocket_id(NULL), 0);
}
END_TEST

START_TEST(no_request_is_invalid_to_every_call)
{
	struct usher_slice name, value;
	char room[8];

	ck_assert_int_eq(usher_request_method(NULL), USHER_GET);
	ck_assert_ptr_null(usher_request_target(NULL).data);
	ck_assert_ptr_null(usher_request_path(NULL).data);
	ck_assert_ptr_null(usher_request_rest(NULL).data);
	ck_assert_ptr_null(usher_request_query(NULL).data);
	ck_assert_ptr_null(usher_request_host(NULL).data);
	ck_assert_ptr_null(usher_request_field(NULL, "Host").data);
	ck_assert(!usher_request_field_at(NULL, 0, &name, &value));
	ck_assert_ptr_null(usher_request_body(NULL).data);
	ck_assert_int_eq(usher_request_peer(NULL, room, sizeof(room)), 0);
	ck_assert_int_eq(usher_request_pause(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_request_resume(NULL), USHER_INVALID);
	usher_request_set_data(NULL, room);
	ck_assert_ptr_null(usher_request_data(NULL));
	ck_assert_ptr_null(usher_request_loop(NULL));
	ck_assert_int_eq(usher_response_field(NULL, "A", "b"), USHER_INVALID);
	ck_assert_int_eq(usher_respond(NULL, 200, NULL, NULL, 0), USHER_INVALID);
	ck_assert_int_eq(usher_respond_error(NULL, 404), USHER_INVALID);
	ck_assert_int_eq(usher_response_begin(NULL, 200, 1), USHER_INVALID);
	ck_assert_int_eq(usher_response_write(NULL, "x", 1), USHER_INVALID);
	ck_assert_int_eq(
	    usher_response_reference(NULL, "x", 1, never_released, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_response_file(NULL, 0, 0, 1), USHER_INVALID);
	ck_assert_int_eq(usher_response_end(NULL), USHER_INVALID);
	ck_assert_int_eq(usher_websocket_accept(NULL, &websocket, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_request_post(NULL, never_of_request, NULL), USHER_INVALID);
	usher_request_hold(NULL);
	usher_request_release(NULL);
}
END_TEST

START_TEST(no_loop_is_nothing)
{
	int data = 0;

	ck_assert_uint_eq(usher_loop_index(NULL), 0);
	usher_loop_set_data(NULL, &data);
	ck_assert_ptr_null(usher_loop_data(NULL));
	ck_assert_ptr_null(usher_loop_server(NULL));
	ck_assert_ptr_null(usher_loop_base(NULL));
	ck_assert_int_eq(usher_loop_post(NULL, never, NULL), USHER_INVALID);
}
END_TEST

/* A program that was built with older or newer headers. */
START_TEST(options_of_another_size_are_filled_as_far_as_both_know_them)
{
	union {
		struct usher_server_options options;
		unsigned char bytes[2 * sizeof(struct usher_server_options)];
	} room;
	const size_t shorter = offsetof(struct usher_server_options, on_reload);

	memset(&room, 0xa5, sizeof(room));
	usher_server_options_fill(&room.options, shorter);
	ck_assert_uint_eq(room.options.size, shorter);
	ck_assert_uint_eq(room.options.loops, 1);
	ck_assert_uint_eq(room.bytes[shorter], 0xa5);
	usher_server_options_fill(&room.options, sizeof(room));
	ck_assert_uint_eq(room.options.size, sizeof(room));
	ck_assert_uint_eq(room.bytes[sizeof(room) - 1], 0);
	memset(&room, 0xa5, sizeof(room));
	usher_server_options_fill(&room.options, 1);
	ck_assert_uint_eq(room.bytes[0], 0xa5);
}
END_TEST

/* Of a program whose headers know less, what it does not give is not there, whatever stands
 * behind; of one whose headers know more, nothing is taken. */
START_TEST(ops_of_another_size_are_taken_as_far_as_they_are_known)
{
	struct usher_stream_ops streams = stream;
	struct usher_http_ops https = http;
	struct usher_source source = { .file = "/nonexistent", .address_count = 1 };
	struct usher_server *server = usher_server_new(NULL);

	streams.size = offsetof(struct usher_stream_ops, on_drained);
	https.size = offsetof(struct usher_http_ops, on_head);
	https.on_head = on_request; /* which would be one too many */
	source.size = offsetof(struct usher_source, may_be_missing);
	ck_assert_int_eq(usher_server_add_stream(server, "a", &streams, NULL), 0);
	ck_assert_int_eq(usher_server_route(server, "b", "/", &https, NULL), 0);
	ck_assert_int_eq(usher_server_load(server, &source), -ENOENT);
	streams.size--;
	https.size--;
	source.size--;
	ck_assert_int_eq(usher_server_add_stream(server, "c", &streams, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "d", "/", &https, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(server, &source), USHER_INVALID);
	streams.size = sizeof(streams) + 1;
	https.size = sizeof(https) + 1;
	source.size = sizeof(source) + 1;
	ck_assert_int_eq(usher_server_add_stream(server, "e", &streams, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "f", "/", &https, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(server, &source), USHER_INVALID);
	usher_server_free(server);
}
END_TEST

/* --- Another thread --------------------------------------------------------------------- */

#define LOG_FILE "/tmp/usher-embed-nobody-XXXXXX"

/* The server's log goes to a file at `path` and has everything. */
static void
log_to_file(struct usher_server *server, char *path)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(usher_server_set(server, "log.target", path), 0);
	ck_assert_int_eq(usher_server_set(server, "log.level", "debug"), 0);
}

static void
expect_in_file(const char *path, const char *part)
{
	static char text[65536];
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	ck_assert_msg(strstr(text, part) != NULL, "%s is not in: %s", part, text);
}

struct visit {
	struct usher_server *server;
	struct usher_request *request;
	struct usher_conn *conn;
	struct usher_loop *loop;
	int mine;
};

static void *
look_at_request(void *arg)
{
	struct visit *visit = arg;
	struct usher_slice name, value;
	char room[8];

	usher_request_set_data(visit->request, NULL);
	ck_assert_ptr_null(usher_request_data(visit->request));
	ck_assert_ptr_null(usher_request_path(visit->request).data);
	ck_assert(!usher_request_field_at(visit->request, 0, &name, &value));
	ck_assert_int_eq(usher_request_peer(visit->request, room, sizeof(room)), 0);
	ck_assert_ptr_eq(usher_request_loop(visit->request), visit->loop);
	usher_loop_set_data(visit->loop, NULL);
	ck_assert_ptr_null(usher_loop_data(visit->loop));
	ck_assert_ptr_null(usher_loop_base(visit->loop));
	ck_assert_ptr_eq(usher_loop_server(visit->loop), visit->server);
	return NULL;
}

static void *
look_at_conn(void *arg)
{
	struct visit *visit = arg;
	char room[8];

	usher_conn_set_data(visit->conn, NULL);
	ck_assert_ptr_null(usher_conn_data(visit->conn));
	ck_assert_uint_eq(usher_conn_unsent(visit->conn), 0);
	ck_assert(!usher_conn_is_draining(visit->conn));
	ck_assert_int_eq(usher_conn_peer(visit->conn, room, sizeof(room)), USHER_WRONG_THREAD);
	ck_assert_ptr_eq(usher_conn_loop(visit->conn), visit->loop);
	ck_assert_uint_gt(usher_conn_id(visit->conn), 0);
	return NULL;
}

static void
elsewhere(void *(*function)(void *), struct visit *visit)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, function, visit), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void
on_visited(struct usher_request *request, void *arg)
{
	struct visit *visit = arg;

	visit->request = request;
	visit->loop = usher_request_loop(request);
	usher_request_set_data(request, &visit->mine);
	usher_loop_set_data(visit->loop, &visit->mine);
	elsewhere(look_at_request, visit);
	ck_assert_ptr_eq(usher_request_data(request), &visit->mine);
	ck_assert_ptr_eq(usher_loop_data(visit->loop), &visit->mine);
	ck_assert_int_eq(usher_respond(request, 200, NULL, NULL, 0), 0);
	ck_assert_int_eq(usher_server_drain(visit->server), 0);
}

static void
on_open(struct usher_conn *conn, void *arg)
{
	struct visit *visit = arg;

	visit->conn = conn;
	visit->loop = usher_conn_loop(conn);
	usher_conn_set_data(conn, &visit->mine);
	elsewhere(look_at_conn, visit);
	ck_assert_ptr_eq(usher_conn_data(conn), &visit->mine);
	ck_assert_int_eq(usher_conn_finish(conn), 0);
	ck_assert_int_eq(usher_server_drain(visit->server), 0);
}

static const struct usher_http_ops visited = { .size = sizeof(visited), .on_request = on_visited };
static const struct usher_stream_ops opened = {
	.size = sizeof(opened), .on_open = on_open, .on_data = on_data
};

static void
visit(struct usher_server *server, const char *question)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[64];

	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "a"), 0);
	ck_assert_int_eq(usher_server_start(server), 0);
	ck_assert_int_gt(usher_server_address(server, 0, text, sizeof(text)), 0);
	address.sin_port = htons((uint16_t)strtol(strchr(text, ':') + 1, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(send(fd, question, strlen(question), MSG_NOSIGNAL), (int)strlen(question));
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_int_eq(usher_server_run(server), 0);
	(void)close(fd);
	usher_server_free(server);
}

#define ELSEWHERE "it was called on another thread than that of the loop: "

START_TEST(what_belongs_to_a_request_or_loop_is_its_threads)
{
	struct visit seen = { .server = usher_server_new(NULL) };
	char path[] = LOG_FILE;

	log_to_file(seen.server, path);
	ck_assert_int_eq(usher_server_route(seen.server, "a", "/", &visited, &seen), 0);
	visit(seen.server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	ck_assert_ptr_nonnull(seen.request);
	expect_in_file(path, "debug: usher_request_set_data: " ELSEWHERE);
	expect_in_file(path, "debug: usher_loop_base: " ELSEWHERE);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(what_belongs_to_a_connection_is_its_threads)
{
	struct visit seen = { .server = usher_server_new(NULL) };
	char path[] = LOG_FILE;

	log_to_file(seen.server, path);
	ck_assert_int_eq(usher_server_add_stream(seen.server, "a", &opened, &seen), 0);
	visit(seen.server, "x");
	ck_assert_ptr_nonnull(seen.conn);
	expect_in_file(path, "debug: usher_conn_set_data: " ELSEWHERE);
	expect_in_file(path, "debug: usher_conn_peer: " ELSEWHERE);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("nobody");
	TCase *calls = tcase_create("calls");

	tcase_set_timeout(calls, 60);
	suite_add_tcase(suite, calls);
	tcase_add_test(calls, no_server_is_invalid_to_every_call);
	tcase_add_test(calls, no_word_is_invalid_to_a_server);
	tcase_add_test(calls, no_connection_is_invalid_to_every_call);
	tcase_add_test(calls, no_request_is_invalid_to_every_call);
	tcase_add_test(calls, no_loop_is_nothing);
	tcase_add_test(calls, options_of_another_size_are_filled_as_far_as_both_know_them);
	tcase_add_test(calls, ops_of_another_size_are_taken_as_far_as_they_are_known);
	tcase_add_test(calls, what_belongs_to_a_request_or_loop_is_its_threads);
	tcase_add_test(calls, what_belongs_to_a_connection_is_its_threads);
	return run_suite(suite);
}
