/* SPDX-License-Identifier: MIT
 *
 * posted: what other threads have a loop do, up to its end: every call that was taken is
 * called, once, before on_loop_end, and none is taken afterwards; a request that is held
 * outlives its connection and its loop; timers of the program's own stand on the loop's base.
 * Over the public headers alone, but for libevent's.
 */
#include <check.h>
#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usher/usher.h>

#include "local.h"

#define LOOPS 2
#define AHEAD 100  /* calls that wait: who posts faster than is called would fill the memory */
#define CALLS 2000 /* of one loop, after which it is time to end */

static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	(void)conn;
	(void)data;
	(void)arg;
	return len;
}

static const struct usher_stream_ops stream = { .size = sizeof(stream), .on_data = on_data };

/* A server that serves nobody, with these functions of its loops. */
static struct usher_server *
make_server(struct usher_server_options *options)
{
	struct usher_server *server = usher_server_new(options);

	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(usher_server_add_stream(server, "stream", &stream, NULL), 0);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "stream"), 0);
	return server;
}

/* --- Calls ------------------------------------------------------------------------------- */

/* A thread that posts, and the loop that it posts to. */
struct poster {
	struct usher_loop *loop;
	pthread_t thread;
	unsigned long taken;                /* the thread's */
	int last;                           /* … what it was told in the end */
	atomic_ulong called;                /* the loop's */
	unsigned long nested_taken, nested; /* … of calls that calls posted */
	bool has_ended;
};

static struct poster posters[LOOPS];

static void
on_nested(struct usher_loop *loop, void *arg)
{
	struct poster *poster = arg;

	ck_assert(loop == poster->loop && !poster->has_ended);
	poster->nested++;
}

static void
on_call(struct usher_loop *loop, void *arg)
{
	struct poster *poster = arg;
	int result = usher_loop_post(loop, on_nested, poster);

	ck_assert(loop == poster->loop && !poster->has_ended);
	ck_assert(result == 0 || result == USHER_ENDED);
	poster->nested_taken += result == 0;
	if (atomic_fetch_add(&poster->called, 1) + 1 == CALLS)
		(void)usher_server_drain(usher_loop_server(loop));
}

static void *
post(void *arg)
{
	struct poster *poster = arg;

	while ((poster->last = usher_loop_post(poster->loop, on_call, poster)) == 0) {
		poster->taken++;
		while (poster->taken > atomic_load(&poster->called) + AHEAD)
			(void)sched_yield();
	}
	return NULL;
}

static void
on_loop_begin(struct usher_loop *loop, void *arg)
{
	struct poster *poster = &posters[usher_loop_index(loop)];

	(void)arg;
	ck_assert_uint_lt(usher_loop_index(loop), LOOPS);
	poster->loop = loop;
	usher_loop_set_data(loop, poster);
	ck_assert_int_eq(pthread_create(&poster->thread, NULL, post, poster), 0);
}

/* The loop is the library's until this has returned: the thread has to be done with it. */
static void
on_loop_end(struct usher_loop *loop, void *arg)
{
	struct poster *poster = usher_loop_data(loop);

	(void)arg;
	ck_assert_int_eq(pthread_join(poster->thread, NULL), 0);
	poster->has_ended = true;
}

START_TEST(every_call_that_was_taken_is_called_before_the_loop_ends)
{
	struct usher_server_options options;
	struct usher_server *server;

	usher_server_options_init(&options);
	options.loops = LOOPS;
	options.on_loop_begin = on_loop_begin;
	options.on_loop_end = on_loop_end;
	server = make_server(&options);
	ck_assert_int_eq(usher_server_run(server), 0);
	for (int i = 0; i < LOOPS; i++) {
		ck_assert(posters[i].has_ended);
		ck_assert_int_eq(posters[i].last, USHER_ENDED);
		ck_assert_uint_eq(atomic_load(&posters[i].called), posters[i].taken);
		ck_assert_uint_eq(posters[i].nested, posters[i].nested_taken);
		ck_assert_uint_gt(posters[i].nested, 0);
	}
	usher_server_free(server);
}
END_TEST

/* --- The base ---------------------------------------------------------------------------- */

static void
on_time(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)usher_server_drain(arg);
}

static void
add_timer(struct usher_loop *loop, void *arg)
{
	const struct timeval soon = { .tv_usec = 1000 };
	struct event_base *base = usher_loop_base(loop);

	(void)arg;
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(
	    event_base_once(base, -1, EV_TIMEOUT, on_time, usher_loop_server(loop), &soon), 0);
}

START_TEST(a_timer_of_the_programs_own_stands_on_the_loops_base)
{
	struct usher_server_options options;
	struct usher_server *server;

	usher_server_options_init(&options);
	options.on_loop_begin = add_timer;
	server = make_server(&options);
	ck_assert_int_eq(usher_server_run(server), 0);
	usher_server_free(server);
}
END_TEST

/* --- Requests that are held ---------------------------------------------------------------- */

static struct usher_request *held;
static bool has_ended;

static void
on_request(struct usher_request *request, void *arg)
{
	usher_request_hold(request);
	held = request;
	(void)usher_server_stop(arg);
}

static void
on_end(struct usher_request *request, const struct usher_request_end *end, void *arg)
{
	(void)arg;
	ck_assert_ptr_eq(request, held);
	ck_assert(!end->is_complete);
	ck_assert_str_eq(end->cause, "stopped");
	has_ended = true;
}

static void
never(struct usher_request *request, void *arg)
{
	(void)request;
	(void)arg;
	ck_abort_msg("a call that was not taken is called");
}

static const struct usher_http_ops hold = {
	.size = sizeof(hold), .on_request = on_request, .on_end = on_end
};

START_TEST(a_held_request_outlives_its_connection_and_its_loop)
{
	static const char question[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct usher_server *server = make_server(NULL);
	int fd;

	ck_assert_int_eq(usher_server_route(server, "http", "/", &hold, server), 0);
	ck_assert_int_eq(usher_server_listen(server, "127.0.0.1:0", "http"), 0);
	ck_assert_int_eq(usher_server_start(server), 0);
	fd = local_connect(server, 1);
	ck_assert_int_eq(send(fd, question, strlen(question), 0), (int)strlen(question));
	ck_assert_int_eq(usher_server_run(server), 1);
	(void)close(fd);
	ck_assert(has_ended);
	ck_assert_int_eq(usher_request_post(held, never, NULL), USHER_ENDED);
	ck_assert_int_eq(usher_respond(held, 200, NULL, NULL, 0), USHER_WRONG_THREAD);
	ck_assert_ptr_null(usher_request_path(held).data);
	usher_request_release(held);
	usher_server_free(server);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("posted");
	TCase *calls = tcase_create("calls");

	tcase_set_timeout(calls, 60);
	suite_add_tcase(suite, calls);
	tcase_add_test(calls, every_call_that_was_taken_is_called_before_the_loop_ends);
	tcase_add_test(calls, a_timer_of_the_programs_own_stands_on_the_loops_base);
	tcase_add_test(calls, a_held_request_outlives_its_connection_and_its_loop);
	return run_suite(suite);
}
