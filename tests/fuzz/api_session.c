/* SPDX-License-Identifier: MIT
 *
 * api_session: the program uses the calls of include/usher alone; the loop around it is
 * put together as server/loop does it.
 */
#include "api_session.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/generation.h"
#include "server/services.h"

#define BLOCK_BYTES 30000

struct session {
	struct usher_server *server;
	struct loop loop;
	struct generation *generation;
	struct services_figures figures;
	atomic_uint living;
	struct services *services;
	struct conn_origin origins[API_HTTP + 1];
};

static struct session *only; /* until it is forgotten */

/* --- What the program gives, and has to get back ---------------------------------------------- */

static const char block[BLOCK_BYTES] = "block";
static unsigned given, given_back;
static unsigned begun, ended; /* connections, requests */

static void
give_back(const void *data, size_t len, void *owner)
{
	must(data == block && len == BLOCK_BYTES && owner == &given);
	given_back++;
}

static int
make_file(void)
{
	int fd = memfd_create("api-session", MFD_CLOEXEC);

	must(fd >= 0 && ftruncate(fd, BLOCK_BYTES) == 0);
	return fd;
}

/* --- A protocol of its own ---------------------------------------------------------------------
 */

static void
on_open(struct usher_conn *conn, void *arg)
{
	(void)arg;
	begun++;
	(void)usher_conn_set_timer(conn, 3600000);
}

static int
answer_byte(struct usher_conn *conn, char byte)
{
	int result, fd;

	switch (byte) {
	case 'r':
		given++;
		result = usher_conn_send_reference(conn, block, BLOCK_BYTES, give_back, &given);
		given -= result == USHER_FULL;
		return result;
	case 'f':
		fd = make_file();
		result = usher_conn_send_file(conn, fd, 0, BLOCK_BYTES);
		if (result == USHER_FULL)
			(void)close(fd);
		return result;
	case 'p':
		(void)usher_conn_pause(conn);
		return usher_conn_resume(conn);
	case 'a':
		return usher_conn_abort(conn);
	case 'q':
		return usher_conn_finish(conn);
	default:
		return usher_conn_send(conn, &byte, 1);
	}
}

/* What finds no room is left, and comes again. */
static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	size_t used = 0;

	(void)arg;
	while (used < len && answer_byte(conn, data[used]) != USHER_FULL)
		used++;
	return used;
}

static void
on_peer_fin(struct usher_conn *conn, void *arg)
{
	(void)arg;
	(void)usher_conn_send(conn, "bye\n", 4);
	(void)usher_conn_finish(conn);
}

static void
on_close(struct usher_conn *conn, const struct usher_ending *ending, void *arg)
{
	(void)arg;
	must(ending->cause && usher_conn_send(conn, "x", 1) == USHER_GONE);
	ended++;
}

static const struct usher_stream_ops stream = { .size = sizeof(stream),
	.on_open = on_open,
	.on_data = on_data,
	.on_peer_fin = on_peer_fin,
	.on_close = on_close };

/* --- Handlers ------------------------------------------------------------------------------------
 */

static void
on_end(struct usher_request *request, const struct usher_request_end *end, void *arg)
{
	(void)arg;
	must(end->is_complete == !end->cause);
	must(usher_respond(request, 200, NULL, NULL, 0) == USHER_GONE);
	ended++;
}

static void
on_now(struct usher_request *request, void *arg)
{
	(void)arg;
	begun++;
	if (usher_response_field(request, "X-Path", usher_request_path(request).data) != 0 ||
	    usher_respond(request, 200, "text/plain", "now\n", 4) != 0)
		(void)usher_respond_error(request, 503);
}

static void
answer_later(struct usher_request *request, void *arg)
{
	struct usher_slice body = usher_request_body(request);

	(void)arg;
	if (usher_respond(request, 200, "text/plain", body.data, body.len) != 0)
		(void)usher_respond_error(request, 503);
}

static void
on_later(struct usher_request *request, void *arg)
{
	begun++;
	if (usher_request_post(request, answer_later, arg) != 0)
		(void)usher_respond_error(request, 503);
}

/* Its parts are about as long as what may wait: at each it has to go on later. */
static void
on_parts(struct usher_request *request, void *arg)
{
	char *step = usher_request_data(request);
	int result = 0, fd;

	(void)arg;
	for (; result == 0 && *step < 6; *step = (char)(*step + (result == 0))) {
		if (*step % 3 == 0) {
			result = usher_response_write(request, block, BLOCK_BYTES);
		} else if (*step % 3 == 1) {
			given++;
			result = usher_response_reference(
			    request, block, BLOCK_BYTES, give_back, &given);
			given -= result == USHER_FULL;
		} else {
			fd = make_file();
			result = usher_response_file(request, fd, 0, BLOCK_BYTES);
			if (result == USHER_FULL)
				(void)close(fd);
		}
	}
	if (*step == 6)
		(void)usher_response_end(request);
}

static void
begin_parts(struct usher_request *request, void *arg)
{
	static char steps;

	begun++;
	steps = 0;
	usher_request_set_data(request, &steps);
	if (usher_response_begin(request, 200, USHER_LENGTH_UNKNOWN) != 0)
		(void)usher_respond_error(request, 503);
	else
		on_parts(request, arg);
}

static void
on_echo_head(struct usher_request *request, void *arg)
{
	(void)arg;
	begun++;
	if (usher_response_begin(request, 200, USHER_LENGTH_UNKNOWN) != 0)
		(void)usher_respond_error(request, 503);
}

