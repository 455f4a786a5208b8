/* SPDX-License-Identifier: MIT
 *
 * stage_http: handlers of HTTP that do what the target says, so that a test sees every call of
 * usher/http.h from outside. See stage.h for the arguments.
 *
 *   /count             counts the pieces and bytes of the body; with X-Pause it pauses at the
 *                      first piece; with X-Pause: last, when all of it is here
 *   /resume            resumes that one
 *   /echo              sends each piece of the body back as it comes, X-Times times
 *   /copy?N, /reference?N, /file?N   N bytes, in pieces; after USHER_FULL when it has drained
 *   /promise?N         announces N bytes, gives one fewer, and ends
 *   /never             does not answer; /half begins to, and no more
 *   /held              answers when /answer, /begin or /end says so, from another thread
 *   /loop              which loop, and how many requests that has had
 *   /figures           usher_server_figures
 *   /type?TYPE         an answer of that media type
 *   /whole             the body at once, its length and fields
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage.h"

#define PIECE ((size_t)10000)

static void answer(struct usher_request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
answer(struct usher_request *request, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (usher_respond(request, 200, "text/plain", text, (size_t)len) != 0)
		stage_say("not answered: %s", text);
}

static long
number_of(const struct usher_request *request)
{
	struct usher_slice query = usher_request_query(request);
	char digits[32];

	(void)snprintf(
	    digits, sizeof(digits), "%.*s", (int)query.len, query.data ? query.data : "");
	return strtol(digits, NULL, 10);
}

/* Of any route: what came of it; `arg` is its name. */
static void
say_end(struct usher_request *request, const struct usher_request_end *end, void *arg)
{
	if (usher_respond(request, 200, NULL, NULL, 0) != USHER_GONE)
		stage_say("a request that is over is answered");
	stage_say("%s ends: %s", (const char *)arg, end->is_complete ? "complete" : end->cause);
	free(usher_request_data(request));
}

/* --- Bodies as they come ---------------------------------------------------------------- */

struct count {
	size_t bytes;
	unsigned pieces;
	bool is_paused, pauses, pauses_last;
	size_t length;
};

/* The one that is paused; requests and control are on one loop in these tests. */
static struct usher_request *paused;

static void
on_count_head(struct usher_request *request, void *arg)
{
	struct count *count = calloc(1, sizeof(*count));
	struct usher_slice pause = usher_request_field(request, "X-Pause");
	struct usher_slice length = usher_request_field(request, "Content-Length");

	(void)arg;
	if (!count)
		abort();
	count->pauses = pause.data != NULL;
	count->pauses_last = pause.len == 4;
	count->length = length.data ? (size_t)strtoul(length.data, NULL, 10) : 0;
	usher_request_set_data(request, count);
}

static void
on_count_body(struct usher_request *request, const char *data, size_t len, void *arg)
{
	struct count *count = usher_request_data(request);

	(void)data;
	(void)arg;
	if (count->is_paused)
		stage_say("a piece comes in a pause");
	count->bytes += len;
	count->pieces++;
	if (!count->pauses || (count->pauses_last && count->bytes < count->length))
		return;
	count->pauses = false;
	count->is_paused = true;
	paused = request;
	if (usher_request_pause(request) != 0)
		stage_say("not paused");
	stage_say("paused");
}

static void
on_count_end(struct usher_request *request, void *arg)
{
	const struct count *count = usher_request_data(request);

	(void)arg;
	answer(request, "%zu bytes in %s", count->bytes, count->pieces > 1 ? "pieces" : "one");
}

static void
on_resume(struct usher_request *request, void *arg)
{
	(void)arg;
	((struct count *)usher_request_data(paused))->is_paused = false;
	answer(request, "%s", usher_error_text(usher_request_resume(paused)));
}

/* --- The echo: one piece waits at most ------------------------------------------------------ */

struct echo {
	unsigned times, left; /* that each piece is sent */
	size_t len;
	bool is_paused;
	char waits[65536];
};

static void
on_echo_head(struct usher_request *request, void *arg)
{
	struct echo *echo = calloc(1, sizeof(*echo));
	struct usher_slice times = usher_request_field(request, "X-Times");

	(void)arg;
	if (!echo || usher_response_begin(request, 200, USHER_LENGTH_UNKNOWN) != 0)
		abort();
	echo->times = times.data ? (unsigned)strtoul(times.data, NULL, 10) : 1;
	usher_request_set_data(request, echo);
}

