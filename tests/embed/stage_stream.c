/* SPDX-License-Identifier: MIT
 *
 * stage_stream: a stream protocol that does what its clients tell it, a line each, so that
 * a test sees every call of usher/stream.h from outside. See stage.h for the arguments.
 *
 *   say TEXT        sends it with a newline
 *   copy N          sends N bytes in pieces; after USHER_FULL the rest when it has drained
 *   reference N     sends N bytes by reference, all at once; file N: those of a file
 *   short N         of a file that is a byte shorter
 *   timer MS        "timer" comes after so long; pause MS: nothing is read until then
 *   abort MS        aborts after so long; abort, finish: at once
 *   files           how many descriptors of sent files are open
 *   wrong           calls that no connection may make, and what they say
 *   half            what follows the client's FIN is a word, and the end
 *   turn            a thread of its own has the loop call back, which says "turn"
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

struct actor {
	enum { SAYS, RESUMES, ABORTS } timer;
	size_t owed; /* bytes of copy that did not go yet */
	size_t given;
	bool answers_fin;
	unsigned calls; /* of on_data */
};

static void
say(struct usher_conn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct usher_conn *conn, const char *format, ...)
{
	char line[256];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (usher_conn_send(conn, line, (size_t)len) != 0)
		stage_say("not sent: %s", line);
}

/* --- What lines say ------------------------------------------------------------------- */

static void
send_owed(struct usher_conn *conn, struct actor *actor)
{
	char piece[PIECE];
	int result = 0;

	while (actor->owed > 0 && result == 0) {
		size_t len = actor->owed < PIECE ? actor->owed : PIECE;

		stage_fill(piece, len, actor->given);
		result = usher_conn_send(conn, piece, len);
		if (result == 0) {
			actor->owed -= len;
			actor->given += len;
		}
	}
	if (result == USHER_FULL)
		stage_say("full with %s waiting", usher_conn_unsent(conn) > 0 ? "some" : "none");
}

static void
send_reference(struct usher_conn *conn, size_t len)
{
	char *bytes = stage_bytes(len, 0);
	int result = usher_conn_send_reference(conn, bytes, len, stage_release, bytes);

	stage_say("reference: %s", usher_error_text(result));
	if (result == USHER_FULL)
		stage_release(bytes, len, bytes);
}

static void
send_file(struct usher_conn *conn, size_t len, size_t lacking)
{
	int fd = stage_file(len > 0 ? len - lacking : 0, 0);
	int result = usher_conn_send_file(conn, fd, 0, (int64_t)len);

	stage_say("file: %s", usher_error_text(result));
	if (result == USHER_FULL)
		(void)close(fd);
}

static void
set_timer(struct usher_conn *conn, struct actor *actor, int what, long ms)
{
	actor->timer = what;
	if (what == RESUMES && usher_conn_pause(conn) != 0)
		stage_say("not paused");
	if (usher_conn_set_timer(conn, ms) != 0)
		stage_say("no timer");
}

static void
call_wrongly(struct usher_conn *conn)
{
	const struct {
		const char *name;
		int result;
	} calls[] = {
		{ "send", usher_conn_send(conn, NULL, 1) },
		{ "reference", usher_conn_send_reference(conn, NULL, 1, stage_release, NULL) },
		{ "file", usher_conn_send_file(conn, -1, 0, 1) },
		{ "offset", usher_conn_send_file(conn, 0, -1, 1) },
		{ "range", usher_conn_send_file(conn, 0, INT64_MAX, 1) },
		{ "timer", usher_conn_set_timer(conn, -1) },
		{ "nobody", usher_conn_finish(NULL) },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].result != USHER_INVALID)
			say(conn, "%s: %s\n", calls[i].name, usher_error_text(calls[i].result));
	if (usher_conn_send(conn, NULL, 0) != 0)
		say(conn, "nothing cannot be sent\n");
	say(conn, "refused\n");
}

/* --- From another thread ------------------------------------------------------------------ */

static void
on_turn(struct usher_loop *loop, void *arg)
{
	(void)loop;
	say(arg, "turn\n");
}

static void *
turn(void *arg)
{
	struct usher_conn *conn = arg;

	if (usher_conn_send(conn, "x", 1) != USHER_WRONG_THREAD ||
	    usher_conn_finish(conn) != USHER_WRONG_THREAD ||
	    usher_conn_pause(conn) != USHER_WRONG_THREAD || usher_conn_unsent(conn) != 0 ||
	    usher_loop_base(usher_conn_loop(conn)) != NULL)
		stage_say("a call on another thread was taken");
	if (usher_loop_post(usher_conn_loop(conn), on_turn, conn) != 0)
		stage_say("not posted");
	return NULL;
}

static void
start_turn(struct usher_conn *conn)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, turn, conn) != 0 || pthread_join(thread, NULL) != 0)
		stage_say("no thread");
}

/* --- Lines ----------------------------------------------------------------------------- */