static void
on_echo_body(struct usher_request *request, const char *data, size_t len, void *arg)
{
	(void)arg;
	(void)usher_request_pause(request);
	(void)usher_response_write(request, data, len);
	(void)usher_request_resume(request);
}

static void
on_echo_end(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)usher_response_end(request);
}

/* --- WebSocket
 * -------------------------------------------------------------------------------------- */

static void
on_message(struct usher_websocket *socket, bool is_text, const char *data, size_t len, void *arg)
{
	struct slice left = { data, len };

	(void)arg;
	for (size_t letter; is_text && left.len > 0; left = slice_from(left, letter))
		must((letter = slice_utf8_length(left)) > 0);
	if (len == 5 && memcmp(data, "close", 5) == 0)
		(void)usher_websocket_close(socket, 1000, "asked");
	else
		(void)usher_websocket_send(socket, is_text, data, len);
}

static void
on_closed(struct usher_websocket *socket, const struct usher_websocket_end *end, void *arg)
{
	(void)arg;
	must(end->code >= 1000 && end->ending->cause);
	must(usher_websocket_send(socket, true, "x", 1) == USHER_GONE);
	ended++;
}

static const struct usher_websocket_ops sockets = { .size = sizeof(sockets),
	.max_message = 20000,
	.on_message = on_message,
	.on_close = on_closed };

static void
on_socket(struct usher_request *request, void *arg)
{
	int result;

	(void)arg;
	begun++;
	result = usher_websocket_accept(request, &sockets, NULL);
	begun += result == 0; /* on_close will be called */
	if (result == USHER_NO_MEMORY)
		(void)usher_respond_error(request, 503);
}

#define OPS .size = sizeof(struct usher_http_ops), .max_body = 10000, .on_end = on_end

static const struct {
	const char *path;
	struct usher_http_ops ops;
} routes[] = {
	{ "/now", { OPS, .on_request = on_now } },
	{ "/later", { OPS, .on_request = on_later } },
	{ "/parts", { OPS, .on_request = begin_parts, .on_drained = on_parts } },
	{ "/socket", { OPS, .on_request = on_socket } },
	{ "/echo",
	    { OPS, .on_head = on_echo_head, .on_body = on_echo_body, .on_body_end = on_echo_end } },
};

/* --- The loop around it
 * ------------------------------------------------------------------------------ */

static void
make_server(struct session *session)
{
	struct usher_server *server = usher_server_new(NULL);

	must(server);
	session->server = server;
	must(usher_server_add_stream(server, "stream", &stream, NULL) == 0);
	must(usher_server_listen(server, "127.0.0.1:0", "stream") == 0);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		must(usher_server_route(server, "http", routes[i].path, &routes[i].ops, NULL) == 0);
	must(usher_server_listen(server, "127.0.0.1:0", "http") == 0);
	must(usher_server_set(server, "limits.output_bytes", "20000") == 0);
	api_take_limits(server, server->config);
}

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	const struct loop *loop = arg;

	if (loop->guest->ended)
		loop->guest->ended(conn, ending, loop->guest->arg);
}

static const struct conn_set_ops conn_ops = { .ended = on_ended };

static void
make_loop(struct session *session)
{
	struct loop *loop = &session->loop;
	struct conn_set_options options = {
		.limits = { .linger_bytes = 1 << 20, .lingering = 16 },
		.ops = &conn_ops,
		.arg = loop,
	};

	for (int i = 0; i < DEADLINE_KINDS; i++)
		options.deadline_us[i] = SESSION_DEADLINE_US;
	loop->base = event_base_new();
	api_loop_guest_init(&session->server->guest, session->server);
	loop->guest = &session->server->guest;
	must(loop->base && conn_set_init(&loop->conns, loop->base, &options) == 0);
	must(loop->guest->made(loop, loop->guest->arg) == 0);
	loop->guest->begun(loop, loop->guest->arg);
}

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

static void
make_services(struct session *session)
{
	const struct handler_health health = { always, always, NULL };
	char room[512];
	struct text error = text_over(room, sizeof(room));
	struct config *config = session->server->config;

	session->server->config = NULL;
	session->generation = generation_new(config, 1, &session->living, &error);
	must(session->generation);
	session->services = services_new(session->generation, &health, &session->figures, &error);
	must(session->services);
	for (int i = API_STREAM; i <= API_HTTP; i++)
		session->origins[i] = (struct conn_origin){ .listener = "program",
			.service = services_for(session->services, &config->listeners[i]) };
}

static struct session *
get(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (only)
		return only;
	only = calloc(1, sizeof(*only));
	must(only);
	log_set_level(LOG_LEVEL_ERROR);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	make_server(only);
	make_loop(only);
	make_services(only);
	return only;
}

void
api_session_forget(void)
{
	if (!only)
		return;
	conn_set_done(&only->loop.conns);
	only->loop.guest->over(&only->loop, only->loop.guest->arg);
	services_free(only->services);
	only->loop.guest->gone(&only->loop, only->loop.guest->arg);
	event_base_free(only->loop.base);
	generation_release(only->generation);
	usher_server_free(only->server);
	free(only);
	only = NULL;
}

struct session_outcome
api_session_run(enum api_service service, struct slice input, const struct session_plan *plan)
{
	struct session *session = get();
	const struct dialogue_side side = { session->loop.base, &session->loop.conns,
		&session->origins[service] };
	struct session_outcome outcome = dialogue_run(&side, input, plan);

	/* A call that was posted may come after the end. */
	(void)event_base_loop(session->loop.base, EVLOOP_NONBLOCK);
	must(given == given_back);
	must(begun == ended);
	return outcome;
}