/* While a piece waits no other comes. */
static void
on_echo_drained(struct usher_request *request, void *arg)
{
	struct echo *echo = usher_request_data(request);
	int result = 0;

	(void)arg;
	while (echo->left > 0 && result == 0) {
		result = usher_response_write(request, echo->waits, echo->len);
		echo->left -= result == 0;
	}
	if (result == USHER_FULL && !echo->is_paused) {
		echo->is_paused = true;
		stage_say("echo full: %s", usher_error_text(usher_request_pause(request)));
	} else if (result == 0 && echo->is_paused) {
		echo->is_paused = false;
		(void)usher_request_resume(request);
	}
}

static void
on_echo_body(struct usher_request *request, const char *data, size_t len, void *arg)
{
	struct echo *echo = usher_request_data(request);

	if (echo->left > 0 || len > sizeof(echo->waits))
		abort();
	memcpy(echo->waits, data, len);
	echo->len = len;
	echo->left = echo->times;
	on_echo_drained(request, arg);
}

static void
on_echo_end(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)usher_response_end(request);
}

/* --- Answers in pieces ------------------------------------------------------------------------ */

struct stream {
	size_t length, given;
	char form; /* of usher_response_: 'c'opy, 'r'eference, 'f'ile */
};

static int
give(struct usher_request *request, const struct stream *stream, size_t len)
{
	char piece[PIECE];
	char *bytes;
	int result, fd;

	if (stream->form == 'c') {
		stage_fill(piece, len, stream->given);
		return usher_response_write(request, piece, len);
	}
	if (stream->form == 'r') {
		bytes = stage_bytes(len, stream->given);
		result = usher_response_reference(request, bytes, len, stage_release, bytes);
		if (result == USHER_FULL)
			stage_release(bytes, len, bytes);
		return result;
	}
	fd = stage_file(len + 1, stream->given - 1);
	result = usher_response_file(request, fd, 1, (int64_t)len);
	if (result == USHER_FULL)
		(void)close(fd);
	return result;
}

static void
go_on(struct usher_request *request, void *arg)
{
	struct stream *stream = usher_request_data(request);

	(void)arg;
	while (stream->given < stream->length) {
		size_t left = stream->length - stream->given;
		size_t len = left < PIECE ? left : PIECE;
		int result = give(request, stream, len);

		if (result == USHER_FULL)
			stage_say("answer full");
		if (result != 0)
			return;
		stream->given += len;
	}
	(void)usher_response_end(request);
}

static void
on_stream(struct usher_request *request, void *arg)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		abort();
	*stream = (struct stream){ (size_t)number_of(request), 0, *(const char *)arg };
	usher_request_set_data(request, stream);
	if (usher_response_field(request, "Content-Type", "application/octet-stream") == 0 &&
	    usher_response_begin(request, 200, (int64_t)stream->length) == 0)
		go_on(request, arg);
}

static void
on_promise(struct usher_request *request, void *arg)
{
	long length = number_of(request);

	(void)arg;
	if (usher_response_begin(request, 200, length) != 0)
		return;
	for (long i = 1; i < length; i++)
		(void)usher_response_write(request, "x", 1);
	(void)usher_response_end(request);
}

/* --- No answer, and later ones --------------------------------------------------------------- */

static void
on_never(struct usher_request *request, void *arg)
{
	(void)request;
	(void)arg;
}

static void
on_half(struct usher_request *request, void *arg)
{
	(void)arg;
	if (usher_response_begin(request, 200, 10) == 0)
		(void)usher_response_write(request, "half:", 5);
}

/* Held until it is over and answered. */
static struct usher_request *held;

static void
on_held(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_request_hold(request);
	held = request;
	stage_say("held");
}

/* Of a request that is over nothing is kept. */
static void
give_in_vain(struct usher_request *request)
{
	char *bytes = stage_bytes(10, 0);

	if (usher_response_reference(request, bytes, 10, stage_release, bytes) != USHER_GONE ||
	    usher_response_file(request, stage_file(10, 0), 0, 10) != USHER_GONE)
		stage_say("a request that is over takes something");
}

static void
call_held(struct usher_request *request, void *arg)
{
	const char *what = arg;
	int result = 0;

	if (strcmp(what, "answer") == 0)
		result = usher_respond(request, 200, "text/plain", "late\n", 5);
	else if (strcmp(what, "begin") == 0)
		result = usher_response_begin(request, 200, USHER_LENGTH_UNKNOWN);
	else
		result = usher_response_end(request);
	if (result == USHER_GONE)
		give_in_vain(request);
	stage_say("%s: %s", what, usher_error_text(result));
}

/* On a thread of its own, of which the loop does not wait. */
static void *
post(void *arg)
{
	const char *what = arg;

	if (usher_respond(held, 200, NULL, NULL, 0) != USHER_WRONG_THREAD ||
	    usher_request_path(held).data)
		stage_say("a call on another thread was taken");
	if (usher_request_post(held, call_held, arg) != 0)
		stage_say("not posted");
	if (strcmp(what, "begin") != 0)
		usher_request_release(held);
	return NULL;
}

