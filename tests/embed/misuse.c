/* SPDX-License-Identifier: MIT
 *
 * misuse: calls in the wrong order, from the wrong thread, with arguments that no call may
 * have: each is refused by its error value, and nothing else happens. Over the public
 * headers alone; the requests come from a client within.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usher/usher.h>

#include "local.h"

/* --- Making ------------------------------------------------------------------------- */

static void
on_request(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, NULL, NULL, 0);
}

static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	(void)conn;
	(void)data;
	(void)arg;
	return len;
}

static const struct usher_http_ops http = { .size = sizeof(http), .on_request = on_request };
static const struct usher_stream_ops stream = { .size = sizeof(stream), .on_data = on_data };

START_TEST(what_is_wrong_with_a_server_is_told_before_it_serves)
{
	struct usher_server *server = usher_server_new(NULL);
	const struct usher_stream_ops no_data = { .size = sizeof(no_data) };
	const struct usher_http_ops nothing = { .size = sizeof(nothing) };

	ck_assert_int_eq(usher_server_start(server), USHER_INVALID);
	ck_assert_str_eq(usher_server_error(server), "no listener was added");
	ck_assert_int_eq(usher_server_listen(server, "nonsense", "a"), USHER_INVALID);
	ck_assert_int_eq(usher_server_set_listener(server, "mode", "0600"), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_set(server, "timeouts.idel", "1s"), USHER_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(usher_server_error(server), "did you mean idle?"));
	ck_assert_int_eq(usher_server_set(server, "timeouts.idle", "soon"), USHER_INVALID);
	ck_assert_int_eq(usher_server_add_stream(server, "s", &no_data, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_add_stream(server, "s", &stream, NULL), 0);
	ck_assert_int_eq(usher_server_add_stream(server, "s", &stream, NULL), USHER_EXISTS);
	ck_assert_int_eq(usher_server_route(server, "h", "/", &nothing, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "h", "no", &http, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_route(server, "s", "/", &http, NULL), USHER_EXISTS);
	ck_assert_int_eq(usher_server_route(server, "h", "/", &http, NULL), 0);
	ck_assert_int_eq(usher_server_route(server, "h", "/", &http, NULL), USHER_EXISTS);
	ck_assert_int_eq(
	    usher_server_route_builtin(server, "h", "/x", "magic", "1"), USHER_INVALID);
	ck_assert_int_eq(
	    usher_server_route_builtin(server, "h", "/x", "health", "ill"), USHER_INVALID);
	ck_assert_int_eq(usher_server_drain(server), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_address(server, 0, NULL, 0), USHER_WRONG_STATE);
	usher_server_free(server);
}
END_TEST

START_TEST(options_out_of_range_are_told_at_the_start)
{
	struct usher_server_options options;
	struct usher_server *server;

	usher_server_options_init(&options);
	options.idle_ms = 0;
	server = usher_server_new(&options);
	ck_assert_int_eq(usher_server_start(server), USHER_INVALID);
	ck_assert_ptr_nonnull(strstr(usher_server_error(server), "option idle"));
	usher_server_free(server);
	options.size = 0;
	server = usher_server_new(&options);
	ck_assert_int_eq(usher_server_start(server), USHER_INVALID);
	usher_server_free(server);
}
END_TEST

/* --- Serving -------------------------------------------------------------------------- */

struct seen {
	struct usher_server *server;
	int elsewhere; /* what a call on another thread said */
	int refused;   /* calls that were refused as they have to be */
	int answers;   /* requests that were answered */
	int ends;
};

struct visit {
	struct usher_request *request;
	int result;
};

static void *
respond_elsewhere(void *arg)
{
	struct visit *visit = arg;

	visit->result = usher_respond(visit->request, 200, NULL, "x", 1);
	return NULL;
}

static void
count(struct seen *seen, int result, int wanted)
{
	ck_assert_int_eq(result, wanted);
	seen->refused++;
}

static void
on_misused(struct usher_request *request, void *arg)
{
	struct visit visit = { request, 0 };
	struct seen *seen = arg;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, respond_elsewhere, &visit), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	seen->elsewhere = visit.result;
	count(seen, usher_response_write(request, "x", 1), USHER_WRONG_STATE);
	count(seen, usher_response_end(request), USHER_WRONG_STATE);
	count(seen, usher_response_field(request, "Date", "now"), USHER_INVALID);
	count(seen, usher_response_field(request, "X-Y", "a\r\nSet-Cookie: b"), USHER_INVALID);
	count(seen, usher_response_field(request, "X Y", "a"), USHER_INVALID);
	count(seen, usher_respond(request, 99, NULL, NULL, 0), USHER_INVALID);
	count(seen, usher_respond(request, 200, "a\nb", "x", 1), USHER_INVALID);
	count(seen, usher_respond_error(request, 200), USHER_INVALID);
	ck_assert_int_eq(usher_response_field(request, "X-Y", "z"), 0);
	ck_assert_int_eq(usher_response_begin(request, 200, 3), 0);
	count(seen, usher_response_begin(request, 200, 3), USHER_WRONG_STATE);
	count(seen, usher_response_write(request, "abcd", 4), USHER_TOO_MUCH);
	ck_assert_int_eq(usher_response_write(request, "abc", 3), 0);
	count(seen, usher_response_write(request, "d", 1), USHER_TOO_MUCH);
	ck_assert_int_eq(usher_response_end(request), 0);
	count(seen, usher_response_end(request), USHER_WRONG_STATE);
	count(seen, usher_respond(request, 200, NULL, NULL, 0), USHER_WRONG_STATE);
	seen->answers++;
	ck_assert_int_eq(usher_server_drain(seen->server), 0);
}

static void
on_end(struct usher_request *request, const struct usher_request_end *end, void *arg)
{
	struct seen *seen = arg;

	ck_assert(end->is_complete);
	ck_assert_int_eq(usher_respond(request, 200, NULL, NULL, 0), USHER_GONE);
	seen->ends++;
}

static const struct usher_http_ops misused = {
	.size = sizeof(misused), .on_request = on_misused, .on_end = on_end
};

START_TEST(calls_in_the_wrong_state_or_thread_are_refused_and_do_no_harm)
{
	static const char question[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	struct seen seen = { .server = usher_server_new(NULL) };
	char answer[1024] = "";
	size_t len = 0;
	ssize_t got;
	int fd;

	ck_assert_int_eq(usher_server_route(seen.server, "h", "/", &misused, &seen), 0);
	ck_assert_int_eq(usher_server_listen(seen.server, "127.0.0.1:0", "h"), 0);
	ck_assert_int_eq(usher_server_start(seen.server), 0);
	ck_assert_int_eq(usher_server_listen(seen.server, ":1", "h"), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_start(seen.server), USHER_WRONG_STATE);
	fd = local_connect(seen.server, 0);
	ck_assert_int_eq(send(fd, question, strlen(question), 0), (int)strlen(question));
	ck_assert_int_eq(usher_server_run(seen.server), 0);
	while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)got;
	(void)close(fd);
	ck_assert_ptr_nonnull(strstr(answer, "X-Y: z\r\n"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nabc"));
	ck_assert_int_eq(seen.elsewhere, USHER_WRONG_THREAD);
	ck_assert_int_eq(seen.answers, 1);
	ck_assert_int_eq(seen.ends, 1);
	ck_assert_int_eq(seen.refused, 13);
	usher_server_free(seen.server);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("misuse");
	TCase *calls = tcase_create("calls");

	tcase_set_timeout(calls, 60);
	suite_add_tcase(suite, calls);
	tcase_add_test(calls, what_is_wrong_with_a_server_is_told_before_it_serves);
	tcase_add_test(calls, options_out_of_range_are_told_at_the_start);
	tcase_add_test(calls, calls_in_the_wrong_state_or_thread_are_refused_and_do_no_harm);
	return run_suite(suite);
}