static void
obey_number(struct usher_conn *conn, struct actor *actor, const char *word, long number)
{
	if (strcmp(word, "copy") == 0) {
		actor->owed = (size_t)number;
		send_owed(conn, actor);
	} else if (strcmp(word, "reference") == 0) {
		send_reference(conn, (size_t)number);
	} else if (strcmp(word, "file") == 0) {
		send_file(conn, (size_t)number, 0);
	} else if (strcmp(word, "short") == 0) {
		send_file(conn, (size_t)number, 1);
	} else if (strcmp(word, "timer") == 0) {
		set_timer(conn, actor, SAYS, number);
	} else if (strcmp(word, "pause") == 0) {
		set_timer(conn, actor, RESUMES, number);
	} else if (strcmp(word, "abort") == 0) {
		set_timer(conn, actor, ABORTS, number);
	}
}

static void
obey(struct usher_conn *conn, struct actor *actor, char *line)
{
	char *space = strchr(line, ' ');

	if (strncmp(line, "say ", 4) == 0) {
		say(conn, "%s\n", line + 4);
	} else if (space) {
		*space = '\0';
		obey_number(conn, actor, line, strtol(space + 1, NULL, 10));
	} else if (strcmp(line, "abort") == 0) {
		(void)usher_conn_abort(conn);
	} else if (strcmp(line, "finish") == 0) {
		(void)usher_conn_finish(conn);
		stage_say("after it: %s", usher_error_text(usher_conn_send(conn, "x", 1)));
	} else if (strcmp(line, "files") == 0) {
		say(conn, "%u files\n", stage_open_files());
	} else if (strcmp(line, "half") == 0) {
		actor->answers_fin = true;
	} else if (strcmp(line, "wrong") == 0) {
		call_wrongly(conn);
	} else if (strcmp(line, "turn") == 0) {
		start_turn(conn);
	}
}

/* One line at a time where it is told to pause. */
static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	struct actor *actor = usher_conn_data(conn);
	const char *end;
	size_t used = 0;

	(void)arg;
	actor->calls++;
	while (used < len && (end = memchr(data + used, '\n', len - used)) != NULL) {
		char line[128];
		size_t size = (size_t)(end - (data + used));

		(void)snprintf(line, sizeof(line), "%.*s", (int)size, data + used);
		used += size + 1;
		obey(conn, actor, line);
		if (actor->owed > 0 || (actor->timer == RESUMES && strncmp(line, "pause", 5) == 0))
			break;
	}
	return used;
}

/* --- The rest of a connection's life --------------------------------------------------- */

static void
on_open(struct usher_conn *conn, void *arg)
{
	struct actor *actor = calloc(1, sizeof(*actor));
	char peer[128];

	(void)arg;
	if (!actor)
		abort();
	usher_conn_set_data(conn, actor);
	stage_say("open %s", usher_conn_peer(conn, peer, sizeof(peer)) > 0 ? peer : "?");
}

static void
on_drained(struct usher_conn *conn, void *arg)
{
	struct actor *actor = usher_conn_data(conn);

	(void)arg;
	stage_say("drained with %zu waiting", usher_conn_unsent(conn));
	send_owed(conn, actor);
}

static void
on_peer_fin(struct usher_conn *conn, void *arg)
{
	const struct actor *actor = usher_conn_data(conn);

	(void)arg;
	stage_say("peer fin");
	if (actor->answers_fin)
		say(conn, "you have ended\n");
	(void)usher_conn_finish(conn);
}

static void
on_timer(struct usher_conn *conn, void *arg)
{
	const struct actor *actor = usher_conn_data(conn);

	(void)arg;
	if (actor->timer == ABORTS) {
		(void)usher_conn_abort(conn);
	} else if (actor->timer == RESUMES) {
		stage_say("resumes after %u calls", actor->calls);
		if (usher_conn_resume(conn) != 0)
			stage_say("not resumed");
	} else {
		say(conn, "timer\n");
	}
}

/* Who is owed something stays, to be cut at the deadline. */
static void
on_drain(struct usher_conn *conn, void *arg)
{
	(void)arg;
	stage_say("drain, %s", usher_conn_is_draining(conn) ? "draining" : "not draining");
	if (usher_conn_unsent(conn) == 0)
		(void)usher_conn_finish(conn);
}

static void
on_close(struct usher_conn *conn, const struct usher_ending *ending, void *arg)
{
	(void)arg;
	if (usher_conn_send(conn, "x", 1) != USHER_GONE)
		stage_say("a connection that is gone sends");
	stage_say_ending("close", ending);
	free(usher_conn_data(conn));
}

static const struct usher_stream_ops ops = {
	.size = sizeof(ops),
	.on_open = on_open,
	.on_data = on_data,
	.on_drained = on_drained,
	.on_peer_fin = on_peer_fin,
	.on_drain = on_drain,
	.on_timer = on_timer,
	.on_close = on_close,
};

int
main(int argc, char **argv)
{
	struct usher_server *server = stage_server(argv, "stage");

	(void)argc;
	if (usher_server_add_stream(server, "stage", &ops, NULL) != 0)
		return 2;
	return stage_run(server);
}