static void
on_post(struct usher_request *request, void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, post, arg) == 0)
		(void)pthread_detach(thread);
	answer(request, "%s", (const char *)arg);
}

/* --- What the rest tells -----------------------------------------------------------------------
 */

static void
on_loop(struct usher_request *request, void *arg)
{
	struct usher_loop *loop = usher_request_loop(request);
	unsigned *count = usher_loop_data(loop);

	(void)arg;
	if (!count)
		count = calloc(1, sizeof(*count));
	if (!count)
		abort();
	++*count;
	usher_loop_set_data(loop, count);
	answer(request, "loop %u, request %u", usher_loop_index(loop), *count);
}

static void
on_type(struct usher_request *request, void *arg)
{
	struct usher_slice query = usher_request_query(request);
	char type[256];

	(void)arg;
	(void)snprintf(type, sizeof(type), "%.*s", (int)query.len, query.data ? query.data : "");
	if (usher_respond(request, 200, query.data ? type : NULL, "x", 1) != 0)
		stage_say("no type");
}

static void
on_figures(struct usher_request *request, void *arg)
{
	struct usher_server_figures figures = { .size = sizeof(figures) };
	struct usher_server_figures wrong = { .size = sizeof(figures) + 1 };
	const struct usher_server *server = arg;

	if (usher_server_figures(server, &wrong) != USHER_INVALID ||
	    usher_server_figures(server, &figures) != 0)
		stage_say("no figures");
	answer(request, "%llu open, %llu busy, %llu idle, %llu ending",
	    (unsigned long long)figures.open, (unsigned long long)figures.busy,
	    (unsigned long long)figures.idle, (unsigned long long)figures.ending);
}

static void
on_whole(struct usher_request *request, void *arg)
{
	struct usher_slice name, value, body = usher_request_body(request);
	struct usher_slice rest = usher_request_rest(request);
	struct usher_slice host = usher_request_host(request);
	size_t fields = 0;

	(void)arg;
	while (usher_request_field_at(request, fields, &name, &value))
		fields++;
	answer(request, "%zu bytes, %zu fields, rest %.*s, host %.*s, %s", body.len, fields,
	    (int)rest.len, rest.data, (int)host.len, host.data,
	    usher_request_field(request, "x-none").data ? "a field" : "no such field");
}

/* --- Routes --------------------------------------------------------------------------------------
 */

#define OPS .size = sizeof(struct usher_http_ops), .on_end = say_end

static const struct {
	const char *path;
	struct usher_http_ops ops;
} routes[] = {
	{ "/count",
	    { OPS, .on_head = on_count_head, .on_body = on_count_body,
		.on_body_end = on_count_end } },
	{ "/echo",
	    { OPS, .on_head = on_echo_head, .on_body = on_echo_body, .on_body_end = on_echo_end,
		.on_drained = on_echo_drained } },
	{ "/resume", { OPS, .on_request = on_resume } },
	{ "/copy", { OPS, .on_request = on_stream, .on_drained = go_on } },
	{ "/reference", { OPS, .on_request = on_stream, .on_drained = go_on } },
	{ "/file", { OPS, .on_request = on_stream, .on_drained = go_on } },
	{ "/promise", { OPS, .on_request = on_promise } },
	{ "/never", { OPS, .on_request = on_never } },
	{ "/half", { OPS, .on_request = on_half } },
	{ "/held", { OPS, .on_request = on_held } },
	{ "/answer", { OPS, .on_request = on_post } },
	{ "/begin", { OPS, .on_request = on_post } },
	{ "/end", { OPS, .on_request = on_post } },
	{ "/loop", { OPS, .on_request = on_loop } },
	{ "/type", { OPS, .on_request = on_type } },
	{ "/whole", { OPS, .on_request = on_whole, .max_body = 100000 } },
};

static const struct usher_http_ops figures = { .size = sizeof(figures), .on_request = on_figures };

int
main(int argc, char **argv)
{
	struct usher_server *server = stage_server(argv, "stage");

	(void)argc;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		static char names[sizeof(routes) / sizeof(routes[0])][16];

		(void)snprintf(names[i], sizeof(names[i]), "%s", routes[i].path + 1);
		if (usher_server_route(server, "stage", routes[i].path, &routes[i].ops, names[i]) !=
		    0)
			return 2;
	}
	if (usher_server_route(server, "stage", "/figures", &figures, server) != 0)
		return 2;
	return stage_run(server);
}
